package bind

import (
	"github.com/glasswatch/glasswatch/kql/ast"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/token"
	"github.com/glasswatch/glasswatch/kql/value"
)

// table binds an expression that gives a table; nil after an error.
func (b *binder) table(x ast.Expr, e env) plan.Node {
	return b.isTable(b.relation(x, e), x.Extent())
}

// relation binds an expression that gives a table or a graph; nil after an error.
func (b *binder) relation(x ast.Expr, e env) plan.Node {
	switch x := x.(type) {
	case *ast.Pipe:
		return b.pipe(x, e)
	case *ast.Paren:
		return b.relation(x.X, e)
	case *ast.Name:
		return b.source(x, e)
	case *ast.Datatable:
		return b.datatable(x, e)
	case *ast.Call:
		return b.tableCall(x, e)
	case *ast.Bad:
		return nil
	case *ast.External:
		return b.external(x, e)
	case *ast.Member:
		if n, ok := x.Selector.(*ast.Name); ok && n.Text == "" { // reported by the parser
			return nil
		}
		if entry := b.patternOf(x, e.names); entry != nil {
			return b.patternCall(entry, x.X.(*ast.Call), x, e)
		}
		return b.remote(x)
	case *ast.Pattern:
		b.errorf(x.Span, "KS109", "a pattern of names can be used in union", "a table is expected, not a pattern")
		return nil
	}
	if !isBroken(b.expr(x, env{names: e.names})) {
		b.errorf(x.Extent(), "KS107", "a query begins with a table, or with print for a value", "a table is expected here, not a value")
	}
	return nil
}

// source resolves a table's name: a let or "as" of the query first, then the catalog.
func (b *binder) source(x *ast.Name, e env) plan.Node {
	if entry := e.names.lookup(x.Text); entry != nil {
		entry = b.resolve(entry, x.Span)
		switch {
		case entry.broken:
			return nil
		case entry.node != nil:
			if !b.grown(entry.size, x.Span) {
				return nil
			}
			return entry.node
		case entry.fn != nil:
			return b.inlineTable(entry, x.Text, nil, x.Span, e)
		case entry.pattern != nil:
			b.errorf(x.Span, "KS107", "write its arguments behind it", "%s is a pattern; a table is expected", x.Text)
			return nil
		}
		b.errorf(x.Span, "KS107", "write print "+x.Text+" to see it", "%s is a value; a table is expected", x.Text)
		return nil
	}
	if n := b.scan(x.Text); n != nil {
		return n
	}
	if isParserFunction(x.Text) {
		b.parserFunction(x)
		return nil
	}
	candidates := e.names.list(func(e *entry) bool { return e.node != nil || e.fn != nil })
	if b.Catalog != nil {
		candidates = append(candidates, b.Catalog.TableNames()...)
	}
	b.errorf(x.Span, "KS204", didYouMean(x.Text, candidates), "there is no table %q", x.Text)
	return nil
}

// scan returns a node that reads a stored table, nil when there is none.
func (b *binder) scan(name string) plan.Node {
	if b.Catalog == nil {
		return nil
	}
	t := b.Catalog.Table(name)
	if t == nil {
		return nil
	}
	b.size++
	if t.Time >= 0 && t.Time < len(t.Columns) {
		if time := t.Columns[t.Time].Name; !containsName(b.times, time) {
			b.times = append(b.times, time)
		}
	}
	return b.within(&plan.Scan{Table: t})
}

func containsName(names []string, name string) bool {
	for _, n := range names {
		if n == name {
			return true
		}
	}
	return false
}

// tableCall binds a function that returns a table.
func (b *binder) tableCall(x *ast.Call, e env) plan.Node {
	name := x.Name.Text
	if entry := e.names.lookup(name); entry != nil {
		if entry = b.resolve(entry, x.Name.Span); entry.broken {
			return nil
		} else if entry.fn != nil {
			return b.inlineTable(entry, name, x.Args, x.Span, e)
		} else if entry.pattern != nil {
			return b.patternCall(entry, x, nil, e)
		}
	}
	switch name {
	case "_GetWatchlist":
		return b.watchlist(x, e)
	case "_GetWatchlistAlias":
		return b.watchlistAliases(x)
	case "materialize":
		return b.materialize(x, e)
	case "table":
		if len(x.Args) >= 1 {
			if v, ok := constant(b.expr(x.Args[0], env{names: e.names})); ok && v.Type() == value.String {
				return b.source(&ast.Name{Span: x.Args[0].Extent(), Text: v.Text()}, env{names: &scope{}})
			}
		}
		b.errorf(x.Span, "KS119", `write table("Name")`, "table expects the name of a table as a constant string")
		return nil
	}
	if isParserFunction(name) {
		b.parserFunction(x.Name)
		return nil
	}
	if isFunction(name) {
		b.errorf(x.Span, "KS107", "write print "+name+"(...) to see a value", "%s gives a value; a table is expected", name)
		return nil
	}
	if b.declined(x.Name) {
		return nil
	}
	candidates := e.names.list(func(e *entry) bool { return e.fn != nil })
	b.errorf(x.Name.Span, "KS211", didYouMean(name, candidates), "there is no function %q that returns a table", name)
	return nil
}

// pipe binds a pipeline step by step.
func (b *binder) pipe(x *ast.Pipe, e env) plan.Node {
	e = env{names: e.names}
	outer := b.windows
	b.windows = nil
	defer func() { b.windows = outer }()
	var n plan.Node
	ops := x.Ops
	switch {
	case x.Source != nil:
		n = b.relation(x.Source, e)
	case x.Bare:
		n = b.defaultTable(x)
	case len(ops) > 0:
		n, ops = b.first(ops[0], e), ops[1:]
	}
	for _, op := range ops {
		if n == nil || b.full {
			b.unsupported(op)
			continue
		}
		n = b.operation(op, n, e)
	}
	return n
}

// defaultTable is the input of a query that begins with a pipe.
func (b *binder) defaultTable(x *ast.Pipe) plan.Node {
	s := token.Span{Start: x.Start, End: x.Start + 1}
	n := b.scan(b.DefaultTable)
	if n == nil {
		b.errorf(s, "KS204", "begin it with a table's name", "the query begins with a pipe, without a table")
		return nil
	}
	b.note(s, "GW060", "write "+b.DefaultTable+" before the pipe", "the query names no table: %s is read", b.DefaultTable)
	return n
}

// first binds an operator that stands at the beginning of a query.
func (b *binder) first(op ast.Operator, e env) plan.Node {
	switch op := op.(type) {
	case *ast.Print:
		return b.print(op, e)
	case *ast.Union:
		return b.union(op, nil, e)
	case *ast.Range:
		return b.rangeTable(op, e)
	case *ast.Evaluate:
		return b.evaluate(op, nil, e)
	case *ast.Search:
		return b.search(op, nil, e)
	case *ast.Find:
		return b.find(op, e)
	}
	if !b.unsupported(op) {
		b.errorf(op.Extent(), "KS174", "", "this operator cannot be the first of a query")
	}
	return nil
}

// unsupported reports an operator that is not known here. It is called for the steps after an error too, so that all
// of them are named at once.
func (b *binder) unsupported(op ast.Operator) bool {
	switch op := op.(type) {
	case *ast.Unsupported:
		s := op.Span
		s.End = s.Start + len(op.Name)
		if op.Name == "macro-expand" {
			b.errorf(s, "GW020", "query the tables by their names, several of them with union", "macro-expand is not supported: it runs a query on several clusters and databases, and all tables are in one place here")
			return true
		}
		b.errorf(s, "GW020", "", "the operator %s is not supported yet", op.Name)
		return true
	case *ast.BadOperator:
		return true
	}
	return false
}

// operation binds one operator over its input; nil after an error that leaves the columns unknown.
func (b *binder) operation(op ast.Operator, in plan.Node, e env) plan.Node {
	if !b.grown(1, op.Extent()) {
		return nil
	}
	if out, ok := b.graphOperation(op, in, e); ok {
		return out
	}
	switch op := op.(type) {
	case *ast.Where:
		return b.where(op, in, e)
	case *ast.Extend:
		return b.extend(op.Exprs, in, e)
	case *ast.Serialize:
		if !b.serialized(in) {
			in = &plan.Serialize{Input: in}
		}
		return b.extend(op.Exprs, in, e)
	case *ast.Project:
		var c columns
		c.grow(len(op.Exprs))
		return b.projection(&c, op.Exprs, in, e, projecting)
	case *ast.ProjectAway:
		return b.projectAway(op, in)
	case *ast.ProjectKeep:
		return b.projectKeep(op, in)
	case *ast.ProjectRename:
		return b.projectRename(op, in)
	case *ast.ProjectReorder:
		return b.projectReorder(op, in)
	case *ast.Take:
		n, ok := b.rows(op.N, e)
		if !ok {
			return in
		}
		return &plan.Take{Input: in, N: n}
	case *ast.Sort:
		return b.sort(op.Keys, -1, in, e)
	case *ast.Top:
		n, ok := b.rows(op.N, e)
		if !ok {
			n = -1
		}
		return b.sort([]ast.Expr{op.Key}, n, in, e)
	}
	return b.setOperation(op, in, e)
}

// setOperation binds the operators that change what a row is, or look at the table as a whole.
func (b *binder) setOperation(op ast.Operator, in plan.Node, e env) plan.Node {
	switch op := op.(type) {
	case *ast.Count:
		return b.count(op, in)
	case *ast.Distinct:
		return b.distinct(op, in, e)
	case *ast.Summarize:
		return b.summarize(op, in, e)
	case *ast.Union:
		return b.union(op, in, e)
	case *ast.Evaluate:
		return b.evaluate(op, in, e)
	case *ast.As:
		e.names.set(op.Name.Text, &entry{node: in})
		return in
	case *ast.Render:
		if near := token.Nearest(op.Kind.Text, charts); !containsName(charts, op.Kind.Text) {
			if near != "" {
				near = "did you mean " + near + "?"
			}
			b.errorf(op.Kind.Span, "KS005", near, "there is no chart %q", op.Kind.Text)
			return in
		}
		b.note(op.Span, "GW061", "", "render does not change the result; the rows are returned for a %s", op.Kind.Text)
		return in
	case *ast.Print:
		b.errorf(op.Span, "KS175", "", "print can only be the first operator of a query")
		return nil
	case *ast.Range:
		b.errorf(op.Span, "KS175", "", "range can only be the first operator of a query")
		return nil
	case *ast.Find:
		b.errorf(op.Span, "KS175", "write find in (Table) where ...", "find can only be the first operator of a query")
		return nil
	}
	return b.tabular(op, in, e)
}

// tabular binds the operators that join, expand and sample tables.
func (b *binder) tabular(op ast.Operator, in plan.Node, e env) plan.Node {
	switch op := op.(type) {
	case *ast.Join:
		return b.join(op, in, e)
	case *ast.Expand:
		if op.Body != nil {
			return b.mvApply(op, in, e)
		}
		return b.expand(op, in, e)
	case *ast.Plain:
		return b.plain(op, in)
	case *ast.Sample:
		return b.sample(op, in, e)
	case *ast.TopHitters:
		return b.topHitters(op, in, e)
	case *ast.Invoke:
		return b.invoke(op, in, e)
	case *ast.Search:
		return b.search(op, in, e)
	case *ast.ProjectByNames:
		return b.projectByNames(op, in, e)
	case *ast.Fork:
		b.errorf(op.Span, "KS175", "", "fork can only be the last operator of a query")
		return nil
	case *ast.Facet:
		b.errorf(op.Span, "KS175", "", "facet can only be the last operator of a query")
		return nil
	}
	return b.shaping(op, in, e)
}

// charts are the kinds that render knows.
var charts = []string{"table", "list", "barchart", "piechart", "ladderchart", "timechart", "linechart", "anomalychart", "pivotchart",
	"areachart", "stackedareachart", "scatterchart", "timepivot", "columnchart", "timeline", "3Dchart", "card", "treemap", "plotly",
	"graph", "sankey"}

// declared are the columns that a query declares by name and type; false where it does so wrongly.
func (b *binder) declared(list []*ast.Column) ([]plan.Column, bool) {
	var cols []plan.Column
	for _, c := range list {
		typ, ok := value.ParseType(c.Type.Text)
		if !ok {
			b.errorf(c.Type.Span, "KS160", "the types are bool, int, long, real, decimal, datetime, timespan, string, guid and dynamic", "%q is not a type", c.Type.Text)
			return nil, false
		}
		if find(cols, c.Name.Text) >= 0 {
			b.errorf(c.Name.Span, "KS171", "", "a column with the name %q is already declared", c.Name.Text)
			return nil, false
		}
		cols = append(cols, plan.Column{Name: c.Name.Text, Type: typ})
	}
	return cols, true
}

// datatable binds the rows that a query writes out.
func (b *binder) datatable(x *ast.Datatable, e env) plan.Node {
	cols, ok := b.declared(x.Columns)
	if !ok {
		return nil
	}
	n := &plan.Values{Cols: cols}
	width := len(n.Cols)
	if width == 0 || len(x.Values)%width != 0 {
		b.errorf(x.Span, "KS173", "", "%d values do not fill rows of %d columns", len(x.Values), width)
		return nil
	}
	if !b.grown(len(x.Values), x.Span) {
		return nil
	}
	n.Rows = make([][]value.Value, len(x.Values)/width)
	for i := range n.Rows {
		n.Rows[i] = make([]value.Value, width)
		for j := range width {
			n.Rows[i][j] = b.cell(x.Values[i*width+j], n.Cols[j].Type, e)
		}
	}
	return n
}

// cell binds a value of a datatable, which must be a constant.
func (b *binder) cell(x ast.Expr, typ value.Type, e env) value.Value {
	bound := b.expr(x, env{names: e.names})
	if isBroken(bound) {
		return value.Null(typ)
	}
	v, ok := constant(bound)
	if !ok {
		b.errorf(x.Extent(), "KS120", "", "a value of a datatable must be a constant")
		return value.Null(typ)
	}
	if v.IsNull() {
		return value.Null(typ)
	}
	v, _ = constant(b.convert(bound, typ, x.Extent()))
	return v
}
