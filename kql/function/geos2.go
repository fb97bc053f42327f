package function

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/glasswatch/glasswatch/kql/value"
)

// s2Levels is how often a face of the cube round the sphere is divided into four at most.
const s2Levels = 30

// s2Cells are the functions of S2 cells, which divide the faces of a cube round the sphere along a Hilbert curve. A cell
// is written as its number in hexadecimal without the zeros at its end.
func s2Cells() []Func {
	token := param("s2cell", value.String)
	return []Func{
		one("geo_point_to_s2cell", "The S2 cell of a point at a level of 0 to 30, by default 11; empty for what is no point.", Overload{Params: append(coordinates(""), optional(Param{Name: "level", Types: integers(), As: value.Long})), Returns: value.String,
			Eval: func(_ *Context, a []value.Value) value.Value {
				level := int64(11)
				if len(a) > 2 {
					if level = a[2].Int(); a[2].IsNull() {
						level = -1
					}
				}
				p, ok := pointAt(a, 0)
				if !ok || level < 0 || level > s2Levels {
					return str("")
				}
				return str(s2Of(p).parent(int(level)).token())
			}}, example(`geo_point_to_s2cell(-80.195829, 25.802215, 8)`, "88d9b"), example(`geo_point_to_s2cell(300, 1, 8)`, "")),
		one("geo_s2cell_to_central_point", "The point in the middle of an S2 cell.", Overload{Params: []Param{token}, Returns: value.Dynamic, Eval: func(_ *Context, a []value.Value) value.Value {
			c, ok := s2Token(a[0].Text())
			if !ok {
				return value.Null(value.Dynamic)
			}
			face, i, j, size := c.square()
			return s2Point(face, float64(i)+float64(size)/2, float64(j)+float64(size)/2).geoJSON()
		}}, example(`geo_s2cell_to_central_point("1")`, `{"type":"Point","coordinates":[0.0,0.0]}`), exampleNull(`geo_s2cell_to_central_point("a")`)),
		one("geo_s2cell_to_polygon", "An S2 cell as a polygon.", Overload{Params: []Param{token}, Returns: value.Dynamic, Eval: func(_ *Context, a []value.Value) value.Value {
			c, ok := s2Token(a[0].Text())
			if !ok {
				return value.Null(value.Dynamic)
			}
			face, i, j, size := c.square()
			ring := []any{}
			for _, d := range [][2]int{{0, 0}, {1, 0}, {1, 1}, {0, 1}, {0, 0}} {
				ring = append(ring, s2Point(face, float64(i+d[0]*size), float64(j+d[1]*size)).position())
			}
			return bagOf("type", "Polygon", "coordinates", []any{ring})
		}}, exampleNull(`geo_s2cell_to_polygon("a")`)),
		one("geo_s2cell_neighbors", "The S2 cells of the same level around a cell, those at its corners too.", Overload{Params: []Param{token}, Returns: value.Dynamic, Eval: func(_ *Context, a []value.Value) value.Value {
			c, ok := s2Token(a[0].Text())
			if !ok {
				return value.Null(value.Dynamic)
			}
			return value.NewDynamic(c.around())
		}}, example(`geo_s2cell_neighbors("89c259")`, `["89c25d","89c2f9","89c251","89c257","89c25f","89c25b","89c2f7","89c2f5"]`), exampleNull(`geo_s2cell_neighbors("a")`)),
	}
}

// s2Cell is the number of a cell: three bits of face, two bits a level along the curve, a one, zeros.
type s2Cell uint64

// The curve: for an orientation (bit 0 swaps the axes, bit 1 turns them) the quarters in the order of the curve, as
// i<<1|j, and how the orientation changes in each.
var (
	s2Quarters = [4][4]int{{0, 1, 3, 2}, {0, 2, 3, 1}, {3, 2, 0, 1}, {3, 1, 0, 2}}
	s2Turns    = [4]int{1, 0, 0, 3}
)

func s2Of(p vector) s2Cell {
	face, u, v := p.face()
	return s2At(face, s2Index(u), s2Index(v))
}

// s2At is the smallest cell at a place of a face.
func s2At(face, i, j int) s2Cell {
	id, orientation := uint64(face), face&1
	for k := s2Levels - 1; k >= 0; k-- {
		quarter := i>>k&1<<1 | j>>k&1
		at := 0
		for s2Quarters[orientation][at] != quarter {
			at++
		}
		id = id<<2 | uint64(at)
		orientation ^= s2Turns[at]
	}
	return s2Cell(id<<1 | 1)
}

// face is the face of the cube that a point looks through, and the place on it, from -1 to 1.
func (p vector) face() (face int, u, v float64) {
	x, y, z := math.Abs(p.x), math.Abs(p.y), math.Abs(p.z)
	switch {
	case x >= y && x >= z && p.x > 0:
		return 0, p.y / p.x, p.z / p.x
	case x >= y && x >= z:
		return 3, p.z / p.x, p.y / p.x
	case y >= z && p.y > 0:
		return 1, -p.x / p.y, p.z / p.y
	case y >= z:
		return 4, p.z / p.y, -p.x / p.y
	case p.z > 0:
		return 2, -p.x / p.z, -p.y / p.z
	}
	return 5, -p.y / p.z, -p.x / p.z
}

// s2Index makes a place on a face a number of 30 bits, so that cells of a level have nearly the same area.
func s2Index(u float64) int {
	s := 0.5 * math.Sqrt(1+3*math.Abs(u))
	if u < 0 {
		s = 1 - s
	}
	return max(0, min(1<<s2Levels-1, int(math.Floor(s*(1<<s2Levels)))))
}

// s2Point is the point at two such numbers.
func s2Point(face int, i, j float64) vector {
	place := func(f float64) float64 {
		s := f / (1 << s2Levels)
		if s >= 0.5 {
			return (4*s*s - 1) / 3
		}
		return (1 - 4*(1-s)*(1-s)) / 3
	}
	u, v := place(i), place(j)
	return s2Direction(face, u, v).unit()
}

// s2Direction is where a place of a face lies in space.
func s2Direction(face int, u, v float64) vector {
	return [6]vector{{1, u, v}, {-u, 1, v}, {-u, -v, 1}, {-1, -v, -u}, {v, -1, -u}, {v, u, -1}}[face]
}

func (c s2Cell) parent(level int) s2Cell {
	one := s2Cell(1) << (2 * (s2Levels - level))
	return c&-one | one
}

// square is the face of a cell, its lower corner and its size.
func (c s2Cell) square() (face, i, j, size int) {
	face = int(c >> 61)
	level := c.level()
	orientation := face & 1
	for k := range level {
		quarter := s2Quarters[orientation][c>>(59-2*k)&3]
		i, j = i<<1|quarter>>1, j<<1|quarter&1
		orientation ^= s2Turns[c>>(59-2*k)&3]
	}
	size = 1 << (s2Levels - level)
	return face, i * size, j * size, size
}

func (c s2Cell) level() int {
	level := s2Levels
	for lowest := c & -c; lowest > 1; lowest >>= 2 {
		level--
	}
	return level
}

// token writes the number with the zeros that it begins with.
func (c s2Cell) token() string { return strings.TrimRight(fmt.Sprintf("%016x", uint64(c)), "0") }

// s2Token reads a cell; false where the number is none.
func s2Token(text string) (s2Cell, bool) {
	if len(text) == 0 || len(text) > 16 {
		return 0, false
	}
	n, err := strconv.ParseUint(text+strings.Repeat("0", 16-len(text)), 16, 64)
	c := s2Cell(n)
	lowest := c & -c
	return c, err == nil && c>>61 < 6 && lowest&0x1555555555555555 != 0
}
