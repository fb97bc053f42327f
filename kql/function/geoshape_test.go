package function

import (
	"math"
	"testing"

	"github.com/glasswatch/glasswatch/kql/value"
)

func TestShape(t *testing.T) {
	parse := func(text string) value.Value {
		v, _ := value.ParseJSON(text)
		return v
	}
	square := `{"type":"Polygon","coordinates":[[[0,0],[10,0],[10,10],[0,10],[0,0]],[[4,4],[4,6],[6,6],[6,4],[4,4]]]}`
	dateline := `{"type":"Polygon","coordinates":[[[170,-10],[-170,-10],[-170,10],[170,10],[170,-10]]]}`
	pole := `{"type":"Polygon","coordinates":[[[0,80],[120,80],[-120,80],[0,80]]]}`
	contains := func(text string, lng, lat float64, want bool) {
		t.Helper()
		s, ok := NewPolygon(parse(text))
		if !ok {
			t.Fatal(text)
		}
		if got := s.Contains(lng, lat); got != want {
			t.Errorf("%s holds (%g, %g): %t, want %t", text, lng, lat, got, want)
		}
	}
	contains(square, 2, 2, true)
	contains(square, 5, 5, false) // in the hole
	contains(square, 11, 5, false)
	contains(square, -175, -5, false) // opposite
	contains(dateline, 180, 0, true)
	contains(dateline, 160, 0, false)
	contains(pole, 17, 89, true)
	contains(pole, 17, 70, false)
	contains(pole, 17, 95, false) // nowhere

	degree := earthRadius * math.Pi / 180
	within := func(s *Shape, ok bool, lng, lat, metres float64) {
		t.Helper()
		if !ok || !s.Within(lng, lat, metres+1) || s.Within(lng, lat, metres-1) {
			t.Errorf("(%g, %g) is not %g metres away", lng, lat, metres)
		}
	}
	line, ok := NewLine(parse(`{"type":"LineString","coordinates":[[0,0],[10,0]]}`))
	within(line, ok, 5, 1, degree)
	within(line, ok, 12, 0, 2*degree)
	area, ok := NewPolygon(parse(square))
	within(area, ok, -1, 0, degree)
	if !area.Within(2, 2, 0) {
		t.Error("a point in the polygon is at no distance")
	}
	if _, ok := NewPolygon(parse(`{"type":"LineString","coordinates":[[0,0],[10,0]]}`)); ok {
		t.Error("a line is no polygon")
	}
}
