// Package bind turns a syntax tree into a plan: it resolves names to positions and functions to overloads, makes
// conversions explicit, inlines functions, folds constants and names columns as Kusto does.
//
// Where the language leaves no doubt about a mistake it reports an error at its place, with the nearest name. Where
// Kusto converts silently and the author may not have meant it, it reports a warning and does what Kusto does.
package bind

import (
	"fmt"

	"github.com/glasswatch/glasswatch/kql/ast"
	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/token"
	"github.com/glasswatch/glasswatch/kql/value"
)

// maxSize bounds a plan, counted in expressions and operators with every use of a let counted again, so that a few
// nested functions cannot make a plan that no memory holds.
const maxSize = 200000

// maxDiagnostics bounds the remarks; the first error is always among them.
const maxDiagnostics = 50

// Catalog knows the tables. Names are case-sensitive.
type Catalog interface {
	Table(name string) *plan.Table // nil when there is none
	TableNames() []string
}

// Options of a binding.
type Options struct {
	Catalog      Catalog
	DefaultTable string                 // what a query that begins with a pipe reads
	Functions    Functions              // stored functions; may be nil
	Parameters   map[string]value.Value // of declare query_parameters
	Now          int64                  // value of now() in ticks
	LiveNow      bool                   // now() and ago() stay calls, for a plan that outlives its compilation
	Within       *Period                // what may be read of stored tables; nil: everything
	// Discover runs a plugin whose columns follow from the data. Without it the tables behind such a plugin are open: what
	// can be checked is, but the plan does not run.
	Discover func(n *plan.Evaluate) (*plan.Values, error)
	// Watchlists are what _GetWatchlist reads; nil: the function is refused.
	Watchlists Watchlists
}

// Result is a bound query.
type Result struct {
	Plan        plan.Node   // nil when the diagnostics hold an error, or Err is set
	Parts       []plan.Part // all results, in the order of the text; Plan is that of one of them
	Diagnostics token.Diagnostics
	// Open says that the query has columns that only a run can tell, and was bound without Discover: the plan is for
	// looking at.
	Open bool
	Err  error // of Discover
}

// Bind binds a query. Prelude may be nil; its let statements can be used and hidden by the query.
func Bind(q, prelude *ast.Query, o Options) Result {
	g := guesses{q: q, prelude: prelude, options: o, found: map[string]*plan.Values{}}
	return g.bind()
}

func (b *binder) bind(q, prelude *ast.Query) Result {
	names := b.storedScope()
	b.root = names
	if prelude != nil {
		names = b.prelude(prelude, names)
	}
	out := Result{}
	parts, first := b.query(q, env{names: &scope{parent: names}})
	for i := range parts {
		parts[i].Plan = b.result(parts[i].Plan)
	}
	if b.errors == 0 && b.failure == nil && len(parts) > 0 {
		out.Plan, out.Parts = parts[first].Plan, parts
	}
	out.Diagnostics, out.Open, out.Err = b.diags, b.open, b.failure
	return out
}

// result is a table as the query returns it.
func (b *binder) result(n plan.Node) plan.Node {
	if n == nil {
		return nil
	}
	n = b.strip(n)
	if b.most != nil {
		n = &plan.Take{Input: n, N: b.most.Int()}
	}
	return n
}

type binder struct {
	Options
	ctx     function.Context
	diags   token.Diagnostics
	errors  int
	assumed []guess                     // columns that tables without rows are taken to have; see guess.go
	wanted  []string                    // a further one that they are asked for
	guessed bool                        // there is such a table
	vague   bool                        // their columns are of no known type
	found   map[string]*plan.Values     // what Discover gave, over all attempts
	runs    int                         // how often it was asked
	column  int                         // number of the last automatic column name
	size    int                         // of the plan so far
	full    bool                        // the size has passed maxSize
	apart   map[*plan.Const][]plan.Expr // elements of constant arrays
	inlined int                         // depth of functions and lets being expanded
	used    *token.Span                 // where the prelude's definition that is being bound is used
	times   []string                    // names of the columns that ingestion_time() reads
	judged  map[*ast.Func]bool          // functions of which is being found out whether they return a table
	root    *scope                      // the stored functions
	most    *value.Value                // most rows of the result, where the query sets it
	windows *windows                    // of the operator whose expressions are being bound; nil where window functions cannot stand
	options map[string]ast.Expr         // set name = value
	failure error                       // of Discover; nothing is discovered after it
	open    bool                        // a plugin's columns are not known
}

// env is what names mean at a place: lets and tables, and the columns of the row, if there is one.
type env struct {
	names *scope
	row   *row
}

// row is the input of an operator while its expressions are bound.
type row struct {
	cols    []plan.Column
	aggs    *aggregation  // while the aggregates of summarize are bound
	pattern *graphPattern // while the expressions over a graph are bound
}

func (e env) with(cols []plan.Column) env { return env{e.names, &row{cols: cols}} }

// query binds the statements of a query. It returns the results of all expressions, several of one that ends with fork or
// facet, and which of them is the first of the last expression: the query's where only one can be.
func (b *binder) query(q *ast.Query, e env) (out []plan.Part, first int) {
	var last *ast.ExprStmt
	broken := false
	for _, s := range q.Stmts {
		switch s := s.(type) {
		case *ast.BadStmt:
			broken = true
		case *ast.Declare:
			broken = !b.declareParameters(s, e) || broken
		case *ast.DeclarePattern:
			b.declarePattern(s, e)
		case *ast.Let:
			b.let(s, e.names, e)
		case *ast.Set:
			b.setOption(s, e)
		case *ast.ExprStmt:
			parts, names := b.results(s.X, e)
			if names { // it names tables for the statements behind it
				continue
			}
			last, first = s, len(out)
			out = append(out, parts...)
		}
	}
	if len(out) > 1 {
		b.note(last.Span, "GW063", "", "the query has %d results; where one is wanted, as in a rule, it is the first of this expression", len(out))
	}
	if last == nil && !broken {
		b.errorf(token.Span{Start: q.End, End: q.End}, "KS006", "end it with an expression, such as a table's name", "the query has no expression that gives a result")
	}
	return out, first
}

// strip removes hidden columns from the result.
func (b *binder) strip(n plan.Node) plan.Node {
	cols := n.Columns()
	visible := 0
	for _, c := range cols {
		if !c.Hidden {
			visible++
		}
	}
	if visible == len(cols) {
		return n
	}
	out := &plan.Project{Input: n, Cols: make([]plan.Column, 0, visible), Exprs: make([]plan.Expr, 0, visible)}
	refs := references(cols)
	for i, c := range cols {
		if !c.Hidden {
			out.Cols, out.Exprs = append(out.Cols, c), append(out.Exprs, &refs[i])
		}
	}
	return out
}

// references returns a Col for every column, in one allocation.
func references(cols []plan.Column) []plan.Col {
	refs := make([]plan.Col, len(cols))
	for i, c := range cols {
		refs[i] = plan.Col{Index: i, Typ: c.Type}
	}
	return refs
}

func (b *binder) errorf(s token.Span, code, hint, format string, args ...any) {
	b.report(token.Error, s, code, hint, format, args...)
}

func (b *binder) warn(s token.Span, code, hint, format string, args ...any) {
	b.report(token.Warning, s, code, hint, format, args...)
}

func (b *binder) note(s token.Span, code, hint, format string, args ...any) {
	b.report(token.Note, s, code, hint, format, args...)
}

func (b *binder) report(severity token.Severity, s token.Span, code, hint, format string, args ...any) {
	if severity == token.Error {
		b.errors++
	}
	if len(b.diags) >= maxDiagnostics && (severity != token.Error || b.errors > 1) {
		return
	}
	message := fmt.Sprintf(format, args...)
	if b.used != nil { // the place is in a text that the user did not write
		s = *b.used
		message = "in a shipped definition: " + message
	}
	b.diags = append(b.diags, token.Diagnostic{Severity: severity, Code: code, Message: message, Hint: hint, Span: s})
}

// grown counts n more parts of the plan; it returns false when the plan is too large.
func (b *binder) grown(n int, s token.Span) bool {
	if b.size += n; b.size <= maxSize {
		return true
	}
	if !b.full {
		b.full = true
		b.errorf(s, "GW003", "", "the query is too large once its functions and lets are expanded")
	}
	return false
}

// broken is the expression that stands for one with an error; its type is Invalid, and what is made of it is silent.
func broken() plan.Expr { return &plan.Const{} }

func isBroken(x plan.Expr) bool { return x.Type() == value.Invalid }

// constant returns the value of a constant expression.
func constant(x plan.Expr) (value.Value, bool) {
	if c, ok := x.(*plan.Const); ok && !isBroken(x) {
		return c.Value, true
	}
	return value.Value{}, false
}
