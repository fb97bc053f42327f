package fault

import (
	"fmt"
	"strings"
)

// nearest returns the name that is closest to word, or "" when none is close.
func nearest(word string, names []string) string {
	best, bestDistance := "", max(1, len(word)/3)
	for _, name := range names {
		if d := distance(strings.ToLower(word), strings.ToLower(name)); d <= bestDistance && (best == "" || d < bestDistance) {
			best, bestDistance = name, d
		}
	}
	return best
}

// distance is the number of edits between a and b, where swapping two neighbours is one edit.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	two, one := []int(nil), make([]int, len(y)+1)
	for j := range one {
		one[j] = j
	}
	for i := 1; i <= len(x); i++ {
		row := make([]int, len(y)+1)
		row[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			row[j] = min(one[j]+1, row[j-1]+1, one[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				row[j] = min(row[j], two[j-2]+1)
			}
		}
		two, one = one, row
	}
	return one[len(y)]
}

// DidYouMean returns a next step that names the nearest of the names, or lists them when there are few.
func DidYouMean(word string, names []string) string {
	if near := nearest(word, names); near != "" {
		return fmt.Sprintf("did you mean %q?", near)
	}
	switch {
	case len(names) == 0:
		return ""
	case len(names) <= 15:
		return "known here: " + strings.Join(names, ", ")
	}
	return ""
}
