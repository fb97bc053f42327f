package eval

import (
	"io"
	"slices"

	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// stepsRows follows sequences of rows through the steps of a scan.
type stepsRows struct {
	in    *stageRows
	n     *plan.Steps
	steps []step
	scope scope
	view  stepsView

	number int64 // number of the next sequence
	ended  bool
	out    [][]value.Value
	row    list
}

// step is one compiled step with the sequence that it holds.
type step struct {
	cond   pred
	set    []fn
	at     []int
	output plan.StepOutput
	held
}

// held is a sequence: what the steps so far took: a row each, nil for one that took none.
type held struct {
	active  bool
	id      int64
	taken   [][]value.Value
	pending []value.Value // of a step whose last row alone is returned
}

// stepsView is the row that expressions see: the present one, then those that the steps took.
type stepsView struct {
	present []value.Value
	taken   [][]value.Value
	initial []value.Value // what stands for a row that was not taken
}

func (v *stepsView) Value(i int) value.Value {
	width := len(v.present)
	if i < width {
		return v.present[i]
	}
	at := i/width - 1
	if at < len(v.taken) && v.taken[at] != nil {
		return v.taken[at][i%width]
	}
	return v.initial[i%width]
}

func newSteps(r *runner, s *stage, n *plan.Steps) rows {
	inputs := n.Input.Columns()
	out := &stepsRows{in: materialise(s, len(inputs)), n: n, scope: scope{fn: r.scope.fn}}
	for _, c := range inputs {
		out.view.initial = append(out.view.initial, value.Null(c.Type))
	}
	for _, x := range n.Declared {
		out.view.initial = append(out.view.initial, s.env.compile(x)(&out.scope))
	}
	e := baseEnv(len(out.view.initial) * (len(n.List) + 1))
	e.r = r
	for _, s := range n.List {
		compiled := step{cond: e.pred(s.Cond), output: s.Output}
		for _, a := range s.Set {
			compiled.set = append(compiled.set, e.compile(a.X))
			compiled.at = append(compiled.at, a.Column)
		}
		out.steps = append(out.steps, compiled)
	}
	out.scope.row = &out.view
	return out
}

func (s *stepsRows) next() (Row, error) {
	for len(s.out) == 0 {
		if s.ended {
			return nil, io.EOF
		}
		_, err := s.in.next()
		if err == io.EOF {
			s.ended = true
			for k := range s.steps {
				s.flush(k)
			}
			continue
		}
		if err != nil {
			return nil, err
		}
		s.take(s.in.row)
	}
	s.row, s.out = s.out[0], s.out[1:]
	return &s.row, nil
}

// take judges a row by all steps, from the last to the first.
func (s *stepsRows) take(row []value.Value) {
	s.view.present = append(slices.Clone(row), s.view.initial[len(row):]...)
	for k := len(s.steps) - 1; k >= 0; k-- {
		if !s.promote(k) {
			s.stay(k)
		}
	}
}

// holds evaluates the condition of a step over a sequence.
func (s *stepsRows) holds(k int, taken [][]value.Value) bool {
	s.view.taken = taken
	s.scope.generation++
	return s.steps[k].cond(&s.scope) == yes
}

// assigned is the present row with the columns that a step sets.
func (s *stepsRows) assigned(k int) []value.Value {
	out := slices.Clone(s.view.present)
	for i, f := range s.steps[k].set {
		out[s.steps[k].at[i]] = f(&s.scope)
	}
	return out
}

// promote moves the sequence of the step before to step k if the row meets its condition.
func (s *stepsRows) promote(k int) bool {
	if k == 0 || !s.steps[k-1].active || !s.holds(k, s.steps[k-1].taken) {
		return false
	}
	s.flush(k - 1)
	s.flush(k)
	row := s.assigned(k)
	before := s.steps[k-1].held
	s.steps[k].held = held{active: true, id: before.id, taken: append(slices.Clip(before.taken), row)}
	s.steps[k-1].held = held{}
	s.give(k, row)
	return true
}

// stay takes the row as a further one of the sequence that step k holds; the first step begins one.
func (s *stepsRows) stay(k int) {
	st := &s.steps[k]
	if k > 0 && !st.active || !s.holds(k, st.taken) {
		return
	}
	row := s.assigned(k)
	if !st.active {
		st.held = held{active: true, id: s.number}
		s.number++
	}
	taken := slices.Clone(st.taken)
	if len(taken) <= k {
		taken = append(taken, nil)
	}
	taken[k] = row
	st.taken = taken
	s.give(k, row)
}

// give returns a row that a step took, or keeps it until another takes its place.
func (s *stepsRows) give(k int, row []value.Value) {
	st := &s.steps[k]
	if s.n.MatchID {
		row = append(slices.Clip(row), value.NewLong(st.id))
	}
	switch st.output {
	case plan.OutputAll:
		s.out = append(s.out, row)
	case plan.OutputLast:
		st.pending = row
	}
}

// flush returns the last row of a step whose sequence goes on or ends.
func (s *stepsRows) flush(k int) {
	if st := &s.steps[k]; st.pending != nil {
		s.out = append(s.out, st.pending)
		st.pending = nil
	}
}

func (s *stepsRows) close() error { return s.in.close() }
