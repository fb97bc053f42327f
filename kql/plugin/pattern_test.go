package plugin

import (
	"fmt"
	"math"
	"testing"

	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/value"
)

// patternCall is a call over a table of small numbers, as a linear congruence makes them.
func patternCall(columns, rows int) (*Call, [][]value.Value) {
	c := &Call{}
	for i := range columns {
		c.Input = append(c.Input, Column{fmt.Sprintf("c%d", i), value.Long})
	}
	seed := uint32(1)
	table := make([][]value.Value, rows)
	for r := range table {
		for i := range columns {
			seed = seed*1664525 + 1013904223
			n := int64(seed >> 28 % 4)
			if i == 1 { // follows from the column before
				n = table[r][0].Int() / 2
			}
			table[r] = append(table[r], value.NewLong(n))
		}
	}
	return c, table
}

// TestBasketFindsAll compares with a count of every combination of conditions.
func TestBasketFindsAll(t *testing.T) {
	c, rows := patternCall(4, 300)
	_, out, err := basket().Run(&function.Context{}, c, rows, nil)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]int64{}
	for _, row := range out {
		got[fmt.Sprint(row[3:])] = row[1].Int()
	}
	closed := 0
	var walk func(p []value.Value)
	walk = func(p []value.Value) {
		if len(p) < len(c.Input) {
			for n := int64(-1); n < 4; n++ {
				v := value.NewLong(n)
				if n < 0 {
					v = value.Null(value.Long)
				}
				walk(append(p[:len(p):len(p)], v))
			}
			return
		}
		count, same := covered(p, rows)
		if frequent := float64(count) >= math.Ceil(0.05*300); !frequent || !same || allNull(p) {
			return
		}
		closed++
		if got[fmt.Sprint(p)] != int64(count) {
			t.Errorf("%v: got %d, want %d", p, got[fmt.Sprint(p)], count)
		}
	}
	walk(nil)
	if closed != len(out) || closed < 20 {
		t.Errorf("got %d patterns, want %d", len(out), closed)
	}
}

// covered counts the rows of a pattern; closed tells that no more conditions hold for all of them.
func covered(p []value.Value, rows [][]value.Value) (count int, closed bool) {
	var first []value.Value
	open := make([]bool, len(p))
	for _, row := range rows {
		fits := true
		for i, v := range p {
			fits = fits && (v.IsNull() || value.Equal(v, row[i]))
		}
		if !fits {
			continue
		}
		if count++; first == nil {
			first = row
		}
		for i := range row {
			open[i] = open[i] || !value.Equal(row[i], first[i])
		}
	}
	for i, v := range p {
		if v.IsNull() && !open[i] {
			return count, false
		}
	}
	return count, true
}

func allNull(p []value.Value) bool {
	for _, v := range p {
		if !v.IsNull() {
			return false
		}
	}
	return true
}

// TestPatternsBounded checks that a search that would not end is refused.
func TestPatternsBounded(t *testing.T) {
	c, rows := patternCall(40, 200)
	for i := range rows {
		for j := range rows[i] {
			if (i+j)%7 != 0 {
				rows[i][j] = value.NewLong(1)
			}
		}
	}
	depth := value.NewLong(40)
	c.Args = []Arg{{Param: "MaxDimensions", Const: &depth, Column: -1, Lookup: -1}}
	if _, _, err := basket().Run(&function.Context{}, c, rows, nil); err == nil {
		t.Error("found all patterns of 40 columns")
	}
}

// TestAutoclusterCounts checks that what a pattern says of the rows is true.
func TestAutoclusterCounts(t *testing.T) {
	c, rows := patternCall(5, 500)
	_, out, err := autocluster().Run(&function.Context{}, c, rows, nil)
	if err != nil || len(out) == 0 || len(out) > 25 {
		t.Fatalf("%d patterns, %v", len(out), err)
	}
	for _, row := range out {
		if count, _ := covered(row[3:], rows); int64(count) != row[1].Int() || row[2].Real() != percent(float64(count), 500, 1) {
			t.Errorf("%v holds for %d rows", row, count)
		}
	}
}
