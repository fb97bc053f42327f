package rule

import (
	"strings"
	"unicode/utf8"

	"github.com/glasswatch/glasswatch/internal/table"
	"github.com/glasswatch/glasswatch/kql/eval"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// index finds, for a row of one table, the rules that may match it. Its cost does not grow with the number of rules
// or values: one hash look-up for each column that some rule compares with constants.
type index struct {
	columns []columnIndex
	always  []int32 // rules that no necessary condition narrows
}

type columnIndex struct {
	column int
	rules  map[string][]int32 // folded value -> rules
}

// newIndex builds the index of one table over all rules that read it. Values are indexed folded, also those of
// case-sensitive conditions: a candidate is evaluated in full anyway.
func newIndex(t *plan.Table, rules []*eval.Matcher) *index {
	ix := &index{}
	byColumn := map[int]map[string][]int32{}
	for n, m := range rules {
		if !reads(m, t) {
			continue
		}
		conds, ok := m.Conditions(t)
		if !ok || !indexable(t, conds) {
			ix.always = append(ix.always, int32(n))
			continue
		}
		for _, cond := range conds {
			values := byColumn[cond.Column]
			if values == nil {
				values = map[string][]int32{}
				byColumn[cond.Column] = values
			}
			key := strings.ToLower(cond.Value)
			if list := values[key]; len(list) == 0 || list[len(list)-1] != int32(n) {
				values[key] = append(list, int32(n))
			}
		}
	}
	for i := range t.Columns {
		if values := byColumn[i]; values != nil {
			ix.columns = append(ix.columns, columnIndex{column: i, rules: values})
		}
	}
	return ix
}

func reads(m *eval.Matcher, t *plan.Table) bool {
	for _, own := range m.Tables() {
		if own == t {
			return true
		}
	}
	return false
}

// indexable reports whether every condition is on text and its value folds as the look-up does.
func indexable(t *plan.Table, conds []eval.Condition) bool {
	for _, c := range conds {
		if t.Columns[c.Column].Type != value.String || !ascii(c.Value) {
			return false
		}
	}
	return true
}

func ascii(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// candidates appends the rules that may match the row to dst, each once, and returns it.
func (ix *index) candidates(b *table.Batch, r *table.Row, dst []int32) []int32 {
	dst = append(dst, ix.always...)
	var buf [128]byte
	for i := range ix.columns {
		col := &ix.columns[i]
		text := b.Text(r.Cells[col.column])
		if len(text) > len(buf) {
			text = fold(make([]byte, len(text)), text)
		} else {
			text = fold(buf[:len(text)], text)
		}
		for _, n := range col.rules[string(text)] {
			if !contains(dst, n) {
				dst = append(dst, n)
			}
		}
	}
	return dst
}

// fold writes src to dst with ASCII letters in lower case. Characters outside ASCII that fold into it (the Kelvin sign, the long
// s) are mapped too, as the language's case-insensitive comparison does.
func fold(dst, src []byte) []byte {
	for i, c := range src {
		if c >= utf8.RuneSelf {
			return []byte(strings.ToLower(string(src)))
		}
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		dst[i] = c
	}
	return dst
}

func contains(list []int32, n int32) bool {
	for _, m := range list {
		if m == n {
			return true
		}
	}
	return false
}
