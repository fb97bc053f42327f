package bind_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/glasswatch/glasswatch/kql/plan"
)

const testPrelude = `let Accounts = dynamic(["a", "b"]);
let IsWatched = (who: string) { who in~ (Accounts) };
let Watched = T | where IsWatched(s);
let Broken = nosuchfunction(1);
let Severity = (code: string) { case(code == "0", 0, code in ("1", "2"), 1, 2) };`

func TestPrelude(t *testing.T) {
	f := func(query, want string) {
		t.Helper()
		n, diags := compile(query, testPrelude, false)
		var got []string
		if n != nil {
			got = append(got, planText(n))
		}
		for _, d := range diags {
			got = append(got, d.String())
		}
		if diff := cmp.Diff(want, strings.Join(got, "\n")); diff != "" {
			t.Errorf("%s\n(-want +got):\n%s", query, diff)
		}
	}
	f(`T | where s in~ (Accounts) | count`, "aggregate Count:long = count()\n  filter in~(s, \"a\", \"b\")\n    scan T")
	f(`Watched | project s`, "project s:string = s\n  filter in~(s, \"a\", \"b\")\n    scan T")
	f(`T | project x = Severity(s)`, `project x:long = case(==(s, "0"), 0, in(s, "1", "2"), 1, 2)`+"\n  scan T")
	f(`let Accounts = dynamic(["c"]); T | where s in (Accounts) | count`, "aggregate Count:long = count()\n  filter in(s, \"c\")\n    scan T")
	f(`let Accounts = dynamic(["c"]); T | where IsWatched(s) | count`, "aggregate Count:long = count()\n  filter in~(s, \"a\", \"b\")\n    scan T")
	f(`T | project x = Severity(n, 1)`, "1:17: error KS119: the function Severity expects 1 argument, not 2")
	f(`print a = 1, b = Broken`, `1:18: error KS211: in a shipped definition: there is no function "nosuchfunction"`)
	f(`print 1`, "project print_0:long = 1\n  values [] ()") // what is broken and not used costs nothing
	f(`T | where s in (Acounts)`, `1:17: error KS142: there is no column or variable "Acounts" (did you mean Accounts?)`)
}

func TestLiveNow(t *testing.T) {
	n, diags := compile("T | where t > ago(1h) and n == 1 + 1 | project x = now() - t", "", true)
	if n == nil {
		t.Fatal(diags)
	}
	want := "project x:timespan = -(now(), t)\n  filter and(>(t, ago(timespan(01:00:00))), ==(n, 2))\n    scan T"
	if diff := cmp.Diff(want, planText(n)); diff != "" {
		t.Error(diff)
	}
}

// TestBombs compiles queries that are small and would give plans that no memory holds. Each must be refused, or be
// compiled, at once.
func TestBombs(t *testing.T) {
	var functions, tables, terms, texts strings.Builder
	texts.WriteString(`let a0 = "xxxxxxxxxx";`)
	functions.WriteString("let f0 = (x: long) { x + x };")
	tables.WriteString("let t0 = T | project n;")
	for i := 1; i < 60; i++ {
		fmt.Fprintf(&functions, "let f%d = (x: long) { f%d(x) + f%d(x) };", i, i-1, i-1)
		fmt.Fprintf(&texts, "let a%d = strcat(a%d, a%d);", i, i-1, i-1)
		fmt.Fprintf(&tables, "let t%d = union t%d, t%d;", i, i-1, i-1)
	}
	for i := range 5000 {
		fmt.Fprintf(&terms, "or n == %d ", i)
	}
	f := func(name, query string, refused bool) {
		t.Run(name, func(t *testing.T) {
			start := time.Now()
			n, diags := compile(query, "", false)
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("took %v", took)
			}
			if got := n == nil || len(diags.Errors()) > 0; got != refused {
				t.Errorf("refused %v, want %v: %v", got, refused, diags.Errors())
			}
			if depth := planDepth(n); depth > 1000 {
				t.Errorf("the plan is %d deep", depth)
			}
		})
	}
	f("functions", functions.String()+" T | project f59(n)", true)
	f("tables", tables.String()+" t59 | count", true)
	f("terms", "T | where n == 0 "+terms.String(), false)
	f("parentheses", "print "+strings.Repeat("(", 100000)+"1", true)
	f("pluses", "T | project n"+strings.Repeat("+n", 100000), true)
	f("steps", "T "+strings.Repeat("| where n > 1 ", 100000), true)
	f("path", "T | project d"+strings.Repeat(".a", 100000), true)
	f("list", "T | where n in (1"+strings.Repeat(",1", 100000)+")", false)
	f("brackets", "print dynamic("+strings.Repeat("[", 100000), true)
	f("size", "print \""+strings.Repeat("a", 2<<20)+"\"", true)
	f("calls", "print "+strings.Repeat("strcat(", 5000)+"1"+strings.Repeat(")", 5000), true)
	f("pipes", strings.Repeat("|", 100000), true)
	f("texts", texts.String()+" print strlen(a59)", true)
	f("repeated", `print strlen(strrep(strrep(strrep("aaaaaaaaaa", 1000000), 1000000), 1000000))`, false)
	f("replaced", `print strlen(replace_string("`+strings.Repeat("a", 30000)+`", "a", "`+strings.Repeat("b", 30000)+`"))`, false)
	const graph = "T | make-graph s --> s | graph-match "
	f("chain of a pattern", graph+"(a)"+strings.Repeat("-->(a)", 100000)+" project x = 1", true)
	f("sequences of a pattern", graph+"(a)"+strings.Repeat(", (a)-->(a)", 100000)+" project x = 1", true)
	f("nodes of a pattern", graph+"()"+strings.Repeat(", ()", 100000)+" project x = 1", true)
	f("one node of a pattern", graph+"(a)"+strings.Repeat(", (a)", 100000)+" project x = 1", false)
	f("maps", graph+"(a)-[e*1..2]->(b) project x = "+strings.Repeat("map(e, ", 100000)+"n"+strings.Repeat(")", 100000), true)
	f("semicolons", strings.Repeat(";", 100000)+"print 1", true)
}

func planDepth(n plan.Node) int {
	if n == nil {
		return 0
	}
	depth := 0
	if f, ok := n.(*plan.Filter); ok {
		depth = exprDepth(f.Cond)
	}
	in, _ := plan.Inputs(n)
	for _, in := range in {
		depth = max(depth, planDepth(in))
	}
	return depth + 1
}

func exprDepth(x plan.Expr) int {
	depth := 0
	if c, ok := x.(*plan.Call); ok {
		for _, a := range c.Args {
			depth = max(depth, exprDepth(a))
		}
	}
	return depth + 1
}
