package kql_test

import (
	"errors"
	"os"
	"strings"
	"testing"

	"github.com/glasswatch/glasswatch/kql"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// callDifferences are the functions whose calls may differ from testdata/oracle/calls.txt, with the reason. All other
// calls must agree: accepted with the same type, or refused.
var callDifferences = map[string]string{
	"around":           "only what can be added to and compared has a distance",
	"array_sort_asc":   "nulls_last may be computed",
	"array_sort_desc":  "the same",
	"bin":              "a datetime is no size",
	"bin_at":           "a size of another kind than the value has no meaning",
	"column_ifexists":  "a column keeps its own type",
	"columnifexists":   "the same",
	"extract_all":      "no group is chosen by a text",
	"extractall":       "the same",
	"floor":            "a datetime is no size",
	"make_timespan":    "seconds have a fraction, as the reference's example shows",
	"range":            "numbers, spans and instants do not mix",
	"toguid":           "a guid is taken as it is",
	"format_ipv4_mask": "the reference calls the prefix optional",
}

// TestOracleCalls compares a call of every scalar function for every type of each argument with what Microsoft's
// parser says of it.
func TestOracleCalls(t *testing.T) {
	table := &plan.Table{Name: "T"}
	for _, text := range strings.Fields("b:bool i:int l:long r:real m:decimal dt:datetime ts:timespan s:string g:guid d:dynamic") {
		name, typ, _ := strings.Cut(text, ":")
		parsed, _ := value.ParseType(typ)
		table.Columns = append(table.Columns, plan.Column{Name: name, Type: parsed})
	}
	table.Time = len(table.Columns)
	raw, err := os.ReadFile("testdata/oracle/calls.txt")
	if err != nil {
		t.Fatal(err)
	}
	agreed, differ, missing := 0, 0, 0
	for line := range strings.Lines(string(raw)) {
		call, want, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		got := "-"
		q, err := kql.Compile("T | project x = "+call, kql.Options{Catalog: catalog{"T": table}})
		var ds kql.Diagnostics
		switch {
		case errors.As(err, &ds) && notSupported(ds):
			missing++
			continue
		case err == nil:
			got = strings.TrimPrefix(columnText(q), "x:")
		}
		name, _, _ := strings.Cut(call, "(")
		switch {
		case got == want:
			agreed++
		case callDifferences[name] == "":
			t.Errorf("%s gives %s, want %s: %v", call, got, want, err)
		default:
			differ++
		}
	}
	t.Logf("%d calls agree, %d differ for a reason, %d use what is not supported", agreed, differ, missing)
	if differ*50 > agreed {
		t.Errorf("more than 2 of 100 calls differ")
	}
}
