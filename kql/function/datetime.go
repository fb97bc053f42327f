package function

import (
	"fmt"
	"math"
	"strconv"

	"github.com/glasswatch/glasswatch/kql/value"
)

// stamp is an instant as DuckDB's TIMESTAMP, which has microseconds; the functions that use it need no more.
const stamp = "make_timestamp({0} // 10 - 62135596800000000)"

// fromStamp turns a TIMESTAMP back into ticks.
func fromStamp(s string) string {
	return "((epoch_us((" + s + ")::TIMESTAMP) + 62135596800000000) * 10)"
}

// datetimes are the functions over instants and spans.
func datetimes() []Func {
	instant := param("datetime", value.DateTime)
	out := []Func{
		one("now", "The instant of the query, the same in all of it; with a span, that much later.", Overload{Params: []Param{optional(param("offset", value.TimeSpan))}, Returns: value.DateTime,
			Eval: func(c *Context, a []value.Value) value.Value {
				if len(a) == 0 {
					return value.NewDateTime(c.Now)
				}
				n, ok := addChecked(c.Now, a[0].Int())
				return integerOf(value.DateTime, n, ok && !a[0].IsNull())
			}}, example(`now() - now(-1h)`, "01:00:00")),
		one("ago", "The instant of the query less a span.", Overload{Params: []Param{param("span", value.TimeSpan)}, Returns: value.DateTime,
			Eval: func(c *Context, a []value.Value) value.Value {
				return integerOf(value.DateTime, c.Now-a[0].Int(), !a[0].IsNull())
			}}, example(`now() - ago(1d)`, "1.00:00:00")),
		instantFunc("hourofday", value.Int, "The hour, 0 to 23.", func(t int64) int64 { return t / value.Hour % 24 }, "({0} // 36000000000 % 24)::INTEGER", example(`hourofday(datetime(2015-12-14 18:54))`, "18")),
		instantFunc("dayofweek", value.TimeSpan, "The days since the last Sunday, as a span.", weekday, "(({0} // 864000000000 + 1) % 7 * 864000000000)", example(`dayofweek(datetime(1970-05-11))`, "1.00:00:00"), example(`dayofweek(datetime(1947-11-30 10:00:05))`, "00:00:00")),
		instantFunc("dayofmonth", value.Int, "The day of the month.", func(t int64) int64 { return int64(value.CivilOf(t).Day) }, "day("+stamp+")::INTEGER", example(`dayofmonth(datetime(2015-12-14))`, "14")),
		instantFunc("dayofyear", value.Int, "The day of the year, from 1.", dayOfYear, "dayofyear("+stamp+")::INTEGER", example(`dayofyear(datetime(2015-12-14))`, "348")),
		instantFunc("getmonth", value.Int, "The month, 1 to 12.", func(t int64) int64 { return int64(value.CivilOf(t).Month) }, "month("+stamp+")::INTEGER", example(`getmonth(datetime(2015-10-12))`, "10")),
		instantFunc("monthofyear", value.Int, "The month, 1 to 12.", func(t int64) int64 { return int64(value.CivilOf(t).Month) }, "month("+stamp+")::INTEGER", example(`monthofyear(datetime(2015-12-14))`, "12")),
		instantFunc("getyear", value.Int, "The year.", func(t int64) int64 { return int64(value.CivilOf(t).Year) }, "year("+stamp+")::INTEGER", example(`getyear(datetime(2015-10-12))`, "2015")),
		instantFunc("week_of_year", value.Int, "The number of the week by ISO 8601.", isoWeek, "weekofyear("+stamp+")::INTEGER", example(`week_of_year(datetime(2000-01-01))`, "52"), example(`week_of_year(datetime(2020-12-31))`, "53")),
		{Name: "datetime_diff", Doc: "How many borders of a period (year, quarter, month, week, day, hour, minute, second, ...) lie between two instants, positive when the first is later.",
			Overloads: []Overload{{Params: []Param{constant(param("period", value.String)), param("first", value.DateTime), param("second", value.DateTime)}, Returns: value.Long, Check: checkPeriod(addPeriods()), Eval: datetimeDiff, SQLFunc: sqlFunc(datetimeDiffSQL)}},
			Examples:  []Example{example(`datetime_diff("day", datetime(2017-10-29 00:00), datetime(2017-09-30 23:59))`, "29"), example(`datetime_diff("year", datetime(2017-01-01), datetime(2000-12-31))`, "17"), example(`datetime_diff("minute", datetime(2017-10-30 23:05:01), datetime(2017-10-30 23:00:59))`, "5")}},
		{Name: "datetime_add", Doc: "An instant moved by a number of periods (year, quarter, month, week, day, hour, ...); a day that the month does not have becomes its last.",
			Overloads: []Overload{{Params: []Param{constant(param("period", value.String)), {Name: "amount", Types: integers()}, param("datetime", value.DateTime)}, Returns: value.DateTime, Check: checkPeriod(addPeriods()), Eval: datetimeAdd, SQLFunc: sqlFunc(datetimeAddSQL)}},
			Examples:  []Example{example(`datetime_add("month", 1, datetime(2017-01-31))`, "2017-02-28T00:00:00.0000000Z"), example(`datetime_add("week", -1, datetime(2017-01-08))`, "2017-01-01T00:00:00.0000000Z")}},
		{Name: "datetime_part", Doc: "A part of an instant (year, quarter, month, week_of_year, day, dayofyear, hour, minute, second, millisecond, ...) as a number.",
			Overloads: []Overload{{Params: []Param{constant(param("part", value.String)), instant}, Returns: value.Int, Check: checkPeriod(partNames()), Eval: datetimePart, SQLFunc: sqlFunc(datetimePartSQL)}},
			Examples:  []Example{example(`datetime_part("month", datetime(2017-10-30 01:02:03.7654321))`, "10"), example(`datetime_part("second", datetime(2017-10-30 01:02:03.7654321))`, "3")}},
		{Name: "make_datetime", Doc: "An instant of its parts: year, month, day, and optionally hour, minute and second. What is no date is null.",
			Overloads: []Overload{{Params: []Param{wholePart("year"), wholePart("month"), wholePart("day"), optional(wholePart("hour")), optional(wholePart("minute")), optional(number("second"))}, Returns: value.DateTime, Eval: makeDateTime},
				{Params: []Param{{Name: "value", As: value.DateTime}}, Returns: value.DateTime, SQL: sql("{0}"), Eval: func(_ *Context, a []value.Value) value.Value { return a[0] }}},
			Examples: []Example{example(`make_datetime(2017, 10, 1, 12, 11, 0.1234567)`, "2017-10-01T12:11:00.1234567Z"), exampleNull(`make_datetime(2017, 2, 30)`)}},
		{Name: "make_timespan", Doc: "A span of its parts: hours, minutes and optionally seconds, or days, hours, minutes and seconds.",
			Overloads: []Overload{{Params: []Param{param("a", value.Long), param("b", value.Long), optional(param("c", value.Real)), optional(param("d", value.Real))}, Returns: value.TimeSpan, Eval: makeTimeSpan},
				{Params: []Param{{Name: "value", As: value.TimeSpan}}, Returns: value.TimeSpan, SQL: sql("{0}"), Eval: func(_ *Context, a []value.Value) value.Value { return a[0] }}},
			Examples: []Example{example(`make_timespan(1, 12, 30, 55.123)`, "1.12:30:55.1230000"), example(`make_timespan(1, 12)`, "01:12:00")}},
	}
	out = append(out, starts()...)
	return append(append(out, epochs()...), nanoseconds())
}

// instantFunc is a function of one instant.
func instantFunc(name string, result value.Type, doc string, f func(t int64) int64, template string, examples ...Example) Func {
	return one(name, doc, Overload{Params: []Param{param("datetime", value.DateTime)}, Returns: result, SQL: sql(template),
		Eval: func(_ *Context, a []value.Value) value.Value {
			if a[0].IsNull() {
				return value.Null(result)
			}
			n := f(a[0].Int())
			if result == value.Int {
				return value.NewInt(int32(n))
			}
			return value.NewTimeSpan(n)
		}}, examples...)
}

// weekday is the days since Sunday in ticks; the first day of the calendar is a Monday.
func weekday(t int64) int64 { return (t/value.Day + 1) % 7 * value.Day }

func dayOfYear(t int64) int64 {
	first, _ := value.Civil{Year: value.CivilOf(t).Year, Month: 1, Day: 1}.DayTicks()
	return (t-first)/value.Day + 1
}

func isoWeek(t int64) int64 {
	_, week := value.Time(t).ISOWeek()
	return int64(week)
}

// starts are startofX and endofX, with an optional number of periods to move by.
func starts() []Func {
	var out []Func
	for _, p := range []struct {
		name       string
		start      func(t, offset int64) (int64, bool)
		template   string // of the start, {1} the offset
		begin, end string // for datetime(2017-01-05 10:10:17)
	}{
		{"day", func(t, n int64) (int64, bool) { return t - t%value.Day + n*value.Day, true }, "({0} - {0} % 864000000000 + ({1}) * 864000000000)", "2017-01-05T00:00:00.0000000Z", "2017-01-05T23:59:59.9999999Z"},
		{"week", func(t, n int64) (int64, bool) { return t - t%value.Day - weekday(t) + n*7*value.Day, true }, "({0} - {0} % 864000000000 - ({0} // 864000000000 + 1) % 7 * 864000000000 + ({1}) * 6048000000000)", "2017-01-01T00:00:00.0000000Z", "2017-01-07T23:59:59.9999999Z"},
		{"month", func(t, n int64) (int64, bool) { return startOfMonth(t, n) }, fromStamp("date_trunc('month', " + stamp + ") + to_months(({1})::INTEGER)"), "2017-01-01T00:00:00.0000000Z", "2017-01-31T23:59:59.9999999Z"},
		{"year", func(t, n int64) (int64, bool) {
			return startOfMonth(t-t%value.Day, n*12-int64(value.CivilOf(t).Month-1))
		}, fromStamp("date_trunc('year', " + stamp + ") + to_years(({1})::INTEGER)"), "2017-01-01T00:00:00.0000000Z", "2017-12-31T23:59:59.9999999Z"},
	} {
		params := []Param{param("datetime", value.DateTime), optional(param("offset", value.Long))}
		template := func(ahead int64, tail string) func(args []SQLArg) (string, bool) {
			return func(args []SQLArg) (string, bool) {
				offset := int64(0)
				if len(args) > 1 {
					n, ok := args[1].constInt()
					if !ok || n > 10000 || n < -10000 {
						return "", false
					}
					offset = n
				}
				s := fill(p.template, args[0].SQL, strconv.FormatInt(offset+ahead, 10)) + tail
				if offset != 0 || p.name == "week" {
					return inCalendar(s), true
				}
				return "(" + s + ")", true
			}
		}
		const at = "datetime(2017-01-05 10:10:17)"
		out = append(out,
			one("startof"+p.name, "The first instant of the "+p.name+"; optionally of one some "+p.name+"s later.", Overload{Params: params, Returns: value.DateTime, SQLFunc: sqlFunc(template(0, "")),
				Eval: func(_ *Context, a []value.Value) value.Value { return startAt(a, p.start, 0, 0) }}, example("startof"+p.name+"("+at+")", p.begin)),
			one("endof"+p.name, "The last tick of the "+p.name+"; optionally of one some "+p.name+"s later.", Overload{Params: params, Returns: value.DateTime, SQLFunc: sqlFunc(template(1, " - 1")),
				Eval: func(_ *Context, a []value.Value) value.Value { return startAt(a, p.start, 1, -1) }}, example("endof"+p.name+"("+at+")", p.end)))
	}
	return out
}

func startAt(a []value.Value, start func(t, offset int64) (int64, bool), ahead, ticks int64) value.Value {
	offset := int64(0)
	if len(a) > 1 {
		offset = a[1].Int()
	}
	if anyNull(a) || offset > 1e6 || offset < -1e6 {
		return value.Null(value.DateTime)
	}
	t, ok := start(a[0].Int(), offset+ahead)
	return integerOf(value.DateTime, t+ticks, ok)
}

func startOfMonth(t, n int64) (int64, bool) {
	c := value.CivilOf(t)
	m := int64(c.Year)*12 + int64(c.Month-1) + n
	if m == 120000 {
		return value.MaxTicks + 1, true // the end of the last month
	}
	return value.Civil{Year: int(floorDiv(m, 12)), Month: int(m-floorDiv(m, 12)*12) + 1, Day: 1}.DayTicks()
}

// floorDiv divides towards minus infinity.
func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}

// epochs are the conversions from Unix time.
func epochs() []Func {
	var out []Func
	for _, u := range []struct {
		name  string
		ticks int64
	}{{"seconds", value.Second}, {"milliseconds", value.Millisecond}, {"microseconds", value.Microsecond}} {
		of := func(f float64) value.Value {
			f *= float64(u.ticks)
			return integerOf(value.DateTime, int64(f)+value.UnixEpoch, math.Abs(f) < 1e19)
		}
		whole := func(n int64) value.Value {
			if n > value.MaxTicks/u.ticks || n < -value.MaxTicks/u.ticks {
				return value.Null(value.DateTime)
			}
			return integerOf(value.DateTime, n*u.ticks+value.UnixEpoch, true)
		}
		out = append(out, Func{Name: "unixtime_" + u.name + "_todatetime", Doc: "The instant that is a number of " + u.name + " after the beginning of 1970.",
			Overloads: []Overload{
				{Params: []Param{param(u.name, value.Long)}, Returns: value.DateTime, SQL: sql(fmt.Sprintf("(CASE WHEN {0} BETWEEN %d AND %d THEN {0} * %d + 621355968000000000 END)", -(value.UnixEpoch / u.ticks), (value.MaxTicks-value.UnixEpoch)/u.ticks, u.ticks)),
					Eval: func(_ *Context, a []value.Value) value.Value {
						if a[0].IsNull() {
							return value.Null(value.DateTime)
						}
						return whole(a[0].Int())
					}},
				{Params: []Param{number(u.name)}, Returns: value.DateTime, Eval: func(_ *Context, a []value.Value) value.Value {
					if a[0].IsNull() {
						return value.Null(value.DateTime)
					}
					return of(a[0].Real())
				}}},
			Examples: []Example{example(fmt.Sprintf("unixtime_%s_todatetime(%d)", u.name, 1546300800*(value.Second/u.ticks)), "2019-01-01T00:00:00.0000000Z")}})
	}
	return out
}

// wholePart takes any number and cuts its fraction.
func wholePart(name string) Param { return Param{Name: name, Types: numbers(), As: value.Long} }

func makeDateTime(_ *Context, a []value.Value) value.Value {
	if anyNull(a) {
		return value.Null(value.DateTime)
	}
	part := func(i int) int64 {
		if i < len(a) {
			return a[i].Int()
		}
		return 0
	}
	y, m, d, h, min := part(0), part(1), part(2), part(3), part(4)
	seconds := 0.0
	if len(a) > 5 {
		seconds = a[5].Real()
	}
	if y < 0 || y > 9999 || m < 1 || m > 12 || d < 1 || d > 31 || h < 0 || h > 23 || min < 0 || min > 59 || !(seconds >= 0 && seconds < 60) {
		return value.Null(value.DateTime)
	}
	day, ok := value.Civil{Year: int(y), Month: int(m), Day: int(d)}.DayTicks()
	return integerOf(value.DateTime, day+h*value.Hour+min*value.Minute+int64(math.Round(seconds*1e7)), ok)
}

func makeTimeSpan(_ *Context, a []value.Value) value.Value {
	if anyNull(a) {
		return value.Null(value.TimeSpan)
	}
	parts := [4]float64{} // days, hours, minutes, seconds
	shift := 1
	if len(a) == 4 {
		shift = 0
	}
	for i, v := range a {
		parts[i+shift] = real_(v)
	}
	if shift == 1 && parts[1] > 23 || parts[0] < 0 || parts[1] < 0 || parts[1] > 23 || parts[2] < 0 || parts[2] > 59 || !(parts[3] >= 0 && parts[3] < 60) {
		return value.Null(value.TimeSpan)
	}
	return spanOfReal(parts[0]*float64(value.Day) + parts[1]*float64(value.Hour) + parts[2]*float64(value.Minute) + math.Round(parts[3]*1e7))
}

// nanoseconds is unixtime_nanoseconds_todatetime, which cuts to ticks.
func nanoseconds() Func {
	return Func{Name: "unixtime_nanoseconds_todatetime", Doc: "The instant that is a number of nanoseconds after the beginning of 1970.",
		Overloads: []Overload{
			{Params: []Param{param("nanoseconds", value.Long)}, Returns: value.DateTime, SQL: sql("({0} // 100 + 621355968000000000)"), Eval: func(_ *Context, a []value.Value) value.Value {
				return integerOf(value.DateTime, a[0].Int()/100+value.UnixEpoch, !a[0].IsNull())
			}},
			{Params: []Param{number("nanoseconds")}, Returns: value.DateTime, Eval: func(_ *Context, a []value.Value) value.Value {
				f := a[0].Real() / 100
				return integerOf(value.DateTime, int64(f)+value.UnixEpoch, !a[0].IsNull() && math.Abs(f) < 1e19)
			}}},
		Examples: []Example{example(`unixtime_nanoseconds_todatetime(1546300800000000000)`, "2019-01-01T00:00:00.0000000Z")}}
}
