package function

import (
	"math"
	"slices"
)

// s2Around are the steps to the cells around one, in the order of the example in the language's reference.
var s2Around = [][2]int{{1, 1}, {-1, -1}, {1, -1}, {0, -1}, {0, 1}, {1, 0}, {-1, 0}, {-1, 1}}

// around are the tokens of the neighbours of a cell; at a corner of the cube three cells meet, not four.
func (c s2Cell) around() []any {
	face, i, j, size := c.square()
	var cells []s2Cell
	out := []any{}
	for _, d := range s2Around {
		n := s2Wrapped(face, i+d[0]*size, j+d[1]*size).parent(c.level())
		if n != c && !slices.Contains(cells, n) {
			cells = append(cells, n)
			out = append(out, n.token())
		}
	}
	return out
}

// s2Wrapped is the smallest cell at a place that may lie beyond the face: then it lies on the side of the next face that
// is there.
func s2Wrapped(face, i, j int) s2Cell {
	const size = 1 << s2Levels
	if i >= 0 && i < size && j >= 0 && j < size {
		return s2At(face, i, j)
	}
	place := func(n int) float64 {
		limit := math.Nextafter(1, 2)
		return max(-limit, min(limit, float64(2*(max(-1, min(size, n))-size/2)+1)/size))
	}
	u, v := place(i), place(j)
	face, u, v = s2Direction(face, u, v).face()
	index := func(u float64) int { return max(0, min(size-1, int(math.Floor((u+1)/2*size)))) }
	return s2At(face, index(u), index(v))
}
