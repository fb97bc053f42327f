package plugin

import (
	"math"

	"github.com/glasswatch/glasswatch/kql/value"
)

// The earth is a sphere here, and the edges of shapes are geodesics, as the language has it.
const earthRadius = 6371010.0 // metres

// point is a point of the unit sphere.
type point struct{ x, y, z float64 }

// pointAt returns the point of a longitude and a latitude in degrees; false when there is none.
func pointAt(longitude, latitude float64) (point, bool) {
	if !(math.Abs(longitude) <= 180 && math.Abs(latitude) <= 90) {
		return point{}, false
	}
	lng, lat := longitude*math.Pi/180, latitude*math.Pi/180
	return point{math.Cos(lat) * math.Cos(lng), math.Cos(lat) * math.Sin(lng), math.Sin(lat)}, true
}

func (a point) dot(b point) float64 { return a.x*b.x + a.y*b.y + a.z*b.z }
func (a point) cross(b point) point {
	return point{a.y*b.z - a.z*b.y, a.z*b.x - a.x*b.z, a.x*b.y - a.y*b.x}
}
func (a point) add(b point) point     { return point{a.x + b.x, a.y + b.y, a.z + b.z} }
func (a point) scale(f float64) point { return point{a.x * f, a.y * f, a.z * f} }
func (a point) length() float64       { return math.Sqrt(a.dot(a)) }
func (a point) angle(b point) float64 { return math.Atan2(a.cross(b).length(), a.dot(b)) }
func (a point) unit() point           { return a.scale(1 / a.length()) }
func (a point) without(n point) point { return a.add(n.scale(-a.dot(n))) }
func (a point) turn(b, c point) float64 {
	return math.Atan2(a.dot(b.cross(c)), b.without(a).dot(c.without(a)))
}

// toEdge is the angle between a point and the edge from b to c.
func (a point) toEdge(b, c point) float64 {
	nearest := math.Min(a.angle(b), a.angle(c))
	n := b.cross(c)
	if n.length() < 1e-15 {
		return nearest
	}
	n = n.unit()
	foot := a.without(n)
	if b.cross(foot).dot(n) >= 0 && foot.cross(c).dot(n) >= 0 && foot.length() > 0 {
		return math.Abs(math.Asin(math.Max(-1, math.Min(1, a.dot(n)))))
	}
	return nearest
}

// shape is the lines of a line or of a polygon, whose lines are closed: for each polygon its shell, then its holes.
type shape struct {
	polygons [][][]point // lines have one "polygon" each, which is not closed
	closed   bool
	center   point
	radius   float64 // angle from center that holds all points
}

// shapeOf reads a GeoJSON (Multi)LineString, or with closed a (Multi)Polygon; false when it is none.
func shapeOf(v value.Value, closed bool) (*shape, bool) {
	bag, ok := v.Tree().(*value.Bag)
	if !ok {
		return nil, false
	}
	kind, _ := bag.Lookup("type")
	node, _ := bag.Lookup("coordinates")
	s := &shape{closed: closed}
	switch {
	case !closed && kind == "LineString":
		node = []any{[]any{node}}
	case !closed && kind == "MultiLineString", closed && kind == "Polygon":
		node = []any{node}
	case closed && kind == "MultiPolygon":
	default:
		return nil, false
	}
	polygons, _ := node.([]any)
	for _, p := range polygons {
		lines, _ := p.([]any)
		var out [][]point
		for _, l := range lines {
			line, ok := lineOf(l)
			if !ok {
				return nil, false
			}
			out = append(out, line)
			for _, q := range line {
				s.center = s.center.add(q)
			}
		}
		if len(out) == 0 {
			return nil, false
		}
		s.polygons = append(s.polygons, out)
	}
	if len(s.polygons) == 0 || s.center.length() == 0 {
		return nil, false
	}
	s.center = s.center.unit()
	for _, p := range s.polygons {
		for _, l := range p {
			for _, q := range l {
				s.radius = math.Max(s.radius, s.center.angle(q))
			}
		}
	}
	return s, true
}

// lineOf reads an array of positions, at least two.
func lineOf(node any) ([]point, bool) {
	list, _ := node.([]any)
	var out []point
	for _, n := range list {
		position, _ := n.([]any)
		if len(position) < 2 {
			return nil, false
		}
		lng, ok1 := degrees(position[0])
		lat, ok2 := degrees(position[1])
		p, ok3 := pointAt(lng, lat)
		if !ok1 || !ok2 || !ok3 {
			return nil, false
		}
		out = append(out, p)
	}
	return out, len(out) > 1
}

func degrees(node any) (float64, bool) {
	switch n := node.(type) {
	case float64:
		return n, true
	case int64:
		return float64(n), true
	}
	return 0, false
}

// distance is the angle from a point to the nearest edge; 0 within a polygon.
func (s *shape) distance(p point) float64 {
	if s.closed && s.contains(p) {
		return 0
	}
	nearest := math.Inf(1)
	for _, polygon := range s.polygons {
		for _, line := range polygon {
			for i := 1; i < len(line); i++ {
				nearest = math.Min(nearest, p.toEdge(line[i-1], line[i]))
			}
		}
	}
	return nearest
}

// contains tells whether a point lies in a polygon: in its shell and in none of its holes.
func (s *shape) contains(p point) bool {
next:
	for _, polygon := range s.polygons {
		if !within(p, polygon[0]) {
			continue
		}
		for _, hole := range polygon[1:] {
			if within(p, hole) {
				continue next
			}
		}
		return true
	}
	return false
}

// within tells whether a ring goes round a point: seen from it, the edges turn once round. They do so too seen from the
// point opposite; the ring is the border of the smaller part of the sphere.
func within(p point, ring []point) bool {
	turned, middle := 0.0, point{}
	for i := 1; i < len(ring); i++ {
		turned += p.turn(ring[i-1], ring[i])
		middle = middle.add(ring[i])
	}
	return math.Abs(turned) > math.Pi && middle.dot(p) > 0
}

// near tells whether a point can be within an angle of the shape at all.
func (s *shape) near(p point, angle float64) bool {
	return s.radius >= math.Pi/2 || p.angle(s.center) <= s.radius+angle+1e-9
}
