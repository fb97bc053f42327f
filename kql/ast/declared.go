package ast

import "github.com/glasswatch/glasswatch/kql/token"

// DeclarePattern is declare pattern Name = (Params)[Path] { Cases }, which maps tuples of texts to tables; Path may be nil, and
// a pattern without definition has neither Params nor Cases.
type DeclarePattern struct {
	token.Span
	Name   *Name
	Params []*Param
	Path   *Param
	Cases  []*PatternCase
}

// PatternCase is (Args).[Path] = { Body }; Path may be nil.
type PatternCase struct {
	token.Span
	Args []Expr
	Path Expr
	Body *Query
}

func (*DeclarePattern) stmt() {}

func (p *printer) pattern(d *DeclarePattern, margin string) {
	p.WriteString("declare pattern " + name(d.Name))
	if d.Params == nil {
		return
	}
	p.WriteString(" = (" + paramList(d.Params) + ")")
	if d.Path != nil {
		p.WriteString("[" + paramList([]*Param{d.Path}) + "]")
	}
	p.WriteString(" {\n")
	for _, c := range d.Cases {
		p.WriteString(margin + indent + "(")
		for i, a := range c.Args {
			if i > 0 {
				p.WriteString(", ")
			}
			p.WriteString(Text(a))
		}
		p.WriteString(")")
		if c.Path != nil {
			p.WriteString(".[" + Text(c.Path) + "]")
		}
		p.WriteString(" = {\n")
		p.query(c.Body, margin+indent+indent)
		p.flush(c.Body.End, margin+indent+indent)
		p.WriteString(margin + indent + "};\n")
	}
	p.WriteString(margin + "}")
}
