package bind

import (
	"regexp"
	"strings"

	"github.com/glasswatch/glasswatch/kql/ast"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/token"
	"github.com/glasswatch/glasswatch/kql/value"
)

// parse binds parse and parse-where. The language does not say so in words, but its examples do: a pattern describes the
// whole text, so that one without a star at its end matches a text that ends there.
func (b *binder) parse(op *ast.Parse, in plan.Node, e env) plan.Node {
	kind, flags, ok := b.parseOptions(op)
	if !ok {
		return nil
	}
	x := b.convert(b.expr(op.X, e.with(in.Columns())), value.String, op.X.Extent())
	n := &plan.Parse{Input: in, X: x, Kind: kind, Where: op.Where, Cols: append([]plan.Column(nil), in.Columns()...)}
	p := &pattern{b: b, kind: kind, parts: op.Parts, declared: map[string]bool{}}
	if !p.write(n) {
		return nil
	}
	n.Regex = `\A(?s:` + p.text.String() + `)\z`
	if kind == plan.ParseRegex {
		n.Regex = `\A(?` + flags + `:` + p.text.String() + `)\z`
	}
	if _, err := regexp.Compile(n.Regex); err != nil {
		b.errorf(op.Span, "GW052", "", "the pattern is not a regular expression: %s", strings.TrimPrefix(err.Error(), "error parsing regexp: "))
		return nil
	}
	if isBroken(x) || !b.grown(len(n.Fields)+1, op.Span) {
		return nil
	}
	return n
}

func (b *binder) parseOptions(op *ast.Parse) (kind plan.ParseKind, flags string, ok bool) {
	for _, o := range op.Options {
		text, s := optionText(o)
		switch o.Name {
		case "kind":
			switch text {
			case "simple":
			case "relaxed":
				kind = plan.ParseRelaxed
			case "regex":
				kind = plan.ParseRegex
			default:
				b.errorf(s, "KS005", "", "expected simple, regex or relaxed, got %q", text)
				return kind, "", false
			}
		case "flags":
			if strings.Trim(text, "imsU") != "" {
				b.errorf(s, "GW020", "the flags are i, m, s and U", "the flags %q are not supported", text)
				return kind, "", false
			}
			flags = text
		default:
			b.errorf(o.Span, "KS198", "", "parse has no option %s", o.Name)
			return kind, "", false
		}
	}
	return kind, flags, true
}

// pattern turns the parts of a parse into a regular expression.
type pattern struct {
	b        *binder
	kind     plan.ParseKind
	parts    []ast.ParsePart
	declared map[string]bool
	text     strings.Builder
}

// write adds fields and columns to n; false after an error.
func (p *pattern) write(n *plan.Parse) bool {
	for i, part := range p.parts {
		before := ast.ParsePart{Text: &ast.Literal{}}
		if i > 0 {
			before = p.parts[i-1]
		}
		switch {
		case part.Star:
			if !p.starMay(before) {
				return false
			}
			p.text.WriteString(".*?")
		case part.Text != nil:
			text := part.Text.(*ast.Literal).Value.Text()
			if p.kind == plan.ParseRegex {
				p.text.WriteString(withoutGroups(text))
				continue
			}
			p.text.WriteString(regexp.QuoteMeta(text))
			if text != "" {
				n.Texts = append(n.Texts, text)
			}
		default:
			if before.Column != nil {
				p.b.errorf(part.Column.Span, "KS101", "", "a text must stand between two columns")
				return false
			}
			if !p.column(n, i) {
				return false
			}
		}
	}
	return true
}

// starMay reports a star where the end of what is before it would be open.
func (p *pattern) starMay(before ast.ParsePart) bool {
	switch {
	case before.Star:
		p.b.errorf(p.near(before), "KS102", "", "a text must follow a *")
	case before.Column != nil && p.typeOf(before) == value.String:
		p.b.errorf(before.Column.Span, "KS103", "write a text between them", "where %s ends is open before a *", before.Column.Text)
	case before.Column != nil && p.kind != plan.ParseRegex && shape(p.typeOf(before)) == "":
		p.b.errorf(before.Column.Span, "GW020", "write a text between them", "a %s before a * is not supported", p.typeOf(before))
	default:
		return true
	}
	return false
}

// near is a place beside a star, which has none of its own.
func (p *pattern) near(ast.ParsePart) token.Span {
	for _, part := range p.parts {
		switch {
		case part.Column != nil:
			return part.Column.Span
		case part.Text != nil:
			return part.Text.Extent()
		}
	}
	return token.Span{}
}

// typeOf is the type of a column, string without one, Invalid for a name that is none.
func (p *pattern) typeOf(part ast.ParsePart) value.Type {
	if part.Type == nil {
		return value.String
	}
	t, _ := value.ParseType(part.Type.Text)
	return t
}

// column adds the group of part i and its column, which takes the place of one with the same name.
func (p *pattern) column(n *plan.Parse, i int) bool {
	part := p.parts[i]
	typ, name := p.typeOf(part), part.Column.Text
	switch {
	case typ == value.Invalid:
		p.b.errorf(part.Type.Span, "KS160", "", "%q is not a type", part.Type.Text)
		return false
	case p.declared[name]:
		p.b.errorf(part.Column.Span, "KS171", "give one of them another name", "a column with the name %q is already declared", name)
		return false
	}
	p.declared[name] = true
	last := i == len(p.parts)-1
	star := !last && p.parts[i+1].Star
	p.text.WriteString(group(typ, p.kind, last, star))
	var at int
	n.Cols, at = placed(n.Cols, name, typ)
	n.Fields = append(n.Fields, plan.ParseField{Column: at, Type: typ})
	return true
}

// placed puts a column in the place of one with its name, else behind the others.
func placed(cols []plan.Column, name string, typ value.Type) ([]plan.Column, int) {
	c := plan.Column{Name: name, Type: typ}
	if i := find(cols, name); i >= 0 {
		cols[i] = c
		return cols, i
	}
	return append(cols, c), len(cols)
}

// group is the expression of a column. A number is read as far as it goes; what has no such shape ends before the next
// text, or, in a pattern of regular expressions, at the last place at which that follows.
func group(t value.Type, kind plan.ParseKind, last, star bool) string {
	s := shape(t)
	number := t >= value.Int && t <= value.Decimal
	switch {
	case kind == plan.ParseRegex && number:
		return "((?-U:" + s + "))"
	case kind == plan.ParseRegex || last && !number:
		return "(.*)"
	case kind == plan.ParseRelaxed && star:
		return `\s*(` + s + "|)"
	case kind == plan.ParseRelaxed && last:
		return "(.*)"
	case kind == plan.ParseRelaxed || !star && !number:
		return "(.*?)"
	}
	return `\s*(` + s + ")"
}

// shape is a regular expression of the texts of a type, "" where they have none that says where they end.
func shape(t value.Type) string {
	const clock = `\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?`
	switch t {
	case value.Int, value.Long:
		return `[-+]?\d+`
	case value.Real, value.Decimal:
		return `[-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?`
	case value.Bool:
		return `(?i:true|false)|\d+`
	case value.GUID:
		return `[0-9a-fA-F]{8}-?(?:[0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}`
	case value.DateTime:
		return `\d{4}-\d{1,2}-\d{1,2}(?:[T ]` + clock + `)?(?:Z|[-+]\d{2}:\d{2})?|\d{1,2}/\d{1,2}/\d{4}(?: ` + clock + `(?: ?[AaPp][Mm])?)?`
	case value.TimeSpan:
		return `-?(?:(?:\d+\.)?` + clock + `|\d+(?:\.\d+)?(?:d|h|m|s|ms|microsecond|tick)?)`
	}
	return ""
}

// withoutGroups turns the groups of a regular expression into ones that capture nothing.
func withoutGroups(re string) string {
	var out strings.Builder
	class := false
	for i := 0; i < len(re); i++ {
		c := re[i]
		out.WriteByte(c)
		switch {
		case c == '\\' && i+1 < len(re):
			i++
			out.WriteByte(re[i])
		case class:
			class = c != ']'
		case c == '[':
			class = true
			if rest := re[i+1:]; strings.HasPrefix(rest, "]") || strings.HasPrefix(rest, "^]") { // a bracket of its own
				n := strings.IndexByte(rest, ']') + 1
				out.WriteString(rest[:n])
				i += n
			}
		case c == '(':
			rest := re[i+1:]
			if name := groupName.FindString(rest); name != "" {
				i += len(name)
			} else if strings.HasPrefix(rest, "?") {
				continue
			}
			out.WriteString("?:")
		}
	}
	if strings.Contains(re, "|") {
		return "(?:" + out.String() + ")"
	}
	return out.String()
}

var groupName = regexp.MustCompile(`^\?P?<\w+>`)
