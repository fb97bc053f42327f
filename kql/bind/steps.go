package bind

import (
	"github.com/glasswatch/glasswatch/kql/ast"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// scanSteps binds scan. The expressions of its steps see the row and, under hidden names, the rows that the steps took.
func (b *binder) scanSteps(op *ast.Scan, in plan.Node, e env) plan.Node {
	n := &plan.Steps{Input: in, Cols: append([]plan.Column(nil), in.Columns()...)}
	if !b.scanColumns(op, n, e) {
		return nil
	}
	row := append([]plan.Column(nil), n.Cols...)
	width := len(row)
	names := map[string]bool{}
	for _, s := range op.Steps {
		if names[s.Name.Text] {
			b.errorf(s.Name.Span, "KS171", "", "a step with the name %q is already declared", s.Name.Text)
			return nil
		}
		names[s.Name.Text] = true
		for _, c := range n.Cols {
			row = append(row, plan.Column{Name: stepName(s.Name.Text, c.Name), Type: c.Type, Hidden: true})
		}
	}
	if len(op.Steps) == 0 {
		b.errorf(op.Span, "KS006", "write step Name: condition;", "scan needs a step")
		return nil
	}
	inner := e.with(row)
	ok := true
	for _, s := range op.Steps {
		step, fine := b.scanStep(s, n.Cols[:width], inner)
		n.List = append(n.List, step)
		ok = ok && fine
	}
	if op.MatchID != nil {
		if find(n.Cols, op.MatchID.Text) >= 0 {
			b.errorf(op.MatchID.Span, "KS171", "", "a column with the name %q is already declared", op.MatchID.Text)
			return nil
		}
		n.MatchID = true
		n.Cols = append(n.Cols, plan.Column{Name: op.MatchID.Text, Type: value.Long})
	}
	if !ok || !b.grown(len(n.List)*(width+1), op.Span) {
		return nil
	}
	return n
}

// stepName is the name of the column of a row that a step took; no query can write it.
func stepName(step, column string) string { return "\x00" + step + "." + column }

// stepColumn finds Step.Column; outer is the first step of the path after base.
func stepColumn(base, outer ast.Expr, e env) (plan.Expr, bool) {
	step, ok := base.(*ast.Name)
	m, isMember := outer.(*ast.Member)
	if !ok || !isMember || e.row == nil {
		return nil, false
	}
	selector, ok := m.Selector.(*ast.Name)
	if !ok {
		return nil, false
	}
	i := find(e.row.cols, stepName(step.Text, selector.Text))
	if i < 0 {
		return nil, false
	}
	return &plan.Col{Index: i, Typ: e.row.cols[i].Type}, true
}

// scanColumns adds the declared columns with their defaults.
func (b *binder) scanColumns(op *ast.Scan, n *plan.Steps, e env) bool {
	for _, d := range op.Declare {
		if d.Type == nil {
			b.errorf(d.Span, "KS006", "", "a column has a type: name: type")
			return false
		}
		typ, ok := value.ParseType(d.Type.Text)
		switch {
		case !ok:
			b.errorf(d.Type.Span, "KS160", "", "%q is not a type", d.Type.Text)
			return false
		case find(n.Cols, d.Name.Text) >= 0:
			b.errorf(d.Name.Span, "KS171", "", "a column with the name %q is already declared", d.Name.Text)
			return false
		}
		var initial plan.Expr = &plan.Const{Value: value.Null(typ)}
		if d.Default != nil {
			if initial = b.convert(b.expr(d.Default, env{names: e.names}), typ, d.Default.Extent()); isBroken(initial) {
				return false
			}
		}
		n.Declared = append(n.Declared, initial)
		n.Cols = append(n.Cols, plan.Column{Name: d.Name.Text, Type: typ})
	}
	return true
}

func (b *binder) scanStep(s *ast.ScanStep, cols []plan.Column, inner env) (step plan.SequenceStep, ok bool) {
	before := b.errors
	if s.Output != nil {
		switch s.Output.Text {
		case "all":
		case "last":
			step.Output = plan.OutputLast
		case "none":
			step.Output = plan.OutputNone
		default:
			b.errorf(s.Output.Span, "KS005", "", "expected all, last or none, got %q", s.Output.Text)
		}
	}
	step.Cond = b.expr(s.Cond, inner)
	if t := step.Cond.Type(); t != value.Bool && t != value.Invalid {
		b.errorf(s.Cond.Extent(), "KS141", "compare it with something", "the condition must be a bool, not a %s", t)
	}
	set := map[int]bool{}
	for _, x := range s.Set {
		named, isNamed := x.(*ast.Named)
		if !isNamed || len(named.Names) != 1 {
			b.errorf(x.Extent(), "KS006", "write Column = value", "an assignment is expected")
			continue
		}
		name := named.Names[0]
		at := find(cols, name.Text)
		switch {
		case at < 0:
			b.unknownName(name, inner.with(cols))
			continue
		case set[at]:
			b.errorf(name.Span, "KS171", "", "the column %q is set twice", name.Text)
			continue
		}
		set[at] = true
		v := b.convert(b.expr(named.X, inner), cols[at].Type, named.X.Extent())
		step.Set = append(step.Set, plan.Assignment{Column: at, X: v})
		if isBroken(v) {
			return step, false
		}
	}
	return step, b.errors == before && !isBroken(step.Cond)
}

// assertSchema checks the columns of its input, by name, order and type.
func (b *binder) assertSchema(op *ast.AssertSchema, in plan.Node) plan.Node {
	var visible []plan.Column
	for _, c := range in.Columns() {
		if !c.Hidden {
			visible = append(visible, c)
		}
	}
	for i, c := range op.Columns {
		typ, ok := value.ParseType(c.Type.Text)
		switch {
		case !ok:
			b.errorf(c.Type.Span, "KS160", "", "%q is not a type", c.Type.Text)
		case i >= len(visible):
			b.errorf(c.Span, "GW055", "", "the table has no column %s", c.Name.Text)
		case visible[i].Name != c.Name.Text || visible[i].Type != typ:
			b.errorf(c.Span, "GW055", "", "the table has the column %s of type %s here", visible[i].Name, visible[i].Type)
		default:
			continue
		}
		return nil
	}
	if len(op.Columns) < len(visible) {
		b.errorf(op.Span, "GW055", "", "the table has the column %s too", visible[len(op.Columns)].Name)
		return nil
	}
	return in
}
