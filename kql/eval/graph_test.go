package eval_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/glasswatch/glasswatch/kql"
	"github.com/glasswatch/glasswatch/kql/eval"
	"github.com/glasswatch/glasswatch/kql/kqltest"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// naive finds the matches of a pattern by trying everything: all nodes for all points, all walks for all links.
type naive struct {
	values []int    // property v of the nodes
	edges  [][3]int // from, to, property w

	points int
	links  []naiveLink
	rule   string
	conds  []func(m *naiveMatch) bool
}

type naiveLink struct {
	from, to, low, high int
	forward, backward   bool
}

// naiveWalk is a walk in the graph: its nodes, one more than its edges.
type naiveWalk struct{ nodes, edges []int }

type naiveMatch struct {
	points []int
	walks  []naiveWalk
}

func (n *naive) walks(l naiveLink) []naiveWalk {
	var out, level []naiveWalk
	for v := range n.values {
		level = append(level, naiveWalk{nodes: []int{v}})
	}
	for length := 0; ; length++ {
		if length >= l.low {
			out = append(out, level...)
		}
		if length == l.high {
			return out
		}
		var next []naiveWalk
		for _, w := range level {
			at := w.nodes[len(w.nodes)-1]
			for e, edge := range n.edges {
				if l.forward && edge[0] == at {
					next = append(next, naiveWalk{append(slices.Clone(w.nodes), edge[1]), append(slices.Clone(w.edges), e)})
				}
				if l.backward && edge[1] == at && !(l.forward && edge[0] == at) {
					next = append(next, naiveWalk{append(slices.Clone(w.nodes), edge[0]), append(slices.Clone(w.edges), e)})
				}
			}
		}
		level = next
	}
}

func (n *naive) matches() []naiveMatch {
	all := make([][]naiveWalk, len(n.links))
	for i, l := range n.links {
		all[i] = n.walks(l)
	}
	var out []naiveMatch
	m := naiveMatch{points: make([]int, n.points)}
	var walk func(i int)
	walk = func(i int) {
		if i == len(n.links) {
			if n.fits(&m) {
				out = append(out, naiveMatch{slices.Clone(m.points), slices.Clone(m.walks)})
			}
			return
		}
		for _, w := range all[i] {
			if l := n.links[i]; w.nodes[0] == m.points[l.from] && w.nodes[len(w.nodes)-1] == m.points[l.to] {
				m.walks = append(m.walks, w)
				walk(i + 1)
				m.walks = m.walks[:len(m.walks)-1]
			}
		}
	}
	var point func(i int)
	point = func(i int) {
		if i == n.points {
			walk(0)
			return
		}
		for v := range n.values {
			m.points[i] = v
			point(i + 1)
		}
	}
	point(0)
	return out
}

func (n *naive) fits(m *naiveMatch) bool {
	if n.rule == "unique_edges" {
		used := map[int]bool{}
		for _, w := range m.walks {
			for _, e := range w.edges {
				if used[e] {
					return false
				}
				used[e] = true
			}
		}
	}
	if n.rule == "none" && !n.simple(m) {
		return false
	}
	for _, c := range n.conds {
		if !c(m) {
			return false
		}
	}
	return true
}

// simple reports whether no node is met twice: points that a walk of no edges puts together are one, and the walks between
// them make no cycle.
func (n *naive) simple(m *naiveMatch) bool {
	group := make([]int, n.points)
	for i := range group {
		group[i] = i
	}
	join := func(a, b int) (joined bool) {
		a, b = group[a], group[b]
		for i := range group {
			if group[i] == b {
				group[i] = a
			}
		}
		return a != b
	}
	for i, w := range m.walks {
		if len(w.edges) == 0 {
			join(n.links[i].from, n.links[i].to)
		}
	}
	met := map[int]int{} // by node: the group of the points that are there
	for p, v := range m.points {
		if g, ok := met[v]; ok && g != group[p] {
			return false
		}
		met[v] = group[p]
	}
	inner := map[int]bool{}
	for i, w := range m.walks {
		if len(w.edges) == 0 {
			continue
		}
		for _, v := range w.nodes[1 : len(w.nodes)-1] {
			if _, ok := met[v]; ok || inner[v] {
				return false
			}
			inner[v] = true
		}
		if !join(n.links[i].from, n.links[i].to) {
			return false
		}
	}
	return true
}

// row writes a match as the query of random does.
func (n *naive) row(m naiveMatch) string {
	var parts []string
	for _, p := range m.points {
		parts = append(parts, fmt.Sprint(p))
	}
	for _, w := range m.walks {
		parts = append(parts, strings.ReplaceAll(fmt.Sprint(w.edges), " ", ","))
		inner := []int{}
		if len(w.nodes) > 2 {
			inner = w.nodes[1 : len(w.nodes)-1]
		}
		parts = append(parts, strings.ReplaceAll(fmt.Sprint(inner), " ", ","))
	}
	return strings.Join(parts, " ")
}

// random makes a graph and a query over it. With path the pattern is one sequence of different points.
func random(r *rand.Rand, path bool) (*naive, string) {
	n := &naive{}
	var nodes, edges []string
	for v := range 2 + r.IntN(4) {
		n.values = append(n.values, r.IntN(3))
		nodes = append(nodes, fmt.Sprintf("%d, %d", v, n.values[v]))
	}
	for e := range 1 + r.IntN(8) {
		edge := [3]int{r.IntN(len(n.values)), r.IntN(len(n.values)), r.IntN(3)}
		n.edges = append(n.edges, edge)
		edges = append(edges, fmt.Sprintf("%d, %d, %d, %d", e, edge[0], edge[1], edge[2]))
	}
	n.points = 2 + r.IntN(2)
	pattern, at := "(p0)", 0
	count := 1 + r.IntN(3)
	if path {
		count = n.points - 1
	}
	used := map[int]bool{0: true}
	for i := range count {
		to := r.IntN(n.points)
		if path || i < n.points-1 { // so that all points are in the pattern
			to = i + 1
		}
		if to >= n.points {
			to = 0
		}
		used[to] = true
		l := naiveLink{from: at, to: to, low: 1, high: 1}
		text := fmt.Sprintf("e%d", i)
		if r.IntN(2) == 0 || path && i == 0 {
			l.low = r.IntN(3)
			l.high = max(l.low+r.IntN(3), 1)
			text += fmt.Sprintf("*%d..%d", l.low, l.high)
		}
		switch r.IntN(3) {
		case 0:
			l.forward, text = true, "-["+text+"]->"
		case 1:
			l.backward, text = true, "<-["+text+"]-"
		default:
			l.forward, l.backward, text = true, true, "-["+text+"]-"
		}
		n.links = append(n.links, l)
		pattern += text + fmt.Sprintf("(p%d)", to)
		if at = to; !path && r.IntN(3) == 0 {
			at = r.IntN(to + 1)
			if !used[at] {
				at = 0
			}
			pattern += fmt.Sprintf(", (p%d)", at)
		}
	}
	n.points = len(used)
	columns := make([]string, 0, 8)
	for p := range n.points {
		columns = append(columns, fmt.Sprintf("n%d = p%d.id", p, p))
	}
	for i := range n.links {
		columns = append(columns, fmt.Sprintf("m%d = map(e%d, k), i%d = map(inner_nodes(e%d), id)", i, i, i, i))
	}
	where := n.conditions(r)
	n.rule = []string{"unique_edges", "all", "none"}[r.IntN(3)]
	operator := "graph-match cycles=" + n.rule
	if path {
		n.rule, operator = "none", "graph-shortest-paths output=OUTPUT"
	}
	return n, fmt.Sprintf("let N = datatable(id: long, v: long)[%s]; datatable(k: long, s: long, t: long, w: long)[%s] | make-graph s --> t with N on id | %s %s%s project %s",
		strings.Join(nodes, ", "), strings.Join(edges, ", "), operator, pattern, where, strings.Join(columns, ", "))
}

// conditions adds some, which look at one element, at several, or at paths.
func (n *naive) conditions(r *rand.Rand) string {
	var texts []string
	add := func(text string, cond func(m *naiveMatch) bool) {
		texts, n.conds = append(texts, text), append(n.conds, cond)
	}
	k := r.IntN(3)
	p, q, l := r.IntN(n.points), r.IntN(n.points), r.IntN(len(n.links))
	every := func(m *naiveMatch, link int, f func(w int) bool) bool {
		for _, e := range m.walks[link].edges {
			if !f(n.edges[e][2]) {
				return false
			}
		}
		return true
	}
	for p := range n.points {
		if k := r.IntN(3); r.IntN(3) == 0 {
			add(fmt.Sprintf("p%d.v != %d", p, k), func(m *naiveMatch) bool { return n.values[m.points[p]] != k })
		}
	}
	if r.IntN(4) == 0 {
		add(fmt.Sprintf("p%d.v <= p%d.v", p, q), func(m *naiveMatch) bool { return n.values[m.points[p]] <= n.values[m.points[q]] })
	}
	if r.IntN(4) == 0 {
		add(fmt.Sprintf("all(e%d, w != %d)", l, k), func(m *naiveMatch) bool { return every(m, l, func(w int) bool { return w != k }) })
	}
	if r.IntN(5) == 0 {
		add(fmt.Sprintf("any(e%d, w == %d)", l, k), func(m *naiveMatch) bool { return !every(m, l, func(w int) bool { return w != k }) })
	}
	if r.IntN(5) == 0 {
		add(fmt.Sprintf("all(e%d, w <= p%d.v)", l, p), func(m *naiveMatch) bool { return every(m, l, func(w int) bool { return w <= n.values[m.points[p]] }) })
	}
	if r.IntN(4) == 0 {
		add(fmt.Sprintf("all(inner_nodes(e%d), v != %d)", l, k), func(m *naiveMatch) bool {
			nodes := m.walks[l].nodes
			return len(nodes) < 3 || !slices.ContainsFunc(nodes[1:len(nodes)-1], func(v int) bool { return n.values[v] == k })
		})
	}
	if len(texts) == 0 {
		return ""
	}
	return " where " + strings.Join(texts, " and ")
}

// matched runs a query and returns its rows, sorted.
func matched(t *testing.T, query string) []string {
	t.Helper()
	q, err := kql.Compile(query, kql.Options{})
	if err != nil {
		t.Fatalf("%s\n%v", query, err)
	}
	rows, err := run(t, q.Plan, &store{}, eval.Options{})
	if err != nil {
		t.Fatalf("%s\n%v", query, err)
	}
	slices.Sort(rows)
	return rows
}

func TestMatchRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	found := 0
	for range 1200 {
		n, query := random(r, false)
		want := []string{}
		for _, m := range n.matches() {
			want = append(want, n.row(m))
		}
		slices.Sort(want)
		got := matched(t, query)
		if !slices.Equal(got, want) {
			t.Fatalf("%s\ngot\n%s\nwant\n%s", query, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		found += len(got)
	}
	if found < 5_000 {
		t.Errorf("only %d matches", found)
	}
}

func TestShortestRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	found := 0
	for range 2500 {
		n, query := random(r, true)
		shortest := map[[2]int]int{}
		length := func(m naiveMatch) (sum int) {
			for _, w := range m.walks {
				sum += len(w.edges)
			}
			return sum
		}
		ends := func(m naiveMatch) [2]int { return [2]int{m.points[0], m.points[n.points-1]} }
		all := n.matches()
		for _, m := range all {
			if old, ok := shortest[ends(m)]; !ok || length(m) < old {
				shortest[ends(m)] = length(m)
			}
		}
		want := []string{}
		byEnds := map[[2]int][]string{}
		for _, m := range all {
			if length(m) == shortest[ends(m)] {
				want = append(want, n.row(m))
				byEnds[ends(m)] = append(byEnds[ends(m)], n.row(m))
			}
		}
		slices.Sort(want)
		got := matched(t, strings.Replace(query, "OUTPUT", "all", 1))
		if !slices.Equal(got, want) {
			t.Fatalf("%s\ngot\n%s\nwant\n%s", query, strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		found += len(got)
		one := matched(t, strings.Replace(query, "OUTPUT", "any", 1))
		if len(one) != len(byEnds) {
			t.Fatalf("%s\n%d paths between %d pairs: %v", query, len(one), len(byEnds), one)
		}
		for _, rows := range byEnds {
			if !slices.ContainsFunc(one, func(row string) bool { return slices.Contains(rows, row) }) {
				t.Fatalf("%s\ngot %v, none of %v", query, one, rows)
			}
		}
	}
	if found < 5_000 {
		t.Errorf("only %d paths", found)
	}
}

// dense is a graph in which all nodes are connected, both ways, and the operators behind it.
func dense(t *testing.T, nodes int, operators string) plan.Node {
	t.Helper()
	q, err := kql.Compile(fmt.Sprintf("let V = range a from 1 to %d step 1 | extend k = 1; V | join kind=inner (V | project b = a, k) on k | where a != b | make-graph a --> b with_node_id=n | %s", nodes, operators), kql.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return q.Plan
}

// TestMatchEnds tests that a search that would take years is ended by the limits of its run.
func TestMatchEnds(t *testing.T) {
	for _, operators := range []string{
		"graph-match (x)-[e*1..20]->(y) project x.n, y.n | count",
		"graph-match cycles=all (x)-[e*1..20]->(y) where x.n == 1 and y.n == 2 and any(e, a == 0) project x.n | count",
		"graph-match cycles=none (x)-[e*20..40]-(y) where any(inner_nodes(e), n == 0) project x.n | count",
		"graph-shortest-paths (x)-[e*1..20]->(y) where any(e, a == 0) project x.n | count",
		"graph-shortest-paths (x)-[e*9..20]->(y)-[f*5..20]->(z) where any(f, a == 0) project x.n | count",
		"graph-match (x)-[e*10..10]->(y) where x.n == 1 and any(e, " + strings.Repeat("all(e, ", 20) + "a > 0" + strings.Repeat(")", 20) + ") project x.n | count",
		"graph-match (x)-[e*10..10]->(y) where x.n == 1 project n = " + strings.Repeat("map(e, ", 5) + "any(e, all(e, any(e, all(e, all(e, all(e, a > 0))))))" + strings.Repeat(")", 5) + " | count",
		"graph-match (a)-->(b)-->(c)-->(d)-->(e)-->(f)-->(g)-->(h) where a.n + b.n + h.n == 0 project a.n | count",
	} {
		ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
		start := time.Now()
		r, err := eval.Run(ctx, dense(t, 60, operators), &store{}, eval.Options{})
		if err == nil {
			_, err = r.All()
		}
		cancel()
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%s: %v", operators, err)
		}
		if took := time.Since(start); took > 10*time.Second {
			t.Errorf("%s: took %v", operators, took)
		}
	}
}

func TestMatchMemory(t *testing.T) {
	for _, operators := range []string{
		"graph-match (x)-[e*1..20]->(y) project x.n, y.n | sort by x_n asc",
		"graph-match (x)-[e*10..10]->(y) where x.n == 1 project n = " + strings.Repeat("map(e, ", 9) + "a" + strings.Repeat(")", 9) + " | take 1",
		"graph-match (x)-[e*10..10]->(y) where array_length(" + strings.Repeat("map(e, ", 9) + "a" + strings.Repeat(")", 9) + ") == 1 project x.n | take 1",
		"graph-to-table edges with_source_id=x with_target_id=y | count",
		"graph-shortest-paths (x)-[e*500..1000]->(y)-[f*500..1000]->(z) project x.n | count",
	} {
		r, err := eval.Run(t.Context(), dense(t, 100, operators), &store{}, eval.Options{MaxBytes: 2 << 20})
		if err == nil {
			_, err = r.All()
		}
		if !errors.Is(err, eval.ErrTooLarge) {
			t.Errorf("%s: %v", operators, err)
		}
	}
}

// TestMatchLongPath follows a path that is longer than the stack of a search may become.
func TestMatchLongPath(t *testing.T) {
	const chain = "range a from 1 to 20000 step 1 | extend b = a + 1 | make-graph a --> b with_node_id=n | "
	for operators, want := range map[string]string{
		"graph-match (x)-[e*1..100000]->(y) where x.n == 1 and y.n == 0 project y.n":                "",
		"graph-match (x)-[e*15000..15000]->(y) where x.n == 1 project y.n":                          "10000 edges",
		"graph-shortest-paths (x)-[e*1..100000]->(y) where x.n == 1 and y.n == 15000 project y.n":   "10000 edges",
		"graph-shortest-paths (x)-[e*1..5000]->(y) where x.n == 1 and y.n == 5001 project y.n":      "",
		"graph-match (x)-[e*8000..8000]->(y)-[f*8000..8000]->(z) where x.n == 1 project y.n":        "10000 edges",
		"graph-mark-components kind=strong | graph-to-table nodes | summarize max(ComponentId)":     "",
		"graph-mark-components | graph-to-table nodes | summarize max(ComponentId), count()":        "",
		"graph-match (x)-[e*4000..4000]->(y) where x.n == 1 project array_length(map(e, a))":        "",
		"graph-match cycles=none (x)-[e*4000..4000]-(y) where x.n == 4001 and y.n == 1 project x.n": "",
	} {
		q, err := kql.Compile(chain+operators, kql.Options{})
		if err != nil {
			t.Fatal(err)
		}
		_, err = run(t, q.Plan, &store{}, eval.Options{})
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: %v", operators, err)
		}
	}
}

// TestGraphNeeds tests that a graph asks its tables for the properties that are looked at, and for the ids.
func TestGraphNeeds(t *testing.T) {
	table := func(name string) *kqltest.Table {
		s := &plan.Table{Name: name, Time: -1}
		for _, c := range "abcdefgh" {
			s.Columns = append(s.Columns, plan.Column{Name: string(c), Type: value.Long})
		}
		return &kqltest.Table{Schema: s}
	}
	tables := []*kqltest.Table{table("E"), table("N")}
	f := func(operators, wantEdges, wantNodes string) {
		t.Helper()
		q, err := kql.Compile("E | make-graph a --> b with N on a | "+operators, kql.Options{Catalog: kqltest.Catalog(tables)})
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]string{}
		for n, want := range plan.NeedsOf(q.Plan, plan.Visible(q.Plan.Columns())) {
			if scan, ok := n.(*plan.Scan); ok {
				for i, c := range scan.Columns() {
					if want[i] {
						got[scan.Table.Name] += c.Name
					}
				}
			}
		}
		if got["E"] != wantEdges || got["N"] != wantNodes {
			t.Errorf("%s: edges %s, nodes %s, want %s, %s", operators, got["E"], got["N"], wantEdges, wantNodes)
		}
	}
	f("graph-match (x)-[e]->(y) where x.c == 1 project y.d, e.f", "abf", "acd")
	f("graph-match (x)-[e*1..2]->(y) where all(e, c > 1) project map(inner_nodes(e), d), node_degree_in(x)", "abc", "ad")
	f("graph-match (x)-[e*1..2]->(y) project map(inner_nodes(e), strcat(node_id(), x.h)), e.g", "abg", "ah")
	f("graph-match (x)-[e]->(y) project x", "ab", "abcdefgh")
	f("graph-where-nodes c > 1 and node_degree_out() > 1 | graph-where-edges d > 1 | graph-mark-components | graph-match (x) project x.ComponentId, x.e", "abd", "ace")
	f("graph-to-table nodes with_node_id=id | project id, b", "ab", "ab")
	f("graph-to-table edges with_source_id=id | project id, h", "abh", "a")
	f("graph-shortest-paths (x)-[e*1..2]->(y) where x.c == 1 project e.d", "abd", "ac")
}
