package function

import (
	"math"
	"slices"

	"github.com/glasswatch/glasswatch/kql/value"
)

// geoAreas are the functions of the area that the parts of a multipolygon cover together.
func geoAreas() []Func {
	area := param("polygon", value.Dynamic)
	const triangle = `dynamic({"type": "Polygon", "coordinates": [[[0, 0], [90, 0], [0, 90], [0, 0]]]})`
	ofUnion := func(result value.Type, f func(border []arc) value.Value) func(*Context, []value.Value) value.Value {
		return func(_ *Context, a []value.Value) value.Value {
			polygons, ok := polygonsOf(a[0])
			if !ok {
				return value.Null(result)
			}
			return f(borderOf(polygons))
		}
	}
	return []Func{
		one("geo_polygon_area", "The area of a polygon, or of the union of the parts of a multipolygon, in square metres.", Overload{Params: []Param{area}, Returns: value.Real,
			Eval: ofUnion(value.Real, func(border []arc) value.Value {
				sum := 0.0
				for _, e := range border {
					sum += solid(border[0].a, e.a, e.b)
				}
				return value.NewReal(earthRadius * earthRadius * sum)
			})}, example(`geo_polygon_area(`+triangle+`)`, "63758259139748.57"), exampleNull(`geo_polygon_area(dynamic({"type": "Polygon", "coordinates": [[[0, 0], [10, 10], [10, 10], [0, 0]]]}))`)),
		one("geo_polygon_perimeter", "The length of the border of a polygon, or of the union of the parts of a multipolygon, in metres.", Overload{Params: []Param{area}, Returns: value.Real,
			Eval: ofUnion(value.Real, func(border []arc) value.Value {
				sum := 0.0
				for _, e := range border {
					sum += e.a.angle(e.b)
				}
				return value.NewReal(earthRadius * sum)
			})}, example(`geo_polygon_perimeter(`+triangle+`)`, "30022677.317920662")),
		one("geo_polygon_centroid", "The centre of mass of a polygon, or of the union of the parts of a multipolygon.", Overload{Params: []Param{area}, Returns: value.Dynamic,
			Eval: ofUnion(value.Dynamic, func(border []arc) value.Value {
				var sum vector
				for _, e := range border {
					sum = sum.add(massOf(border[0].a, e.a, e.b))
				}
				if sum.norm() == 0 {
					return value.Null(value.Dynamic)
				}
				return sum.geoJSON()
			})}, exampleNull(`geo_polygon_centroid(dynamic({"type": "Polygon"}))`)),
	}
}

// arc is a piece of a border, its area on the left.
type arc struct{ a, b vector }

// edge is an edge of a polygon with the places where the borders of others meet it.
type edge struct {
	arc
	owner int
	cuts  []vector
}

// borderOf is the border of the union: the pieces of the edges that no other polygon covers.
func borderOf(polygons []polygon) []arc {
	arcs, _ := borderPieces(polygons)
	return arcs
}

// borderPieces is borderOf with the number of the edge that each piece is of, in the order of the polygons.
func borderPieces(polygons []polygon) ([]arc, []int) {
	var edges []edge
	for owner, rings := range polygons {
		for r, ring := range rings {
			for i, b := range ring[1:] {
				e := edge{arc: arc{ring[i], b}, owner: owner}
				if r > 0 { // a hole turns the other way
					e.a, e.b = e.b, e.a
				}
				edges = append(edges, e)
			}
		}
	}
	if len(polygons) > 1 {
		cutAll(edges)
	}
	var out []arc
	var from []int
	for i := range edges {
		e := &edges[i]
		slices.SortFunc(e.cuts, func(p, q vector) int {
			switch d := e.a.angle(p) - e.a.angle(q); {
			case d < 0:
				return -1
			case d > 0:
				return 1
			}
			return 0
		})
		begin := e.a
		for _, to := range append(slices.Compact(e.cuts), e.b) {
			if to != begin && !covered(arc{begin, to}, e.owner, polygons, edges) {
				out, from = append(out, arc{begin, to}), append(from, i)
			}
			begin = to
		}
	}
	if len(out) == 0 { // cannot be: something is at the outside
		return []arc{edges[0].arc}, []int{0}
	}
	return out, from
}

// cutAll finds where the edges of different polygons meet.
func cutAll(edges []edge) {
	for i := range edges {
		for j := i + 1; j < len(edges); j++ {
			e, f := &edges[i], &edges[j]
			if e.owner == f.owner {
				continue
			}
			n, m := e.a.cross(e.b), f.a.cross(f.b)
			if n.dot(f.a)*n.dot(f.b) < 0 && m.dot(e.a)*m.dot(e.b) < 0 && segmentsMeet(e.a, e.b, f.a, f.b) {
				at := n.unit().product(m.unit()).unit()
				if at.dot(e.a.add(e.b)) < 0 {
					at = at.scale(-1)
				}
				if !slices.ContainsFunc([]vector{e.a, e.b, f.a, f.b}, func(p vector) bool { return p.angle(at) < nearby }) {
					e.cuts, f.cuts = append(e.cuts, at), append(f.cuts, at)
					continue
				}
			}
			e.cuts = append(e.cuts, endsOn(e.arc, f.arc)...)
			f.cuts = append(f.cuts, endsOn(f.arc, e.arc)...)
		}
	}
}

// nearby is the angle below which points are one: less than a micrometre.
const nearby = 1e-13

// endsOn are the ends of f that lie within e.
func endsOn(e, f arc) []vector {
	var out []vector
	for _, p := range []vector{f.a, f.b} {
		if p.angle(e.a) > nearby && p.angle(e.b) > nearby && p.angle(p.onSegment(e.a, e.b)) < nearby {
			out = append(out, p)
		}
	}
	return out
}

// covered reports a piece that lies in another polygon, or on its border: of two borders that run the same way one
// counts, of two that run against each other none.
func covered(piece arc, owner int, polygons []polygon, edges []edge) bool {
	middle := piece.a.add(piece.b).unit()
	on := map[int]bool{}
	for _, e := range edges {
		if e.owner == owner || middle.angle(middle.onSegment(e.a, e.b)) > nearby {
			continue
		}
		if same := piece.a.cross(piece.b).dot(e.a.cross(e.b)) > 0; !same || e.owner < owner {
			return true
		}
		on[e.owner] = true
	}
	for i := range polygons {
		if i != owner && !on[i] && inAny(middle, polygons[i:i+1]) {
			return true
		}
	}
	return false
}

// massOf is the centre of mass of a triangle times its area, signed as solid is (Brock: The Inertia Tensor for a
// Spherical Triangle, 1974).
func massOf(a, b, c vector) vector {
	ratio := func(angle float64) float64 {
		if angle == 0 {
			return 1
		}
		return angle / math.Sin(angle)
	}
	ra, rb, rc := ratio(b.angle(c)), ratio(c.angle(a)), ratio(a.angle(b))
	x, y, z := vector{a.x, b.x - a.x, c.x - a.x}, vector{a.y, b.y - a.y, c.y - a.y}, vector{a.z, b.z - a.z, c.z - a.z}
	r := vector{ra, rb - ra, rc - ra}
	return vector{y.product(z).dot(r), z.product(x).dot(r), x.product(y).dot(r)}.scale(0.5)
}
