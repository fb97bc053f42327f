package plugin

import (
	"slices"

	"github.com/glasswatch/glasswatch/kql/value"
)

// timeline divides the values of a timeline column into bins of one size, counted from start, or into calendar units.
// Instants and spans are ticks, whole numbers themselves.
type timeline struct {
	typ   value.Type
	step  int64
	start int64
	unit  string // week, month or year instead of a step
}

// floor returns the first value of the bin that t is in.
func (l timeline) floor(t int64) int64 {
	switch l.unit {
	case "":
		d := (t - l.start) % l.step
		if d < 0 {
			d += l.step
		}
		return t - d
	case "week":
		const sunday = 6 // the day 1 of year 1 was a Monday
		day := t - mod(t, value.Day)
		return day - mod(day/value.Day-sunday, 7)*value.Day
	}
	civil := value.CivilOf(t)
	civil.Day = 1
	if l.unit == "year" {
		civil.Month = 1
	}
	day, _ := civil.DayTicks()
	return day
}

// next returns the first value of the bin after the one that begins at t.
func (l timeline) next(t int64) int64 {
	switch l.unit {
	case "":
		return t + l.step
	case "week":
		return t + 7*value.Day
	case "month":
		return l.floor(t + 31*value.Day)
	}
	return l.floor(t + 366*value.Day)
}

// bins lists the bins from that of one value to that of another.
func (l timeline) bins(from, to int64) ([]int64, error) {
	var out []int64
	for at := l.floor(from); at <= to; at = l.next(at) {
		if out = append(out, at); len(out) > maxBins {
			return nil, errorf("the timeline has more than %d steps", maxBins)
		}
	}
	return out, nil
}

const maxBins = 1_000_000

func (l timeline) value(t int64) value.Value {
	switch l.typ {
	case value.DateTime:
		return value.NewDateTime(t)
	case value.TimeSpan:
		return value.NewTimeSpan(t)
	case value.Int:
		return value.NewInt(int32(t))
	}
	return value.NewLong(t)
}

func mod(a, b int64) int64 {
	if m := a % b; m < 0 {
		return m + b
	} else {
		return m
	}
}

// checkTimeline checks that the constants fit the type of the timeline column: points have its type, spans the type of
// differences. A span that may be a calendar unit is named in units.
func (c *Call) checkTimeline(column string, points, spans []string, units string) error {
	t := c.Arg(column).Type
	point, span := []value.Type{value.Long, value.Int}, []value.Type{value.Long, value.Int}
	switch t {
	case value.DateTime:
		point, span = []value.Type{value.DateTime}, []value.Type{value.TimeSpan}
	case value.TimeSpan:
		point, span = []value.Type{value.TimeSpan}, []value.Type{value.TimeSpan}
	case value.Long, value.Int:
	default:
		return errorf("a timeline of %s is not supported; use a datetime, a timespan or a whole number", t)
	}
	for _, name := range points {
		if a := c.Arg(name); a != nil && !slices.Contains(point, a.Type) {
			return errorf("%s is a %s, the timeline a %s", name, a.Type, t)
		}
	}
	for _, name := range spans {
		a := c.Arg(name)
		switch {
		case a == nil:
		case a.Type == value.String && name == units && t == value.DateTime:
			if u := c.text(name); a.Const != nil && u != "week" && u != "month" && u != "year" {
				return errorf("%s is a timespan, or week, month or year, not %q", name, u)
			}
		case !slices.Contains(span, a.Type):
			return errorf("%s is a %s; with a timeline of %s it must be a %s", name, a.Type, t, span[0])
		case a.Const != nil && (a.Const.IsNull() || a.Const.Int() <= 0):
			return errorf("%s must be more than nothing", name)
		}
	}
	return nil
}

// timeline returns the bins that the constants ask for. Without a start they are those of bin().
func (c *Call) timeline(column, start, step string) (timeline, error) {
	l := timeline{typ: c.Arg(column).Type, start: c.whole(start, 0)}
	if a := c.Arg(step); a.Type == value.String {
		l.unit = a.Const.Text()
		return l, nil
	}
	if l.step = c.whole(step, 0); l.step <= 0 {
		return l, errorf("%s must be more than nothing", step)
	}
	return l, nil
}
