package parser

import (
	"github.com/glasswatch/glasswatch/kql/ast"
	"github.com/glasswatch/glasswatch/kql/token"
)

// graph reads the operators that make graphs and read them; nil for one that is not known. One with an error is dropped: what
// it lacks would be complained about again.
func (p *parser) graph(name string, s token.Span) ast.Operator {
	op := p.graphOperator(name, s)
	if op != nil && p.failed {
		return &ast.BadOperator{Span: p.until(s)}
	}
	return op
}

func (p *parser) graphOperator(name string, s token.Span) ast.Operator {
	switch name {
	case "make-graph":
		return p.makeGraph(s)
	case "graph-match", "graph-shortest-paths":
		return p.graphMatch(name, s)
	case "graph-mark-components":
		n := &ast.GraphComponents{Options: p.graphOptions("kind", "with_component_id")}
		n.Span = p.until(s)
		return n
	case "graph-to-table":
		return p.graphTable(s)
	case "graph-where-nodes", "graph-where-edges":
		n := &ast.GraphWhere{Edges: name == "graph-where-edges", Cond: p.expr()}
		n.Span = p.until(s)
		return n
	}
	return nil
}

// graphOptions reads name=value pairs, as long as a name is one of names.
func (p *parser) graphOptions(names ...string) []*ast.Option {
	var out []*ast.Option
next:
	for !p.failed && p.ahead(1).Kind == token.Assign {
		for _, name := range names {
			if p.word(name) {
				out = append(out, p.property())
				continue next
			}
		}
		break
	}
	return out
}

// makeGraph reads Source --> Target with Table on ID, ... with_node_id=Name partitioned-by Column (operators).
func (p *parser) makeGraph(s token.Span) ast.Operator {
	n := &ast.MakeGraph{Options: p.options(), Source: p.name("the column with the source of an edge")}
	n.Undirected = p.arrow()
	n.Target = p.name("the column with the target of an edge")
	switch {
	case p.acceptWord("with"):
		for !p.failed {
			n.Nodes = append(n.Nodes, p.graphNodes())
			if !p.accept(token.Comma) {
				break
			}
		}
	case p.acceptWord("with_node_id"):
		p.expect(token.Assign)
		n.NodeID = p.name("a column name")
	}
	if name, size := p.operatorName(); name == "partitioned-by" && !p.failed {
		p.pos += size
		n.By = p.name("a column name")
		p.expect(token.LeftParen)
		n.Body = p.subpipe(token.RightParen)
		p.expect(token.RightParen)
	}
	n.Span = p.until(s)
	return n
}

// arrow reads --> between two columns, or -- without a direction.
func (p *parser) arrow() (undirected bool) {
	if t := p.peek(); !p.failed && (t.Kind != token.Minus || p.ahead(1).Kind != token.Minus) {
		p.errorf("KS005", t.Span, "write make-graph Source --> Target", "expected -->, got %s", p.describe(t))
	}
	p.expect(token.Minus)
	p.expect(token.Minus)
	return !p.accept(token.Greater)
}

func (p *parser) graphNodes() *ast.GraphNodes {
	n := &ast.GraphNodes{Span: p.peek().Span, Table: p.path()}
	if t := p.peek(); !p.failed && !p.word("on") {
		p.errorf("KS005", t.Span, "name the column with the ids of the nodes: on Column; operators on the table stand in parentheses",
			"expected on after the table of nodes, got %s", p.describe(t))
	}
	p.acceptWord("on")
	n.ID = p.name("a column name")
	n.Span = p.until(n.Span)
	return n
}

// graphMatch reads a pattern, where Condition, and project Columns.
func (p *parser) graphMatch(name string, s token.Span) ast.Operator {
	n := &ast.GraphMatch{Shortest: name == "graph-shortest-paths", Options: p.graphOptions("cycles", "output")}
	for !p.failed {
		n.Pattern = append(n.Pattern, p.sequence())
		if !p.accept(token.Comma) {
			break
		}
	}
	if p.acceptWord("where") {
		n.Where = p.expr()
	}
	if p.acceptWord("project") {
		n.Project = p.list(token.EOF, p.namedExpr)
	}
	n.Span = p.until(s)
	return n
}

// sequence reads nodes with edges between them: (a)-[e]->(b)--(c).
func (p *parser) sequence() []*ast.PatternElement {
	out := []*ast.PatternElement{p.patternNode()}
	for !p.failed {
		t := p.peek()
		if t.Kind != token.Minus && t.Kind != token.Less || !p.chained(len(out), MaxChain) {
			break
		}
		out = append(out, p.patternEdge(), p.patternNode())
	}
	return out
}

func (p *parser) patternNode() *ast.PatternElement {
	start := p.peek()
	if start.Kind != token.LeftParen {
		p.errorf("KS238", start.Span, "write (name) or ()", "expected a node of the pattern, got %s", p.describe(start))
		return &ast.PatternElement{Span: p.here()}
	}
	p.next()
	x := &ast.PatternElement{Name: p.elementName(token.RightParen)}
	p.expect(token.RightParen)
	x.Span = p.until(start.Span)
	return x
}

// elementName reads the name of a node or an edge, nil where end or the range of an edge stands.
func (p *parser) elementName(end token.Kind) *ast.Name {
	if t := p.peek(); p.failed || t.Kind == end || t.Kind == token.Star {
		return nil
	}
	name := p.name("a name for the element of the pattern")
	if t := p.peek(); t.Kind == token.Colon && !p.failed {
		p.errorf("KS005", t.Span, "test a property: where "+name.Text+`.Property == "..."`, "an element of a pattern has no label here")
	}
	return name
}

// patternEdge reads --, -->, <--, -[name]-, -[name*1..3]-> and their like.
func (p *parser) patternEdge() *ast.PatternElement {
	start := p.peek()
	x := &ast.PatternElement{Edge: true, Left: p.accept(token.Less)}
	if t := p.peek(); t.Kind == token.Minus && p.ahead(1).Kind == token.Greater {
		p.errorf("KS005", t.Span, "write -->, or -[name]->", "an edge without a name has two dashes")
	}
	p.expect(token.Minus)
	if p.accept(token.LeftBracket) {
		x.Name = p.elementName(token.RightBracket)
		if star := p.peek(); p.accept(token.Star) {
			p.edgeRange(x, star)
		}
		p.expect(token.RightBracket)
	}
	p.expect(token.Minus)
	x.Right = p.accept(token.Greater)
	x.Span = p.until(start.Span)
	return x
}

// edgeRange reads the least and the greatest length of an edge, the star before them being read.
func (p *parser) edgeRange(x *ast.PatternElement, star token.Token) {
	const hint = "write the least and the greatest length: *1..3"
	if t := p.peek(); t.Kind == token.RightBracket || t.Kind == token.DotDot {
		p.errorf("KS006", star.Span.To(t.Span), hint, "the length of the edge is missing")
		return
	}
	x.Min = p.additive()
	if t := p.peek(); !p.failed && (t.Kind != token.DotDot || p.ahead(1).Kind == token.RightBracket) {
		p.errorf("KS005", t.Span, hint, "the greatest length of the edge is missing")
	}
	p.expect(token.DotDot)
	x.Max = p.additive()
}

// graphTable reads nodes as Name with_node_id=Name, edges as Name with_source_id=Name with_target_id=Name.
func (p *parser) graphTable(s token.Span) ast.Operator {
	n := &ast.GraphTable{}
	for !p.failed {
		t := p.peek()
		o := &ast.GraphOutput{Edges: p.acceptWord("edges")}
		if !o.Edges && !p.acceptWord("nodes") {
			p.errorf("KS229", t.Span, "", "expected nodes or edges, got %s", p.describe(t))
		}
		const node, source, target = "with_node_id", "with_source_id", "with_target_id"
		o.Options = p.graphOptions(node, source, target)
		if p.acceptWord("as") {
			o.As = p.name("a name for the table")
		}
		o.Options = append(o.Options, p.graphOptions(node, source, target)...)
		o.Span = p.until(t.Span)
		n.Outputs = append(n.Outputs, o)
		if !p.accept(token.Comma) {
			break
		}
	}
	n.Span = p.until(s)
	return n
}
