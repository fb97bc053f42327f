package eval

import (
	"io"

	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// graphPartRows runs a body over the graph of each value of a column, in the order in which the edges, then the nodes have
// the values.
type graphPartRows struct {
	r *runner
	n *plan.GraphPartition

	done  bool
	parts []graphPart
	body  *stageRows
}

// graphPart are the rows of one graph.
type graphPart struct {
	edges  [][]value.Value
	tables [][][]value.Value
}

func (p *graphPartRows) next() (Row, error) {
	if !p.done {
		if err := p.collect(); err != nil {
			return nil, err
		}
		p.done = true
	}
	for {
		if p.body == nil {
			if err := p.start(); err != nil {
				return nil, err
			}
		}
		row, err := p.body.next()
		if err != io.EOF {
			return row, err
		}
		if err := p.close(); err != nil {
			return nil, err
		}
	}
}

// collect sorts the rows of all tables by their parts.
func (p *graphPartRows) collect() error {
	index := map[string]int{}
	var key []byte
	sort := func(n plan.Node, at int, add func(part *graphPart, row []value.Value)) error {
		rows, err := p.r.all(n)
		if err != nil {
			return err
		}
		for _, row := range rows {
			key = row[at].AppendKey(key[:0])
			i, ok := index[string(key)]
			if !ok {
				i = len(p.parts)
				index[string(key)] = i
				p.parts = append(p.parts, graphPart{tables: make([][][]value.Value, len(p.n.Graph.Tables))})
			}
			add(&p.parts[i], row)
		}
		return nil
	}
	err := sort(p.n.Graph.Edges, p.n.Edge, func(part *graphPart, row []value.Value) { part.edges = append(part.edges, row) })
	for i, t := range p.n.Graph.Tables {
		if err == nil {
			err = sort(t.Table, p.n.Nodes[i], func(part *graphPart, row []value.Value) { part.tables[i] = append(part.tables[i], row) })
		}
	}
	return err
}

// start opens the body over the next graph.
func (p *graphPartRows) start() error {
	if len(p.parts) == 0 {
		return io.EOF
	}
	part := p.parts[0]
	p.parts = p.parts[1:]
	g, err := p.r.connect(p.n.Graph, part.edges, part.tables)
	if err != nil {
		return err
	}
	if p.r.graphs == nil {
		p.r.graphs = map[plan.Node]*graph{}
	}
	p.r.graphs[p.n.Given] = g
	s, err := p.r.open(p.n.Body)
	if err == nil {
		p.body = materialise(s, len(p.n.Body.Columns()))
	}
	return err
}

func (p *graphPartRows) close() error {
	if p.body == nil {
		return nil
	}
	err := p.body.close()
	p.body = nil
	return err
}
