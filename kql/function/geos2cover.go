package function

import (
	"github.com/glasswatch/glasswatch/kql/value"
)

// maxCover is how many cells a covering has at most.
const maxCover = 65536

// s2Coverings are the functions of the S2 cells of one level that touch a line or a polygon.
func s2Coverings() []Func {
	level := optional(Param{Name: "level", Types: integers(), As: value.Long})
	const square = `dynamic({"type": "Polygon", "coordinates": [[[1, 1], [2, 1], [2, 2], [1, 2], [1, 1]]]})`
	return []Func{
		one("geo_line_to_s2cells", "The S2 cells of a level of 0 to 30, by default 11, that touch a line; null where there are more than 65536.", Overload{Params: []Param{param("lineString", value.Dynamic), level}, Returns: value.Dynamic, Eval: cover(linePaths)},
			example(`geo_line_to_s2cells(dynamic({"type": "LineString", "coordinates": [[1, 1], [2, 2]]}), 3)`, `["104"]`), exampleNull(`geo_line_to_s2cells(dynamic({"type": "LineString", "coordinates": [[1, 1]]}))`)),
		one("geo_polygon_to_s2cells", "The S2 cells of a level of 0 to 30, by default 11, that touch a polygon; null where there are more than 65536.", Overload{Params: []Param{param("polygon", value.Dynamic), level}, Returns: value.Dynamic, Eval: cover(polygonPaths)},
			example(`geo_polygon_to_s2cells(`+square+`, 3)`, `["104"]`), exampleNull(`geo_polygon_to_s2cells(`+square+`, 30)`)),
	}
}

func cover(read func(value.Value) (shape, bool)) func(*Context, []value.Value) value.Value {
	return func(_ *Context, a []value.Value) value.Value {
		level := int64(11)
		if len(a) > 1 {
			if level = a[1].Int(); a[1].IsNull() {
				level = -1
			}
		}
		s, ok := read(a[0])
		if !ok || level < 0 || level > s2Levels {
			return value.Null(value.Dynamic)
		}
		c := covering{shape: s, level: int(level)}
		for face := range s2Cell(6) {
			c.add(face<<61 | 1<<60)
		}
		if c.tooMany {
			return value.Null(value.Dynamic)
		}
		return value.NewDynamic(c.tokens)
	}
}

// covering collects the cells of a level, in the order of their numbers.
type covering struct {
	shape   shape
	level   int
	tokens  []any
	tooMany bool
}

func (c *covering) add(cell s2Cell) {
	if c.tooMany || !c.shape.touches(cell.shape()) {
		return
	}
	if cell.level() == c.level {
		c.tokens = append(c.tokens, cell.token())
		c.tooMany = len(c.tokens) > maxCover
		return
	}
	lowest := cell & -cell
	for quarter := range s2Cell(4) {
		c.add(cell - lowest + (2*quarter+1)*(lowest>>2))
	}
}

// shape is a cell as a polygon.
func (c s2Cell) shape() shape {
	face, i, j, size := c.square()
	var ring path
	for _, d := range [][2]int{{0, 0}, {1, 0}, {1, 1}, {0, 1}, {0, 0}} {
		ring = append(ring, s2Point(face, float64(i+d[0]*size), float64(j+d[1]*size)))
	}
	return shape{[]path{ring}, []polygon{{ring}}}
}
