package function

import (
	"slices"

	"github.com/glasswatch/glasswatch/kql/value"
)

// geoIntersections are the functions of what a line has in common with a line or with a polygon.
func geoIntersections() []Func {
	first, second := param("lineString1", value.Dynamic), param("lineString2", value.Dynamic)
	area := param("polygon", value.Dynamic)
	const east = `dynamic({"type": "LineString", "coordinates": [[-10, 0], [10, 0]]})`
	const triangle = `dynamic({"type": "Polygon", "coordinates": [[[0, -10], [10, -10], [0, 10], [0, -10]]]})`
	return []Func{
		one("geo_intersection_2lines", "What two lines have in common: points, lines, or a collection of both.", Overload{Params: []Param{first, second}, Returns: value.Dynamic, Eval: func(_ *Context, a []value.Value) value.Value {
			x, ok := linesOf(a[0])
			y, ok2 := linesOf(a[1])
			if !ok || !ok2 {
				return value.Null(value.Dynamic)
			}
			return overlapOf(x, shape{lines: y}).geoJSON()
		}}, example(`geo_intersection_2lines(`+east+`, dynamic({"type": "LineString", "coordinates": [[0, -1], [0, 1]]}))`, `{"type":"Point","coordinates":[0.0,0.0]}`),
			example(`tostring(geo_intersection_2lines(`+east+`, `+east+`).type)`, "LineString"),
			exampleNull(`geo_intersection_2lines(`+east+`, `+triangle+`)`)),
		one("geo_intersection_line_with_polygon", "The parts of a line that lie in a polygon.", Overload{Params: []Param{first, area}, Returns: value.Dynamic, Eval: func(_ *Context, a []value.Value) value.Value {
			x, ok := linesOf(a[0])
			y, ok2 := polygonsOf(a[1])
			if !ok || !ok2 {
				return value.Null(value.Dynamic)
			}
			return overlapOf(x, shape{ringsOf(y), y}).geoJSON()
		}}, example(`tostring(geo_intersection_line_with_polygon(`+east+`, `+triangle+`).type)`, "LineString"),
			example(`geo_intersection_line_with_polygon(dynamic({"type": "LineString", "coordinates": [[20, 20], [30, 20]]}), `+triangle+`)`, `{"type":"GeometryCollection","geometries":[]}`)),
	}
}

// overlap is what two shapes have in common.
type overlap struct {
	points []vector
	lines  []path
}

// overlapOf follows the lines through the shape: a piece between two places where they meet lies on it or in it, or not.
func overlapOf(lines []path, s shape) overlap {
	var c overlap
	for _, l := range lines {
		var run path
		for i, b := range l[1:] {
			places := append(append([]vector{l[i]}, meetings(l[i], b, s.lines)...), b)
			for k, to := range places[1:] {
				from := places[k]
				switch inside := s.holds(from.add(to).unit()); {
				case inside && len(run) > 0:
					run = append(run, to)
				case inside:
					run = path{from, to}
				default:
					c.end(run)
					run = nil
					if k+2 < len(places) {
						c.points = append(c.points, to)
					}
				}
			}
		}
		c.end(run)
	}
	c.tidy(lines, s)
	return c
}

func (c *overlap) end(run path) {
	if len(run) > 1 {
		c.lines = append(c.lines, run)
	}
}

// meetings are the places between a and b where the segment meets one of the lines, in order.
func meetings(a, b vector, lines []path) []vector {
	var out []vector
	for _, l := range lines {
		for j, d := range l[1:] {
			c := l[j]
			n, m := a.cross(b), c.cross(d)
			if n.dot(c)*n.dot(d) < 0 && m.dot(a)*m.dot(b) < 0 && segmentsMeet(a, b, c, d) {
				at := n.unit().product(m.unit()).unit()
				if at.dot(a.add(b)) < 0 {
					at = at.scale(-1)
				}
				out = append(out, at)
				continue
			}
			out = append(out, endsOn(arc{a, b}, arc{c, d})...)
		}
	}
	slices.SortFunc(out, func(p, q vector) int {
		switch d := a.angle(p) - a.angle(q); {
		case d < 0:
			return -1
		case d > 0:
			return 1
		}
		return 0
	})
	return slices.DeleteFunc(slices.Compact(out), func(p vector) bool { return p == a || p == b })
}

// holds reports a point that lies in the areas of a shape or on its lines.
func (s shape) holds(p vector) bool {
	return inAny(p, s.areas) || p.angle(nearestOn(p, s.lines)) < nearby
}

// tidy adds the points of the lines that only touch the shape, and takes away those that lie on a common line.
func (c *overlap) tidy(lines []path, s shape) {
	for _, l := range lines {
		for _, p := range l {
			if s.holds(p) {
				c.points = append(c.points, p)
			}
		}
	}
	var out []vector
	for _, p := range c.points {
		same := func(q vector) bool { return p.angle(q) < nearby }
		if !slices.ContainsFunc(out, same) && (len(c.lines) == 0 || p.angle(nearestOn(p, c.lines)) >= nearby) {
			out = append(out, p)
		}
	}
	c.points = out
}

// geoJSON is a point, a line, several of one kind, or a collection.
func (c overlap) geoJSON() value.Value {
	var points, lines []any
	for _, p := range c.points {
		points = append(points, p.position())
	}
	for _, l := range c.lines {
		var line []any
		for _, p := range l {
			line = append(line, p.position())
		}
		lines = append(lines, line)
	}
	both := []any{}
	for _, g := range []value.Value{several("Point", points), several("LineString", lines)} {
		if !g.IsNull() {
			both = append(both, g.Tree())
		}
	}
	if len(both) == 1 {
		return value.NewDynamic(both[0])
	}
	return bagOf("type", "GeometryCollection", "geometries", both)
}

// several is one geometry of a kind or the Multi of it; null for none.
func several(kind string, coordinates []any) value.Value {
	switch len(coordinates) {
	case 0:
		return value.Null(value.Dynamic)
	case 1:
		return bagOf("type", kind, "coordinates", coordinates[0])
	}
	return bagOf("type", "Multi"+kind, "coordinates", coordinates)
}
