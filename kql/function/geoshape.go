package function

import (
	"math"

	"github.com/glasswatch/glasswatch/kql/value"
)

// Shape is a line or a polygon that is parsed once and compared with many points, as the plugins do that look locations
// up.
type Shape struct {
	lines    []path
	polygons []polygon // nil for a line
	center   vector
	radius   float64 // the angle from center that holds all points
}

// NewLine reads a GeoJSON (Multi)LineString; false when it is none.
func NewLine(v value.Value) (*Shape, bool) {
	lines, ok := linesOf(v)
	if !ok {
		return nil, false
	}
	return newShape(lines, nil), true
}

// NewPolygon reads a GeoJSON (Multi)Polygon; false when it is none.
func NewPolygon(v value.Value) (*Shape, bool) {
	polygons, ok := polygonsOf(v)
	if !ok {
		return nil, false
	}
	return newShape(ringsOf(polygons), polygons), true
}

func newShape(lines []path, polygons []polygon) *Shape {
	s := &Shape{lines: lines, polygons: polygons, radius: math.Pi}
	for _, l := range lines {
		for _, p := range l {
			s.center = s.center.add(p)
		}
	}
	if s.center.norm() == 0 {
		return s
	}
	s.center, s.radius = s.center.unit(), 0
	for _, l := range lines {
		for _, p := range l {
			s.radius = max(s.radius, s.center.angle(p))
		}
	}
	return s
}

// Contains tells whether a point, in degrees, lies in the polygon.
func (s *Shape) Contains(longitude, latitude float64) bool {
	p, ok := pointOn(longitude, latitude)
	return ok && s.near(p, 0) && inAny(p, s.polygons)
}

// Within tells whether a point, in degrees, is at most so many metres from the line, or from the polygon and what is in it.
func (s *Shape) Within(longitude, latitude, metres float64) bool {
	p, ok := pointOn(longitude, latitude)
	if !ok || !s.near(p, metres/earthRadius) {
		return false
	}
	return inAny(p, s.polygons) || earthRadius*p.angle(nearestOn(p, s.lines)) <= metres
}

// near rules out most points at once: a cap smaller than half the sphere holds the edges between the points in it.
func (s *Shape) near(p vector, angle float64) bool {
	return s.radius >= math.Pi/2 || p.angle(s.center) <= s.radius+angle+1e-9
}
