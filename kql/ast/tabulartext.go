package ast

// tabularOp prints the operators that join, expand, parse and shape tables.
func (w *writer) tabularOp(op Operator) {
	switch op := op.(type) {
	case *Join:
		w.join(op)
	case *Expand:
		w.expand(op)
	case *Parse:
		w.parse(op)
	case *ParseKV:
		w.WriteString("parse-kv ")
		w.expr(op.X)
		w.WriteString(" as (" + columnList(op.Columns) + ")")
		w.with(op.Options)
	case *Range:
		w.WriteString("range " + name(op.Name) + " from ")
		w.expr(op.From)
		w.WriteString(" to ")
		w.expr(op.To)
		w.WriteString(" step ")
		w.expr(op.Step)
	case *Serialize:
		w.WriteString("serialize")
		if len(op.Exprs) > 0 {
			w.WriteByte(' ')
			w.list(op.Exprs, ", ")
		}
	case *Plain:
		w.WriteString(op.Name + options(op.Options))
	case *Invoke:
		w.WriteString("invoke ")
		w.expr(op.Call)
	case *Evaluate:
		w.evaluate(op)
	default:
		w.groupingOp(op)
	}
}

func (w *writer) groupingOp(op Operator) {
	switch op := op.(type) {
	case *Sample:
		if op.Of == nil {
			w.WriteString("sample ")
			w.expr(op.N)
			return
		}
		w.WriteString("sample-distinct ")
		w.expr(op.N)
		w.WriteString(" of ")
		w.expr(op.Of)
	case *TopHitters:
		w.WriteString("top-hitters ")
		w.expr(op.N)
		w.WriteString(" of ")
		w.expr(op.Of)
		w.clause(" by ", op.By)
	case *TopNested:
		w.topNested(op)
	case *MakeSeries:
		w.makeSeries(op)
	case *Partition:
		w.WriteString("partition" + options(op.Options) + " by ")
		w.expr(op.By)
		if op.Braces {
			w.WriteString(" { ")
			w.pipe(op.Body)
			w.WriteString(" }")
			return
		}
		w.WriteString(" (")
		w.pipe(op.Body)
		w.WriteByte(')')
	case *Search:
		w.WriteString("search" + options(op.Options))
		w.tables(op.In)
		w.WriteByte(' ')
		w.expr(op.Cond)
	case *Find:
		w.find(op)
	case *ProjectByNames:
		w.WriteString("project-by-names ")
		w.list(op.Exprs, ", ")
	case *Fork:
		w.WriteString("fork")
		for _, b := range op.Branches {
			w.WriteByte(' ')
			if b.Name != nil {
				w.WriteString(name(b.Name) + " = ")
			}
			w.body(b.Body)
		}
	case *Facet:
		w.WriteString("facet by ")
		w.list(op.By, ", ")
		if op.Body != nil {
			w.WriteString(" with ")
			w.body(op.Body)
		}
	default:
		w.arrangingOp(op)
	}
}

// body prints operators in parentheses.
func (w *writer) body(p *Pipe) {
	w.WriteByte('(')
	w.pipe(p)
	w.WriteByte(')')
}

func (w *writer) clause(word string, x Expr) {
	if x != nil {
		w.WriteString(word)
		w.expr(x)
	}
}

func (w *writer) with(os []*Option) {
	if len(os) > 0 {
		w.WriteString(" with (" + optionList(os, ", ") + ")")
	}
}

func (w *writer) tables(xs []Expr) {
	if len(xs) > 0 {
		w.WriteString(" in (")
		w.list(xs, ", ")
		w.WriteByte(')')
	}
}

func (w *writer) join(op *Join) {
	w.WriteString("join")
	if op.Lookup {
		w.Reset()
		w.WriteString("lookup")
	}
	w.WriteString(options(op.Options) + " ")
	w.expr(op.Right)
	if len(op.On) > 0 {
		w.WriteString(" on ")
		w.list(op.On, ", ")
	}
}

func (w *writer) expand(op *Expand) {
	switch {
	case op.Body != nil:
		w.WriteString("mv-apply")
	case op.Legacy:
		w.WriteString("mvexpand")
	default:
		w.WriteString("mv-expand")
	}
	w.WriteString(options(op.Options) + " ")
	for i, item := range op.Items {
		if i > 0 {
			w.WriteString(", ")
		}
		w.expr(item.X)
		if item.Type != nil {
			w.WriteString(" to typeof(" + item.Type.Text + ")")
		}
	}
	w.clause(" limit ", op.Limit)
	if op.Body != nil {
		w.WriteString(" on (")
		w.pipe(op.Body)
		w.WriteByte(')')
	}
}

func (w *writer) parse(op *Parse) {
	w.WriteString("parse")
	if op.Where {
		w.WriteString("-where")
	}
	w.WriteString(options(op.Options) + " ")
	w.expr(op.X)
	w.WriteString(" with")
	for _, p := range op.Parts {
		switch {
		case p.Star:
			w.WriteString(" *")
		case p.Text != nil:
			w.WriteByte(' ')
			w.expr(p.Text)
		default:
			w.WriteString(" " + name(p.Column))
			if p.Type != nil {
				w.WriteString(":" + p.Type.Text)
			}
		}
	}
}

func (w *writer) evaluate(op *Evaluate) {
	w.WriteString("evaluate" + options(op.Options) + " ")
	w.expr(op.Call)
	if !op.HasSchema {
		return
	}
	w.WriteString(" : (")
	if op.Star {
		w.WriteByte('*')
		if len(op.Columns) > 0 {
			w.WriteString(", ")
		}
	}
	w.WriteString(columnList(op.Columns) + ")")
}

func (w *writer) topNested(op *TopNested) {
	for i, l := range op.Levels {
		if i > 0 {
			w.WriteString(", ")
		}
		w.WriteString("top-nested")
		w.clause(" ", l.N)
		w.WriteString(" of ")
		w.expr(l.Of)
		w.clause(" with others = ", l.Others)
		w.clause(" by ", l.By)
	}
}

func (w *writer) makeSeries(op *MakeSeries) {
	w.WriteString("make-series" + options(op.Options) + " ")
	for i, a := range op.Aggs {
		if i > 0 {
			w.WriteString(", ")
		}
		w.expr(a)
		w.clause(" default = ", op.Defaults[i])
	}
	w.WriteString(" on ")
	w.expr(op.On)
	if op.In {
		w.WriteString(" in range(")
		w.list([]Expr{op.From, op.To, op.Step}, ", ")
		w.WriteByte(')')
	} else {
		w.clause(" from ", op.From)
		w.clause(" to ", op.To)
		w.clause(" step ", op.Step)
	}
	if len(op.Keys) > 0 {
		w.WriteString(" by ")
		w.list(op.Keys, ", ")
	}
}

func (w *writer) find(op *Find) {
	w.WriteString("find" + options(op.Options))
	w.tables(op.In)
	w.WriteByte(' ')
	if op.Where {
		w.WriteString("where ")
	}
	w.expr(op.Cond)
	if op.Project != nil {
		w.WriteString(" project ")
		w.list(op.Project, ", ")
	}
}

func (w *writer) external(x *External) {
	w.WriteString("externaldata(" + columnList(x.Columns) + ")[")
	w.list(x.URIs, ", ")
	w.WriteByte(']')
	w.with(x.Options)
}
