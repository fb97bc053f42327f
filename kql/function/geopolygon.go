package function

import (
	"math"

	"github.com/glasswatch/glasswatch/kql/value"
)

// geoPolygons are the functions of polygons on the sphere, whose edges are the shortest ways between their points; what
// is no valid polygon gives null.
func geoPolygons() []Func {
	area := param("polygon", value.Dynamic)
	const triangle = `dynamic({"type": "Polygon", "coordinates": [[[0, 0], [10, 0], [0, 10], [0, 0]]]})`
	toPolygons := func(result value.Type, f func(p vector, polygons []polygon) value.Value) func(*Context, []value.Value) value.Value {
		return func(_ *Context, a []value.Value) value.Value {
			p, ok := pointAt(a, 0)
			polygons, ok2 := polygonsOf(a[2])
			if !ok || !ok2 {
				return value.Null(result)
			}
			return f(p, polygons)
		}
	}
	return []Func{
		one("geo_point_in_polygon", "Whether a point lies in a polygon or multipolygon.", Overload{Params: append(coordinates(""), area), Returns: value.Bool,
			Eval: toPolygons(value.Bool, func(p vector, polygons []polygon) value.Value { return boolean(inAny(p, polygons)) })},
			example(`geo_point_in_polygon(1, 1, `+triangle+`)`, "true"), example(`geo_point_in_polygon(9, 9, `+triangle+`)`, "false"), example(`geo_point_in_polygon(-179, -1, `+triangle+`)`, "false"), exampleNull(`geo_point_in_polygon(200, 1, `+triangle+`)`)),
		one("geo_distance_point_to_polygon", "The shortest distance of a point to a polygon in metres; 0 for a point in it.", Overload{Params: append(coordinates(""), area), Returns: value.Real,
			Eval: toPolygons(value.Real, func(p vector, polygons []polygon) value.Value {
				if inAny(p, polygons) {
					return value.NewReal(0)
				}
				return value.NewReal(earthRadius * p.angle(nearestOn(p, ringsOf(polygons))))
			})}, example(`geo_distance_point_to_polygon(1, 1, `+triangle+`)`, "0"), example(`geo_distance_point_to_polygon(5, -90, `+triangle+`)`, "10007559.105973555")),
		one("geo_closest_point_on_polygon", "The point of a polygon's border that is closest to a point.", Overload{Params: append(coordinates(""), area), Returns: value.Dynamic,
			Eval: toPolygons(value.Dynamic, func(p vector, polygons []polygon) value.Value { return nearestOn(p, ringsOf(polygons)).geoJSON() })},
			example(`geo_closest_point_on_polygon(-5, -5, `+triangle+`)`, `{"type":"Point","coordinates":[0.0,0.0]}`)),
		one("geo_intersects_2lines", "Whether two lines have a point in common.", crossing(linePaths, linePaths), example(`geo_intersects_2lines(dynamic({"type": "LineString", "coordinates": [[0, -1], [0, 1]]}), dynamic({"type": "LineString", "coordinates": [[-1, 0], [1, 0]]}))`, "true")),
		one("geo_intersects_line_with_polygon", "Whether a line and a polygon have a point in common.", crossing(linePaths, polygonPaths), example(`geo_intersects_line_with_polygon(dynamic({"type": "LineString", "coordinates": [[1, 1], [2, 2]]}), `+triangle+`)`, "true")),
		one("geo_intersects_2polygons", "Whether two polygons have a point in common.", crossing(polygonPaths, polygonPaths), example(`geo_intersects_2polygons(`+triangle+`, `+triangle+`)`, "true")),
	}
}

// solid is a triangle's signed solid angle, positive when it turns counterclockwise seen from outside.
func solid(a, b, c vector) float64 {
	return 2 * math.Atan2(a.dot(b.sub(a).product(c.sub(a))), 1+a.dot(b)+b.dot(c)+c.dot(a))
}

// turn is 1 for a ring that turns counterclockwise round the smaller part of the sphere, -1 for one that turns the other
// way, 0 for one without area.
func (l path) turn() int {
	sum := 0.0
	for i := 1; i+2 < len(l); i++ {
		sum += solid(l[0], l[i], l[i+1])
	}
	sum = math.Remainder(sum, 4*math.Pi)
	switch {
	case math.Abs(sum) < 1e-18:
		return 0
	case sum > 0:
		return 1
	}
	return -1
}

// winds reports a point in the part of the sphere on the left of a ring: seen from there the ring goes round once.
func (l path) winds(p vector) bool {
	sum := 0.0
	for i, b := range l[1:] {
		a := l[i]
		if p == a || p == b {
			return true
		}
		// The angle at p from a to b.
		x := p.product(a)
		y := p.product(b)
		sum += math.Atan2(p.dot(x.product(y)), x.dot(y))
	}
	return sum > math.Pi
}

func inAny(p vector, polygons []polygon) bool {
	for _, rings := range polygons {
		if !rings[0].winds(p) {
			continue
		}
		hole := false
		for _, h := range rings[1:] {
			hole = hole || h.winds(p)
		}
		if !hole {
			return true
		}
	}
	return false
}

func ringsOf(polygons []polygon) []path {
	var out []path
	for _, p := range polygons {
		out = append(out, p...)
	}
	return out
}

// shape is what can cross another: its lines, and its areas where it has some.
type shape struct {
	lines []path
	areas []polygon
}

func linePaths(v value.Value) (shape, bool) {
	lines, ok := linesOf(v)
	return shape{lines: lines}, ok
}

func polygonPaths(v value.Value) (shape, bool) {
	areas, ok := polygonsOf(v)
	return shape{ringsOf(areas), areas}, ok
}

// crossing tells whether two shapes have a point in common.
func crossing(first, second func(value.Value) (shape, bool)) Overload {
	return Overload{Params: []Param{param("shape1", value.Dynamic), param("shape2", value.Dynamic)}, Returns: value.Bool, Eval: func(_ *Context, a []value.Value) value.Value {
		x, ok := first(a[0])
		y, ok2 := second(a[1])
		if !ok || !ok2 {
			return value.Null(value.Bool)
		}
		return boolean(x.touches(y))
	}}
}

func (x shape) touches(y shape) bool {
	for _, l := range x.lines {
		for i, b := range l[1:] {
			for _, m := range y.lines {
				for j, d := range m[1:] {
					if segmentsMeet(l[i], b, m[j], d) {
						return true
					}
				}
			}
		}
	}
	for _, l := range x.lines {
		if inAny(l[0], y.areas) {
			return true
		}
	}
	for _, l := range y.lines {
		if inAny(l[0], x.areas) {
			return true
		}
	}
	return false
}

// segmentsMeet reports segments that cross or that share an end.
func segmentsMeet(a, b, c, d vector) bool {
	if a == c || a == d || b == c || b == d {
		return true
	}
	n, m := a.cross(b), c.cross(d)
	s, t, u, v := n.dot(c), n.dot(d), m.dot(a), m.dot(b)
	if s*t > 0 || u*v > 0 || s == 0 && t == 0 {
		return touchesEnd(a, b, c, d)
	}
	at := n.product(m)
	if at.dot(a.add(b)) < 0 {
		at = at.scale(-1)
	}
	return at.dot(a.add(b)) > 0 && at.dot(c.add(d)) > 0 && onArc(at, a, b, n) && onArc(at, c, d, m)
}

// onArc reports a direction of the plane of a segment that lies between its ends.
func onArc(p, a, b, normal vector) bool {
	return normal.product(a).dot(p) >= 0 && b.product(normal).dot(p) >= 0
}

// touchesEnd reports an end of one segment that lies on the other.
func touchesEnd(a, b, c, d vector) bool {
	const near = 1e-15
	return c.angle(c.onSegment(a, b)) < near || d.angle(d.onSegment(a, b)) < near || a.angle(a.onSegment(c, d)) < near || b.angle(b.onSegment(c, d)) < near
}
