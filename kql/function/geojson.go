package function

import (
	"errors"

	"github.com/glasswatch/glasswatch/kql/value"
)

var errSpheroid = errors.New("distances on a spheroid are not supported, only those on a sphere")

// path is a line of points, each joined to the next by the shortest way.
type path []vector

// linesOf reads a LineString or MultiLineString of GeoJSON: every line has two points or more, neighbours differ.
func linesOf(v value.Value) ([]path, bool) {
	kind, list := geometryOf(v)
	switch kind {
	case "LineString":
		list = []any{list}
	case "MultiLineString":
	default:
		return nil, false
	}
	out := make([]path, len(list))
	for i, node := range list {
		p, ok := pathOf(node)
		if !ok || len(p) < 2 {
			return nil, false
		}
		out[i] = p
	}
	return out, len(out) > 0
}

func geometryOf(v value.Value) (kind string, list []any) {
	bag, ok := v.Tree().(*value.Bag)
	if !ok {
		return "", nil
	}
	t, _ := bag.Lookup("type")
	c, _ := bag.Lookup("coordinates")
	kind, _ = t.(string)
	list, _ = c.([]any)
	return kind, list
}

func pathOf(node any) (path, bool) {
	list, _ := node.([]any)
	out := make(path, len(list))
	for i, node := range list {
		pair, _ := node.([]any)
		longitude, ok := nodeReal(at(pair, 0))
		latitude, ok2 := nodeReal(at(pair, 1))
		if !ok || !ok2 || len(pair) < 2 {
			return nil, false
		}
		p, ok := pointOn(longitude, latitude)
		if !ok || i > 0 && (p == out[i-1] || p.add(out[i-1]).norm() < 1e-15) {
			return nil, false
		}
		out[i] = p
	}
	return out, len(out) > 0
}

// polygon is a shell and its holes. Rings are closed (the last point is the first) and turn so that the smaller of the two
// parts of the sphere that a ring divides lies on its left.
type polygon []path

// polygonsOf reads a Polygon or MultiPolygon of GeoJSON; false where a ring is open, crosses itself in a point, or has
// no area.
func polygonsOf(v value.Value) ([]polygon, bool) {
	kind, list := geometryOf(v)
	switch kind {
	case "Polygon":
		list = []any{list}
	case "MultiPolygon":
	default:
		return nil, false
	}
	out := make([]polygon, len(list))
	for i, node := range list {
		rings, _ := node.([]any)
		if len(rings) == 1 && nesting(rings) == 4 { // a polygon's coordinates in an array once more, as pack_array makes it
			rings, _ = rings[0].([]any)
		}
		for _, r := range rings {
			ring, ok := ringOf(r)
			if !ok {
				return nil, false
			}
			out[i] = append(out[i], ring)
		}
		if len(out[i]) == 0 {
			return nil, false
		}
	}
	return out, len(out) > 0
}

// nesting is how many arrays stand in one another at the beginning of a list.
func nesting(node any) int {
	list, ok := node.([]any)
	if !ok {
		return 0
	}
	if len(list) == 0 {
		return 1
	}
	return 1 + nesting(list[0])
}

func ringOf(node any) (path, bool) {
	ring, ok := pathOf(node)
	if !ok || len(ring) < 4 || ring[0] != ring[len(ring)-1] {
		return nil, false
	}
	seen := map[vector]bool{}
	for _, p := range ring[1:] {
		if seen[p] {
			return nil, false
		}
		seen[p] = true
	}
	switch ring.turn() {
	case 0:
		return nil, false
	case -1:
		for i, j := 0, len(ring)-1; i < j; i, j = i+1, j-1 {
			ring[i], ring[j] = ring[j], ring[i]
		}
	}
	return ring, true
}
