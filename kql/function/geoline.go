package function

import (
	"math"

	"github.com/glasswatch/glasswatch/kql/value"
)

// geoLines are the functions of lines on the sphere; what is no valid line gives null.
func geoLines() []Func {
	line := param("line", value.Dynamic)
	const east = `dynamic({"type": "LineString", "coordinates": [[0, 0], [90, 0]]})`
	ofLines := func(result value.Type, f func(lines []path) value.Value) func(*Context, []value.Value) value.Value {
		return func(_ *Context, a []value.Value) value.Value {
			lines, ok := linesOf(a[0])
			if !ok {
				return value.Null(result)
			}
			return f(lines)
		}
	}
	toLines := func(result value.Type, f func(p vector, lines []path) value.Value) func(*Context, []value.Value) value.Value {
		return func(_ *Context, a []value.Value) value.Value {
			p, ok := pointAt(a, 0)
			lines, ok2 := linesOf(a[2])
			if !ok || !ok2 {
				return value.Null(result)
			}
			return f(p, lines)
		}
	}
	return []Func{
		one("geo_distance_point_to_line", "The shortest distance of a point to a line in metres.", Overload{Params: append(coordinates(""), line), Returns: value.Real,
			Eval: toLines(value.Real, func(p vector, lines []path) value.Value {
				return value.NewReal(earthRadius * p.angle(nearestOn(p, lines)))
			})},
			example(`geo_distance_point_to_line(45, 90, `+east+`)`, "10007559.105973555"), exampleNull(`geo_distance_point_to_line(1, 1, dynamic({"type": "LineString"}))`)),
		one("geo_closest_point_on_line", "The point of a line that is closest to a point.", Overload{Params: append(coordinates(""), line), Returns: value.Dynamic,
			Eval: toLines(value.Dynamic, func(p vector, lines []path) value.Value { return nearestOn(p, lines).geoJSON() })},
			example(`geo_closest_point_on_line(-10, 20, `+east+`)`, `{"type":"Point","coordinates":[0.0,0.0]}`)),
		one("geo_line_length", "The length of a line in metres.", Overload{Params: []Param{line}, Returns: value.Real, Eval: ofLines(value.Real, func(lines []path) value.Value {
			sum := 0.0
			for _, l := range lines {
				sum += l.length()
			}
			return value.NewReal(earthRadius * sum)
		})}, example(`geo_line_length(`+east+`)`, "10007559.105973555")),
		one("geo_line_centroid", "The centre of mass of a line.", Overload{Params: []Param{line}, Returns: value.Dynamic, Eval: ofLines(value.Dynamic, func(lines []path) value.Value {
			var sum vector
			for _, l := range lines {
				for i, p := range l[1:] {
					both, apart := p.add(l[i]), p.sub(l[i])
					sum = sum.add(both.scale(apart.norm() / both.norm()))
				}
			}
			if sum.norm() == 0 {
				return value.Null(value.Dynamic)
			}
			return sum.geoJSON()
		})}, exampleNull(`geo_line_centroid(dynamic({"type": "LineString", "coordinates": [[1, 1]]}))`)),
		one("geo_line_interpolate_point", "The point at a fraction of a line, from 0 to 1.", Overload{Params: []Param{line, number("fraction")}, Returns: value.Dynamic, Eval: func(_ *Context, a []value.Value) value.Value {
			lines, ok := linesOf(a[0])
			if !ok || len(lines) != 1 || a[1].IsNull() || !(a[1].Real() >= 0 && a[1].Real() <= 1) {
				return value.Null(value.Dynamic)
			}
			return lines[0].at(a[1].Real()).geoJSON()
		}}, example(`geo_line_interpolate_point(`+east+`, 0)`, `{"type":"Point","coordinates":[0.0,0.0]}`), exampleNull(`geo_line_interpolate_point(`+east+`, 2)`)),
		one("geo_line_locate_point", "The fraction of a line, from 0 to 1, at which it is closest to a point.", Overload{Params: append([]Param{line}, append(coordinates(""), constant(optional(Param{Name: "use_spheroid", Types: just(value.Bool)})))...), Returns: value.Real,
			Check: func(args []*value.Value) error {
				if len(args) > 3 && args[3] != nil && args[3].Bool() {
					return errSpheroid
				}
				return nil
			}, Eval: func(_ *Context, a []value.Value) value.Value {
				lines, ok := linesOf(a[0])
				p, ok2 := pointAt(a, 1)
				if !ok || !ok2 || len(lines) != 1 {
					return value.Null(value.Real)
				}
				return value.NewReal(lines[0].locate(p))
			}}, example(`geo_line_locate_point(`+east+`, 100, 0)`, "1")),
	}
}

// onSegment is the point between a and b that is closest to p.
func (p vector) onSegment(a, b vector) vector {
	normal := a.cross(b)
	if size := normal.norm(); size > 0 {
		normal = normal.scale(1 / size)
		if foot := p.sub(normal.scale(p.dot(normal))); foot.norm() > 1e-15 && normal.product(a).dot(foot) >= 0 && b.product(normal).dot(foot) >= 0 {
			return foot.unit()
		}
	}
	if p.sub(a).norm() <= p.sub(b).norm() {
		return a
	}
	return b
}

// nearestOn is the point of lines that is closest to p.
func nearestOn(p vector, lines []path) vector {
	var best vector
	least := math.Inf(1)
	for _, l := range lines {
		for i, b := range l[1:] {
			q := p.onSegment(l[i], b)
			if d := p.angle(q); d < least {
				best, least = q, d
			}
		}
	}
	return best
}

// length is the sum of the angles between neighbours.
func (l path) length() float64 {
	sum := 0.0
	for i, p := range l[1:] {
		sum += l[i].angle(p)
	}
	return sum
}

// at is the point at a fraction of the length.
func (l path) at(fraction float64) vector {
	rest := fraction * l.length()
	for i, b := range l[1:] {
		a, d := l[i], l[i].angle(b)
		if rest > d && i < len(l)-2 {
			rest -= d
			continue
		}
		toward := b.sub(a.scale(a.dot(b))).unit()
		s, c := math.Sincos(min(rest, d))
		return a.scale(c).add(toward.scale(s)).unit()
	}
	return l[len(l)-1]
}

// locate is the fraction of the length at which l is closest to p.
func (l path) locate(p vector) float64 {
	before, at, least := 0.0, 0.0, math.Inf(1)
	for i, b := range l[1:] {
		q := p.onSegment(l[i], b)
		if d := p.angle(q); d < least {
			at, least = before+l[i].angle(q), d
		}
		before += l[i].angle(b)
	}
	return min(1, at/before)
}
