package cost

import (
	"math"
	"testing"
	"time"

	"github.com/glasswatch/glasswatch/internal/rule"
)

func TestRule(t *testing.T) {
	p, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	off := false
	every := func(d time.Duration) rule.Rule {
		return rule.Rule{Mode: rule.Scheduled, EvaluationFrequency: rule.Span(d), WindowSize: rule.Span(max(d, 5*time.Minute))}
	}
	split := every(5 * time.Minute)
	split.Dimensions = []rule.Dimension{{Name: "a"}}
	disabled := every(time.Minute)
	disabled.Enabled = &off
	f := func(r rule.Rule, u Usage, want float64) {
		t.Helper()
		if got := p.Rule(r, u).Azure; math.Abs(got-want) > 1e-9 {
			t.Errorf("%v: %v, want %v", r.EvaluationFrequency, got, want)
		}
	}
	f(every(10*time.Second), Usage{}, 3)
	f(every(time.Minute), Usage{}, 3)
	f(every(5*time.Minute), Usage{Series: 7}, 1.5)
	f(every(7*time.Minute), Usage{}, 1)
	f(every(15*time.Minute), Usage{}, 0.5)
	f(every(24*time.Hour), Usage{}, 0.5)
	f(split, Usage{Series: 3}, 1.8)
	f(rule.Rule{Mode: rule.Stream}, Usage{}, 3)
	f(disabled, Usage{}, 0)
}

// The example of the price table: 500 users, 5.02 GB a month as billed.
func TestRest(t *testing.T) {
	p, err := Load()
	if err != nil {
		t.Fatal(err)
	}
	lines := p.Rest(Usage{Users: 500, Mails: 1500, SMS: 10})
	for i, want := range []float64{15.0, 0.01, 0.88} {
		if math.Abs(lines[i].Azure-want) > 0.01 {
			t.Errorf("%s: %v, want %v", lines[i].What, lines[i].Azure, want)
		}
	}
}
