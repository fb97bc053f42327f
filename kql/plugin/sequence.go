package plugin

import (
	"cmp"
	"math"
	"slices"

	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/value"
)

// sequenceDetect: https://learn.microsoft.com/kusto/query/sequence-detect-plugin
func sequenceDetect() Plugin {
	return Plugin{
		Name: "sequence_detect",
		Doc: "Finds sequences of rows that satisfy one condition after the other, within a longest time between two steps and a longest time in all. " +
			"Every combination of times is a row, once.",
		Params: []Param{timelineParam(), {Name: "MaxSequenceStepWindow", Types: summable()}, {Name: "MaxSequenceSpan", Types: summable()},
			{Name: "Expr", Kind: Expression, Types: []value.Type{value.Bool}, Repeated: true}, dimensions()},
		Layout: func(args []Shape) []string {
			out := []string{"TimelineColumn", "MaxSequenceStepWindow", "MaxSequenceSpan", "Expr"}
			for i := len(out); i < len(args); i++ {
				if args[i].Type == value.Bool && out[i-1] == "Expr" {
					out = append(out, "Expr")
				} else {
					out = append(out, "Dimension")
				}
			}
			return out[:min(len(out), len(args))]
		},
		Examples: []Example{
			{`datatable(t: datetime, u: string, e: string)[datetime(2026-01-01 10:00), "a", "fail", datetime(2026-01-01 10:01), "a", "ok", datetime(2026-01-01 10:02), "b", "ok", datetime(2026-01-01 12:00), "a", "ok"]
| evaluate sequence_detect(t, 10m, 1h, failed = (e == "fail"), done = (e == "ok"), u)`,
				"u: string|failed_t: datetime|done_t: datetime|Duration: timespan\na|2026-01-01T10:00:00.0000000Z|2026-01-01T10:01:00.0000000Z|00:01:00"},
		},
		Named: named,
		Schema: func(c *Call) ([]Column, bool, error) {
			if len(c.All("Expr")) == 0 {
				return nil, false, errorf("sequence_detect needs a condition at least")
			}
			return c.sequenceColumns(), false, c.checkTimeline("TimelineColumn", nil, []string{"MaxSequenceStepWindow", "MaxSequenceSpan"}, "")
		},
		Run: runSequenceDetect,
	}
}

func (c *Call) sequenceColumns() []Column {
	var cols []Column
	for _, d := range c.All("Dimension") {
		cols = append(cols, Column{d.Name, d.Type})
	}
	t := c.Arg("TimelineColumn")
	for _, e := range c.All("Expr") {
		cols = append(cols, Column{e.Name + "_" + t.Name, t.Type})
	}
	return uniqueNames(append(cols, Column{"Duration", value.TimeSpan}))
}

// maxSequences bounds what one call finds: the combinations of steps grow fast.
const maxSequences = 1_000_000

func runSequenceDetect(_ *function.Context, c *Call, rows [][]value.Value, _ map[int][][]value.Value) ([]Column, [][]value.Value, error) {
	var out [][]value.Value
	l := timeline{typ: c.Arg("TimelineColumn").Type}
	for _, g := range c.slices(rows, math.MinInt64, math.MaxInt64) {
		steps := make([][]int64, len(c.All("Expr"))) // the times at which each condition holds
		for i, e := range c.All("Expr") {
			for _, ev := range g.events {
				if n := len(steps[i]); ev.row[e.Column].Bool() && (n == 0 || steps[i][n-1] != ev.at) {
					steps[i] = append(steps[i], ev.at)
				}
			}
		}
		d := detector{steps: steps, step: c.whole("MaxSequenceStepWindow", 0), span: c.whole("MaxSequenceSpan", 0), room: maxSequences - len(out)}
		if !d.extend(nil) {
			return nil, nil, errorf("there are more than %d sequences; use shorter windows", maxSequences)
		}
		for _, times := range d.found {
			row := slices.Clone(g.dims)
			for _, t := range times {
				row = append(row, l.value(t))
			}
			out = append(out, append(row, value.NewTimeSpan(times[len(times)-1]-times[0])))
		}
	}
	return c.sequenceColumns(), out, nil
}

// detector finds all sequences in one slice.
type detector struct {
	steps      [][]int64
	step, span int64
	room       int
	found      [][]int64
}

// extend completes a sequence in every way; false when there are too many.
func (d *detector) extend(times []int64) bool {
	if len(times) == len(d.steps) {
		d.found = append(d.found, slices.Clone(times))
		return len(d.found) <= d.room
	}
	next := d.steps[len(times)]
	if len(times) > 0 {
		from, to := times[len(times)-1], min(times[len(times)-1]+d.step, times[0]+d.span)
		i, _ := slices.BinarySearch(next, from)
		j, exact := slices.BinarySearch(next, to)
		if exact {
			j++
		}
		next = next[i:max(i, j)]
	}
	for _, t := range next {
		if !d.extend(append(times[:len(times):len(times)], t)) {
			return false
		}
	}
	return true
}

// funnelSequence: https://learn.microsoft.com/kusto/query/funnel-sequence-plugin
func funnelSequence() Plugin {
	return Plugin{
		Name: "funnel_sequence",
		Doc: "The users that passed through a sequence of states, by the state before and the state after it, with up to 128 of them as samples. " +
			"States that repeat without another between count once; between two steps there may be other states, but no more time than the window. The language returns two more tables, which are left out here.",
		FirstOnly: true,
		Params: append(append([]Param{idParam(), timelineParam()}, spans("Start", "End", "MaxWindowSizeBetweenSteps", "Step")...),
			Param{Name: "StateColumn", Kind: Reference, Types: notDynamic()}, Param{Name: "Sequence", Types: []value.Type{value.Dynamic}}),
		Examples: []Example{
			{`datatable(u: string, t: datetime, s: string)["a", datetime(2026-01-01 10:00), "start", "a", datetime(2026-01-01 10:01), "work", "a", datetime(2026-01-01 10:02), "end", "b", datetime(2026-01-01 10:00), "work"]
| evaluate funnel_sequence(u, t, datetime(2026-01-01), datetime(2026-01-02), 1h, 1d, s, dynamic(["work"]))`,
				"t: datetime|prev: string|next: string|dcount: long|samples: dynamic\n2026-01-01T00:00:00.0000000Z|start|end|1|[\"a\"]\n2026-01-01T00:00:00.0000000Z|||1|[\"b\"]"},
		},
		Named: named,
		Schema: func(c *Call) ([]Column, bool, error) {
			err := c.checkTimeline("TimelineColumn", []string{"Start", "End"}, []string{"MaxWindowSizeBetweenSteps", "Step"}, "")
			return c.funnelColumns(), false, err
		},
		Run: runFunnelSequence,
	}
}

func (c *Call) funnelColumns() []Column {
	state := c.Arg("StateColumn").Type
	return c.timelineColumns(Column{"prev", state}, Column{"next", state}, Column{"dcount", value.Long}, Column{"samples", value.Dynamic})
}

// passage is one way through a sequence.
type passage struct {
	at         int64
	prev, next value.Value
	users      ids
	samples    []any
}

func runFunnelSequence(_ *function.Context, c *Call, rows [][]value.Value, _ map[int][][]value.Value) ([]Column, [][]value.Value, error) {
	l, err := c.timeline("TimelineColumn", "Start", "Step")
	if err != nil {
		return nil, nil, err
	}
	state, window := c.Arg("StateColumn"), c.whole("MaxWindowSizeBetweenSteps", 0)
	sequence := c.sequence()
	index := map[string]*passage{}
	var order []*passage
	from, to := c.span()
	for _, u := range c.users(rows, from, to) {
		for start, end := range u.passages(sequence, state.Column, window) {
			p := &passage{at: l.floor(u.events[start].at), prev: value.Null(state.Type), next: value.Null(state.Type), users: ids{}}
			if start > 0 && u.events[start].at-u.events[start-1].at <= window {
				p.prev = u.events[start-1].row[state.Column]
			}
			if end+1 < len(u.events) && u.events[end+1].at-u.events[end].at <= window {
				p.next = u.events[end+1].row[state.Column]
			}
			key := string(p.next.AppendKey(p.prev.AppendKey(value.NewLong(p.at).AppendKey(nil))))
			if index[key] == nil {
				index[key] = p
				order = append(order, p)
			}
			if p = index[key]; !p.users.has(u.id) {
				p.users.add(u.id)
				if len(p.samples) < 128 {
					p.samples = append(p.samples, u.events[0].row[c.Arg("IdColumn").Column].Node())
				}
			}
		}
	}
	slices.SortStableFunc(order, func(a, b *passage) int {
		return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(len(b.users), len(a.users)))
	})
	out := make([][]value.Value, len(order))
	for i, p := range order {
		out[i] = []value.Value{l.value(p.at), p.prev, p.next, long(len(p.users)), value.NewDynamic(p.samples)}
	}
	return c.funnelColumns(), out, nil
}

// user is the events of one id by time.
type user struct {
	id     string
	events []event
}

// users returns the events of each id, a state that follows itself once.
func (c *Call) users(rows [][]value.Value, from, to int64) []*user {
	state := c.Arg("StateColumn").Column
	index := map[string]*user{}
	var order []*user
	for _, g := range c.slices(rows, from, to) {
		for _, e := range g.events {
			u := index[e.id]
			if u == nil {
				u = &user{id: e.id}
				index[e.id] = u
				order = append(order, u)
			}
			if n := len(u.events); n == 0 || !value.Equal(u.events[n-1].row[state], e.row[state]) {
				u.events = append(u.events, e)
			}
		}
	}
	return order
}

// passages yields the first and last event of each way through the sequence: from each event of its first state, the
// nearest event of each later one.
func (u *user) passages(sequence []string, state int, window int64) func(func(start, end int) bool) {
	return func(yield func(start, end int) bool) {
		for start := range u.events {
			end, step := start, 0
			for i := start; i < len(u.events) && step < len(sequence); i++ {
				if u.events[i].at-u.events[end].at > window {
					break
				}
				if u.events[i].row[state].ToText() == sequence[step] {
					end, step = i, step+1
				} else if i == start {
					break
				}
			}
			if step == len(sequence) && step > 0 && !yield(start, end) {
				return
			}
		}
	}
}

// sequence is the states of the sequence as text.
func (c *Call) sequence() []string {
	v, _ := c.constant("Sequence")
	list, _ := v.Tree().([]any)
	out := make([]string, len(list))
	for i, n := range list {
		out[i] = value.NewDynamic(n).DynamicText()
	}
	return out
}
