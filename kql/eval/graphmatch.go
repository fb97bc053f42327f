package eval

import (
	"errors"
	"io"
	"iter"

	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// maxPath bounds the edges of one match: they are followed by recursion.
const maxPath = 10_000

// errLongPath reports a match that is too long to be followed.
var errLongPath = errors.New("a match of the pattern has more than 10000 edges; give its edges a smaller greatest length")

// matchRows are the rows of a Match. They are found by a search that stands still between two rows.
type matchRows struct {
	m    *matcher
	pull func() (list, bool)
	stop func()
	row  list
}

// openMatch compiles the expressions of a match.
func (r *runner) openMatch(n *plan.Match) (*stage, error) {
	m := &matcher{r: r, n: n, row: matchRow{match: n, cols: matchColumns(n)}}
	m.scope.fn, m.scope.row = r.scope.fn, &m.row
	e := r.baseEnv(len(m.row.cols))
	for _, x := range n.Conds {
		m.conds = append(m.conds, m.condition(x, e))
	}
	for _, x := range n.Exprs {
		m.exprs = append(m.exprs, e.compile(x))
	}
	if r.err != nil {
		return nil, r.err
	}
	return r.stage(&matchRows{m: m}, len(n.Cols)), nil
}

func (r *matchRows) next() (Row, error) {
	if r.pull == nil {
		if err := r.m.prepare(); err != nil {
			return nil, err
		}
		search := r.m.search
		if r.m.n.Choice != plan.AnyPath {
			search = r.m.shortest
		}
		r.pull, r.stop = iter.Pull(search)
	}
	row, ok := r.pull()
	if !ok {
		if err := r.m.failed(); err != nil {
			return nil, err
		}
		return nil, io.EOF
	}
	r.row = row
	return &r.row, nil
}

func (r *matchRows) close() error {
	if r.stop != nil {
		r.stop()
	}
	return nil
}

// matchRow is the row that the expressions of a Match see: the elements that are bound.
type matchRow struct {
	match  *plan.Match
	g      *graph
	cols   []matchColumn
	points []int32   // the node of each point
	paths  [][]int32 // the edges of each link, from its From to its To

	inner   bool  // the element that an Along is at is a node
	element int32 // or an edge
}

// matchColumn is a property of a point or link of the pattern.
type matchColumn struct {
	link     bool
	at, prop int
}

func matchColumns(n *plan.Match) []matchColumn {
	cols := make([]matchColumn, n.Width())
	for at, p := range n.Points {
		for i := range plan.NodeRow(n.Input) {
			cols[p.At+i] = matchColumn{at: at, prop: i}
		}
	}
	for at, l := range n.Links {
		for i := range plan.EdgeColumns(n.Input) {
			if !l.Range {
				cols[l.At+i] = matchColumn{link: true, at: at, prop: i}
			}
		}
	}
	return cols
}

func (m *matchRow) Value(i int) value.Value {
	node, prop := m.element, i-len(m.cols)
	switch {
	case prop < 0 && m.cols[i].link:
		return m.g.edges[m.paths[m.cols[i].at][0]][m.cols[i].prop]
	case prop < 0:
		node, prop = m.points[m.cols[i].at], m.cols[i].prop
	case !m.inner:
		return m.g.edges[m.element][prop]
	}
	row := nodeRow{g: m.g, node: node}
	return row.Value(prop)
}

// other is the end of an edge that is not node.
func (g *graph) other(edge, node int32) int32 {
	if from := g.from[edge]; from != node {
		return from
	}
	return g.to[edge]
}

// elementSize is roughly what an element of the array of a map takes.
const elementSize = 48

// along compiles all, any and map. One inside of the other may go through many elements, so that each looks at the limits of
// the run; what it gives when they are reached is not used.
func (e *env) along(x *plan.Along) fn {
	body := e.alongBody(x)
	var row matchRow
	inner := scope{row: &row}
	return func(s *scope) value.Value {
		row = *s.row.(*matchRow)
		row.inner = x.Inner
		inner.fn = s.fn
		path := row.paths[x.Link]
		if x.Inner && len(path) > 0 {
			path = path[:len(path)-1]
		}
		node := row.points[row.match.Links[x.Link].From]
		var out []any
		for _, edge := range path {
			err := e.r.alive()
			if err == nil && x.Kind == plan.AlongMap {
				err = e.r.book(elementSize)
			}
			if err != nil {
				e.r.fail(err)
			}
			if e.r.err != nil {
				return value.Null(x.Type())
			}
			node = row.g.other(edge, node)
			if row.element = edge; x.Inner {
				row.element = node
			}
			inner.generation++
			v := body(&inner)
			switch {
			case x.Kind == plan.AlongMap:
				out = append(out, v.Node())
			case v.Bool() != (x.Kind == plan.AlongAll): // null is not true
				return value.NewBool(x.Kind == plan.AlongAny)
			}
		}
		if x.Kind != plan.AlongMap {
			return value.NewBool(x.Kind == plan.AlongAll)
		}
		if out == nil {
			out = []any{}
		}
		return value.NewDynamic(out)
	}
}

// alongBody compiles what is computed for an element, over the row of the match and the element's columns.
func (e *env) alongBody(x *plan.Along) fn {
	width := len(e.cols)
	plan.WalkExpr(x.X, func(x plan.Expr) bool {
		if c, ok := x.(*plan.Col); ok {
			width = max(width, c.Index+1)
		}
		return true
	})
	return e.r.baseEnv(width).compile(x.X)
}

// matcher searches a graph for a pattern.
type matcher struct {
	r     *runner
	n     *plan.Match
	g     *graph
	row   matchRow
	scope scope
	conds []condition
	exprs []fn
	steps []matchStep

	points, links, inner []*mask // which nodes and edges the points and links can be, and what can be between edges

	used    []bool  // edges of the match so far
	visited []int32 // how often nodes are in the match so far
	edges   int     // how many edges are in the match so far
	path    [][]int32
	out     list
	yield   func(list) bool
	err     error
}

// mask marks some of the nodes or edges; nil marks all.
type mask struct {
	ok    []bool
	count int
}

func (m *mask) has(i int32) bool { return m == nil || m.ok[i] }

// condition is a compiled condition and what it looks at.
type condition struct {
	pred          pred
	points, links map[int]bool
	local         *plan.Along // an "all" whose elements are judged by themselves
	body          fn          // of local
}

// condition compiles a condition and finds out what it looks at.
func (m *matcher) condition(x plan.Expr, e *env) condition {
	c := condition{pred: e.pred(x), points: map[int]bool{}, links: map[int]bool{}}
	width, own := len(m.row.cols), 0
	plan.WalkExpr(x, func(x plan.Expr) bool {
		switch x := x.(type) {
		case *plan.Along:
			own++
			c.links[x.Link] = true
		case *plan.Col:
			if x.Index >= width {
				break
			}
			if col := m.row.cols[x.Index]; col.link {
				c.links[col.at] = true
			} else {
				c.points[col.at] = true
			}
		}
		return true
	})
	if a, ok := x.(*plan.Along); ok && a.Kind == plan.AlongAll && own == 1 && len(c.points) == 0 && len(c.links) == 1 && !m.reads(a) {
		c.local, c.body = a, e.alongBody(a)
	}
	return c
}

// reads reports whether the body of an Along reads a column of its own link's, outside of the element that it is at.
func (m *matcher) reads(a *plan.Along) bool {
	found := false
	plan.WalkExpr(a.X, func(x plan.Expr) bool {
		c, ok := x.(*plan.Col)
		found = found || ok && c.Index < len(m.row.cols)
		return !found
	})
	return found
}

// prepare computes the graph and judges its nodes and edges by the conditions that look at one element only.
func (m *matcher) prepare() error {
	g, err := m.r.graph(m.n.Input)
	if err != nil {
		return err
	}
	m.g, m.row.g = g, g
	m.row.points, m.row.paths = make([]int32, len(m.n.Points)), make([][]int32, len(m.n.Links))
	m.path = make([][]int32, len(m.n.Links))
	m.out = make(list, len(m.exprs))
	m.points, m.links, m.inner = make([]*mask, len(m.n.Points)), make([]*mask, len(m.n.Links)), make([]*mask, len(m.n.Links))
	m.used, m.visited = make([]bool, len(g.edges)), make([]int32, len(g.ids))
	if err := m.r.book(len(m.used) + 4*len(m.visited)); err != nil {
		return err
	}
	var rest []condition
	for _, c := range m.conds {
		kept, err := m.judge(c)
		if err != nil {
			return err
		}
		if kept {
			rest = append(rest, c)
		}
	}
	m.conds = rest
	return m.r.err
}

// failed returns the error that ended the search, or an expression.
func (m *matcher) failed() error {
	if m.err == nil {
		m.err = m.r.err
	}
	return m.err
}

// judge applies a condition on one element to all nodes or edges; it reports false for one that is done with.
func (m *matcher) judge(c condition) (kept bool, err error) {
	one := func(set map[int]bool) int {
		for i := range set {
			return i
		}
		return -1
	}
	switch {
	case c.local != nil && c.local.Inner:
		m.row.inner = true
		return false, m.mark(&m.inner[c.local.Link], len(m.g.ids), func(i int32) bool {
			m.row.element = i
			return c.body(&m.scope).Bool()
		})
	case c.local != nil:
		m.row.inner = false
		return false, m.mark(&m.links[c.local.Link], len(m.g.edges), func(i int32) bool {
			m.row.element = i
			return c.body(&m.scope).Bool()
		})
	case len(c.points) == 1 && len(c.links) == 0:
		at := one(c.points)
		return false, m.mark(&m.points[at], len(m.g.ids), func(i int32) bool {
			m.row.points[at] = i
			return c.pred(&m.scope) == yes
		})
	case len(c.points) == 0 && len(c.links) == 1 && !m.n.Links[one(c.links)].Range:
		at := one(c.links)
		return false, m.mark(&m.links[at], len(m.g.edges), func(i int32) bool {
			m.row.points[m.n.Links[at].From] = m.g.from[i]
			m.row.paths[at] = []int32{i}
			return c.pred(&m.scope) == yes
		})
	}
	return true, nil
}

// mark takes from a mask what does not pass.
func (m *matcher) mark(at **mask, count int, pass func(int32) bool) error {
	if *at == nil {
		if err := m.r.book(count); err != nil {
			return err
		}
		*at = &mask{ok: make([]bool, count), count: count}
		for i := range (*at).ok {
			(*at).ok[i] = true
		}
	}
	for i, ok := range (*at).ok {
		if err := m.r.alive(); err != nil {
			return err
		}
		m.scope.generation++
		if ok && !pass(int32(i)) {
			(*at).ok[i] = false
			(*at).count--
		}
	}
	return nil
}

// matchStep goes along a link from a point that is bound.
type matchStep struct {
	link     int
	from, to int
	reversed bool // from is the link's To
	closing  bool // to is bound, too
	conds    []condition
	far      []int32 // least number of edges to a node that To can be, -1 where there is no way; nil: not known
}

// search finds all matches.
func (m *matcher) search(yield func(list) bool) {
	m.yield = yield
	start := 0
	for i, p := range m.points {
		if p != nil && p.count == 0 {
			return
		}
		if p != nil && (m.points[start] == nil || p.count < m.points[start].count) {
			start = i
		}
	}
	ready := m.order(start)
	if m.err != nil {
		return
	}
	for node := range int32(len(m.g.ids)) {
		if m.err = m.r.alive(); m.err != nil {
			return
		}
		if !m.points[start].has(node) {
			continue
		}
		m.row.points[start] = node
		m.visited[node]++
		if fits := m.holds(ready); m.failed() != nil || fits && !m.descend(0) {
			return
		}
		m.visited[node]--
	}
}

// order plans the steps from a point on, and returns the conditions that can be tested before the first.
func (m *matcher) order(start int) []condition {
	bound, done := map[int]bool{start: true}, map[int]bool{}
	left := m.conds
	take := func() (ready []condition) {
		var rest []condition
		for _, c := range left {
			fits := true
			for p := range c.points {
				fits = fits && bound[p]
			}
			for l := range c.links {
				fits = fits && done[l] && bound[m.n.Links[l].From]
			}
			if fits {
				ready = append(ready, c)
			} else {
				rest = append(rest, c)
			}
		}
		left = rest
		return ready
	}
	before := take()
	for len(done) < len(m.n.Links) {
		best, cost := -1, 4
		for i, l := range m.n.Links {
			from, to := bound[l.From], bound[l.To]
			if done[i] || !from && !to {
				continue
			}
			c := 0
			if l.Range {
				c++
			}
			if !from || !to {
				c += 2
			}
			if c < cost {
				best, cost = i, c
			}
		}
		l := m.n.Links[best]
		s := matchStep{link: best, from: l.From, to: l.To, closing: bound[l.From] && bound[l.To]}
		if !bound[l.From] {
			s.from, s.to, s.reversed = l.To, l.From, true
		}
		if l.Range && m.points[s.to] != nil {
			if s.far, m.err = m.distances(s); m.err != nil {
				return nil
			}
		}
		done[best], bound[l.From], bound[l.To] = true, true, true
		s.conds = take()
		m.steps = append(m.steps, s)
	}
	return before
}

// distances counts how many edges of a step's link lead from each node to one that its end can be.
func (m *matcher) distances(s matchStep) ([]int32, error) {
	if err := m.r.book(8 * len(m.g.ids)); err != nil {
		return nil, err
	}
	far := make([]int32, len(m.g.ids))
	var queue []int32
	for i := range far {
		if far[i] = -1; m.points[s.to].has(int32(i)) {
			far[i] = 0
			queue = append(queue, int32(i))
		}
	}
	for len(queue) > 0 {
		if err := m.r.alive(); err != nil {
			return nil, err
		}
		n := queue[0]
		queue = queue[1:]
		m.neighbours(n, s.link, !s.reversed, func(_, next int32) bool {
			if far[next] < 0 {
				far[next] = far[n] + 1
				queue = append(queue, next)
			}
			return true
		})
	}
	return far, nil
}

// neighbours calls f for the edges that a link can go from node, against its direction where reversed is set, and for the
// nodes they lead to, until f returns false.
func (m *matcher) neighbours(node int32, link int, reversed bool, f func(edge, next int32) bool) bool {
	l := &m.n.Links[link]
	mask := m.links[link]
	out, in := l.Forward, l.Backward
	if reversed {
		out, in = in, out
	}
	if out {
		for _, e := range m.g.out.of(node) {
			if mask.has(e) && !f(e, m.g.to[e]) {
				return false
			}
		}
	}
	if in {
		for _, e := range m.g.in.of(node) {
			if out && m.g.from[e] == node { // from the node to itself: it was there
				continue
			}
			if mask.has(e) && !f(e, m.g.from[e]) {
				return false
			}
		}
	}
	return true
}

// holds tests conditions on what is bound.
func (m *matcher) holds(conds []condition) bool {
	m.scope.generation++
	bytes := m.r.bytes
	defer func() { m.r.bytes = bytes }() // what a condition computes is let go
	for _, c := range conds {
		if c.pred(&m.scope) != yes {
			return false
		}
	}
	return true
}

// descend goes the steps from k on in all ways. It returns false when the search is at its end: no more rows are wanted, or
// there was an error.
func (m *matcher) descend(k int) bool {
	if k == len(m.steps) {
		return m.emit()
	}
	s := &m.steps[k]
	m.path[s.link] = m.path[s.link][:0]
	return m.walk(k, m.row.points[s.from], 0)
}

func (m *matcher) emit() bool {
	m.scope.generation++
	bytes := m.r.bytes
	for i, f := range m.exprs {
		m.out[i] = f(&m.scope)
	}
	m.r.bytes = bytes // who keeps the row counts it
	return m.failed() == nil && m.yield(m.out)
}

// walk goes on along the link of step k from a node, depth edges being behind it.
func (m *matcher) walk(k int, node int32, depth int64) bool {
	s := &m.steps[k]
	l := &m.n.Links[s.link]
	if depth >= l.Min && !m.arrive(k, node, depth > 0) {
		return false
	}
	if depth >= l.Max {
		return true
	}
	if depth > 0 && !m.inner[s.link].has(node) {
		return true
	}
	if m.edges >= maxPath {
		m.err = errLongPath
		return false
	}
	if depth > 0 {
		if m.n.Cycles == plan.NoCycles && m.visited[node] > 0 {
			return true
		}
		m.visited[node]++
	}
	going := m.neighbours(node, s.link, s.reversed, func(edge, next int32) bool {
		if m.err = m.r.alive(); m.err != nil {
			return false
		}
		if m.n.Cycles == plan.UniqueEdges && m.used[edge] {
			return true
		}
		if s.far != nil && (s.far[next] < 0 || depth+1+int64(s.far[next]) > l.Max) {
			return true
		}
		m.used[edge] = true
		m.path[s.link] = append(m.path[s.link][:depth], edge)
		m.edges++
		going := m.walk(k, next, depth+1)
		m.edges--
		m.used[edge] = false
		return going
	})
	if depth > 0 {
		m.visited[node]--
	}
	return going
}

// arrive binds the end of step k to a node and goes on with the next step.
func (m *matcher) arrive(k int, node int32, moved bool) bool {
	s := &m.steps[k]
	once := moved && m.n.Cycles == plan.NoCycles
	if once && (s.closing || m.visited[node] > 0) || s.closing && node != m.row.points[s.to] || !m.points[s.to].has(node) {
		return true
	}
	path := m.path[s.link]
	if s.reversed {
		path = make([]int32, len(path))
		for i, e := range m.path[s.link] {
			path[len(path)-1-i] = e
		}
	}
	m.row.paths[s.link] = path
	m.row.points[s.to] = node
	m.visited[node]++
	fits := m.holds(s.conds)
	going := m.failed() == nil && (!fits || m.descend(k+1))
	m.visited[node]--
	return going
}
