package parser

import (
	"strings"

	"github.com/glasswatch/glasswatch/kql/token"
)

// foreignOperators are operators of other query languages and what does the same here.
var foreignOperators = map[string]string{
	"select": "project", "fields": "project", "table": "project", "columns": "project", "group": "summarize ... by", "groupby": "summarize ... by",
	"stats": "summarize", "aggregate": "summarize", "having": "where, behind summarize", "eval": "extend", "let": "extend", "head": "take",
	"tail": "top ... by", "dedup": "distinct", "unique": "distinct", "uniq": "distinct", "rename": "project-rename", "drop": "project-away",
	"remove": "project-away", "sortby": "sort by", "orderby": "order by", "expand": "mv-expand", "unnest": "mv-expand", "timechart": "render timechart",
	"if": "extend with iff(condition, a, b)", "match": "where", "and": "where, or leave out the pipe", "or": "where, or leave out the pipe",
}

// operatorHint says what an operator that does not exist was probably meant to be.
func operatorHint(name string) string {
	if here := foreignOperators[strings.ToLower(name)]; here != "" {
		return "use " + here
	}
	if near := token.Nearest(name, operatorNames); near != "" {
		return "did you mean " + near + "?"
	}
	return ""
}

// strayHint says what may be wrong where a statement should end and t stands.
func (p *parser) strayHint(t token.Token) string {
	if t.Kind == token.Ident {
		name, _ := p.operatorName()
		switch {
		case isOperator(name):
			return "put a | before " + name
		case strings.EqualFold(name, "descending"):
			return "write desc"
		case strings.EqualFold(name, "ascending"):
			return "write asc"
		case name == "by" && p.pos > 0 && p.tokens[p.pos-1].Text == "count":
			return "write summarize count() by ..."
		}
	}
	if p.pos == 0 {
		return ""
	}
	before := p.tokens[p.pos-1]
	ends := before.Kind == token.Ident || before.Kind == token.String || before.Kind == token.RightParen || isNumber(before)
	switch {
	case isNumber(before) && (t.Kind == token.Dot || isNumber(t)):
		return "put quotes round it: an address is a string"
	case before.Kind == token.String && before.Span.End == t.Span.Start:
		return `a quote in a string is written \' or \"`
	case ends && (t.Kind == token.Ident || t.Kind == token.String || isNumber(t)):
		return "a comma or an operator is missing before it"
	}
	return ""
}

func isNumber(t token.Token) bool {
	return t.Kind == token.Long || t.Kind == token.Real
}

// isSQL reports whether a statement begins as one of SQL.
func isSQL(first, second token.Token) bool {
	switch strings.ToLower(first.Text) {
	case "select":
		return second.Kind != token.Pipe && second.Kind != token.EOF
	case "insert", "delete", "drop", "alter", "create", "update", "truncate":
		return second.Kind == token.Ident
	}
	return false
}

// Operators returns the names of all tabular operators that are read, also of those that are refused later.
func Operators() []string { return append([]string(nil), operatorNames...) }
