package kqltest

import (
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"

	"github.com/glasswatch/glasswatch/kql/function"
)

// Mutator changes queries a little, in the way in which people get them wrong and some ways beside: another column,
// a step left out or twice, another function, an operator for another, a token too many or too few.
type Mutator struct {
	*rand.Rand
	functions []string
}

// NewMutator returns a mutator; equal seeds give equal mutations.
func NewMutator(seed uint64) *Mutator {
	m := &Mutator{Rand: rand.New(rand.NewPCG(seed, 11))}
	for _, name := range append(function.Names(), function.AggregateNames()...) {
		if isName.MatchString(name) && !slices.Contains(operatorWords, name) {
			m.functions = append(m.functions, name)
		}
	}
	return m
}

// piece is a token or the blanks and comments between two. Typed literals are whole: Microsoft's parser does not look inside.
var piece = regexp.MustCompile("(?s)\\b(?:datetime|timespan|time|guid|long|int|real|double|bool|decimal)\\([^()\"']*\\)|//[^\n]*|\\s+|@?\"(?:[^\"\\\\\n]|\\\\.)*\"|@?'(?:[^'\\\\\n]|\\\\.)*'|```.*?```|[A-Za-z_$][A-Za-z0-9_]*|[0-9][0-9a-zA-Z.]*|==|=~|!=|!~|<=|>=|=>|\\.\\.|.")

var (
	isName        = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	isNumber      = regexp.MustCompile(`^[0-9]`)
	operatorWords = []string{"and", "or", "in", "has", "contains", "startswith", "endswith", "between", "has_any", "has_all", "has_cs", "contains_cs", "hasprefix", "hassuffix"}
	symbols       = []string{"==", "=", "!=", "=~", "!~", "<", ">", "<=", ">=", "+", "-", "*", "/", "%", "and", "or", "has", "contains", "in", "!in", "startswith", "..", ",", "|", "."}
	keywords      = []string{"where", "extend", "project", "summarize", "by", "sort", "order", "top", "take", "limit", "count", "distinct", "join", "on", "kind", "union", "let",
		"asc", "desc", "render", "parse", "with", "mv", "expand", "apply", "to", "typeof", "datatable", "print", "lookup", "evaluate", "make", "series", "from", "step", "default"}
)

// query is a text in pieces, with the places of what can be changed.
type pieces struct {
	all                      []string
	tokens, names, functions []int
	pipes                    []int // those outside of all parentheses
}

func cut(query string) *pieces {
	p := &pieces{all: piece.FindAllString(query, -1)}
	depth := 0
	for i, s := range p.all {
		if strings.TrimSpace(s) == "" || strings.HasPrefix(s, "//") {
			continue
		}
		p.tokens = append(p.tokens, i)
		switch {
		case strings.Contains("([{", s):
			depth++
		case strings.Contains(")]}", s):
			depth--
		case s == "|" && depth == 0:
			p.pipes = append(p.pipes, i)
		case isName.MatchString(s) && i+1 < len(p.all) && p.all[i+1] == "(":
			p.functions = append(p.functions, i)
		case isName.MatchString(s) && !slices.Contains(keywords, s) && !slices.Contains(operatorWords, s):
			p.names = append(p.names, i)
		}
	}
	return p
}

// Mutate returns the query with one change, seldom two; others gives steps and names of other queries.
func (m *Mutator) Mutate(query string, others []string) string {
	for range 1 + m.IntN(5)/4 {
		p := cut(query)
		if len(p.tokens) < 2 {
			return query
		}
		m.change(p, others)
		query = strings.Join(p.all, "")
	}
	return query
}

func (m *Mutator) change(p *pieces, others []string) {
	switch m.IntN(12) {
	case 0, 1:
		m.names(p)
	case 2:
		m.dropStep(p)
	case 3:
		m.swapSteps(p)
	case 4, 5:
		m.function(p)
	case 6:
		m.misspell(p)
	case 7:
		m.literal(p)
	case 8:
		m.symbol(p)
	case 9:
		m.token(p)
	default:
		m.splice(p, others)
	}
}

func (m *Mutator) pick(list []int) (int, bool) {
	if len(list) == 0 {
		return 0, false
	}
	return list[m.IntN(len(list))], true
}

// names exchanges two names, or puts one for another.
func (m *Mutator) names(p *pieces) {
	a, ok := m.pick(p.names)
	b, _ := m.pick(p.names)
	if ok && m.IntN(2) == 0 {
		p.all[a] = p.all[b]
	} else if ok {
		p.all[a], p.all[b] = p.all[b], p.all[a]
	}
}

// step is the range of a step with its pipe.
func (p *pieces) step(i int) (from, to int) {
	if i+1 < len(p.pipes) {
		return p.pipes[i], p.pipes[i+1]
	}
	return p.pipes[i], len(p.all)
}

func (m *Mutator) dropStep(p *pieces) {
	if len(p.pipes) == 0 {
		return
	}
	from, to := p.step(m.IntN(len(p.pipes)))
	p.all = slices.Delete(p.all, from, to)
}

func (m *Mutator) swapSteps(p *pieces) {
	if len(p.pipes) < 2 {
		return
	}
	i := m.IntN(len(p.pipes) - 1)
	from, middle := p.step(i)
	_, to := p.step(i + 1)
	first, second := slices.Clone(p.all[from:middle]), slices.Clone(p.all[middle:to])
	p.all = slices.Concat(p.all[:from], second, []string{" "}, first, p.all[to:])
}

func (m *Mutator) function(p *pieces) {
	if at, ok := m.pick(p.functions); ok {
		p.all[at] = m.functions[m.IntN(len(m.functions))]
	}
}

func (m *Mutator) misspell(p *pieces) {
	at, ok := m.pick(append(slices.Clone(p.names), p.functions...))
	if !ok {
		return
	}
	name := p.all[at]
	i := m.IntN(len(name))
	switch m.IntN(3) {
	case 0:
		p.all[at] = name[:i] + name[i:i+1] + name[i:]
	case 1:
		p.all[at] = strings.ToLower(name[:1]) + name[1:] + "x"
	default:
		p.all[at] = strings.ToUpper(name)
	}
}

// literal makes a number a text, a text a number, or another literal of either.
func (m *Mutator) literal(p *pieces) {
	var list []int
	for _, i := range p.tokens {
		if s := p.all[i]; isNumber.MatchString(s) || strings.ContainsAny(s, `"'`) {
			list = append(list, i)
		}
	}
	if at, ok := m.pick(list); ok {
		all := []string{"1", `"a"`, "1.5", "1h", "datetime(2024-01-01)", "dynamic([1])", "true", "long(null)", "-1", `"2024-01-01"`, "guid(null)"}
		p.all[at] = all[m.IntN(len(all))]
	}
}

func (m *Mutator) symbol(p *pieces) {
	var list []int
	for _, i := range p.tokens {
		if slices.Contains(symbols, p.all[i]) {
			list = append(list, i)
		}
	}
	if at, ok := m.pick(list); ok {
		p.all[at] = symbols[m.IntN(len(symbols))]
	}
}

// token drops a token, doubles it, or exchanges it with the next.
func (m *Mutator) token(p *pieces) {
	i := m.IntN(len(p.tokens) - 1)
	at, next := p.tokens[i], p.tokens[i+1]
	switch m.IntN(3) {
	case 0:
		p.all[at] = ""
	case 1:
		p.all[at] += " " + p.all[at]
	default:
		p.all[at], p.all[next] = p.all[next], p.all[at]
	}
}

// splice appends a step of another query.
func (m *Mutator) splice(p *pieces, others []string) {
	if len(others) == 0 {
		return
	}
	q := cut(others[m.IntN(len(others))])
	if len(q.pipes) == 0 {
		return
	}
	from, to := q.step(m.IntN(len(q.pipes)))
	step := strings.TrimRight(strings.Join(q.all[from:to], ""), " \n;")
	if i := strings.IndexByte(step, ';'); i >= 0 {
		step = step[:i]
	}
	p.all = append(p.all, "\n"+step)
}
