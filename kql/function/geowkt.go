package function

import (
	"strings"

	"github.com/glasswatch/glasswatch/kql/value"
)

// wktKinds are the geometries of well-known text: their GeoJSON names and how deep their coordinates nest.
var wktKinds = map[string]struct {
	name  string
	depth int
}{
	"POINT": {"Point", 0}, "LINESTRING": {"LineString", 1}, "POLYGON": {"Polygon", 2},
	"MULTIPOINT": {"MultiPoint", 1}, "MULTILINESTRING": {"MultiLineString", 2}, "MULTIPOLYGON": {"MultiPolygon", 3},
}

// geoTexts is geo_from_wkt.
func geoTexts() []Func {
	return []Func{one("geo_from_wkt", "A geometry in well-known text as GeoJSON; null for what is none.", Overload{Params: []Param{param("wkt", value.String)}, Returns: value.Dynamic, Eval: func(_ *Context, a []value.Value) value.Value {
		p := wkt{a[0].Text()}
		node, ok := p.geometry(0)
		if p.space(); !ok || p.rest != "" {
			return value.Null(value.Dynamic)
		}
		return value.NewDynamic(node)
	}}, example(`geo_from_wkt("LINESTRING (1 2, 3.5 4)")`, `{"type":"LineString","coordinates":[[1,2],[3.5,4]]}`), exampleNull(`geo_from_wkt("LINESTRING")`))}
}

// wkt reads well-known text.
type wkt struct{ rest string }

func (p *wkt) space() { p.rest = strings.TrimLeft(p.rest, " \t\r\n") }

func (p *wkt) take(c byte) bool {
	p.space()
	if p.rest == "" || p.rest[0] != c {
		return false
	}
	p.rest = p.rest[1:]
	return true
}

// word takes what runs up to a blank or a delimiter.
func (p *wkt) word() string {
	p.space()
	end := strings.IndexAny(p.rest, " \t\r\n(),")
	if end < 0 {
		end = len(p.rest)
	}
	word := p.rest[:end]
	p.rest = p.rest[end:]
	return word
}

func (p *wkt) geometry(depth int) (any, bool) {
	word := strings.ToUpper(p.word())
	if word == "GEOMETRYCOLLECTION" && depth < 8 {
		list, ok := p.list(func() (any, bool) { return p.geometry(depth + 1) })
		return bagOf("type", "GeometryCollection", "geometries", list).Tree(), ok
	}
	kind, ok := wktKinds[word]
	if !ok {
		return nil, false
	}
	var coordinates any
	if kind.depth == 0 {
		if !p.take('(') {
			return nil, false
		}
		if coordinates, ok = p.position(); !ok || !p.take(')') {
			return nil, false
		}
	} else if coordinates, ok = p.nested(kind.depth, word == "MULTIPOINT"); !ok {
		return nil, false
	}
	return bagOf("type", kind.name, "coordinates", coordinates).Tree(), true
}

// nested reads lists of positions in lists; each position of a multipoint may stand in parentheses of its own.
func (p *wkt) nested(depth int, loose bool) (any, bool) {
	return p.list(func() (any, bool) {
		if depth > 1 {
			return p.nested(depth-1, false)
		}
		if !loose || !p.take('(') {
			return p.position()
		}
		position, ok := p.position()
		return position, ok && p.take(')')
	})
}

func (p *wkt) list(element func() (any, bool)) ([]any, bool) {
	out := []any{}
	if !p.take('(') {
		return out, false
	}
	for {
		e, ok := element()
		if !ok {
			return out, false
		}
		out = append(out, e)
		if p.take(')') {
			return out, true
		}
		if !p.take(',') {
			return out, false
		}
	}
}

func (p *wkt) position() (any, bool) {
	x, ok := p.coordinate()
	y, ok2 := p.coordinate()
	return []any{x, y}, ok && ok2
}

func (p *wkt) coordinate() (any, bool) {
	v, ok := value.ParseJSON(p.word())
	if !ok {
		return nil, false
	}
	node := v.Tree()
	_, isNumber := nodeReal(node)
	return node, isNumber
}
