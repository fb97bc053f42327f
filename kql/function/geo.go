package function

import (
	"math"

	"github.com/glasswatch/glasswatch/kql/value"
)

// earthRadius is that of the sphere on which all distances are measured, in metres.
const earthRadius = 6371010

// geoPoints are the functions of points. A longitude outside -180 to 180 or a latitude outside -90 to 90 gives null.
func geoPoints() []Func {
	return []Func{
		one("geo_distance_2points", "The shortest distance of two points in metres, on a sphere.", Overload{Params: append(append(coordinates("p1_"), coordinates("p2_")...), constant(optional(Param{Name: "use_spheroid", Types: just(value.Bool)}))),
			Returns: value.Real, Check: refuseSpheroid, Eval: func(_ *Context, a []value.Value) value.Value {
				p, ok := pointAt(a, 0)
				q, ok2 := pointAt(a, 2)
				if !ok || !ok2 {
					return value.Null(value.Real)
				}
				return value.NewReal(earthRadius * p.angle(q))
			}}, example(`geo_distance_2points(0, 0, 90, 0)`, "10007559.105973555"), exampleNull(`geo_distance_2points(300, 1, 1, 1)`)),
		one("geo_point_in_circle", "Whether a point lies within a number of metres of another.", Overload{Params: append(append(coordinates("p_"), coordinates("pc_")...), number("c_radius")), Returns: value.Bool,
			Eval: func(_ *Context, a []value.Value) value.Value {
				p, ok := pointAt(a, 0)
				q, ok2 := pointAt(a, 2)
				if !ok || !ok2 || a[4].IsNull() || !(a[4].Real() >= 0) || math.IsInf(a[4].Real(), 0) {
					return value.Null(value.Bool)
				}
				return boolean(earthRadius*p.angle(q) <= a[4].Real())
			}}, example(`geo_point_in_circle(-122.143564, 47.535677, -122.100896, 47.527351, 3500)`, "true"), example(`geo_point_in_circle(0, 0, 1, 0, 1000)`, "false")),
		one("geo_azimuth", "The clockwise angle in radians at the first point from north to the second; null where they are the same or opposite.", Overload{Params: append(coordinates("p1_"), coordinates("p2_")...), Returns: value.Real,
			Eval: func(_ *Context, a []value.Value) value.Value {
				p, ok := pointAt(a, 0)
				q, ok2 := pointAt(a, 2)
				if !ok || !ok2 || p.cross(q).norm() < 1e-15 {
					return value.Null(value.Real)
				}
				return value.NewReal(positiveAngle(p.azimuth(q)))
			}}, example(`geo_azimuth(0, 0, 90, 0)`, "1.5707963267948966"), exampleNull(`geo_azimuth(5, 10, 5, 10)`)),
		one("geo_angle", "The clockwise angle in radians at the second point from the first to the third.", Overload{Params: append(append(coordinates("p1_"), coordinates("p2_")...), coordinates("p3_")...), Returns: value.Real,
			Eval: func(_ *Context, a []value.Value) value.Value {
				p, ok := pointAt(a, 0)
				q, ok2 := pointAt(a, 2)
				r, ok3 := pointAt(a, 4)
				if !ok || !ok2 || !ok3 || q.cross(p).norm() < 1e-15 || q.cross(r).norm() < 1e-15 {
					return value.Null(value.Real)
				}
				return value.NewReal(positiveAngle(q.azimuth(r) - q.azimuth(p)))
			}}, example(`geo_angle(0, 90, 0, 0, 90, 0)`, "1.5707963267948966")),
		{Name: "geo_info_from_ip_address", Volatile: true, Doc: "What is known of the place of an IP address, as a bag. It needs a data base of addresses; without one, and for what it does not know, the bag is empty.",
			Overloads: []Overload{{Params: just1("ip_address", value.String), Returns: value.Dynamic, Eval: func(c *Context, a []value.Value) value.Value {
				if c.Locate != nil {
					if v := c.Locate(a[0].Text()); !v.IsNull() {
						return v
					}
				}
				return value.NewDynamic(&value.Bag{})
			}}}, Examples: []Example{example(`geo_info_from_ip_address("20.53.203.50")`, "{}")}},
	}
}

func coordinates(prefix string) []Param {
	return []Param{number(prefix + "longitude"), number(prefix + "latitude")}
}

func refuseSpheroid(args []*value.Value) error {
	if len(args) > 4 && args[4] != nil && args[4].Bool() {
		return errSpheroid
	}
	return nil
}

// vector is a point of the unit sphere, or a direction.
type vector struct{ x, y, z float64 }

// pointAt reads the longitude and latitude at arguments i and i+1.
func pointAt(a []value.Value, i int) (vector, bool) {
	if a[i].IsNull() || a[i+1].IsNull() {
		return vector{}, false
	}
	return pointOn(a[i].Real(), a[i+1].Real())
}

func pointOn(longitude, latitude float64) (vector, bool) {
	if !(longitude >= -180 && longitude <= 180 && latitude >= -90 && latitude <= 90) {
		return vector{}, false
	}
	sinLat, cosLat := math.Sincos(latitude * math.Pi / 180)
	sinLon, cosLon := math.Sincos(longitude * math.Pi / 180)
	return vector{cosLat * cosLon, cosLat * sinLon, sinLat}, true
}

// position is the longitude and latitude in degrees.
func (p vector) position() []any {
	return []any{math.Atan2(p.y, p.x) * 180 / math.Pi, math.Atan2(p.z, math.Hypot(p.x, p.y)) * 180 / math.Pi}
}

// geoJSON is the point as GeoJSON.
func (p vector) geoJSON() value.Value { return bagOf("type", "Point", "coordinates", p.position()) }

func (p vector) add(q vector) vector    { return vector{p.x + q.x, p.y + q.y, p.z + q.z} }
func (p vector) sub(q vector) vector    { return vector{p.x - q.x, p.y - q.y, p.z - q.z} }
func (p vector) scale(f float64) vector { return vector{p.x * f, p.y * f, p.z * f} }
func (p vector) dot(q vector) float64   { return p.x*q.x + p.y*q.y + p.z*q.z }
func (p vector) norm() float64          { return math.Sqrt(p.dot(p)) }
func (p vector) unit() vector           { return p.scale(1 / p.norm()) }
func (p vector) product(q vector) vector {
	return vector{p.y*q.z - p.z*q.y, p.z*q.x - p.x*q.z, p.x*q.y - p.y*q.x}
}

// cross is the vector product, precise for points that lie close together.
func (p vector) cross(q vector) vector { return p.sub(q).product(p.add(q)).scale(0.5) }

// angle is that between two points, seen from the centre.
func (p vector) angle(q vector) float64 {
	if chord := p.sub(q).norm(); chord < 1 {
		return 2 * math.Asin(chord/2)
	}
	return math.Atan2(p.cross(q).norm(), p.dot(q))
}

// azimuth is the angle at p clockwise from north to q.
func (p vector) azimuth(q vector) float64 {
	north := vector{0, 0, 1}
	if math.Hypot(p.x, p.y) < 1e-15 { // at a pole: along the meridian 0
		north = vector{-p.z, 0, 0}
	}
	east := north.product(p).unit()
	return math.Atan2(q.sub(p).dot(east), q.sub(p).dot(p.product(east)))
}

func positiveAngle(a float64) float64 {
	if a = math.Mod(a, 2*math.Pi); a < 0 {
		a += 2 * math.Pi
	}
	return a
}
