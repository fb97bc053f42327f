package value

import (
	"math"
	"math/bits"
	"strconv"
	"strings"
)

// TimeUnit returns the ticks of a unit as timespan literals name it: d, h, m, s, ms, microsecond, tick and their
// longer spellings.
func TimeUnit(name string) (int64, bool) {
	switch name {
	case "d", "day", "days":
		return Day, true
	case "h", "hr", "hrs", "hour", "hours":
		return Hour, true
	case "m", "min", "minute", "minutes":
		return Minute, true
	case "s", "sec", "second", "seconds":
		return Second, true
	case "ms", "milli", "millis", "millisec", "millisecond", "milliseconds":
		return Millisecond, true
	case "micro", "micros", "microsec", "microsecond", "microseconds":
		return Microsecond, true
	case "tick", "ticks":
		return Tick, true
	}
	return 0, false
}

// ParseTimeSpan reads [-][d.]hh:mm[:ss[.fffffff]], a whole number of days, or a number with a unit such as 1.5h or
// 90min, and returns ticks.
// See https://learn.microsoft.com/azure/data-explorer/kusto/query/scalar-data-types/timespan.
func ParseTimeSpan(s string) (int64, bool) {
	s = strings.TrimSpace(s)
	negative := false
	if rest, ok := strings.CutPrefix(s, "-"); ok {
		s, negative = rest, true
	} else {
		s = strings.TrimPrefix(s, "+")
	}
	if s == "" || s[0] < '0' || s[0] > '9' {
		return 0, false
	}
	var ticks int64
	var ok bool
	if strings.IndexByte(s, ':') >= 0 {
		ticks, ok = parseClockSpan(s)
	} else {
		ticks, ok = parseUnitSpan(s)
	}
	if negative {
		ticks = -ticks
	}
	return ticks, ok
}

// parseClockSpan reads [d.]hh:mm[:ss[.fffffff]].
func parseClockSpan(s string) (int64, bool) {
	c := cursor{s: s}
	days := 0
	first, ok := c.digits(1, 8)
	if !ok {
		return 0, false
	}
	hours := first
	if c.take('.') {
		days = first
		if hours, ok = c.digits(1, 2); !ok {
			return 0, false
		}
	}
	if !c.take(':') {
		return 0, false
	}
	minutes, ok := c.digits(1, 2)
	if !ok {
		return 0, false
	}
	seconds, fraction := 0, int64(0)
	if c.take(':') {
		if seconds, ok = c.digits(1, 2); !ok {
			return 0, false
		}
		if c.take('.') {
			if fraction, ok = c.fraction(); !ok {
				return 0, false
			}
		}
	}
	if !c.done() || hours > 23 || minutes > 59 || seconds > 59 || days > 10675199 {
		return 0, false
	}
	return int64(days)*Day + int64(hours)*Hour + int64(minutes)*Minute + int64(seconds)*Second + fraction, true
}

// parseUnitSpan reads 3, 3d, 1.5h.
func parseUnitSpan(s string) (int64, bool) {
	i := 0
	for i < len(s) && (s[i] >= '0' && s[i] <= '9' || s[i] == '.') {
		i++
	}
	unit := Day
	if name := strings.TrimSpace(s[i:]); name != "" {
		var ok bool
		if unit, ok = TimeUnit(name); !ok {
			return 0, false
		}
	}
	return ScaleUnit(s[:i], unit)
}

// ScaleUnit multiplies a decimal number in text by a unit in ticks, as the literal 1.5h does.
func ScaleUnit(number string, unit int64) (int64, bool) {
	if n, err := strconv.ParseUint(number, 10, 63); err == nil {
		hi, lo := bits.Mul64(n, uint64(unit))
		if hi != 0 || lo > math.MaxInt64 {
			return 0, false
		}
		return int64(lo), true
	}
	f, err := strconv.ParseFloat(number, 64)
	if err != nil {
		return 0, false
	}
	f *= float64(unit)
	if math.Abs(f) >= math.MaxInt64 {
		return 0, false
	}
	return int64(math.Round(f)), true
}

// AppendTimeSpan appends [-][d.]hh:mm:ss[.fffffff].
func AppendTimeSpan(dst []byte, ticks int64) []byte {
	u := uint64(ticks)
	if ticks < 0 {
		dst = append(dst, '-')
		u = -u
	}
	if days := u / uint64(Day); days > 0 {
		dst = strconv.AppendUint(dst, days, 10)
		dst = append(dst, '.')
	}
	rest := int64(u % uint64(Day))
	dst = appendClock(dst, rest)
	if fraction := rest % Second; fraction > 0 {
		dst = append(dst, '.')
		dst = appendPadded(dst, fraction, 7)
	}
	return dst
}
