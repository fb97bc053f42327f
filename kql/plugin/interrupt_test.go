package plugin

import (
	"errors"
	"testing"

	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/value"
)

// What looks for patterns ends with the run.
func TestPatternsAreInterrupted(t *testing.T) {
	c := &Call{Input: []Column{{"a", value.Long}, {"b", value.String}}}
	rows := [][]value.Value{{value.NewLong(1), value.NewString("x")}, {value.NewLong(1), value.NewString("y")}, {value.NewLong(2), value.NewString("x")}}
	over := errors.New("the run is over")
	for _, p := range []Plugin{autocluster(), basket()} {
		for _, want := range []error{nil, over} {
			if _, _, err := p.Run(&function.Context{Alive: func() error { return want }}, c, rows, nil); !errors.Is(err, want) {
				t.Errorf("%s: got %v, want %v", p.Name, err, want)
			}
		}
	}
}
