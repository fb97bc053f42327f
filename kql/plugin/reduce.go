package plugin

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"unicode"

	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/value"
)

// Reduce is the operator reduce, which runs as a plugin does but is not called with evaluate: the text of a row is the
// computed column behind the input; the arguments are threshold, characters and kind. See
// https://learn.microsoft.com/kusto/query/reduce-operator, which names R. Vaarandi's algorithm for logs (2003) as its base:
// a term that stands in enough rows at the same place belongs to a pattern, what stands at the other places is a
// wildcard, and rows of one pattern are a group where they are enough. Numbers are always wildcards.
func Reduce() *Plugin {
	return &Plugin{
		Name:  "reduce",
		Named: func(c *Call) bool { return c.Arg("kind").Const.Text() != "source" },
		Schema: func(c *Call) ([]Column, bool, error) {
			if t := c.Arg("threshold").Const.Real(); !(t >= 0 && t <= 1) {
				return nil, false, errorf("the threshold of reduce lies between 0 and 1")
			}
			return reducedColumns(c), false, nil
		},
		Run: runReduce,
	}
}

func reducedColumns(c *Call) []Column {
	if c.Arg("kind").Const.Text() == "source" {
		return append(slices.Clone(c.Input), Column{"Pattern", value.String})
	}
	return []Column{{"Pattern", value.String}, {"Count", value.Long}, {"Representative", value.String}}
}

// otherRows is the pattern of what is in no group.
const otherRows = "others"

func runReduce(_ *function.Context, c *Call, rows [][]value.Value, _ map[int][][]value.Value) ([]Column, [][]value.Value, error) {
	cols := reducedColumns(c)
	r := reducer{separators: c.Arg("characters").Const.Text(), least: math.Floor(c.Arg("threshold").Const.Real() * float64(len(rows)))}
	texts := make([]string, len(rows))
	for i, row := range rows {
		texts[i] = row[len(c.Input)].Text()
	}
	patterns := r.patterns(texts)
	if c.Arg("kind").Const.Text() != "source" {
		return cols, groupsOf(patterns, texts), nil
	}
	out := make([][]value.Value, len(rows))
	for i, row := range rows {
		out[i] = append(slices.Clone(row[:len(c.Input)]), value.NewString(patterns[i]))
	}
	return cols, out, nil
}

// groupsOf counts the rows of each pattern; the largest group comes first, what is in none last.
func groupsOf(patterns, texts []string) [][]value.Value {
	type group struct {
		pattern, first string
		count          int64
	}
	var groups []*group
	at := map[string]*group{}
	for i, p := range patterns {
		g := at[p]
		if g == nil {
			g = &group{pattern: p, first: texts[i]}
			if p == otherRows {
				g.first = ""
			}
			at[p] = g
			groups = append(groups, g)
		}
		g.count++
	}
	slices.SortStableFunc(groups, func(a, b *group) int {
		if a.pattern == otherRows || b.pattern == otherRows {
			return cmp.Compare(strings.Count(a.pattern, otherRows), strings.Count(b.pattern, otherRows))
		}
		return cmp.Compare(b.count, a.count)
	})
	out := make([][]value.Value, len(groups))
	for i, g := range groups {
		out[i] = []value.Value{value.NewString(g.pattern), value.NewLong(g.count), value.NewString(g.first)}
	}
	return out
}

// reducer finds patterns; what is in a group stands in more than least rows.
type reducer struct {
	separators string // the default where it is empty: all but the letters and digits of ASCII
	least      float64
}

// term is a text at a place; a separator comes before it.
type term struct {
	place     int
	text      string
	separator string
}

func (r *reducer) separates(c rune) bool {
	if r.separators != "" {
		return strings.ContainsRune(r.separators, c)
	}
	return c > unicode.MaxASCII || !unicode.IsLetter(c) && !unicode.IsDigit(c)
}

// terms divides a text; the last one may be empty, with the separators at the end.
func (r *reducer) terms(text string) []term {
	var out []term
	for place := 0; text != ""; place++ {
		begin := strings.IndexFunc(text, func(c rune) bool { return !r.separates(c) })
		if begin < 0 {
			begin = len(text)
		}
		rest := text[begin:]
		end := strings.IndexFunc(rest, r.separates)
		if end < 0 {
			end = len(rest)
		}
		out = append(out, term{place, rest[:end], text[:begin]})
		text = rest[end:]
	}
	return out
}

// patterns gives each text its pattern.
func (r *reducer) patterns(texts []string) []string {
	type key struct {
		place int
		text  string
	}
	counts, split := map[key]int{}, make([][]term, len(texts))
	for i, text := range texts {
		split[i] = r.terms(text)
		for _, t := range split[i] {
			counts[key{t.place, t.text}]++
		}
	}
	frequent := func(t term) bool {
		return t.text == "" || !isNumeral(t.text) && float64(counts[key{t.place, t.text}]) > r.least
	}
	out, sizes := make([]string, len(texts)), map[string]int{}
	for i := range texts {
		out[i] = patternOf(split[i], frequent)
		sizes[out[i]]++
	}
	for i, p := range out {
		if float64(sizes[p]) <= r.least || strings.Trim(p, "*") == "" {
			out[i] = otherRows
		}
	}
	return out
}

func isNumeral(text string) bool {
	return strings.IndexFunc(text, func(c rune) bool { return !unicode.IsDigit(c) }) < 0
}

// patternOf writes the frequent terms with their separators and a wildcard for what is between them. A separator that is
// a letter or a digit goes into the wildcard beside it.
func patternOf(terms []term, frequent func(term) bool) string {
	var b strings.Builder
	found, wild := false, false
	for _, t := range terms {
		keep := frequent(t)
		separator := t.separator
		if wild || !keep {
			separator = strings.TrimFunc(separator, func(c rune) bool { return unicode.IsLetter(c) || unicode.IsDigit(c) })
		}
		b.WriteString(separator)
		switch {
		case keep:
			b.WriteString(t.text)
			found = found || t.text != ""
		case !wild || separator != "":
			b.WriteByte('*')
		}
		wild = !keep
	}
	if !found {
		return ""
	}
	return b.String()
}
