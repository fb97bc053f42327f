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

// pluginRows yields what a plugin makes of its input: row by row, or of all rows that it collects.
type pluginRows struct {
	r       *runner
	n       *plan.Evaluate
	started bool
	in      *stageRows // of a plugin that goes row by row, or looks
	each    plugin.EachRow
	cols    []plugin.Column
	out     [][]value.Value
	row     list
}

func (p *pluginRows) next() (Row, error) {
	if !p.started {
		p.started = true
		if err := p.start(); err != nil {
			return nil, err
		}
	}
	if err := p.r.alive(); err != nil {
		return nil, err
	}
	for len(p.out) == 0 {
		if p.each == nil {
			return nil, io.EOF
		}
		if _, err := p.in.next(); err != nil {
			return nil, err
		}
		p.out = p.out[:0]
		p.each(p.in.row, func(row []value.Value) { p.out = append(p.out, row) })
	}
	p.row, p.out = p.out[0], p.out[1:]
	return &p.row, nil
}

func (p *pluginRows) close() error {
	if p.in != nil {
		return p.in.close()
	}
	return nil
}

// start prepares a plugin that goes row by row, and runs any other.
func (p *pluginRows) start() error {
	tables := map[int][][]value.Value{}
	for i, n := range p.n.Tables {
		var err error
		if tables[i], err = p.r.collect(n); err != nil {
			return err
		}
	}
	call := p.r.call(p.n)
	if p.r.err != nil { // of a table in an argument
		return p.r.err
	}
	each, err := p.n.Plugin.Stream(&p.r.scope.fn, call, tables)
	switch {
	case err != nil:
		return p.failure(err)
	case each != nil:
		p.each = each
		return p.open()
	case p.n.Look:
		return p.look(call)
	}
	return p.run(call, tables)
}

func (p *pluginRows) failure(err error) error {
	return fmt.Errorf("evaluate %s: %w", p.n.Plugin.Name, err)
}

func (p *pluginRows) open() error {
	s, err := p.r.open(p.n.Input)
	if err == nil {
		p.in = materialise(s, len(p.n.Input.Columns()))
	}
	return err
}

// look finds the columns that follow from the data. Its only row tells that there is one.
func (p *pluginRows) look(call *plugin.Call) error {
	if err := p.open(); err != nil {
		return err
	}
	see, columns := p.n.Plugin.Look(call)
	any := false
	for {
		_, err := p.in.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if err := p.r.alive(); err != nil {
			return err
		}
		any = true
		see(p.in.row)
	}
	if p.cols = columns(); any {
		row := make([]value.Value, len(p.cols))
		for i, c := range p.cols {
			row[i] = value.Null(c.Type)
		}
		p.out = [][]value.Value{row}
	}
	return nil
}

func (p *pluginRows) run(call *plugin.Call, tables map[int][][]value.Value) error {
	rows, err := p.r.collect(p.n.Input)
	if err != nil {
		return err
	}
	if p.cols, p.out, err = p.n.Plugin.Execute(&p.r.scope.fn, call, rows, tables); err != nil {
		return p.failure(err)
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
	p := &pluginRows{r: r, n: n, started: true}
	if err := p.start(); err != nil {
		return nil, errors.Join(err, p.close())
	}
	out := &Result{stage: r.stage(p, len(p.cols))}
	for _, c := range p.cols {
		out.cols = append(out.cols, plan.Column{Name: c.Name, Type: c.Type})
	}
	return out, nil
}
