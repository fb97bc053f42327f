package schedule

import (
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/glasswatch/glasswatch/internal/rule"
	"github.com/glasswatch/glasswatch/internal/table"
	"github.com/glasswatch/glasswatch/kql/eval"
	"github.com/glasswatch/glasswatch/kql/plan"
)

// Parts is an Evaluator that does not ask the store about whole windows. For rules that count, sum and the like, it keeps
// what each stretch of time, a minute or less, adds to the answer, and puts a window's answer together from its stretches.
// When records come, only they are added to the stretches that they belong to, for all rules in one reading. What it keeps
// can be computed anew at any time, so that it needs no care over a crash; other rules, and what has no room, go to the
// store. It belongs to one Scheduler. See docs/decisions/0008-parts.md.
type Parts struct {
	*Store
	opt     PartsOptions
	schemas map[*plan.Table]*table.Schema

	rules     map[*rule.Windowed]*summed
	stretches map[stretch]*known
	columns   map[axis][]bool // that are read, of every table
	swept     time.Time
	number    int
	size      atomic.Int64
}

var _ Evaluator = (*Parts)(nil)

// PartsOptions bound what Parts keeps. Zero fields mean the defaults.
type PartsOptions struct {
	Bytes   int64 // roughly; 320 MB
	Rows    int64 // of a stretch that is read at once; 100,000
	Workers int   // 2
}

const (
	mostStretches = 150              // of a window; the parts of more would take long to put together
	mostGroups    = 20_000           // of a rule
	unused        = 15 * time.Minute // after which what was kept is forgotten
	rest          = 10 * time.Minute // before a rule whose parts had no room is tried again
)

// axis is a table with the column that windows are over.
type axis struct {
	table  *plan.Table
	column string
}

// stretch is a piece of time, in Unix seconds, of which parts are kept.
type stretch struct {
	axis
	unit, start int64
}

// known is what was read of a stretch.
type known struct {
	number  int // of this reading; another one begins where rows are not what they were
	rows    int
	chain   uint64 // over the ids of the rows in order
	changed bool   // records have come since
	tooMany bool
	used    time.Time
}

// part is what a stretch adds to one aggregation. Records of the first instant are apart, as a condition like
// TimeGenerated > ago(5m) leaves them out.
type part struct {
	edge, rest eval.Part
	number     int // known.number and known.rows of what is in it
	rows       int
	size       int64
	used       time.Time
}

// summed is a rule whose measure is put together from parts.
type summed struct {
	*rule.Incremental
	unit  int64
	sums  []*sum
	after time.Time // not before, for lack of room
	used  time.Time
}

// sum is one aggregation of a rule with its parts.
type sum struct {
	*rule.Sum
	rule  *summed
	axes  []axis
	parts map[stretch]*part
}

// NewParts returns an Evaluator over a store.
func NewParts(s *Store, schemas []*table.Schema, o PartsOptions) *Parts {
	if o.Bytes <= 0 {
		o.Bytes = 320 << 20
	}
	if o.Rows <= 0 {
		o.Rows = 100_000
	}
	if o.Workers <= 0 {
		o.Workers = 2
	}
	p := &Parts{Store: s, opt: o, schemas: map[*plan.Table]*table.Schema{}, rules: map[*rule.Windowed]*summed{}, stretches: map[stretch]*known{}, columns: map[axis][]bool{}}
	for _, schema := range schemas {
		p.schemas[schema.Plan] = schema
	}
	return p
}

// Prepare brings the parts of the windows that are asked about next up to date.
func (p *Parts) Prepare(ctx context.Context, now time.Time, changed []Change, asks []Ask) {
	for _, c := range changed {
		p.change(c)
	}
	need := map[stretch][]*sum{}
	for _, a := range asks {
		r := p.rule(a.Rule)
		if r.used = now; !now.Before(r.after) {
			p.want(r, a, now, need)
		}
	}
	order := slices.SortedFunc(maps.Keys(need), func(a, b stretch) int { return int(a.start - b.start) })
	for _, s := range order {
		if !p.read(ctx, s, need[s], now) {
			break // asked of the store, the rules will say why
		}
	}
	if now.Sub(p.swept) >= time.Minute {
		p.sweep(now)
	}
}

// change notes that records have come to a minute.
func (p *Parts) change(c Change) {
	for _, unit := range units {
		for start := floor(c.Minute, 60); start < floor(c.Minute, 60)+60; start += unit {
			if k := p.stretches[stretch{axis{c.Schema.Plan, c.Axis}, unit, start}]; k != nil {
				k.changed = true
			}
		}
	}
}

// rule returns what is kept of a rule; it has no sums where nothing can be.
func (p *Parts) rule(w *rule.Windowed) *summed {
	r := p.rules[w]
	if r == nil {
		if r = p.summed(w); r == nil {
			r = &summed{}
		}
		p.rules[w] = r
	}
	return r
}

// units are the lengths of stretches, in seconds.
var units = []int64{60, 30, 20, 15, 10, 5}

// unitOf is the longest unit whose multiples all windows of the rule begin and end at; 0 without one.
func unitOf(w *rule.Windowed) int64 {
	for _, unit := range units {
		fits := true
		for _, span := range []rule.Span{w.EvaluationFrequency, w.WindowSize, w.QueryTimeRange} {
			fits = fits && time.Duration(span)%(time.Duration(unit)*time.Second) == 0
		}
		if fits && time.Duration(w.QueryTimeRange) <= mostStretches*time.Duration(unit)*time.Second {
			return unit
		}
	}
	return 0
}

// summed makes ready to keep the parts of a rule; nil where that cannot be.
func (p *Parts) summed(w *rule.Windowed) *summed {
	unit := unitOf(w)
	if unit == 0 {
		return nil
	}
	in, err := w.Incremental()
	if err != nil {
		return nil
	}
	r := &summed{Incremental: in, unit: unit}
	for _, one := range in.Sums {
		s := &sum{Sum: one, rule: r, parts: map[stretch]*part{}}
		for t, columns := range one.Columns {
			schema := p.schemas[t]
			if schema == nil || schema.Own || schema.Column(w.Axis()) < 0 || schema.Column(table.ItemID) < 0 {
				return nil
			}
			a := axis{t, w.Axis()}
			s.axes = append(s.axes, a)
			p.widen(a, columns)
		}
		r.sums = append(r.sums, s)
	}
	return r
}

// widen adds to the columns that are read.
func (p *Parts) widen(a axis, columns []bool) {
	if p.columns[a] == nil {
		p.columns[a] = make([]bool, len(columns))
	}
	for i, needed := range columns {
		p.columns[a][i] = p.columns[a][i] || needed
	}
}

// want collects the stretches of windows whose parts are not up to date.
func (p *Parts) want(r *summed, a Ask, now time.Time, need map[stretch][]*sum) {
	if len(r.sums) == 0 {
		return
	}
	starts := map[int64]bool{}
	for _, end := range a.Ends {
		for i := range a.Rule.FailingPeriods.Number {
			to := end - int64(i)*seconds(a.Rule.WindowSize)
			for start := to - seconds(a.Rule.QueryTimeRange); start < to; start += r.unit {
				starts[start] = true
			}
		}
	}
	for start := range starts {
		for _, s := range r.sums {
			for _, a := range s.axes {
				at := stretch{a, r.unit, start}
				if part := p.current(s, at); part != nil {
					part.used = now
					p.stretches[at].used = now
				} else {
					need[at] = append(need[at], s)
				}
			}
		}
	}
}

func seconds(s rule.Span) int64 { return int64(time.Duration(s) / time.Second) }

// current returns the part of a stretch, nil where it is not up to date.
func (p *Parts) current(s *sum, at stretch) *part {
	part, k := s.parts[at], p.stretches[at]
	if part == nil || k == nil || k.changed || part.number != k.number || part.rows != k.rows {
		return nil
	}
	return part
}

// read reads a stretch and adds its records to the aggregations that lack them. It returns false where it cannot be read.
func (p *Parts) read(ctx context.Context, at stretch, sums []*sum, now time.Time) bool {
	k := p.stretches[at]
	if k == nil {
		k = &known{number: p.next()}
		p.stretches[at] = k
	}
	k.used = now
	if k.tooMany {
		return true
	}
	rows, err := p.Store.stretch(ctx, at, p.columns[at.axis], p.opt.Rows)
	if err != nil || rows == nil {
		k.changed, k.tooMany = true, err == nil
		return err == nil
	}
	if len(rows.chain) < k.rows || k.rows > 0 && rows.chain[k.rows-1] != k.chain {
		k.number = p.next()
	}
	k.changed, k.rows, k.chain = false, len(rows.chain), rows.last()
	kept := make([]bool, len(sums))
	var wait sync.WaitGroup
	for worker := range p.opt.Workers {
		wait.Go(func() {
			for i := worker; i < len(sums); i += p.opt.Workers {
				kept[i] = p.add(sums[i].partOf(at, k), sums[i].Tally, at.table, k, rows, now)
			}
		})
	}
	wait.Wait()
	for i, ok := range kept {
		if !ok {
			sums[i].rule.after = now.Add(rest)
		}
	}
	return true
}

func (p *Parts) next() int {
	p.number++
	return p.number
}

// partOf returns the part of a stretch, a new one where what is there comes from another reading.
func (s *sum) partOf(at stretch, k *known) *part {
	one := s.parts[at]
	if one == nil {
		one = &part{}
		s.parts[at] = one
	}
	if one.number != k.number {
		*one = part{number: k.number, size: one.size}
	}
	return one
}

// add brings a part up to date. It returns false where there is no room for it, or the interpreter fails on a record: the
// rule is then left to the store.
func (p *Parts) add(one *part, t *eval.Tally, from *plan.Table, k *known, rows *stretchRows, now time.Time) (kept bool) {
	defer func() {
		if recover() != nil {
			one.number, kept = 0, false
		}
	}()
	rows.each(one.rows, func(row *stretchRow, edge bool) {
		if edge {
			t.Add(&one.edge, from, row)
		} else {
			t.Add(&one.rest, from, row)
		}
	})
	size := int64(partSize + one.edge.Size() + one.rest.Size())
	p.size.Add(size - one.size)
	one.rows, one.used, one.size = k.rows, now, size
	return p.size.Load() <= p.opt.Bytes && t.Groups() <= mostGroups
}

// partSize is roughly what a part takes beside its groups.
const partSize = 200

// drop forgets a part.
func (p *Parts) drop(s *sum, at stretch) {
	if one := s.parts[at]; one != nil {
		p.size.Add(-one.size)
		delete(s.parts, at)
	}
}

// sweep forgets what was not used for long, and the rules that had no room.
func (p *Parts) sweep(now time.Time) {
	p.swept = now
	for w, r := range p.rules {
		gone := now.Sub(r.used) > unused
		for _, s := range r.sums {
			full := s.Tally.Groups() > mostGroups/2
			for at, one := range s.parts {
				if gone || full || now.Before(r.after) || now.Sub(one.used) > unused {
					p.drop(s, at)
				}
			}
			if len(s.parts) == 0 {
				s.Tally.Reset()
			}
		}
		if gone && now.After(r.after) {
			delete(p.rules, w)
		}
	}
	maps.DeleteFunc(p.stretches, func(_ stretch, k *known) bool { return now.Sub(k.used) > unused })
}
