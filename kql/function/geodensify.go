package function

import (
	"math"

	"github.com/glasswatch/glasswatch/kql/value"
)

// The least and the usual distance in metres that geo_line_densify tolerates.
const (
	leastTolerance = 0.1
	usualTolerance = 10
)

// geoDensities is geo_line_densify.
func geoDensities() []Func {
	return []Func{one("geo_line_densify", "A line that is straight on a map, with points put in so that the shortest ways between neighbours keep to it within a tolerance in metres, by default 10.",
		Overload{Params: []Param{param("line", value.Dynamic), optional(number("tolerance"))}, Returns: value.Dynamic, Eval: func(_ *Context, a []value.Value) value.Value {
			tolerance := realOr(a, 1, usualTolerance)
			if _, ok := linesOf(a[0]); !ok || !(tolerance >= leastTolerance) {
				return value.Null(value.Dynamic)
			}
			kind, list := geometryOf(a[0])
			if kind == "LineString" {
				return bagOf("type", kind, "coordinates", densified(list, tolerance/earthRadius))
			}
			out := make([]any, len(list))
			for i, line := range list {
				positions, _ := line.([]any)
				out[i] = densified(positions, tolerance/earthRadius)
			}
			return bagOf("type", kind, "coordinates", out)
		}}, example(`geo_line_densify(dynamic({"type": "LineString", "coordinates": [[50, 50], [51, 51]]}), 200)`, `{"type":"LineString","coordinates":[[50,50],[50.5,50.5],[51,51]]}`), exampleNull(`geo_line_densify(dynamic({"type": "LineString", "coordinates": [[1, 1], [2, 2]]}), 0)`))}
}

// densified puts positions between those of a valid line.
func densified(line []any, tolerance float64) []any {
	out := line[:1:1]
	for i, to := range line[1:] {
		from, end := placeOf(line[i]), placeOf(to)
		if end.x-from.x > 180 { // across the line of dates
			end.x -= 360
		} else if from.x-end.x > 180 {
			end.x += 360
		}
		out = append(halved(out, from, end, tolerance, 30), to)
	}
	return out
}

// place is a position on a map, in degrees.
type place struct{ x, y float64 }

func placeOf(node any) place {
	pair, _ := node.([]any)
	x, _ := nodeReal(at(pair, 0))
	y, _ := nodeReal(at(pair, 1))
	return place{x, y}
}

func (p place) vector() vector {
	v, _ := pointOn(math.Remainder(p.x, 360), p.y)
	return v
}

// halved appends the middle of an edge, and those of its halves, as long as a middle lies off the shortest way.
func halved(out []any, a, b place, tolerance float64, depth int) []any {
	middle := place{(a.x + b.x) / 2, (a.y + b.y) / 2}
	m := middle.vector()
	if depth == 0 || m.angle(m.onSegment(a.vector(), b.vector())) <= tolerance {
		return out
	}
	out = halved(out, a, middle, tolerance, depth-1)
	out = append(out, []any{math.Remainder(middle.x, 360), middle.y})
	return halved(out, middle, b, tolerance, depth-1)
}
