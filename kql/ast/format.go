package ast

import (
	"strings"

	"github.com/glasswatch/glasswatch/kql/token"
)

// width is the length of a line from which Format puts the parts of an operator on lines of their own.
const width = 110

// indent is one level of indentation.
const indent = "    "

// Format prints a tree in the usual layout: a statement or pipeline step a line. Comments, given with the source text
// they are in, are kept: on their own line before the step they stand in or before, or behind the step they follow on
// its line. What it prints parses to a tree equal to q but for spans and the spelling of literals.
func Format(q *Query, src string, comments []token.Span) string {
	p := &printer{src: src, comments: comments}
	p.query(q, "")
	p.flush(len(src), "")
	out := strings.TrimRight(p.String(), "\n")
	if out == "" {
		return ""
	}
	return out + "\n"
}

// printer prints statements and pipelines; expressions, which have no layout, are printed by text.
type printer struct {
	strings.Builder
	src      string
	comments []token.Span // those not yet printed
}

// flush prints the comments that begin before offset end, each on a line.
func (p *printer) flush(end int, margin string) {
	for len(p.comments) > 0 && p.comments[0].Start < end {
		c := p.comments[0]
		p.comments = p.comments[1:]
		if p.Len() > 0 && !strings.HasSuffix(p.String(), "\n") {
			p.WriteByte('\n')
		}
		p.WriteString(margin + strings.TrimRight(p.src[c.Start:c.End], " \t\r") + "\n")
	}
}

// trailing prints the comments inside the node that ended at offset end, and the one behind it on its line.
func (p *printer) trailing(end int) {
	for len(p.comments) > 0 {
		c := p.comments[0]
		if c.Start > end && (c.Start > len(p.src) || strings.Contains(p.src[end:c.Start], "\n") || strings.Trim(p.src[end:c.Start], " \t\r;,)}") != "") {
			return
		}
		if c.Start < end {
			return // flushed before the next step
		}
		p.comments = p.comments[1:]
		p.WriteString(" " + strings.TrimRight(p.src[c.Start:c.End], " \t\r"))
	}
}

func (p *printer) query(q *Query, margin string) {
	for i, s := range q.Stmts {
		p.flush(s.Extent().Start, margin)
		p.WriteString(margin)
		p.stmt(s, margin)
		if i+1 < len(q.Stmts) {
			if strings.Contains(lastLine(p.String()), "//") { // a semicolon inside a comment would be lost
				p.WriteString("\n" + margin)
			}
			p.WriteByte(';')
		}
		p.trailing(s.Extent().End)
		p.WriteByte('\n')
	}
}

func lastLine(s string) string { return s[strings.LastIndexByte(s, '\n')+1:] }

func (p *printer) stmt(s Stmt, margin string) {
	switch s := s.(type) {
	case *Let:
		p.WriteString("let " + name(s.Name) + " = ")
		if f, ok := s.Value.(*Func); ok {
			p.function(f, margin)
			return
		}
		p.top(s.Value, margin+indent)
	case *Set:
		p.WriteString("set " + name(s.Name))
		if s.Value != nil {
			p.WriteString(" = " + Text(s.Value))
		}
	case *ExprStmt:
		p.top(s.X, margin)
	case *Declare:
		p.WriteString("declare query_parameters(" + paramList(s.Params) + ")")
	case *DeclarePattern:
		p.pattern(s, margin)
	case *BadStmt:
		p.WriteString(s.Text)
	}
}

func (p *printer) function(f *Func, margin string) {
	p.WriteString(signature(f) + " {\n")
	p.query(f.Body, margin+indent)
	p.flush(f.End, margin+indent)
	p.WriteString(margin + "}")
}

func signature(f *Func) string {
	view := ""
	if f.View {
		view = "view "
	}
	return view + "(" + paramList(f.Params) + ")"
}

func paramList(list []*Param) string {
	params := make([]string, len(list))
	for i, a := range list {
		params[i] = name(a.Name) + ": "
		switch {
		case a.Type != nil:
			params[i] += a.Type.Text
		case len(a.Columns) == 0:
			params[i] += "(*)"
		default:
			params[i] += "(" + columnList(a.Columns) + ")"
		}
		if a.Default != nil {
			params[i] += " = " + Text(a.Default)
		}
	}
	return strings.Join(params, ", ")
}

// top prints an expression that has the page to itself: a pipeline gets a line a step.
func (p *printer) top(x Expr, margin string) {
	n, ok := x.(*Pipe)
	if !ok {
		p.WriteString(Text(x))
		return
	}
	first := true
	if n.Source != nil {
		p.WriteString(Text(n.Source))
		p.trailing(n.Source.Extent().End)
		first = false
	}
	for _, op := range n.Ops {
		if !first {
			p.flush(op.Extent().Start, margin)
			if !strings.HasSuffix(p.String(), "\n") {
				p.WriteByte('\n')
			}
			p.WriteString(margin)
		}
		if !first || n.Bare {
			p.WriteString("| ")
		}
		p.WriteString(operatorText(op, margin))
		p.trailing(op.Extent().End)
		first = false
	}
}

// operatorText prints a step on one line, or on several when it is long.
func operatorText(op Operator, margin string) string {
	line := opText(op, ", ")
	if len(margin)+len(line)+2 <= width {
		return line
	}
	switch op := op.(type) {
	case *Where:
		return "where " + logicalText(op.Cond, "\n"+margin+indent)
	case *GraphMatch:
		var w writer
		w.graphMatch(op, "\n"+margin+indent)
		return w.String()
	case *Extend, *Project, *ProjectAway, *ProjectKeep, *ProjectReorder, *ProjectRename, *Summarize, *Distinct, *Union, *Print:
		return opText(op, ",\n"+margin+indent)
	}
	return line
}

// logicalText breaks the outermost "and" or "or" of x.
func logicalText(x Expr, newline string) string {
	b, ok := x.(*Binary)
	if !ok || b.Op != "and" && b.Op != "or" {
		return Text(x)
	}
	var parts []string
	var rest Expr = b
	for {
		l, ok := rest.(*Binary)
		if !ok || l.Op != b.Op {
			break
		}
		parts = append(parts, Text(l.Y))
		rest = l.X
	}
	var out strings.Builder
	out.WriteString(Text(rest))
	for i := len(parts) - 1; i >= 0; i-- {
		out.WriteString(newline + b.Op + " " + parts[i])
	}
	return out.String()
}
