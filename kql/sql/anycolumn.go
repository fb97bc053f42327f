package sql

import (
	"strings"

	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// fewColumns is how many columns are searched each for itself. More are joined to one text that is searched once: a
// database plans a hundred searches for longer than it runs them.
const fewColumns = 3

// betweenColumns is the character between the texts of columns: it ends a term, and no search has it.
const betweenColumns = "\x1f"

// search is what is looked for by one operator.
type search struct{ operator, needle string }

// anyColumn takes the searches for the same text in many columns out of the terms of a disjunction: the conditions that
// stand for them, and the other terms.
func (c *compiler) anyColumn(terms []plan.Expr, in columns) (found []expr, rest []plan.Expr, err error) {
	terms = disjuncts(nil, terms)
	if len(terms) <= fewColumns {
		return nil, terms, nil
	}
	columns := map[search][]*plan.Call{}
	var searches []search
	for _, t := range terms {
		call, s, ok := searchOf(t)
		if !ok {
			rest = append(rest, t)
			continue
		}
		if columns[s] == nil {
			searches = append(searches, s)
		}
		columns[s] = append(columns[s], call)
	}
	for _, s := range searches {
		calls := columns[s]
		if len(calls) <= fewColumns {
			for _, call := range calls {
				rest = append(rest, call)
			}
			continue
		}
		e, err := c.searchAll(s, calls, in)
		if err != nil {
			return nil, nil, err
		}
		found = append(found, e)
	}
	return found, rest, nil
}

// disjuncts appends the terms of a disjunction, however it is nested.
func disjuncts(out, terms []plan.Expr) []plan.Expr {
	for _, t := range terms {
		if call, ok := t.(*plan.Call); ok && call.Func.Name == "or" {
			out = disjuncts(out, call.Args)
		} else {
			out = append(out, t)
		}
	}
	return out
}

// searchOf tells what a term looks for, where that is found in a text that has more before and behind.
func searchOf(term plan.Expr) (*plan.Call, search, bool) {
	call, ok := term.(*plan.Call)
	if !ok || !searches(call.Func.Name) || strings.HasPrefix(call.Func.Name, "startswith") || strings.HasPrefix(call.Func.Name, "endswith") || call.Func.Volatile {
		return nil, search{}, false
	}
	needle, ok := call.Args[1].(*plan.Const)
	if !ok || call.Args[0].Type() != value.String || needle.Value.Type() != value.String || strings.Contains(needle.Value.Text(), betweenColumns) {
		return nil, search{}, false
	}
	return call, search{call.Func.Name, needle.Value.Text()}, true
}

// searchAll searches the texts of all the calls: first each for the bare needle, then those that have it at once. The SQL is as
// long as the columns are many, and quick to plan for all its length.
// Documents are searched as they are stored, without being parsed, but for those that have an escape, and where a text may be
// written otherwise than it is stored.
func (c *compiler) searchAll(s search, calls []*plan.Call, in columns) (expr, error) {
	stored := verbatim(s.needle) && strings.TrimSpace(s.needle) == s.needle
	var texts, asStored, escapes, bare []string
	for _, call := range calls {
		a, err := c.expr(call.Args[0], in)
		if err != nil {
			return expr{}, err
		}
		text := a.sql
		if stored && a.origin().entire {
			text = a.origin().document
			escapes = append(escapes, "contains("+text+`, '\')`)
		}
		has := s.bare(text)
		bare = append(bare, has)
		texts, asStored = append(texts, a.sql), append(asStored, "CASE WHEN "+has+" THEN "+text+" END")
	}
	found, err := c.searchText(s, calls[0], asStored)
	if err != nil {
		return expr{}, err
	}
	if len(escapes) > 0 {
		exact, err := c.searchText(s, calls[0], texts)
		if err != nil {
			return expr{}, err
		}
		found = "(CASE WHEN " + strings.Join(escapes, " OR ") + " THEN " + exact + " ELSE " + found + " END)"
	}
	sql := "(CASE WHEN " + strings.Join(append(bare, escapes...), " OR ") + " THEN " + found + " ELSE FALSE END)"
	return expr{sql: sql, typ: value.Bool, binding: atom}, nil
}

// bare tests one text for the needle, whatever stands beside it.
func (s search) bare(text string) string {
	if strings.HasSuffix(s.operator, "_cs") {
		return "contains(" + text + ", " + quoteText(s.needle) + ")"
	}
	return "contains(lower(" + text + "), " + quoteText(value.Fold(s.needle)) + ")"
}

// searchText writes one search in all the texts.
func (c *compiler) searchText(s search, call *plan.Call, texts []string) (string, error) {
	needle := value.NewString(s.needle)
	literal, err := c.literal(needle)
	if err != nil {
		return "", err
	}
	text := expr{sql: "concat_ws(chr(31), " + strings.Join(texts, ", ") + ")", typ: value.String}
	sql, ok := c.apply(call.Overload.SQL, call.Overload.SQLFunc, []expr{text, {sql: literal, typ: value.String, konst: &needle, simple: true}})
	if !ok {
		return "", c.unsupported("function %s", s.operator)
	}
	return sql, nil
}
