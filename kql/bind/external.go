package bind

import (
	"strings"

	"github.com/glasswatch/glasswatch/kql/ast"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// externalFormats are the formats that externaldata is read in.
var externalFormats = []string{"csv", "tsv", "psv", "scsv", "sohsv", "json", "multijson", "txt", "raw"}

// external binds externaldata. Nothing is fetched here.
func (b *binder) external(x *ast.External, e env) plan.Node {
	cols, ok := b.declared(x.Columns)
	if !ok {
		return nil
	}
	n := &plan.External{Cols: cols}
	for _, u := range x.URIs {
		bound := b.expr(u, env{names: e.names})
		if isBroken(bound) {
			return nil
		}
		v, ok := constant(bound)
		if !ok || v.Type() != value.String {
			b.errorf(u.Extent(), "KS120", "", "an address of externaldata must be a constant string")
			return nil
		}
		n.URIs = append(n.URIs, v.Text())
	}
	if !b.externalOptions(x, n) {
		return nil
	}
	if n.Format == "" {
		n.Format = formatOf(n.URIs)
	}
	return n
}

func (b *binder) externalOptions(x *ast.External, n *plan.External) bool {
	for _, o := range x.Options {
		text, s := optionText(o)
		switch strings.ToLower(o.Name) {
		case "format":
			n.Format = strings.ToLower(text)
			if !containsName(externalFormats, n.Format) {
				b.errorf(s, "GW020", "the formats are "+strings.Join(externalFormats, ", "), "externaldata does not read the format %q", text)
				return false
			}
		case "ignorefirstrecord":
			n.IgnoreFirst = strings.EqualFold(text, "true")
		case "encoding":
			if !strings.EqualFold(text, "utf-8") && !strings.EqualFold(text, "utf8") {
				b.errorf(s, "GW020", "", "externaldata reads UTF-8 only")
				return false
			}
		default:
			b.errorf(o.Span, "GW020", "", "externaldata has no option %s here", o.Name)
			return false
		}
	}
	return true
}

// formatOf guesses the format by the ending of the first address, csv where it says nothing.
func formatOf(uris []string) string {
	if len(uris) == 0 {
		return "csv"
	}
	path, _, _ := strings.Cut(uris[0], "?")
	path, _, _ = strings.Cut(path, ";")
	path = strings.TrimSuffix(strings.TrimSuffix(strings.ToLower(path), ".gz"), ".gzip")
	if i := strings.LastIndexByte(path, '.'); i >= 0 && containsName(externalFormats, path[i+1:]) {
		return path[i+1:]
	}
	return "csv"
}
