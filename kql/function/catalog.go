package function

import (
	"maps"
	"slices"
	"sync"
)

// families lists the scalar functions, one entry a file.
func families() [][]Func {
	return [][]Func{
		comparisons(), logic(), arithmetic(), stringOperators(), termOperators(), memberships(),
		conversions(), strings_(), regexes(), conditionals(), datetimes(), formats(), dynamics(), arrays(), maths(),
		encodings(), urls(), networks(), digestReaders(), sketchReaders(),
		trigonometry(), specials(), bitFunctions(),
		arrayMoves(), ranges(), arraySorts(), sets(), bags(), columnPacks(),
		hashes(), compressions(), base64s(), unicodes(), punycodes(),
		seriesArithmetic(), seriesReductions(), seriesFills(), seriesFilters(), seriesStatistics(), seriesFits(), seriesPolynomials(), seriesPeriods(), seriesDecompositions(),
		textSearches(), parsers(), xmls(), timezones(), byteFormats(), unitConversions(), arounds(),
		ipScans(), ipFormats(), systems(), aliases(), userAgents(),
		geoPoints(), geoLines(), geoPolygons(), geohashes(), s2Cells(), geoTexts(), geoAreas(), geoDensities(), geoIntersections(), s2Coverings(), geoBuffers(), geoUnions(),
	}
}

func aggregateFamilies() [][]Aggregate {
	return [][]Aggregate{counts(), sums(), extremes(), lists(), percentiles(), bitAggregates(), covariances(), digests(), sketches(), schemas()}
}

var catalogue = sync.OnceValue(func() map[string]*Func {
	m := map[string]*Func{}
	for _, family := range families() {
		for i := range family {
			f := &family[i]
			if m[f.Name] != nil {
				panic("function: BUG: " + f.Name + " is defined twice")
			}
			m[f.Name] = f
		}
	}
	return m
})

var aggregates = sync.OnceValue(func() map[string]*Aggregate {
	m := map[string]*Aggregate{}
	for _, family := range aggregateFamilies() {
		for i := range family {
			a := &family[i]
			if m[a.Name] != nil {
				panic("function: BUG: " + a.Name + " is defined twice")
			}
			m[a.Name] = a
		}
	}
	return m
})

// Lookup returns the scalar function or operator with the name, which is case-sensitive.
func Lookup(name string) (*Func, bool) {
	f, ok := catalogue()[name]
	return f, ok
}

// LookupAggregate returns the aggregation function with the name, which is case-sensitive.
func LookupAggregate(name string) (*Aggregate, bool) {
	a, ok := aggregates()[name]
	return a, ok
}

// Names returns the names of all scalar functions and operators, sorted.
func Names() []string { return slices.Sorted(maps.Keys(catalogue())) }

// AggregateNames returns the names of all aggregation functions, sorted.
func AggregateNames() []string { return slices.Sorted(maps.Keys(aggregates())) }
