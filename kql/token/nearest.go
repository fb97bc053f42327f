package token

import (
	"strings"
	"unicode/utf8"
)

// Nearest returns the candidate that name was probably meant to be: one that differs in case only, else the one
// with the smallest edit distance that is small for the length of the name. It returns "" when none is near.
func Nearest(name string, candidates []string) string {
	for _, c := range candidates {
		if strings.EqualFold(c, name) && c != name {
			return c
		}
	}
	limit := utf8.RuneCountInString(name) / 3
	best, bestDistance := "", limit+1
	lower := []rune(strings.ToLower(name))
	for _, c := range candidates {
		if n := utf8.RuneCountInString(c); n > len(lower)+limit || n < len(lower)-limit || c == name {
			continue
		}
		if d := distance(lower, []rune(strings.ToLower(c)), bestDistance); d < bestDistance {
			best, bestDistance = c, d
		}
	}
	return best
}

// Distance counts insertions, deletions, replacements and swaps of neighbours; it may stop at limit.
func distance(a, b []rune, limit int) int {
	if len(a) > 64 || len(b) > 64 {
		return limit
	}
	var rows [3][66]int
	before, previous, current := rows[0][:len(b)+1], rows[1][:len(b)+1], rows[2][:len(b)+1]
	for j := range previous {
		previous[j] = j
	}
	for i := 1; i <= len(a); i++ {
		current[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			d := min(previous[j]+1, current[j-1]+1, previous[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				d = min(d, before[j-2]+1)
			}
			current[j] = d
			least = min(least, d)
		}
		if least >= limit {
			return limit
		}
		before, previous, current = previous, current, before
	}
	return previous[len(b)]
}
