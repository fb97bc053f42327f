package bind

import (
	"regexp"
	"unicode/utf8"

	"github.com/glasswatch/glasswatch/kql/ast"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// parseKV binds parse-kv.
func (b *binder) parseKV(op *ast.ParseKV, in plan.Node, e env) plan.Node {
	x := b.convert(b.expr(op.X, e.with(in.Columns())), value.String, op.X.Extent())
	n := &plan.ParseKV{Input: in, X: x, Cols: append([]plan.Column(nil), in.Columns()...)}
	declared := map[string]bool{}
	for _, c := range op.Columns {
		typ, ok := value.ParseType(c.Type.Text)
		switch {
		case !ok:
			b.errorf(c.Type.Span, "KS160", "", "%q is not a type", c.Type.Text)
			return nil
		case declared[c.Name.Text]:
			b.errorf(c.Name.Span, "KS171", "", "a column with the name %q is already declared", c.Name.Text)
			return nil
		}
		declared[c.Name.Text] = true
		var at int
		n.Cols, at = placed(n.Cols, c.Name.Text, typ)
		n.Fields = append(n.Fields, plan.KVField{Key: c.Name.Text, Column: at, Type: typ})
	}
	if !b.kvOptions(op, n) || isBroken(x) || !b.grown(len(n.Fields)+1, op.Span) {
		return nil
	}
	return n
}

func (b *binder) kvOptions(op *ast.ParseKV, n *plan.ParseKV) bool {
	given := map[string]bool{}
	for _, o := range op.Options {
		text, s := optionText(o)
		lit, ok := o.Value.(*ast.Literal)
		want := value.String
		if o.Name == "greedy" {
			want = value.Bool
		}
		if !ok || lit.Value.Type() != want {
			b.errorf(s, "KS222", "", "%s must be a constant %s", o.Name, want)
			return false
		}
		if given[o.Name] && o.Name != "quote" && o.Name != "escape" {
			b.errorf(o.Span, "KS180", "", "%s is given twice", o.Name)
			return false
		}
		given[o.Name] = true
		if !b.kvOption(o, text, n) {
			return false
		}
	}
	if given["pair_delimiter"] != given["kv_delimiter"] {
		b.errorf(op.Span, "GW020", "give both pair_delimiter and kv_delimiter, or none", "parse-kv with one delimiter alone is not supported")
		return false
	}
	if given["regex"] && len(given) > 1 {
		b.errorf(op.Span, "GW020", "", "parse-kv with regex has no other option")
		return false
	}
	return true
}

// kvOption takes one option; its value has the right type.
func (b *binder) kvOption(o *ast.Option, text string, n *plan.ParseKV) bool {
	s := o.Value.Extent()
	switch size := utf8.RuneCountInString(text); {
	case text == "":
		b.errorf(s, "GW052", "", "%s must not be empty", o.Name)
		return false
	case o.Name == "pair_delimiter":
		n.Pair = text
	case o.Name == "kv_delimiter":
		n.KV = text
	case o.Name == "greedy":
		n.Greedy = text == "true"
	case o.Name == "quote" && size <= 2:
		r := []rune(text)
		n.Quotes = append(n.Quotes, plan.KVQuote{Open: r[0], Close: r[size-1]})
	case o.Name == "escape" && size == 1:
		n.Escapes += text
	case o.Name == "quote" || o.Name == "escape":
		b.errorf(s, "GW052", "", "%s has too many characters", o.Name)
		return false
	case o.Name == "regex":
		re, err := regexp.Compile(text)
		if err != nil || re.NumSubexp() != 2 {
			b.errorf(s, "GW052", "", "regex must be a regular expression with two groups, the key and the value")
			return false
		}
		n.Regex = text
	default:
		b.errorf(o.Span, "KS198", "", "parse-kv has no option %s", o.Name)
		return false
	}
	return true
}
