package function

import (
	"fmt"
	"slices"
	"strings"

	"github.com/glasswatch/glasswatch/kql/value"
)

func addPeriods() []string {
	return []string{"year", "quarter", "month", "week", "day", "hour", "minute", "second", "millisecond", "microsecond", "nanosecond"}
}

func partNames() []string {
	return []string{"year", "quarter", "month", "week_of_year", "day", "dayofyear", "hour", "minute", "second", "millisecond", "microsecond", "nanosecond"}
}

// checkPeriod refuses a constant name that is not in the list.
func checkPeriod(names []string) func(args []*value.Value) error {
	return func(args []*value.Value) error {
		if args[0] == nil || slices.Contains(names, strings.ToLower(args[0].Text())) {
			return nil
		}
		return fmt.Errorf("%q is no part of a date here; there are %s", args[0].Text(), strings.Join(names, ", "))
	}
}

// fixedPeriod returns the ticks of a period that has always the same length.
func fixedPeriod(name string) (int64, bool) {
	switch name {
	case "week":
		return 7 * value.Day, true
	case "day":
		return value.Day, true
	case "hour":
		return value.Hour, true
	case "minute":
		return value.Minute, true
	case "second":
		return value.Second, true
	case "millisecond":
		return value.Millisecond, true
	case "microsecond":
		return value.Microsecond, true
	}
	return 0, false
}

// months returns the length of a period in months.
func months(name string) (int64, bool) {
	switch name {
	case "year":
		return 12, true
	case "quarter":
		return 3, true
	case "month":
		return 1, true
	}
	return 0, false
}

func datetimeDiff(_ *Context, a []value.Value) value.Value {
	if a[1].IsNull() || a[2].IsNull() {
		return value.Null(value.Long)
	}
	period, x, y := strings.ToLower(a[0].Text()), a[1].Int(), a[2].Int()
	if m, ok := months(period); ok {
		return value.NewLong(monthIndex(x)/m - monthIndex(y)/m)
	}
	if period == "week" { // weeks begin on Sunday, the calendar on a Monday
		return value.NewLong((x/value.Day+1)/7 - (y/value.Day+1)/7)
	}
	if unit, ok := fixedPeriod(period); ok {
		return value.NewLong(x/unit - y/unit)
	}
	if period == "nanosecond" {
		return value.NewLong((x - y) * 100)
	}
	return value.Null(value.Long)
}

func monthIndex(t int64) int64 {
	c := value.CivilOf(t)
	return int64(c.Year)*12 + int64(c.Month) - 1
}

func datetimeDiffSQL(args []SQLArg) (string, bool) {
	period, ok := args[0].constText()
	if !ok {
		return "", false
	}
	period = strings.ToLower(period)
	switch unit, fixed := fixedPeriod(period); {
	case period == "week":
		return fill("(({1} // 864000000000 + 1) // 7 - ({2} // 864000000000 + 1) // 7)", texts(args)...), true
	case fixed:
		return fill(fmt.Sprintf("({1} // %d - {2} // %d)", unit, unit), texts(args)...), true
	}
	m, ok := months(period)
	index := func(s string) string {
		at := fill(stamp, s)
		return fmt.Sprintf("((year(%s) * 12 + month(%s) - 1) // %d)", at, at, m)
	}
	return "(" + index(args[1].SQL) + " - " + index(args[2].SQL) + ")", ok
}

func datetimeAdd(_ *Context, a []value.Value) value.Value {
	if a[1].IsNull() || a[2].IsNull() {
		return value.Null(value.DateTime)
	}
	period, n, t := strings.ToLower(a[0].Text()), a[1].Int(), a[2].Int()
	if unit, ok := fixedPeriod(period); ok {
		if n > value.MaxTicks/unit || n < -value.MaxTicks/unit {
			return value.Null(value.DateTime)
		}
		return integerOf(value.DateTime, t+n*unit, true)
	}
	if period == "nanosecond" {
		return integerOf(value.DateTime, t+n/100, true)
	}
	m, ok := months(period)
	if !ok || n > 120000 || n < -120000 {
		return value.Null(value.DateTime)
	}
	first, ok := startOfMonth(t, n*m)
	if !ok || first > value.MaxTicks {
		return value.Null(value.DateTime)
	}
	c := value.CivilOf(first)
	day := min(value.CivilOf(t).Day, value.DaysIn(c.Year, c.Month))
	return value.NewDateTime(first + int64(day-1)*value.Day + t%value.Day)
}

func datetimeAddSQL(args []SQLArg) (string, bool) {
	period, ok := args[0].constText()
	if !ok {
		return "", false
	}
	unit, ok := fixedPeriod(strings.ToLower(period))
	amount, isConst := args[1].constInt()
	if !ok || !isConst || amount > value.MaxTicks/unit || amount < -value.MaxTicks/unit {
		return "", false
	}
	return inCalendar(fmt.Sprintf("(%s + %d)", args[2].SQL, amount*unit)), true
}

func datetimePart(_ *Context, a []value.Value) value.Value {
	if a[1].IsNull() {
		return value.Null(value.Int)
	}
	t := a[1].Int()
	c := value.CivilOf(t)
	n := int64(0)
	switch strings.ToLower(a[0].Text()) {
	case "year":
		n = int64(c.Year)
	case "quarter":
		n = int64(c.Month+2) / 3
	case "month":
		n = int64(c.Month)
	case "week_of_year":
		n = isoWeek(t)
	case "day":
		n = int64(c.Day)
	case "dayofyear":
		n = dayOfYear(t)
	case "hour":
		n = t / value.Hour % 24
	case "minute":
		n = t / value.Minute % 60
	case "second":
		n = t / value.Second % 60
	case "millisecond":
		n = t / value.Millisecond % 1000
	case "microsecond":
		n = t / value.Microsecond % 1000000
	case "nanosecond":
		n = t % value.Second * 100
	default:
		return value.Null(value.Int)
	}
	return value.NewInt(int32(n))
}

func datetimePartSQL(args []SQLArg) (string, bool) {
	part, ok := args[0].constText()
	if !ok {
		return "", false
	}
	template := map[string]string{
		"year": "year(" + stamp + ")", "quarter": "quarter(" + stamp + ")", "month": "month(" + stamp + ")", "week_of_year": "weekofyear(" + stamp + ")",
		"day": "day(" + stamp + ")", "dayofyear": "dayofyear(" + stamp + ")", "hour": "({0} // 36000000000 % 24)", "minute": "({0} // 600000000 % 60)",
		"second": "({0} // 10000000 % 60)", "millisecond": "({0} // 10000 % 1000)", "microsecond": "({0} // 10 % 1000000)", "nanosecond": "({0} % 10000000 * 100)",
	}[strings.ToLower(part)]
	return fill("("+template+")::INTEGER", args[1].SQL), template != ""
}
