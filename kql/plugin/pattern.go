package plugin

import (
	"cmp"
	"math"
	"slices"

	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/value"
)

// wild stands in a pattern for a column without a condition.
const wild = -1

// pattern has for each column the number of the value it must have, or wild.
type pattern []int32

// facts is a table as the finders of patterns see it: each value is a number in its column, and equal rows are one with a
// weight. A and b are the weights of the two sets that diffpatterns compares; the others use a only.
type facts struct {
	columns        []int           // positions in the input
	values         [][]value.Value // of each column, by number
	rows           []pattern       // without wild
	a, b           []float64
	totalA, totalB float64
}

// facts numbers the values of the columns but some. weigh returns the weights of a row in the two sets; a row of neither
// is left out.
func (c *Call) facts(rows [][]value.Value, without []int, weigh func(row []value.Value) (a, b float64)) *facts {
	f := &facts{}
	for i := range c.Input {
		if !slices.Contains(without, i) {
			f.columns = append(f.columns, i)
		}
	}
	f.values = make([][]value.Value, len(f.columns))
	numbers := make([]map[string]int32, len(f.columns))
	for i := range numbers {
		numbers[i] = map[string]int32{}
	}
	index := map[string]int{}
	var key, whole []byte
	for _, row := range rows {
		a, b := weigh(row)
		if a <= 0 && b <= 0 {
			continue
		}
		coded := make(pattern, len(f.columns))
		whole = whole[:0]
		for i, at := range f.columns {
			key = row[at].AppendKey(key[:0])
			n, ok := numbers[i][string(key)]
			if !ok {
				n = int32(len(f.values[i]))
				numbers[i][string(key)] = n
				f.values[i] = append(f.values[i], row[at])
			}
			coded[i] = n
			whole = append(whole, byte(n), byte(n>>8), byte(n>>16), byte(n>>24))
		}
		at, ok := index[string(whole)]
		if !ok {
			at = len(f.rows)
			index[string(whole)] = at
			f.rows, f.a, f.b = append(f.rows, coded), append(f.a, 0), append(f.b, 0)
		}
		f.a[at], f.b[at] = f.a[at]+a, f.b[at]+b
		f.totalA, f.totalB = f.totalA+a, f.totalB+b
	}
	return f
}

// weigher reads the weight of a row: a column, or 1.
func (c *Call) weigher() (func(row []value.Value) float64, []int) {
	w := c.Arg("WeightColumn")
	if w == nil {
		return func([]value.Value) float64 { return 1 }, nil
	}
	return func(row []value.Value) float64 {
		if v := row[w.Column]; v.Type() == value.Real {
			return v.Real()
		} else {
			return float64(v.Int())
		}
	}, []int{w.Column}
}

// holds tells whether a row, or a narrower pattern, satisfies the pattern.
func (p pattern) holds(row pattern) bool {
	for i, n := range p {
		if n != wild && n != row[i] {
			return false
		}
	}
	return true
}

// conditions counts the columns that are not wild.
func (p pattern) conditions() int {
	n := 0
	for _, v := range p {
		if v != wild {
			n++
		}
	}
	return n
}

func (p pattern) key() string {
	out := make([]byte, 0, 4*len(p))
	for _, n := range p {
		out = append(out, byte(n), byte(n>>8), byte(n>>16), byte(n>>24))
	}
	return string(out)
}

// found is a pattern with its weights and what it is ranked by.
type found struct {
	pattern
	a, b, rank float64
}

// count adds up the rows of a pattern.
func (f *facts) count(p pattern) (a, b float64) {
	for i, row := range f.rows {
		if p.holds(row) {
			a, b = a+f.a[i], b+f.b[i]
		}
	}
	return a, b
}

// maxPatterns bounds a search.
const maxPatterns = 200_000

// miner finds the closed frequent patterns: those that hold for enough rows and cannot get a condition more without
// losing rows. Depth is the number of conditions from which the others of a pattern follow.
type miner struct {
	*facts
	enough func(a, b float64) bool
	depth  int
	seen   map[string]bool
	found  []found
	steps  int
	ctx    *function.Context
}

func (f *facts) mine(ctx *function.Context, depth int, enough func(a, b float64) bool) ([]found, error) {
	m := &miner{facts: f, enough: enough, depth: depth, seen: map[string]bool{}, ctx: ctx}
	all := make([]int, len(f.rows))
	for i := range all {
		all[i] = i
	}
	if len(all) == 0 {
		return nil, nil
	}
	if err := m.narrow(all, 0, 0); err != nil {
		return nil, err
	}
	return m.found, nil
}

// narrow records the pattern that the rows share and goes on to narrower ones, by a condition on a column from first on.
func (m *miner) narrow(rows []int, first, used int) error {
	if m.steps++; m.steps > maxPatterns {
		return errorf("there are too many patterns; raise the threshold, lower MaxDimensions or project fewer columns")
	}
	if err := m.ctx.Interrupted(); err != nil {
		return err
	}
	shared := slices.Clone(m.rows[rows[0]])
	var a, b float64
	for _, r := range rows {
		a, b = a+m.a[r], b+m.b[r]
		for i, n := range m.rows[r] {
			if shared[i] != n {
				shared[i] = wild
			}
		}
	}
	if key := shared.key(); shared.conditions() > 0 && !m.seen[key] {
		m.seen[key] = true
		m.found = append(m.found, found{pattern: shared, a: a, b: b})
	}
	if used == m.depth {
		return nil
	}
	for i := first; i < len(m.columns); i++ {
		if shared[i] != wild {
			continue
		}
		for _, subset := range m.split(rows, i) {
			if err := m.narrow(subset, i+1, used+1); err != nil {
				return err
			}
		}
	}
	return nil
}

// split divides rows by the value of a column and returns the parts that are frequent, in the order of the values.
func (m *miner) split(rows []int, column int) [][]int {
	weightA, weightB := map[int32]float64{}, map[int32]float64{}
	for _, r := range rows {
		n := m.rows[r][column]
		weightA[n] += m.a[r]
		weightB[n] += m.b[r]
	}
	var order []int32
	for n := range weightA {
		if m.enough(weightA[n], weightB[n]) {
			order = append(order, n)
		}
	}
	slices.Sort(order)
	parts := make([][]int, len(order))
	at := map[int32]int{}
	for i, n := range order {
		at[n] = i
	}
	for _, r := range rows {
		if i, ok := at[m.rows[r][column]]; ok {
			parts[i] = append(parts[i], r)
		}
	}
	return parts
}

// rank orders patterns by rank, then by what they cover and by their values, so that the order is always the same.
func rank(list []found) {
	slices.SortStableFunc(list, func(x, y found) int {
		return cmp.Or(cmp.Compare(y.rank, x.rank), cmp.Compare(y.a+y.b, x.a+x.b), slices.Compare(x.pattern, y.pattern))
	})
}

// thin keeps of ranked patterns those that say something new: that are neither wider nor narrower than a better one,
// and do not lie within one for the most part.
func (f *facts) thin(list []found) []found {
	const most = 0.8
	var kept []found
next:
	for _, x := range list {
		for _, k := range kept {
			if k.pattern.holds(x.pattern) || x.pattern.holds(k.pattern) {
				continue next
			}
			if a, b := f.count(x.pattern.and(k.pattern)); x.pattern.meets(k.pattern) && a+b >= most*(x.a+x.b) {
				continue next
			}
		}
		kept = append(kept, x)
	}
	return kept
}

// meets tells whether both patterns can hold for a row.
func (p pattern) meets(q pattern) bool {
	for i, n := range p {
		if n != wild && q[i] != wild && n != q[i] {
			return false
		}
	}
	return true
}

// and has the conditions of both patterns.
func (p pattern) and(q pattern) pattern {
	out := slices.Clone(p)
	for i, n := range q {
		if out[i] == wild {
			out[i] = n
		}
	}
	return out
}

// patternRow makes an output row: the measures, then the columns of the input.
func (c *Call) patternRow(f *facts, p pattern, measures ...value.Value) []value.Value {
	out := measures
	for i, col := range c.Input {
		if at := slices.Index(f.columns, i); at >= 0 && p[at] != wild {
			out = append(out, f.values[at][p[at]])
		} else {
			out = append(out, c.wildcard(col.Type))
		}
	}
	return out
}

// wildcard is what a column without a condition shows: the value given for its type, else null.
func (c *Call) wildcard(t value.Type) value.Value {
	for _, a := range c.All("CustomWildcard") {
		if a.Const != nil && a.Const.Type() == t {
			return *a.Const
		}
	}
	return value.Null(t)
}

// percent is a share in percent with some decimals.
func percent(part, whole float64, decimals int) float64 {
	if whole == 0 {
		return 0
	}
	scale := math.Pow10(decimals)
	return math.Round(part/whole*100*scale) / scale
}

func wildcards() Param { return Param{Name: "CustomWildcard", Repeated: true, Tilde: true} }

func weightColumn() Param {
	return Param{Name: "WeightColumn", Kind: Reference, Types: []value.Type{value.Long, value.Int, value.Real}, Optional: true, Tilde: true}
}

func fraction(name string) Param {
	return Param{Name: name, Types: []value.Type{value.Real, value.Long, value.Int, value.Decimal}, Optional: true, Tilde: true}
}

func number(name string) Param {
	return Param{Name: name, Types: []value.Type{value.Long, value.Int}, Optional: true, Tilde: true}
}
