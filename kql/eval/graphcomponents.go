package eval

import (
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// components adds to each node the number of its component.
func (r *runner) components(n *plan.Components) (*graph, error) {
	g, err := r.graph(n.Input)
	if err != nil {
		return nil, err
	}
	var of []int32
	if n.Strong {
		of, err = r.strongComponents(g)
	} else {
		of, err = r.weakComponents(g)
	}
	if err != nil {
		return nil, err
	}
	out := *g
	out.nodes = make([][]value.Value, len(g.nodes))
	number := map[int32]int64{} // in the order of the nodes
	for i, props := range g.nodes {
		if _, ok := number[of[i]]; !ok {
			number[of[i]] = int64(len(number))
		}
		out.nodes[i] = append(append(make([]value.Value, 0, len(props)+1), props...), value.NewLong(number[of[i]]))
		if err := r.keep(out.nodes[i]); err != nil {
			return nil, err
		}
	}
	return &out, nil
}

// weakComponents returns for each node a node that stands for its component. It joins the ends of every edge.
func (r *runner) weakComponents(g *graph) ([]int32, error) {
	parent := make([]int32, len(g.ids))
	for i := range parent {
		parent[i] = int32(i)
	}
	root := func(n int32) int32 {
		for parent[n] != n {
			parent[n] = parent[parent[n]]
			n = parent[n]
		}
		return n
	}
	for e := range g.from {
		if err := r.alive(); err != nil {
			return nil, err
		}
		a, b := root(g.from[e]), root(g.to[e])
		parent[max(a, b)] = min(a, b)
	}
	for i := range parent {
		parent[i] = root(int32(i))
	}
	return parent, nil
}

// strongComponents returns for each node a number of its component, by Tarjan's algorithm with a stack of its own: a path
// may be as long as the graph has nodes.
func (r *runner) strongComponents(g *graph) ([]int32, error) {
	type frame struct {
		node int32
		next int // of its edges
	}
	count := len(g.ids)
	of := make([]int32, count)
	index, low := make([]int32, count), make([]int32, count) // 0: not visited
	var stack []int32                                        // nodes whose component is not known yet
	var path []frame
	visited, components := int32(0), int32(0)
	visit := func(n int32) {
		visited++
		index[n], low[n], of[n] = visited, visited, -1
		stack = append(stack, n)
		path = append(path, frame{node: n})
	}
	for start := range int32(count) {
		if index[start] == 0 {
			visit(start)
		}
		for len(path) > 0 {
			if err := r.alive(); err != nil {
				return nil, err
			}
			top := &path[len(path)-1]
			n := top.node
			if edges := g.out.of(n); top.next < len(edges) {
				to := g.to[edges[top.next]]
				top.next++
				if index[to] == 0 {
					visit(to)
				} else if of[to] < 0 {
					low[n] = min(low[n], index[to])
				}
				continue
			}
			if path = path[:len(path)-1]; len(path) > 0 {
				above := path[len(path)-1].node
				low[above] = min(low[above], low[n])
			}
			if low[n] != index[n] {
				continue
			}
			for done := false; !done; {
				last := stack[len(stack)-1]
				stack = stack[:len(stack)-1]
				of[last], done = components, last == n
			}
			components++
		}
	}
	return of, nil
}
