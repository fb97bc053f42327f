package eval

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/plugin"
	"github.com/glasswatch/glasswatch/kql/value"
)

// pluginRows collects the input of a plugin and yields what it returns.
type pluginRows struct {
	r    *runner
	n    *plan.Evaluate
	done bool
	cols []plugin.Column
	out  [][]value.Value
	row  list
}

func (p *pluginRows) next() (Row, error) {
	if !p.done {
		if err := p.run(); err != nil {
			return nil, err
		}
	}
	if err := p.r.alive(); err != nil {
		return nil, err
	}
	if len(p.out) == 0 {
		return nil, io.EOF
	}
	p.row, p.out = p.out[0], p.out[1:]
	return &p.row, nil
}

func (p *pluginRows) close() error { return nil }

func (p *pluginRows) run() error {
	rows, err := p.r.collect(p.n.Input)
	if err != nil {
		return err
	}
	tables := map[int][][]value.Value{}
	for i, n := range p.n.Tables {
		if tables[i], err = p.r.collect(n); err != nil {
			return err
		}
	}
	call := p.r.call(p.n)
	if p.r.err != nil { // of a table in an argument
		return p.r.err
	}
	p.cols, p.out, err = p.n.Plugin.Execute(&p.r.scope.fn, call, rows, tables)
	p.done = true
	if err != nil {
		return fmt.Errorf("evaluate %s: %w", p.n.Plugin.Name, err)
	}
	for _, row := range p.out {
		if err := p.r.keep(row); err != nil {
			return err
		}
	}
	return nil
}

// collect runs a node to its end.
func (r *runner) collect(n plan.Node) ([][]value.Value, error) {
	s, err := r.open(n)
	if err != nil {
		return nil, err
	}
	in := materialise(s, len(n.Columns()))
	var out [][]value.Value
	for {
		_, err := in.next()
		if errors.Is(err, io.EOF) {
			return out, in.close()
		}
		if err != nil {
			return nil, errors.Join(err, in.close())
		}
		if err := r.keep(in.row); err != nil {
			return nil, errors.Join(err, in.close())
		}
		out = append(out, slices.Clone(in.row))
	}
}

// call completes a call with the constants that are known only now.
func (r *runner) call(n *plan.Evaluate) *plugin.Call {
	if len(n.Late) == 0 {
		return n.Call
	}
	c := *n.Call
	c.Args = slices.Clone(c.Args)
	s := &scope{fn: r.scope.fn}
	for _, late := range n.Late {
		v := r.baseEnv(0).compile(late.X)(s)
		c.Args[late.Arg].Const = &v
	}
	return &c
}

// Discover returns the function that kql.Options.Discover wants: it runs plugins with the interpreter over src.
func Discover(ctx context.Context, src Source, o Options) func(*plan.Evaluate) (*plan.Values, error) {
	return func(n *plan.Evaluate) (*plan.Values, error) {
		r, err := Run(ctx, n, src, o)
		if err != nil {
			return nil, err
		}
		rows, err := r.All()
		if err != nil {
			return nil, err
		}
		return &plan.Values{Cols: r.Columns(), Rows: rows}, nil
	}
}

// ErrOpen reports a plan with columns that follow from the data, which the compiler was not given.
var ErrOpen = errors.New("the query has columns that follow from the data: it must be compiled with Discover")

// isOpen reports whether a plan holds an open table.
func isOpen(n plan.Node) bool {
	seen := map[plan.Node]bool{}
	var walk func(n plan.Node) bool
	walk = func(n plan.Node) bool {
		if _, open := n.(*plan.Open); open {
			return true
		}
		if seen[n] {
			return false
		}
		seen[n] = true
		return slices.ContainsFunc(plan.Below(n), walk)
	}
	return walk(n)
}

// runOpen runs a plugin whose columns are those that it returns.
func (r *runner) runOpen(n *plan.Evaluate) (*Result, error) {
	p := &pluginRows{r: r, n: n}
	if err := p.run(); err != nil {
		return nil, err
	}
	out := &Result{stage: r.stage(p, len(p.cols))}
	for _, c := range p.cols {
		out.cols = append(out.cols, plan.Column{Name: c.Name, Type: c.Type})
	}
	return out, nil
}
