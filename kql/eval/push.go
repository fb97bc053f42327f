package eval

import (
	"context"

	"github.com/glasswatch/glasswatch/kql/plan"
)

// Pusher is a Source that runs parts of a plan by itself, as a database does. It is asked for every node from the top, so
// that it gets the largest parts that it can run, and the interpreter does the rest.
type Pusher interface {
	Source
	// Push runs n with all that is below it. Columns that need does not mark are not looked at and may be null. A nil
	// iterator without an error means that the interpreter has to run n.
	Push(ctx context.Context, n plan.Node, need []bool) (Iterator, error)
}

// prepare finds out what the source may be asked for.
func (r *runner) prepare(n plan.Node) {
	if p, ok := r.src.(Pusher); ok {
		r.pusher, r.needs = p, plan.NeedsOf(n, plan.Visible(n.Columns()))
	}
}

// push opens n as rows of the source, or returns nil.
func (r *runner) push(n plan.Node) (*stage, error) {
	need, known := r.needs[n]
	if r.pusher == nil || !known {
		return nil, nil
	}
	it, err := r.pusher.Push(r.ctx, n, need)
	if it == nil || err != nil {
		return nil, err
	}
	return r.stage(&scanRows{it, r}, len(need)), nil
}
