package plugin

import (
	"cmp"
	"slices"

	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/value"
)

// funnelSequenceCompletion: https://learn.microsoft.com/kusto/query/funnel-sequence-completion-plugin
func funnelSequenceCompletion() Plugin {
	return Plugin{
		Name: "funnel_sequence_completion",
		Doc:  "For each of some periods and each state of a sequence the number of users that, beginning with the first state, came to it in order within the period.",
		Params: append(append([]Param{idParam(), timelineParam()}, spans("Start", "End", "BinSize")...),
			Param{Name: "StateColumn", Kind: Reference, Types: notDynamic()}, Param{Name: "Sequence", Types: []value.Type{value.Dynamic}},
			Param{Name: "MaxSequencePeriods", Types: []value.Type{value.Dynamic}}),
		Examples: []Example{
			{`datatable(u: string, t: datetime, s: string)["a", datetime(2026-01-01 10:00), "start", "a", datetime(2026-01-01 10:05), "end", "b", datetime(2026-01-01 10:00), "start", "b", datetime(2026-01-01 12:00), "end"]
| evaluate funnel_sequence_completion(u, t, datetime(2026-01-01), datetime(2026-01-02), 1d, s, dynamic(["start", "end"]), dynamic([10m, 1d]))`,
				"t: datetime|s: string|Period: timespan|dcount: long\n2026-01-01T00:00:00.0000000Z|start|00:10:00|2\n2026-01-01T00:00:00.0000000Z|end|00:10:00|1\n" +
					"2026-01-01T00:00:00.0000000Z|start|1.00:00:00|2\n2026-01-01T00:00:00.0000000Z|end|1.00:00:00|2"},
		},
		Named: named,
		Schema: func(c *Call) ([]Column, bool, error) {
			if c.Arg("TimelineColumn").Type != value.DateTime {
				return nil, false, errorf("funnel_sequence_completion needs a timeline of datetime")
			}
			if v, ok := c.constant("MaxSequencePeriods"); ok {
				if _, err := periods(v); err != nil {
					return nil, false, err
				}
			}
			err := c.checkTimeline("TimelineColumn", []string{"Start", "End"}, []string{"BinSize"}, "")
			return c.completionColumns(), false, err
		},
		Run: runFunnelCompletion,
	}
}

func (c *Call) completionColumns() []Column {
	return c.timelineColumns(Column{c.Arg("StateColumn").Name, value.String}, Column{"Period", value.TimeSpan}, Column{"dcount", value.Long})
}

// periods reads the timespans of a dynamic array.
func periods(v value.Value) ([]int64, error) {
	list, _ := v.Tree().([]any)
	var out []int64
	for _, n := range list {
		ticks, ok := value.ParseTimeSpan(value.NewDynamic(n).DynamicText())
		if !ok {
			return nil, errorf("the periods are an array of timespans")
		}
		out = append(out, ticks)
	}
	if len(out) == 0 {
		return nil, errorf("the periods are an array of timespans")
	}
	return out, nil
}

// reached is who came to a step of the sequence within a period.
type reached struct {
	at           int64
	period, step int
}

func runFunnelCompletion(_ *function.Context, c *Call, rows [][]value.Value, _ map[int][][]value.Value) ([]Column, [][]value.Value, error) {
	l, err := c.timeline("TimelineColumn", "Start", "BinSize")
	if err != nil {
		return nil, nil, err
	}
	v, _ := c.constant("MaxSequencePeriods")
	limits, err := periods(v)
	if err != nil {
		return nil, nil, err
	}
	sequence, state := c.sequence(), c.Arg("StateColumn").Column
	counts := map[reached]ids{}
	from, to := c.span()
	for _, u := range c.users(rows, from, to) {
		for start, first := range u.events {
			step := 0
			for _, e := range u.events[start:] {
				if step == len(sequence) || e.row[state].ToText() != sequence[step] {
					if step == 0 {
						break
					}
					continue
				}
				for p, limit := range limits {
					if e.at-first.at <= limit {
						key := reached{l.floor(first.at), p, step}
						if counts[key] == nil {
							counts[key] = ids{}
						}
						counts[key].add(u.id)
					}
				}
				step++
			}
		}
	}
	return c.completionColumns(), completionRows(l, counts, sequence, limits), nil
}

// completionRows has a row for every state and period of each bin in which a sequence began.
func completionRows(l timeline, counts map[reached]ids, sequence []string, limits []int64) [][]value.Value {
	bins := map[int64]bool{}
	for r := range counts {
		bins[r.at] = true
	}
	var order []int64
	for at := range bins {
		order = append(order, at)
	}
	slices.SortFunc(order, func(a, b int64) int { return cmp.Compare(a, b) })
	var out [][]value.Value
	for _, at := range order {
		for p, limit := range limits {
			for step, state := range sequence {
				out = append(out, []value.Value{l.value(at), value.NewString(state), value.NewTimeSpan(limit), long(len(counts[reached{at, p, step}]))})
			}
		}
	}
	return out
}
