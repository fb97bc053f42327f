package sql_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/sql"
	"github.com/glasswatch/glasswatch/kql/value"
)

// checkText compiles n and compares the statement.
func checkText(t *testing.T, name string, n plan.Node, want string) {
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
}

func join(kind plan.JoinKind, left, right plan.Node) *plan.Join {
	n := &plan.Join{Left: left, Right: right, Kind: kind, LeftKeys: []plan.Expr{col(0, value.String)}, RightKeys: []plan.Expr{col(0, value.String)}}
	n.Cols = append(slices.Clone(left.Columns()), right.Columns()...)
	switch kind.OneSided() {
	case "left":
		n.Cols = left.Columns()
	case "right":
		n.Cols = right.Columns()
	}
	return n
}

func TestCompileJoin(t *testing.T) {
	time, user := col(0, value.DateTime), col(1, value.String)
	signins := project(&plan.Scan{Table: table("SigninLogs")}, user, time)
	other := project(&plan.Scan{Table: table("Other")}, user, time)

	checkText(t, "a missing text is empty, a missing number is null", join(plan.LeftOuter, signins, other), `
		SELECT t2.c0 AS c0, t2.c1 AS c1, coalesce(t3.c0, '') AS c2, t3.c1 AS c3
		FROM (SELECT t0."UserId" AS c0, t0."TimeGenerated" AS c1
		FROM "SigninLogs" AS t0) AS t2
		LEFT JOIN (SELECT t1."UserId" AS c0, t1."TimeGenerated" AS c1
		FROM "Other" AS t1) AS t3 ON t2.c0 = t3.c0`)

	checkText(t, "a one-sided join reads the keys of the other side only", join(plan.RightAnti, signins, other), `
		SELECT t2.c0 AS c0, t2.c1 AS c1
		FROM (SELECT t0."UserId" AS c0, t0."TimeGenerated" AS c1
		FROM "Other" AS t0) AS t2
		ANTI JOIN (SELECT t1."UserId" AS c0
		FROM "SigninLogs" AS t1) AS t3 ON t2.c0 = t3.c0`)

	checkText(t, "innerunique takes the first row of each key",
		project(join(plan.InnerUnique, signins, other), col(0, value.String), col(3, value.DateTime)), `
		SELECT t3.c0 AS c0, t4.c1 AS c1
		FROM (SELECT t2.c0 AS c0
		FROM (SELECT t0."UserId" AS c0, row_number() OVER () AS x0, t0."UserId" AS x1
		FROM "SigninLogs" AS t0) AS t2
		QUALIFY row_number() OVER (PARTITION BY t2.x1 ORDER BY t2.x0) = 1) AS t3
		JOIN (SELECT t1."UserId" AS c0, t1."TimeGenerated" AS c1
		FROM "Other" AS t1) AS t4 ON t3.c0 = t4.c0`)

	checkText(t, "innerunique of what has one row a key is inner", &plan.Take{N: 1, Input: join(plan.InnerUnique, countBy(signins, col(0, value.String)), countBy(other, col(0, value.String)))}, `
		SELECT t2.c0 AS c0, t2.c1 AS c1, t3.c0 AS c2, t3.c1 AS c3
		FROM (SELECT t0."UserId" AS c0, count(*) AS c1
		FROM "SigninLogs" AS t0
		GROUP BY t0."UserId") AS t2
		JOIN (SELECT t1."UserId" AS c0, count(*) AS c1
		FROM "Other" AS t1
		GROUP BY t1."UserId") AS t3 ON t2.c0 = t3.c0
		LIMIT 1`)
}

func TestCompileTables(t *testing.T) {
	signins := &plan.Scan{Table: table("SigninLogs")}
	time, user := col(0, value.DateTime), col(1, value.String)
	others := project(&plan.Scan{Table: table("Other")}, user)
	latest := &plan.Aggregate{Input: &plan.Scan{Table: table("Other")}, Cols: []plan.Column{{Name: "m", Type: value.DateTime}},
		Aggs: []plan.AggCall{{Type: value.DateTime, Args: []plan.Expr{time}, Agg: &function.Aggregate{Name: "max",
			Overloads: []function.AggOverload{{Params: []function.Param{{Name: "x"}}, SQL: map[string]string{"duckdb": "max({0})"}}}}}}}

	checkText(t, "a condition on a table",
		project(&plan.Filter{Input: signins, Cond: &plan.InTable{X: user, Table: others}}, time), `
		SELECT t0."TimeGenerated" AS c0
		FROM "SigninLogs" AS t0
		WHERE t0."UserId" IN (SELECT t2.c0 AS c0
		FROM (SELECT t1."UserId" AS c0
		FROM "Other" AS t1) AS t2)`)

	checkText(t, "a scalar of a table is computed once, in front",
		project(&plan.Filter{Input: signins, Cond: op(">", time, &plan.Subquery{Table: latest, Typ: value.DateTime})}, user), `
		WITH s0 AS MATERIALIZED (SELECT max(t1."TimeGenerated") AS c0
		FROM "Other" AS t1
		LIMIT 1)
		SELECT t0."UserId" AS c0
		FROM "SigninLogs" AS t0
		WHERE t0."TimeGenerated" > (SELECT c0 FROM s0)`)

	shared := &plan.Shared{Input: signins}
	checkText(t, "a shared table has the columns of all its uses",
		&plan.Union{Cols: []plan.Column{{Name: "x", Type: value.String}}, Inputs: []plan.Node{
			project(shared, user), project(&plan.Filter{Input: shared, Cond: op(">", time, ticks(7))}, user)}}, `
		WITH s0 AS MATERIALIZED (SELECT t0."TimeGenerated" AS c0, t0."UserId" AS c1
		FROM "SigninLogs" AS t0)
		SELECT t3.c0 AS c0
		FROM (SELECT t1.c1 AS c0
		FROM s0 AS t1
		UNION ALL SELECT t2.c1 AS c0
		FROM s0 AS t2
		WHERE t2.c0 > 7) AS t3`)

	checkText(t, "range", &plan.Sort{Limit: 2, Keys: []plan.SortKey{{Expr: col(0, value.Long)}},
		Input: &plan.Range{Col: plan.Column{Name: "x", Type: value.Long}, From: long(5), To: long(1), Step: long(-2)}}, `
		SELECT t0.c0 AS c0
		FROM generate_series(5::BIGINT, 1::BIGINT, (-2)::BIGINT) AS t0(c0)
		ORDER BY t0.c0 ASC NULLS LAST
		LIMIT 2`)
}

// What a database cannot say exactly is declined, and the error has every node that is in the way.
func TestDeclines(t *testing.T) {
	signins := &plan.Scan{Table: table("SigninLogs")}
	long1 := long(1)
	f := func(what string, n plan.Node) {
		t.Helper()
		above := &plan.Take{Input: n, N: 1}
		_, err := sql.Compile(above, sql.DuckDB, names{})
		var u *sql.Unsupported
		if !errors.As(err, &u) || !strings.Contains(u.What, what) || !slices.Equal(u.Nodes, []plan.Node{n, above}) {
			t.Errorf("%s: %v", what, err)
		}
	}
	x := plan.Column{Name: "x", Type: value.Long}
	f("range with the step 0", &plan.Range{Col: x, From: long1, To: long1, Step: long(0)})
	f("range of what is no constant", &plan.Range{Col: x, From: long1, To: &plan.Const{Value: value.Null(value.Long)}, Step: long1})
	f("operator given", &plan.Given{Cols: []plan.Column{x}})
	f("join on a dynamic", &plan.Join{Left: signins, Right: signins, Kind: plan.LeftSemi, Cols: signins.Columns(),
		LeftKeys: []plan.Expr{col(2, value.Dynamic)}, RightKeys: []plan.Expr{col(2, value.Dynamic)}})
	f("order is not certain", &plan.Window{Input: &plan.Sort{Input: signins, Keys: []plan.SortKey{{Expr: col(0, value.DateTime)}}, Limit: -1},
		Calls: []plan.WindowCall{{Func: &function.Window{Name: "row_number"}, Type: value.Long}}, Cols: append(slices.Clone(signins.Columns()), x)})
	f("parse with this pattern", &plan.Parse{Input: signins, X: col(1, value.String), Regex: "(?<name>x)", Cols: signins.Columns()})
}
