package kqltest_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/glasswatch/glasswatch/kql"
	"github.com/glasswatch/glasswatch/kql/kqltest"
	"github.com/glasswatch/glasswatch/kql/plugin"
	"github.com/glasswatch/glasswatch/kql/value"
)

// TestPluginExamples runs the examples of every plugin.
func TestPluginExamples(t *testing.T) {
	eval, _ := kqltest.Eval{}.Open(nil)
	ticks, _ := value.Ticks(kqltest.Now)
	for _, name := range plugin.Names() {
		p, _ := plugin.Lookup(name)
		if p.Declined == "" && (p.Doc == "" || len(p.Examples) == 0) {
			t.Errorf("%s has no documentation or no example", name)
		}
		for _, e := range p.Examples {
			q, err := kql.Compile(e.Query, kqltest.Options(t.Context(), nil))
			if err != nil {
				t.Errorf("%s: %s\n%v", name, e.Query, err)
				continue
			}
			r, err := eval.Run(t.Context(), q.Plan, ticks)
			if err != nil {
				t.Errorf("%s: %s\n%v", name, e.Query, err)
				continue
			}
			if diff := cmp.Diff(e.Want, rendered(r)); diff != "" {
				t.Errorf("%s: %s\n%s", name, e.Query, diff)
			}
		}
	}
}

// rendered writes a result as plugin.Example has it.
func rendered(r *kqltest.Result) string {
	cols := make([]string, len(r.Columns))
	for i, c := range r.Columns {
		cols[i] = c.Name + ": " + c.Type.String()
	}
	lines := []string{strings.Join(cols, "|")}
	for _, row := range r.Rows {
		cells := make([]string, len(row))
		for i, v := range row {
			text, null := v.Canonical()
			if cells[i] = text; null {
				cells[i] = "null"
			}
		}
		lines = append(lines, strings.Join(cells, "|"))
	}
	return strings.Join(lines, "\n")
}

// TestPluginDeclined checks that a plugin that is not offered is refused with its reason.
func TestPluginDeclined(t *testing.T) {
	for _, name := range plugin.Names() {
		p, _ := plugin.Lookup(name)
		if p.Declined == "" {
			continue
		}
		for _, query := range []string{"evaluate " + name + "(1)", "print x = 1 | evaluate " + name + "(x)"} {
			_, err := kql.Compile(query, kql.Options{})
			var ds kql.Diagnostics
			if !errors.As(err, &ds) || ds[0].Code != "GW020" || !strings.Contains(ds[0].Message, p.Declined) {
				t.Errorf("%s: %v", query, err)
			}
		}
	}
}
