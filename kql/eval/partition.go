package eval

import (
	"io"

	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// partitionRows runs a body over the rows of each key, in the order in which the keys first appear.
type partitionRows struct {
	r   *runner
	s   *stage
	n   *plan.Partition
	key fn

	done    bool
	parts   [][][]value.Value
	body    *stageRows
	restore func()
}

func newPartition(r *runner, s *stage, n *plan.Partition) rows {
	below := *s
	return &partitionRows{r: r, s: &below, n: n, key: below.env.compile(n.Key)}
}

func (p *partitionRows) next() (Row, error) {
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
		if err := p.end(); err != nil {
			return nil, err
		}
	}
}

func (p *partitionRows) collect() error {
	index := map[string]int{}
	var key []byte
	layout := p.r.layout(p.n.Given)
	for {
		err := p.s.advance()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		row := make([]value.Value, len(layout.columns))
		layout.pack(row, p.s.value)
		if err := p.r.keep(row); err != nil {
			return err
		}
		key = p.key(p.s.scope).AppendKey(key[:0])
		i, ok := index[string(key)]
		if !ok {
			i = len(p.parts)
			index[string(key)] = i
			p.parts = append(p.parts, nil)
		}
		p.parts[i] = append(p.parts[i], row)
	}
}

// start opens the body over the next part.
func (p *partitionRows) start() error {
	if len(p.parts) == 0 {
		return io.EOF
	}
	part := p.parts[0]
	p.parts = p.parts[1:]
	p.restore = p.r.give(p.n.Given, given{part, true})
	s, err := p.r.open(p.n.Body)
	if err != nil {
		p.restore()
		return err
	}
	p.body = materialise(s, len(p.n.Body.Columns()))
	return nil
}

func (p *partitionRows) end() error {
	err := p.body.close()
	p.body = nil
	p.restore()
	return err
}

func (p *partitionRows) close() error {
	var err error
	if p.body != nil {
		err = p.end()
	}
	if below := p.s.in.close(); err == nil {
		err = below
	}
	return err
}
