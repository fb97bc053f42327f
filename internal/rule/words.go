package rule

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Mode says how a rule is run.
type Mode string

// The modes.
const (
	Auto      Mode = ""          // stream where the query allows it, else scheduled
	Stream    Mode = "stream"    // a record at a time, on arrival
	Scheduled Mode = "scheduled" // windows over event time
	NRT       Mode = "nrt"       // windows over the time of arrival, one after the other
)

// UnmarshalText reads a mode, in any case.
func (m *Mode) UnmarshalText(b []byte) error { return word(m, "mode", b, Stream, Scheduled, NRT) }

// Aggregation makes one number of the rows of a window.
type Aggregation string

// The aggregations. Count counts rows, or the values of a column that are not null; the others need a column.
const (
	Count   Aggregation = "Count"
	Average Aggregation = "Average"
	Minimum Aggregation = "Minimum"
	Maximum Aggregation = "Maximum"
	Total   Aggregation = "Total"
)

// UnmarshalText reads an aggregation, in any case.
func (a *Aggregation) UnmarshalText(b []byte) error {
	return word(a, "aggregation", b, Count, Average, Minimum, Maximum, Total)
}

// Operator compares a measure with the threshold.
type Operator string

// The operators.
const (
	GreaterThan        Operator = "GreaterThan"
	GreaterThanOrEqual Operator = "GreaterThanOrEqual"
	LessThan           Operator = "LessThan"
	LessThanOrEqual    Operator = "LessThanOrEqual"
	Equals             Operator = "Equals"
	NotEquals          Operator = "NotEquals" // of Sentinel; Azure Monitor has none
)

// UnmarshalText reads an operator, in any case; Equal is Equals, NotEqual is NotEquals.
func (o *Operator) UnmarshalText(b []byte) error {
	if strings.EqualFold(string(b), "GreaterOrLessThan") {
		return errDynamic
	}
	if strings.EqualFold(string(b), "Equal") || strings.EqualFold(string(b), "NotEqual") {
		b = []byte(string(b) + "s")
	}
	return word(o, "operator", b, GreaterThan, GreaterThanOrEqual, LessThan, LessThanOrEqual, Equals, NotEquals)
}

// Met reports whether a measure meets the condition.
func (o Operator) Met(measure, threshold float64) bool {
	switch o {
	case GreaterThanOrEqual:
		return measure >= threshold
	case LessThan:
		return measure < threshold
	case LessThanOrEqual:
		return measure <= threshold
	case Equals:
		return measure == threshold
	case NotEquals:
		return measure != threshold
	}
	return measure > threshold
}

// Text says the operator in a sentence.
func (o Operator) Text() string {
	switch o {
	case GreaterThanOrEqual:
		return "at least"
	case LessThan:
		return "less than"
	case LessThanOrEqual:
		return "at most"
	case Equals:
		return "exactly"
	case NotEquals:
		return "not"
	}
	return "more than"
}

// Symbol is the operator in KQL.
func (o Operator) Symbol() string {
	if o == "" {
		o = GreaterThan
	}
	return map[Operator]string{GreaterThan: ">", GreaterThanOrEqual: ">=", LessThan: "<", LessThanOrEqual: "<=", Equals: "==", NotEquals: "!="}[o]
}

// DimensionOperator says what a dimension's values are.
type DimensionOperator string

// The operators of dimensions.
const (
	Include DimensionOperator = "Include"
	Exclude DimensionOperator = "Exclude"
)

// UnmarshalText reads an operator, in any case.
func (o *DimensionOperator) UnmarshalText(b []byte) error {
	return word(o, "operator of a dimension", b, Include, Exclude)
}

// Criterion is the kind of threshold. Dynamic ones are refused: they learn from history, so that nobody can say
// beforehand whether a sign-in will be told.
type Criterion string

// StaticThreshold is the one criterion.
const StaticThreshold Criterion = "StaticThresholdCriterion"

var errDynamic = errors.New("dynamic thresholds are not supported: nobody can say beforehand when they fire; give an operator and a threshold")

// UnmarshalText reads a criterion.
func (c *Criterion) UnmarshalText(b []byte) error {
	if strings.EqualFold(string(b), "DynamicThresholdCriterion") {
		return errDynamic
	}
	return word(c, "criterion", b, StaticThreshold)
}

// word sets *to to the one of the words that b is, whatever its case.
func word[T ~string](to *T, what string, b []byte, words ...T) error {
	var names []string
	for _, w := range words {
		if strings.EqualFold(string(b), string(w)) {
			*to = w
			return nil
		}
		names = append(names, string(w))
	}
	return fmt.Errorf("%s %q: want %s", what, b, strings.Join(names, ", "))
}

// Span is a length of time, written as 90s, 5m, 12h, 2d, 1d12h, or PT5M and P1D as Azure has it.
type Span time.Duration

var isoSpan = regexp.MustCompile(`(?i)^P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?$`)

// UnmarshalText reads a span.
func (s *Span) UnmarshalText(b []byte) error {
	text := strings.TrimSpace(string(b))
	bad := fmt.Errorf("%q is no length of time: write it as 30s, 5m, 12h, 2d, or PT5M", text)
	if m := isoSpan.FindStringSubmatch(text); m != nil && len(text) > 2 {
		var total time.Duration
		for i, unit := range []time.Duration{24 * time.Hour, time.Hour, time.Minute, time.Second} {
			n, err := strconv.Atoi("0" + m[i+1])
			if err != nil || n > 100_000 {
				return bad
			}
			total += time.Duration(n) * unit
		}
		*s = Span(total)
		return nil
	}
	var total time.Duration
	if days, rest, ok := strings.Cut(text, "d"); ok {
		n, err := strconv.ParseUint(days, 10, 16)
		if err != nil {
			return bad
		}
		total, text = time.Duration(n)*24*time.Hour, rest
		if text == "" {
			*s = Span(total)
			return nil
		}
	}
	d, err := time.ParseDuration(text)
	if err != nil || d < 0 {
		return bad
	}
	*s = Span(total + d)
	return nil
}

// MarshalText writes the span so that it can be read again.
func (s Span) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// String writes the span in its largest whole units: 2d, 1h30m, 5m, 90s.
func (s Span) String() string {
	d := time.Duration(s)
	if d == 0 {
		return "0s"
	}
	var b strings.Builder
	if days := d / (24 * time.Hour); days > 0 {
		fmt.Fprintf(&b, "%dd", days)
		d -= days * 24 * time.Hour
	}
	if d > 0 {
		text := d.String()
		if strings.HasSuffix(text, "m0s") {
			text = strings.TrimSuffix(text, "0s")
		}
		if strings.HasSuffix(text, "h0m") {
			text = strings.TrimSuffix(text, "0m")
		}
		b.WriteString(text)
	}
	return b.String()
}
