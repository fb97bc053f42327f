package function

import (
	"strings"

	"github.com/glasswatch/glasswatch/kql/value"
)

// The digits of a geohash, five bits each, longitude and latitude in turn.
const geohashDigits = "0123456789bcdefghjkmnpqrstuvwxyz"

// maxGeohash is the longest geohash.
const maxGeohash = 18

// geohashes are the functions of geohashes; a text that is none gives null.
func geohashes() []Func {
	hash := param("geohash", value.String)
	ofCell := func(f func(c cell) value.Value) func(*Context, []value.Value) value.Value {
		return func(_ *Context, a []value.Value) value.Value {
			c, ok := cellOf(a[0].Text())
			if !ok {
				return value.Null(value.Dynamic)
			}
			return f(c)
		}
	}
	return []Func{
		one("geo_point_to_geohash", "The geohash of a point, of 1 to 18 digits, by default 5; empty for what is no point.", Overload{Params: append(coordinates(""), optional(Param{Name: "accuracy", Types: integers(), As: value.Long})), Returns: value.String,
			Eval: func(_ *Context, a []value.Value) value.Value {
				digits := int64(5)
				if len(a) > 2 {
					digits = a[2].Int()
				}
				_, ok := pointAt(a, 0)
				if !ok || digits < 1 || digits > maxGeohash {
					return str("")
				}
				return str(geohash(a[0].Real(), a[1].Real(), int(digits)))
			}}, example(`geo_point_to_geohash(139.806115, 35.554128, 12)`, "xn76m27ty9g4"), example(`geo_point_to_geohash(-80.195829, 25.802215, 8)`, "dhwfz15h"), example(`geo_point_to_geohash(300, 1)`, "")),
		one("geo_geohash_to_central_point", "The point in the middle of a geohash's cell.", Overload{Params: []Param{hash}, Returns: value.Dynamic,
			Eval: ofCell(func(c cell) value.Value {
				return bagOf("type", "Point", "coordinates", []any{(c.west + c.east) / 2, (c.south + c.north) / 2})
			})}, example(`geo_geohash_to_central_point("sunny")`, `{"type":"Point","coordinates":[42.47314453125,23.70849609375]}`), exampleNull(`geo_geohash_to_central_point("a")`)),
		one("geo_geohash_to_polygon", "The cell of a geohash as a polygon.", Overload{Params: []Param{hash}, Returns: value.Dynamic,
			Eval: ofCell(func(c cell) value.Value {
				ring := []any{[]any{c.west, c.south}, []any{c.east, c.south}, []any{c.east, c.north}, []any{c.west, c.north}, []any{c.west, c.south}}
				return bagOf("type", "Polygon", "coordinates", []any{ring})
			})}, example(`geo_geohash_to_polygon("s")`, `{"type":"Polygon","coordinates":[[[0.0,0.0],[45.0,0.0],[45.0,45.0],[0.0,45.0],[0.0,0.0]]]}`)),
		one("geo_geohash_neighbors", "The geohashes of the cells around a cell.", Overload{Params: []Param{hash}, Returns: value.Dynamic,
			Eval: ofCell(func(c cell) value.Value {
				out := []any{}
				for _, d := range geohashAround {
					x, y := (c.west+c.east)/2+float64(d[0])*(c.east-c.west), (c.south+c.north)/2+float64(d[1])*(c.north-c.south)
					switch {
					case x > 180:
						x -= 360
					case x < -180:
						x += 360
					}
					if y > -90 && y < 90 {
						out = append(out, geohash(x, y, c.digits))
					}
				}
				return value.NewDynamic(out)
			})}, example(`geo_geohash_neighbors("sunny")`, `["sunnt","sunpj","sunnx","sunpn","sunnv","sunpp","sunnz","sunnw"]`), exampleNull(`geo_geohash_neighbors("a")`)),
	}
}

// geohashAround are the steps to the neighbours, east and north, in the order in which they are listed.
var geohashAround = [][2]int{{-1, -1}, {-1, 1}, {1, -1}, {0, 1}, {-1, 0}, {1, 1}, {1, 0}, {0, -1}}

// cell is the rectangle of a geohash, in degrees.
type cell struct {
	west, east, south, north float64
	digits                   int
}

// half narrows the cell to one half; eastward says which direction is divided.
func (c *cell) half(eastward, upper bool) {
	low, high := &c.south, &c.north
	if eastward {
		low, high = &c.west, &c.east
	}
	if middle := (*low + *high) / 2; upper {
		*low = middle
	} else {
		*high = middle
	}
}

func geohash(longitude, latitude float64, digits int) string {
	c := cell{west: -180, east: 180, south: -90, north: 90}
	var b strings.Builder
	eastward := true
	for range digits {
		digit := 0
		for range 5 {
			upper := latitude >= (c.south+c.north)/2
			if eastward {
				upper = longitude >= (c.west+c.east)/2
			}
			if digit <<= 1; upper {
				digit++
			}
			c.half(eastward, upper)
			eastward = !eastward
		}
		b.WriteByte(geohashDigits[digit])
	}
	return b.String()
}

func cellOf(hash string) (cell, bool) {
	c := cell{west: -180, east: 180, south: -90, north: 90, digits: len(hash)}
	eastward := true
	for i := range len(hash) {
		digit := strings.IndexByte(geohashDigits, hash[i])
		if digit < 0 {
			return c, false
		}
		for bit := 16; bit > 0; bit >>= 1 {
			c.half(eastward, digit&bit != 0)
			eastward = !eastward
		}
	}
	return c, len(hash) > 0 && len(hash) <= maxGeohash
}
