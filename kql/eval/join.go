package eval

import (
	"io"

	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// joinRows keeps the right side by its keys, then goes through the left side. A null key has no partner. The rows of the
// right side that found none come last.
type joinRows struct {
	r           *runner
	n           *plan.Join
	left        *stage
	leftKeys    []fn
	rightRows   [][]value.Value
	index       map[string][]int // key to positions in rightRows
	matched     []bool           // rows of the right side that found a partner
	seen        map[string]bool  // keys of the left side, of innerunique
	key         []byte
	leftWidth   int
	built, tail bool
	pending     []int // partners of the present row of the left side
	rest        int   // of the right side, once the left one is read
	row         list
}

func (r *runner) openJoin(n *plan.Join) (*stage, error) {
	left, err := r.open(n.Left)
	if err != nil {
		return nil, err
	}
	below := *left
	j := &joinRows{r: r, n: n, left: &below, leftWidth: len(n.Left.Columns()), seen: map[string]bool{}}
	for _, k := range n.LeftKeys {
		j.leftKeys = append(j.leftKeys, below.env.compile(k))
	}
	return r.stage(j, len(n.Cols)), nil
}

func (j *joinRows) next() (Row, error) {
	if !j.built {
		if err := j.build(); err != nil {
			return nil, err
		}
		j.built = true
	}
	for {
		if len(j.pending) > 0 {
			if err := j.r.alive(); err != nil {
				return nil, err
			}
			j.setRight(j.rightRows[j.pending[0]])
			j.pending = j.pending[1:]
			return &j.row, nil
		}
		if j.tail {
			return j.unmatched()
		}
		ok, err := j.nextLeft()
		if err != nil {
			return nil, err
		}
		if ok {
			return &j.row, nil
		}
	}
}

// build reads the right side.
func (j *joinRows) build() error {
	s, err := j.r.open(j.n.Right)
	if err != nil {
		return err
	}
	defer s.in.close()
	keys := make([]fn, len(j.n.RightKeys))
	for i, k := range j.n.RightKeys {
		keys[i] = s.env.compile(k)
	}
	if j.r.err != nil {
		return j.r.err
	}
	j.index = map[string][]int{}
	width := len(j.n.Right.Columns())
	for {
		err := s.advance()
		if err == io.EOF {
			j.matched = make([]bool, len(j.rightRows))
			return nil
		}
		if err != nil {
			return err
		}
		row := make([]value.Value, width)
		for i := range row {
			row[i] = s.value(i)
		}
		if err := j.r.keep(row); err != nil {
			return err
		}
		if j.keyOf(keys, s.scope) {
			j.index[string(j.key)] = append(j.index[string(j.key)], len(j.rightRows))
		}
		j.rightRows = append(j.rightRows, row)
	}
}

// keyOf writes the keys of a row to j.key; false where one is null.
func (j *joinRows) keyOf(keys []fn, s *scope) bool {
	j.key = j.key[:0]
	for _, f := range keys {
		v := f(s)
		if v.IsNull() && v.Type() != value.String {
			return false
		}
		j.key = v.AppendKey(j.key)
	}
	return true
}

// nextLeft moves to the next row of the left side; true where j.row is a row of the result already.
func (j *joinRows) nextLeft() (bool, error) {
	err := j.left.advance()
	if err == io.EOF {
		j.tail = true
		return false, nil
	}
	if err != nil {
		return false, err
	}
	var partners []int
	if j.keyOf(j.leftKeys, j.left.scope) {
		partners = j.index[string(j.key)]
		if j.n.Kind == plan.InnerUnique && len(partners) > 0 {
			if j.seen[string(j.key)] {
				return false, nil
			}
			j.seen[string(j.key)] = true
		}
	}
	return j.pair(partners), nil
}

// pair decides what becomes of a row of the left side and its partners.
func (j *joinRows) pair(partners []int) bool {
	switch j.n.Kind {
	case plan.LeftSemi, plan.LeftAnti:
		if (len(partners) > 0) != (j.n.Kind == plan.LeftSemi) {
			return false
		}
		j.setLeft()
		return true
	case plan.RightOuter, plan.FullOuter, plan.RightSemi, plan.RightAnti:
		for _, i := range partners {
			j.matched[i] = true
		}
	}
	switch j.n.Kind {
	case plan.RightSemi, plan.RightAnti:
		return false
	case plan.LeftOuter, plan.FullOuter:
		if len(partners) == 0 {
			j.setLeft()
			j.setRight(nil)
			return true
		}
	}
	if len(partners) > 0 {
		j.setLeft()
		j.pending = partners
	}
	return false
}

// setLeft starts a new row, so that the last one stays as it was where it is looked at later.
func (j *joinRows) setLeft() {
	j.row = make(list, len(j.n.Cols))
	for i := range j.leftWidth {
		j.row[i] = j.left.value(i)
	}
}

// setRight fills in the columns of the right side, null without a row.
func (j *joinRows) setRight(row []value.Value) {
	at := j.row[j.leftWidth:]
	if row == nil {
		nulls(at, j.n.Cols[j.leftWidth:])
		return
	}
	copy(at, row)
}

func nulls(into []value.Value, cols []plan.Column) {
	for i, c := range cols {
		into[i] = value.Null(c.Type)
	}
}

// unmatched goes through the right side once more.
func (j *joinRows) unmatched() (Row, error) {
	want := j.n.Kind == plan.RightSemi
	switch j.n.Kind {
	case plan.RightOuter, plan.FullOuter, plan.RightAnti, plan.RightSemi:
	default:
		return nil, io.EOF
	}
	for j.rest < len(j.rightRows) {
		i := j.rest
		j.rest++
		if j.matched[i] != want {
			continue
		}
		if j.n.Kind.OneSided() == "right" {
			j.row = j.rightRows[i]
			return &j.row, nil
		}
		j.row = make(list, len(j.n.Cols))
		nulls(j.row, j.n.Cols[:j.leftWidth])
		j.setRight(j.rightRows[i])
		return &j.row, nil
	}
	return nil, io.EOF
}

func (j *joinRows) close() error { return j.left.in.close() }
