package function

import (
	"math"

	"github.com/glasswatch/glasswatch/kql/value"
)

// finest is the smallest tolerance of a buffer as a part of its radius.
const finest = 1e-6

// geoBuffers are the functions of the area round a shape.
func geoBuffers() []Func {
	return []Func{
		one("geo_point_buffer", "A polygon that contains all points within a radius in metres of a point, and none that is further away by more than a tolerance, by default 10 metres. The radius is below a quarter of the way round the earth.",
			Overload{Params: append(coordinates(""), number("radius"), optional(number("tolerance"))), Returns: value.Dynamic, Eval: pointBuffer},
			example(`geo_point_in_polygon(10.001, 10, geo_point_buffer(10, 10, 1000))`, "true"), example(`geo_point_in_polygon(10.02, 10, geo_point_buffer(10, 10, 1000))`, "false"),
			example(`array_length(geo_point_buffer(10, 10, 1000, 100).coordinates[0])`, "9"),
			exampleNull(`geo_point_buffer(200, 1, 0.1)`), exampleNull(`geo_point_buffer(10, 10, -1)`)),
	}
}

// pointBuffer is a regular polygon whose sides touch the circle from outside.
func pointBuffer(_ *Context, a []value.Value) value.Value {
	p, ok := pointAt(a, 0)
	radius, tolerance := a[2].Real(), 10.0
	if len(a) > 3 {
		tolerance = a[3].Real()
		ok = ok && !a[3].IsNull()
	}
	if tolerance > radius { // the widest that is below the radius
		tolerance = math.Nextafter(radius, 0)
	}
	inner, outer := radius/earthRadius, (radius+tolerance)/earthRadius
	if !ok || a[2].IsNull() || !(radius > 0 && tolerance >= radius*finest && inner < math.Pi/2) {
		return value.Null(value.Dynamic)
	}
	corners := 3.0
	if outer < math.Pi/2 {
		corners = max(corners, math.Ceil(math.Pi/math.Acos(math.Tan(inner)/math.Tan(outer))))
	}
	reach := math.Atan(math.Tan(inner) / math.Cos(math.Pi/corners))
	east := vector{0, 0, 1}.product(p)
	if east.norm() < 1e-15 { // at a pole every direction is as good
		east = vector{0, 1, 0}
	}
	east = east.unit()
	north := p.product(east)
	ring := []any{}
	for n := range int(corners) {
		sin, cos := math.Sincos(2 * math.Pi * float64(n) / corners)
		direction := east.scale(cos).add(north.scale(sin))
		ring = append(ring, p.scale(math.Cos(reach)).add(direction.scale(math.Sin(reach))).position())
	}
	return bagOf("type", "Polygon", "coordinates", []any{append(ring, ring[0])})
}
