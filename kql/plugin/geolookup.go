package plugin

import (
	"slices"

	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/value"
)

// geoLineLookup: https://learn.microsoft.com/kusto/query/geo-line-lookup-plugin
func geoLineLookup() Plugin {
	p := geoLookup("geo_line_lookup", "LookupLineKey", false)
	p.Doc = "Joins locations with the lines of a table that are within a distance in metres. " + p.Doc
	p.Examples = []Example{{
		`let roads = datatable(road: string, line: dynamic)["A", dynamic({"type": "LineString", "coordinates": [[0, 0], [1, 0]]})];
datatable(place: string, lon: real, lat: real)["near", 0.5, 0.001, "far", 0.5, 1.0] | evaluate geo_line_lookup(roads, line, lon, lat, 200)`,
		"place: string|lon: real|lat: real|road: string\nnear|0.5|0.001|A"}}
	return p
}

// geoPolygonLookup: https://learn.microsoft.com/kusto/query/geo-polygon-lookup-plugin
func geoPolygonLookup() Plugin {
	p := geoLookup("geo_polygon_lookup", "LookupPolygonKey", true)
	p.Params[4].Optional = true
	p.Doc = "Joins locations with the polygons of a table that hold them, or with a radius are within so many metres. " + p.Doc
	p.Examples = []Example{{
		`let areas = datatable(area: string, shape: dynamic)["A", dynamic({"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]]})];
datatable(place: string, lon: real, lat: real)["in", 0.5, 0.5, "out", 2.0, 0.5] | evaluate geo_polygon_lookup(areas, shape, lon, lat, return_unmatched = true)`,
		"place: string|lon: real|lat: real|area: string\nin|0.5|0.5|A\nout|2|0.5|"}}
	return p
}

// geoLookup is what the two have in common.
func geoLookup(name, key string, closed bool) Plugin {
	number := []value.Type{value.Real, value.Long, value.Int, value.Decimal}
	flag := []value.Type{value.Bool}
	columns := func(c *Call) []Column {
		return uniqueNames(append(slices.Clone(c.Input), c.geoColumns(key)...))
	}
	return Plugin{
		Name: name,
		Doc: "The earth is a sphere, and edges are geodesics. Rows without a match are dropped, unless return_unmatched is true; the shape itself is returned with return_lookup_key. " +
			"lookup_area_radius has no effect.",
		Params: []Param{{Name: "LookupTable", Kind: Table}, {Name: key, Kind: LookupReference, Types: []value.Type{value.Dynamic}},
			{Name: "SourceLongitude", Kind: Reference, Types: number}, {Name: "SourceLatitude", Kind: Reference, Types: number},
			{Name: "radius", Types: number}, {Name: "return_unmatched", Types: flag, Optional: true},
			{Name: "lookup_area_radius", Types: number, Optional: true}, {Name: "return_lookup_key", Types: flag, Optional: true}},
		Schema: func(c *Call) ([]Column, bool, error) {
			if c.real("radius", 0) < 0 {
				return nil, false, errorf("the radius is 0 or more")
			}
			return columns(c), false, nil
		},
		Each: func(ctx *function.Context, c *Call, tables map[int][][]value.Value) EachRow {
			return c.geoMatches(ctx, tables[c.position("LookupTable")], key, closed)
		},
	}
}

// geoKept are the positions of the columns of the lookup table that are returned.
func (c *Call) geoKept(key string) []int {
	var out []int
	with, _ := c.constant("return_lookup_key")
	for i := range c.Arg("LookupTable").Table {
		if with.Bool() || i != c.Arg(key).Lookup {
			out = append(out, i)
		}
	}
	return out
}

func (c *Call) geoColumns(key string) []Column {
	var out []Column
	for _, i := range c.geoKept(key) {
		out = append(out, c.Arg("LookupTable").Table[i])
	}
	return out
}

func (c *Call) geoMatches(ctx *function.Context, table [][]value.Value, key string, closed bool) EachRow {
	read := function.NewLine
	if closed {
		read = function.NewPolygon
	}
	shapes := make([]*function.Shape, len(table))
	for i, row := range table {
		shapes[i], _ = read(row[c.Arg(key).Lookup])
	}
	radius := c.real("radius", 0)
	unmatched, _ := c.constant("return_unmatched")
	keep, columns := c.geoKept(key), c.geoColumns(key)
	lng, lat := c.Arg("SourceLongitude"), c.Arg("SourceLatitude")
	toLng, toLat := converter(ctx, lng.Type, value.Real), converter(ctx, lat.Type, value.Real)
	return func(row []value.Value, emit func([]value.Value)) {
		found := false
		add := func(cell func(i int) value.Value) {
			joined := append(make([]value.Value, 0, len(c.Input)+len(keep)), row[:len(c.Input)]...)
			for i := range keep {
				joined = append(joined, cell(i))
			}
			emit(joined)
		}
		x, y := toLng(row[lng.Column]), toLat(row[lat.Column])
		if !x.IsNull() && !y.IsNull() {
			for i, s := range shapes {
				if s == nil || c.Arg("radius") == nil && !s.Contains(x.Real(), y.Real()) ||
					c.Arg("radius") != nil && !s.Within(x.Real(), y.Real(), radius) {
					continue
				}
				add(func(k int) value.Value { return table[i][keep[k]] })
				found = true
			}
		}
		if !found && unmatched.Bool() {
			add(func(k int) value.Value { return value.Null(columns[k].Type) })
		}
	}
}
