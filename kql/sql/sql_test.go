package sql_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/sql"
	"github.com/glasswatch/glasswatch/kql/value"
)

// names are those of a store with one promoted path: Status.errorCode of SigninLogs.
type names struct{}

func (names) Table(t *plan.Table) string         { return sql.QuoteName(t.Name) }
func (names) Column(t *plan.Table, i int) string { return sql.QuoteName(t.Columns[i].Name) }
func (names) Path(t *plan.Table, column int, steps []string) (sql.Promoted, bool) {
	return sql.Promoted{Text: `"code"`, Quoted: `"code~quoted"`, Whole: `"code~whole"`}, t.Name == "SigninLogs" && column == 2 && strings.Join(steps, ".") == "errorCode"
}

func table(name string) *plan.Table {
	return &plan.Table{Name: name, Time: 3, Columns: []plan.Column{
		{Name: "TimeGenerated", Type: value.DateTime},
		{Name: "UserId", Type: value.String},
		{Name: "Status", Type: value.Dynamic},
		{Name: "_TimeReceived", Type: value.DateTime, Hidden: true},
	}}
}

// The helpers build plans as the binder does.

func col(i int, t value.Type) plan.Expr { return &plan.Col{Index: i, Typ: t} }
func long(n int64) plan.Expr            { return &plan.Const{Value: value.NewLong(n)} }
func text(s string) plan.Expr           { return &plan.Const{Value: value.NewString(s)} }
func ticks(n int64) plan.Expr           { return &plan.Const{Value: value.NewDateTime(n)} }
func op(name string, args ...plan.Expr) plan.Expr {
	return &plan.Call{Func: &function.Func{Name: name}, Overload: &function.Overload{}, Args: args, Typ: value.Bool}
}

func template(t value.Type, sql string, args ...plan.Expr) plan.Expr {
	o := &function.Overload{SQL: map[string]string{"duckdb": sql}}
	return &plan.Call{Func: &function.Func{Name: "f"}, Overload: o, Args: args, Typ: t}
}

func path(base plan.Expr, names ...string) plan.Expr {
	p := &plan.Path{Base: base}
	for _, n := range names {
		p.Steps = append(p.Steps, plan.Step{Name: n})
	}
	return p
}

func project(in plan.Node, exprs ...plan.Expr) plan.Node {
	p := &plan.Project{Input: in, Exprs: exprs}
	for _, e := range exprs {
		p.Cols = append(p.Cols, plan.Column{Name: "x", Type: e.Type()})
	}
	return p
}

func countBy(in plan.Node, keys ...plan.Expr) plan.Node {
	a := &plan.Aggregate{Input: in, Keys: keys, Aggs: []plan.AggCall{{Agg: &function.Aggregate{
		Name: "count", Overloads: []function.AggOverload{{SQL: map[string]string{"duckdb": "count(*)"}}},
	}, Type: value.Long}}}
	for _, k := range keys {
		a.Cols = append(a.Cols, plan.Column{Name: "k", Type: k.Type()})
	}
	a.Cols = append(a.Cols, plan.Column{Name: "count_", Type: value.Long})
	return a
}

func TestCompile(t *testing.T) {
	signins, other := &plan.Scan{Table: table("SigninLogs")}, &plan.Scan{Table: table("Other")}
	time, user, status := col(0, value.DateTime), col(1, value.String), col(2, value.Dynamic)
	desc := func(e plan.Expr) []plan.SortKey { return []plan.SortKey{{Expr: e, Descending: true}} }

	f := func(name string, n plan.Node, want string, args ...any) {
		t.Helper()
		got, err := sql.Compile(n, sql.DuckDB, names{})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return
		}
		want = strings.TrimSpace(strings.ReplaceAll(want, "\n\t\t", "\n"))
		if diff := cmp.Diff(want, got.Text); diff != "" {
			t.Errorf("%s (-want +got):\n%s\n%s", name, diff, got.Text)
		}
		if diff := cmp.Diff(args, got.Args); diff != "" {
			t.Errorf("%s: arguments (-want +got):\n%s", name, diff)
		}
	}

	f("all visible columns", signins, `
		SELECT t0."TimeGenerated" AS c0, t0."UserId" AS c1, t0."Status" AS c2
		FROM "SigninLogs" AS t0`)

	f("filters and projections merge, ticks are literals",
		&plan.Filter{
			Input: project(&plan.Filter{Input: signins, Cond: op(">", time, ticks(638000000000000000))}, user, time),
			Cond:  op("==", col(0, value.String), text("a' OR 1=1 --")),
		}, `
		SELECT t0."UserId" AS c0, t0."TimeGenerated" AS c1
		FROM "SigninLogs" AS t0
		WHERE t0."TimeGenerated" > 638000000000000000 AND t0."UserId" = 'a'' OR 1=1 --'`)

	f("top is one SELECT and reads what it needs",
		project(&plan.Sort{Input: signins, Keys: desc(time), Limit: 10}, user), `
		SELECT t0."UserId" AS c0
		FROM "SigninLogs" AS t0
		ORDER BY t0."TimeGenerated" DESC NULLS LAST
		LIMIT 10`)

	f("a filter behind a limit needs a subquery, which keeps the order",
		project(&plan.Filter{Input: &plan.Sort{Input: signins, Keys: desc(time), Limit: 10}, Cond: op("!=", user, text("x"))}, user), `
		SELECT t1.c1 AS c0
		FROM (SELECT t0."UserId" AS c1, t0."TimeGenerated" AS x0
		FROM "SigninLogs" AS t0
		ORDER BY t0."TimeGenerated" DESC NULLS LAST
		LIMIT 10) AS t1
		WHERE t1.c1 <> 'x'
		ORDER BY t1.x0 DESC NULLS LAST`)

	f("conditions know that NULL is not true",
		project(&plan.Filter{Input: signins, Cond: op("or",
			op("not", op("and", op("==", time, ticks(5000000000)), op("<", time, ticks(6000000000)))),
			op("!in", time, ticks(1000000000000), ticks(2000000000000)))}, user), `
		SELECT t0."UserId" AS c0
		FROM "SigninLogs" AS t0
		WHERE (t0."TimeGenerated" IS DISTINCT FROM 5000000000 OR t0."TimeGenerated" >= 6000000000 OR `+
			`t0."TimeGenerated" IS NULL OR t0."TimeGenerated" NOT IN (1000000000000, 2000000000000))`)

	f("values are exact",
		project(signins, op("==", time, ticks(5)), op("==", time, col(0, value.DateTime)), op("in", user, text("a"), text("b"))), `
		SELECT coalesce(t0."TimeGenerated" = 5, FALSE) AS c0, `+
			`(CASE WHEN t0."TimeGenerated" IS NOT NULL OR t0."TimeGenerated" IS NOT NULL THEN `+
			`t0."TimeGenerated" IS NOT DISTINCT FROM t0."TimeGenerated" END) AS c1, `+
			`t0."UserId" IN ('a', 'b') AS c2
		FROM "SigninLogs" AS t0`)

	f("what is used twice is computed once",
		project(project(signins, template(value.String, "lower({0})", user)),
			template(value.Bool, "{0} || {1}", col(0, value.String), col(0, value.String))), `
		SELECT t1.c0 || t1.c0 AS c0
		FROM (SELECT lower(t0."UserId") AS c0
		FROM "SigninLogs" AS t0) AS t1`)

	f("a promoted path through a subquery",
		project(&plan.Take{Input: &plan.Filter{Input: &plan.Take{Input: signins, N: 5}, Cond: op("==", user, text("x"))}, N: 3},
			path(status, "errorCode")), `
		SELECT (CASE WHEN t1.x1 THEN to_json(t1.x0)::VARCHAR WHEN NOT t1.x1 THEN t1.x0 END) AS c0
		FROM (SELECT t0."UserId" AS c1, t0."Status" AS c2, t0."code" AS x0, t0."code~quoted" AS x1, t0."code~whole" AS x2
		FROM "SigninLogs" AS t0
		LIMIT 5) AS t1
		WHERE t1.c1 = 'x'
		LIMIT 3`)

	f("a promoted path through a union of which one table has it",
		project(&plan.Union{Cols: signins.Columns(), Inputs: []plan.Node{signins, other}}, path(status, "errorCode"), path(status, "a b", "'", "*")), `
		SELECT (CASE WHEN t2.x1 THEN to_json(t2.x0)::VARCHAR WHEN NOT t2.x1 THEN t2.x0 END) AS c0, nullif(json_extract(json_extract(json_extract(t2.c2, '$."a b"."''"'), '/*'), '$')::VARCHAR, 'null') AS c1
		FROM (SELECT t0."Status" AS c2, t0."code" AS x0, t0."code~quoted" AS x1
		FROM "SigninLogs" AS t0
		UNION ALL SELECT t1."Status" AS c2, coalesce(json_extract_string(t1."Status", '$.errorCode'), '') AS x0, `+
			`(json_type(nullif(json_extract(t1."Status", '$.errorCode')::VARCHAR, 'null')) = 'VARCHAR') AS x1
		FROM "Other" AS t1) AS t2`)

	f("group, order and limit in one SELECT, text of a path in one call",
		&plan.Sort{Input: countBy(signins, template(value.String, "coalesce(json_extract_string({0}, '$'), '')", path(status, "additionalDetails"))),
			Keys: desc(col(1, value.Long)), Limit: 3}, `
		SELECT coalesce(json_extract_string(t0."Status", '$.additionalDetails'), '') AS c0, count(*) AS c1
		FROM "SigninLogs" AS t0
		GROUP BY coalesce(json_extract_string(t0."Status", '$.additionalDetails'), '')
		ORDER BY count(*) DESC NULLS LAST
		LIMIT 3`)

	f("a constant key does not group, and makes no row of none", countBy(signins, long(1)), `
		SELECT 1::BIGINT AS c0, count(*) AS c1
		FROM "SigninLogs" AS t0
		HAVING count(*) > 0`)

	f("distinct", &plan.Distinct{Input: project(signins, user, status)}, `
		SELECT t0."UserId" AS c0, json(t0."Status")::VARCHAR AS c1
		FROM "SigninLogs" AS t0
		GROUP BY t0."UserId", json(t0."Status")::VARCHAR`)

	f("print", project(&plan.Values{Rows: [][]value.Value{nil}}, text("x"), &plan.Const{Value: value.NewReal(-1.5)}), `
		SELECT 'x'::VARCHAR AS c0, (-1.5e+00)::DOUBLE AS c1`)
	f("a text that a statement cannot hold", project(&plan.Values{Rows: [][]value.Value{nil}}, text("a\x00b"), text(strings.Repeat("x", 257))), `
		SELECT $1::VARCHAR AS c0, $2::VARCHAR AS c1`, "a\x00b", strings.Repeat("x", 257))

	f("an empty table", &plan.Values{Cols: []plan.Column{{Name: "a", Type: value.Long}}}, `
		SELECT t0.c0 AS c0
		FROM (SELECT NULL::BIGINT WHERE FALSE) AS t0(c0)`)
}

func TestUnsupported(t *testing.T) {
	n := project(&plan.Values{Rows: [][]value.Value{nil}},
		&plan.Call{Func: &function.Func{Name: "parse_path"}, Overload: &function.Overload{}, Typ: value.Dynamic})
	_, err := sql.Compile(n, sql.DuckDB, names{})
	var u *sql.Unsupported
	if !errors.As(err, &u) || u.What != "function parse_path" || u.Dialect != "duckdb" {
		t.Errorf("got %v, want an Unsupported error that names parse_path", err)
	}
}
