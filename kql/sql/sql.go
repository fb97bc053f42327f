// Package sql writes a bound plan as one SELECT statement.
//
// It reads kql/plan and the SQL templates of kql/function and knows no database: the statement is text, its values are
// literals or, long texts, numbered parameters. Only names that Names gives and functions of the catalogue are ever written, so no query can
// reach a file, a setting or a table that the caller did not offer. What has no exact SQL is refused with an
// Unsupported error; the interpreter (kql/eval) then runs that part, and a Pusher finds the parts below that have SQL.
//
// Chains of operators are merged: filters, projections, a sort and a limit over a table become one SELECT, and only
// the columns that are needed are read. A subquery begins where SQL's order of clauses would change the meaning.
//
// Values have this form on both sides: datetime and timespan are BIGINT ticks of 100 ns, a string is VARCHAR and never
// NULL, dynamic is VARCHAR with JSON text (NULL for null), guid is VARCHAR in lower case.
package sql

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/glasswatch/glasswatch/kql/plan"
)

// Names gives the quoted SQL names of what is stored.
type Names interface {
	Table(t *plan.Table) string
	Column(t *plan.Table, i int) string
	// Path names the columns that keep the value at that path of a dynamic column, if there are such.
	Path(t *plan.Table, column int, steps []string) (Promoted, bool)
}

// Statement is a compiled query. Its result columns are those of the plan that are asked for, in order, with
// synthetic names: Kusto's names are case-sensitive, those of SQL are not. SQL knows no rows without columns: where
// Columns is empty, the statement gives one column that says nothing.
type Statement struct {
	Text    string
	Args    []any // of the parameters $1, $2, ...
	Columns []plan.Column
}

// Unsupported says that a plan cannot be said exactly in the dialect.
type Unsupported struct {
	Dialect string
	What    string      // "function parse_path", "operator ..."
	Nodes   []plan.Node // the nodes that cannot be said: the one at fault and all above it
}

// Error names what is missing.
func (e *Unsupported) Error() string { return fmt.Sprintf("%s has no form in %s", e.What, e.Dialect) }

// Compile writes n in the dialect d. The error is an *Unsupported when only the interpreter can run n.
func Compile(n plan.Node, d Dialect, names Names) (Statement, error) {
	return CompileColumns(n, plan.Visible(n.Columns()), d, names)
}

// CompileColumns is Compile for the columns of n that need marks.
func CompileColumns(n plan.Node, need []bool, d Dialect, names Names) (Statement, error) {
	c := &compiler{dialect: d, names: names, root: n, need: need}
	r, err := c.relation(n, need)
	if err != nil {
		return Statement{}, fmt.Errorf("compile to SQL: %w", err)
	}
	st := Statement{Columns: make([]plan.Column, 0, r.width())}
	st.Text, st.Args = c.bind(c.statement(r))
	for i, col := range n.Columns() {
		if need[i] {
			st.Columns = append(st.Columns, col)
		}
	}
	return st, nil
}

// compiler is the state of one Compile: the parameters so far, and the number of table aliases given out.
type compiler struct {
	dialect Dialect
	names   Names
	args    []any
	params  map[any]int // value of a parameter to its number: equal constants share one, so that equal texts are equal
	aliases int
	root    plan.Node
	need    []bool // of root
	with    []*common
	tables  map[any]*common // the entry of with that holds a *plan.Shared or a *plan.Subquery
	needs   plan.Needs      // of all nodes, where something asked for them
	limited bool            // below a LIMIT
}

func (c *compiler) alias() string {
	c.aliases++
	return "t" + strconv.Itoa(c.aliases-1)
}

// param binds v and returns its placeholder.
func (c *compiler) param(v any) string {
	n, ok := c.params[v]
	if !ok {
		if c.params == nil {
			c.params = map[any]int{}
		}
		c.args = append(c.args, v)
		n = len(c.args)
		c.params[v] = n
	}
	return "$" + strconv.Itoa(n)
}

// bind numbers the parameters that are left in text: some belong to columns that were not needed after all, or to
// constants that a function wrote into a pattern.
func (c *compiler) bind(text string) (string, []any) {
	if len(c.args) == 0 {
		return text, nil
	}
	var b strings.Builder
	var args []any
	numbers := map[string]string{}
	for i := 0; i < len(text); {
		end := i + 1
		switch text[i] {
		case '\'', '"':
			end = skipQuoted(text, i)
		case '$':
			for end < len(text) && text[end] >= '0' && text[end] <= '9' {
				end++
			}
			name := text[i:end]
			if numbers[name] == "" {
				n, _ := strconv.Atoi(name[1:])
				args = append(args, c.args[n-1])
				numbers[name] = "$" + strconv.Itoa(len(args))
			}
			b.WriteString(numbers[name])
			i = end
			continue
		}
		b.WriteString(text[i:end])
		i = end
	}
	return b.String(), args
}

func (c *compiler) unsupported(format string, args ...any) error {
	return &Unsupported{Dialect: c.dialect.Name, What: fmt.Sprintf(format, args...)}
}
