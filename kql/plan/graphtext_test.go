package plan_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/glasswatch/glasswatch/kql"
	"github.com/glasswatch/glasswatch/kql/plan"
)

func TestGraphText(t *testing.T) {
	f := func(operators, want string) {
		t.Helper()
		q, err := kql.Compile("let E = datatable(s: string, t: string, w: long)[]; let N = datatable(id: string, x: long)[]; E | make-graph s --> t "+operators, kql.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, plan.Text(q.Plan)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", operators, diff)
		}
	}
	f(`with N on id | graph-match cycles=none (a)-[e*1..3]->(b)<--(c), (a)--() where a.x > 1 and all(e, w > b.x) project a.id, map(inner_nodes(e), id), n = node_degree_in(c)`,
		`match, cycles none: (a)-[e*1..3]->(b), (b)<-[]-(c), (a)-[]-() where (a.x > 1) and all(e, (w > b.x)) project a_id:string = a.id, Column1:dynamic = map(inner_nodes(e), id), n:long = c.node_degree_in
  make-graph s --> t, nodes by id
    values 0 rows (s:string, t:string, w:long)
    values 0 rows (id:string, x:long)
`)
	f(`with N on id, N on id | graph-where-nodes x > 1 and node_id() == "a" | graph-where-edges w > 1 | graph-mark-components kind=strong | graph-shortest-paths output=all (a)-[e*1..3]-(b) project a.ComponentId`,
		`all shortest paths: (a)-[e*1..3]-(b) project a_ComponentId:long = a.ComponentId
  mark strong components as ComponentId
    keep edges (w > 1)
      keep nodes ((x > 1) and (node_id == "a"))
        make-graph s --> t, nodes by id and id
          values 0 rows (s:string, t:string, w:long)
          values 0 rows (id:string, x:long)
          values 0 rows (id:string, x:long)
`)
	f(`with_node_id=n | graph-match (a) project a.n`, `match, cycles unique_edges: (a) project a_n:string = a.n
  make-graph s --> t
    values 0 rows (s:string, t:string, w:long)
`)
	f(`partitioned-by w (graph-shortest-paths (a)-[e*1..3]->(b) project e.w)`, `graph for each w
  make-graph s --> t
    values 0 rows (s:string, t:string, w:long)
  shortest path: (a)-[e*1..3]->(b) project e_w:dynamic = map(e, w)
    graph of the operator around
`)
	f(`| graph-to-table edges with_source_id=id`, `edges of the graph (id:long, s:string, t:string, w:long)
  make-graph s --> t
    values 0 rows (s:string, t:string, w:long)
`)
}
