package plugin

import (
	"math"
	"testing"

	"github.com/glasswatch/glasswatch/kql/value"
)

func shapeOfText(t *testing.T, text string, closed bool) *shape {
	t.Helper()
	v, ok := value.ParseJSON(text)
	s, valid := shapeOf(v, closed)
	if !ok || !valid {
		t.Fatalf("%s is no shape", text)
	}
	return s
}

func TestContains(t *testing.T) {
	square := `{"type":"Polygon","coordinates":[[[0,0],[10,0],[10,10],[0,10],[0,0]],[[4,4],[6,4],[6,6],[4,6],[4,4]]]}`
	dateline := `{"type":"Polygon","coordinates":[[[170,-10],[-170,-10],[-170,10],[170,10],[170,-10]]]}`
	pole := `{"type":"Polygon","coordinates":[[[0,80],[120,80],[-120,80],[0,80]]]}`
	two := `{"type":"MultiPolygon","coordinates":[[[[0,0],[1,0],[1,1],[0,1],[0,0]]],[[[20,0],[21,0],[21,1],[20,1],[20,0]]]]}`
	clockwise := `{"type":"Polygon","coordinates":[[[0,0],[0,10],[10,10],[10,0],[0,0]]]}`
	f := func(shape string, lng, lat float64, want bool) {
		t.Helper()
		p, _ := pointAt(lng, lat)
		s := shapeOfText(t, shape, true)
		if got := s.contains(p); got != want {
			t.Errorf("%s holds (%g, %g): %t, want %t", shape, lng, lat, got, want)
		}
		if want && !s.near(p, 0) {
			t.Errorf("%s is not near (%g, %g)", shape, lng, lat)
		}
	}
	f(square, 2, 2, true)
	f(square, 5, 5, false) // in the hole
	f(square, 11, 5, false)
	f(square, -175, -5, false) // opposite
	f(square, 5, 9.99, true)
	f(dateline, 180, 0, true)
	f(dateline, -175, 5, true)
	f(dateline, 160, 0, false)
	f(dateline, 0, 0, false)
	f(pole, 17, 89, true)
	f(pole, 17, 70, false)
	f(pole, 17, -89, false)
	f(two, 20.5, 0.5, true)
	f(two, 10, 0.5, false)
	f(clockwise, 5, 5, true)
}

func TestDistance(t *testing.T) {
	f := func(shape string, closed bool, lng, lat, want float64) {
		t.Helper()
		p, _ := pointAt(lng, lat)
		if got := shapeOfText(t, shape, closed).distance(p) * earthRadius; math.Abs(got-want) > 1 {
			t.Errorf("%s is %.1f m from (%g, %g), want %.1f", shape, got, lng, lat, want)
		}
	}
	degree := earthRadius * math.Pi / 180
	line := `{"type":"LineString","coordinates":[[0,0],[10,0]]}`
	f(line, false, 5, 1, degree)
	f(line, false, 12, 0, 2*degree)
	f(line, false, 5, 0, 0)
	f(`{"type":"MultiLineString","coordinates":[[[0,0],[10,0]],[[0,50],[10,50]]]}`, false, 0, 49, degree)
	f(`{"type":"Polygon","coordinates":[[[0,0],[10,0],[10,10],[0,10],[0,0]]]}`, true, 5, 5, 0)
	f(`{"type":"Polygon","coordinates":[[[0,0],[10,0],[10,10],[0,10],[0,0]]]}`, true, -1, 0, degree)
}

func TestShapeErrors(t *testing.T) {
	for _, text := range []string{`{}`, `null`, `{"type":"Point","coordinates":[0,0]}`, `{"type":"Polygon","coordinates":[]}`, `{"type":"Polygon","coordinates":[[]]}`,
		`{"type":"Polygon","coordinates":[[["a",0],[1,0]]]}`, `{"type":"Polygon","coordinates":[[[181,0],[1,0]]]}`, `{"type":"LineString","coordinates":[[0,0],[1,0]]}`} {
		v, _ := value.ParseJSON(text)
		if _, ok := shapeOf(v, true); ok {
			t.Errorf("%s is a polygon", text)
		}
	}
}
