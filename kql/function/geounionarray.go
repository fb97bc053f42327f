package function

import (
	"cmp"
	"slices"

	"github.com/glasswatch/glasswatch/kql/value"
)

// geoUnions are the functions that make one shape of several.
func geoUnions() []Func {
	const left, right = `dynamic({"type": "Polygon", "coordinates": [[[0, 0], [2, 0], [2, 2], [0, 2], [0, 0]]]})`, `dynamic({"type": "Polygon", "coordinates": [[[5, 0], [7, 0], [7, 2], [5, 0]]]})`
	return []Func{
		one("geo_union_polygons_array", "The union of the polygons and multipolygons in an array; null where one is not valid.", Overload{Params: []Param{param("polygons", value.Dynamic)}, Returns: value.Dynamic, Eval: unionArray},
			example(`tostring(geo_union_polygons_array(pack_array(`+left+`, `+right+`)).type)`, "MultiPolygon"),
			example(`array_length(geo_union_polygons_array(pack_array(`+left+`, `+left+`)).coordinates[0])`, "5"),
			exampleNull(`geo_union_polygons_array(pack_array(`+left+`, 1))`)),
	}
}

func unionArray(_ *Context, a []value.Value) value.Value {
	list, ok := arrayOf(a[0])
	if !ok || len(list) == 0 {
		return value.Null(value.Dynamic)
	}
	var all []polygon
	for _, node := range list {
		polygons, ok := polygonsOf(value.NewDynamic(node))
		if !ok {
			return value.Null(value.Dynamic)
		}
		all = append(all, polygons...)
	}
	snap(all)
	arcs, edges := borderPieces(unionOrder(all))
	rings, ok := ringsOfArcs(arcs, edges)
	if !ok {
		return value.Null(value.Dynamic)
	}
	return polygonsJSON(rings)
}

// snap makes corners one that are no further apart than the error of their coordinates.
func snap(polygons []polygon) {
	var corners []vector
	for _, rings := range polygons {
		for _, ring := range rings {
			for i, p := range ring {
				at := slices.IndexFunc(corners, func(q vector) bool { return p.sub(q).norm() < nearby })
				if at < 0 {
					corners = append(corners, p)
				} else {
					ring[i] = corners[at]
				}
			}
		}
	}
}

// unionOrder is the order in which the polygons are joined: always the two with the fewest corners. The last of all
// decides where the ring begins.
func unionOrder(polygons []polygon) []polygon {
	type part struct {
		corners int
		list    []polygon
	}
	var parts []part
	for _, p := range polygons {
		n := 0
		for _, ring := range p {
			n += len(ring) - 1
		}
		parts = append(parts, part{n, []polygon{p}})
	}
	for len(parts) > 1 {
		slices.SortStableFunc(parts, func(a, b part) int { return cmp.Compare(a.corners, b.corners) })
		list := append(slices.Clone(parts[0].list), parts[1].list...)
		n := len(list)
		if len(parts) > 2 { // else the number does not matter
			n = len(borderOf(list))
		}
		parts = append(parts[2:], part{n, list})
	}
	return parts[0].list
}

// ringsOfArcs joins the pieces of a border; each ring begins behind its last piece of the highest edge.
func ringsOfArcs(arcs []arc, edges []int) ([]path, bool) {
	next := map[vector][]int{}
	for i, a := range arcs {
		next[a.a] = append(next[a.a], i)
	}
	var rings []path
	used := make([]bool, len(arcs))
	for start := range arcs {
		if used[start] {
			continue
		}
		var loop []int
		for i := start; i >= 0; i = goesOn(arcs, next[arcs[i].b], i, used) {
			used[i] = true
			loop = append(loop, i)
			if arcs[i].b == arcs[start].a {
				break
			}
		}
		if arcs[loop[len(loop)-1]].b != arcs[start].a {
			return nil, false
		}
		first := 0
		for k := range loop {
			before := loop[(k+len(loop)-1)%len(loop)]
			if h := loop[(first+len(loop)-1)%len(loop)]; edges[before] > edges[h] || edges[before] == edges[h] && before > h {
				first = k
			}
		}
		var ring path
		for k := range loop {
			if p := arcs[loop[(first+k)%len(loop)]].a; len(ring) == 0 || ring[len(ring)-1].sub(p).norm() >= nearby && ring[0].sub(p).norm() >= nearby {
				ring = append(ring, p)
			}
		}
		if len(ring) > 2 { // else a sliver without area
			rings = append(rings, append(ring, ring[0]))
		}
	}
	return rings, true
}

// goesOn chooses the piece that goes on behind piece i: where rings touch in a point, the sharpest turn to the left, so
// that each area has a ring of its own; -1 at the end.
func goesOn(arcs []arc, choices []int, i int, used []bool) int {
	best, least := -1, 0.0
	at := arcs[i].b
	for _, c := range choices {
		if used[c] {
			continue
		}
		angle := positiveAngle(at.azimuth(arcs[c].b) - at.azimuth(arcs[i].a))
		if best < 0 || angle < least {
			best, least = c, angle
		}
	}
	return best
}

// polygonsJSON sorts rings into shells and holes: a Polygon for one shell, else a MultiPolygon.
func polygonsJSON(rings []path) value.Value {
	var shells []polygon
	for _, r := range rings {
		if r.turn() > 0 {
			shells = append(shells, polygon{r})
		}
	}
	for _, r := range rings {
		if r.turn() < 0 {
			for i := range shells {
				if shells[i][0].winds(r[0].add(r[1]).unit()) {
					shells[i] = append(shells[i], r)
					break
				}
			}
		}
	}
	out := []any{}
	for _, rings := range shells {
		var polygon []any
		for _, r := range rings {
			ring := []any{}
			for _, p := range r {
				ring = append(ring, p.position())
			}
			polygon = append(polygon, ring)
		}
		out = append(out, polygon)
	}
	return several("Polygon", out)
}
