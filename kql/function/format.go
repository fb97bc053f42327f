package function

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/glasswatch/glasswatch/kql/value"
)

// formats are format_datetime and format_timespan. A letter of the format stands for a part, its repetition for the
// digits; separators are blank / - : , . _ [ ] and the letter T.
func formats() []Func {
	format := constant(param("format", value.String))
	return []Func{
		one("format_datetime", "An instant in a format of y M d H h m s f F and tt.", Overload{Params: []Param{param("datetime", value.DateTime), format}, Returns: value.String, Check: checkFormat("yMdHhmsfFt"), SQLFunc: sqlFunc(formatDatetimeSQL),
			Eval: func(_ *Context, a []value.Value) value.Value {
				if a[0].IsNull() {
					return str("")
				}
				t := a[0].Int()
				return str(expand(a[1].Text(), func(dst []byte, letter byte, n int) []byte { return datetimeField(dst, t, letter, n) }))
			}},
			example(`format_datetime(datetime(2017-01-29 09:00:05), "yy-MM-dd [HH:mm:ss]")`, "17-01-29 [09:00:05]"), example(`format_datetime(datetime(2017-01-29 19:00:05.345), "yyyy-M-dd [h:mm:ss tt] fff")`, "2017-1-29 [7:00:05 PM] 345")),
		one("format_timespan", "A span in a format of d H h m s f and F.", Overload{Params: []Param{param("timespan", value.TimeSpan), format}, Returns: value.String, Check: checkFormat("dHhmsfF"),
			Eval: func(_ *Context, a []value.Value) value.Value {
				if a[0].IsNull() {
					return str("")
				}
				t := a[0].Int()
				sign := ""
				if t < 0 {
					t, sign = -t, "-"
				}
				return str(sign + expand(a[1].Text(), func(dst []byte, letter byte, n int) []byte { return timespanField(dst, t, letter, n) }))
			}},
			example(`format_timespan(time(29.09:00:05.12345), "dd.hh:mm:ss:FF")`, "29.09:00:05:12"), example(`format_timespan(time(29.09:00:05.12345), "ddd.h:mm:ss [fffffff]")`, "029.9:00:05 [1234500]")),
	}
}

func checkFormat(letters string) func(args []*value.Value) error {
	return func(args []*value.Value) error {
		if args[1] == nil {
			return nil
		}
		for _, r := range args[1].Text() {
			if !strings.ContainsRune(letters+" /-:,._[]T", r) {
				return fmt.Errorf("%q has no meaning in a format; there are %s and the separators / - : , . _ [ ] T and blank", r, strings.Join(strings.Split(letters, ""), " "))
			}
		}
		return nil
	}
}

// expand replaces runs of letters by fields.
func expand(format string, field func(dst []byte, letter byte, n int) []byte) string {
	var out []byte
	for i := 0; i < len(format); {
		c := format[i]
		n := 1
		for i+n < len(format) && format[i+n] == c {
			n++
		}
		if strings.IndexByte("yMdHhmsfFt", c) < 0 {
			out = append(out, format[i:i+n]...)
		} else {
			out = field(out, c, n)
		}
		i += n
	}
	return string(out)
}

func datetimeField(dst []byte, t int64, letter byte, n int) []byte {
	c := value.CivilOf(t)
	switch letter {
	case 'y':
		if n <= 2 {
			return pad(dst, int64(c.Year%100), n)
		}
		return pad(dst, int64(c.Year), n)
	case 'M':
		return pad(dst, int64(c.Month), n)
	case 'd':
		return pad(dst, int64(c.Day), n)
	case 'h':
		return pad(dst, (t/value.Hour%24+11)%12+1, n)
	case 't':
		name := "AM"
		if t/value.Hour%24 >= 12 {
			name = "PM"
		}
		return append(dst, name[:min(n, 2)]...)
	}
	return clockField(dst, t%value.Day, letter, n)
}

// formatDatetimeSQL needs a constant format, of which it makes one of printf.
func formatDatetimeSQL(args []SQLArg) (string, bool) {
	format, ok := args[1].constText()
	if !ok || format == "" {
		return "", false
	}
	pattern, fields := "", ""
	for i := 0; i < len(format); {
		n := 1
		for i+n < len(format) && format[i+n] == format[i] {
			n++
		}
		number := "%0" + strconv.Itoa(n) + "d"
		switch format[i] {
		case 'y':
			if fields += ", year(" + stamp + ")"; n <= 2 {
				fields += " % 100"
			}
		case 'M':
			fields += ", month(" + stamp + ")"
		case 'd':
			fields += ", day(" + stamp + ")"
		case 'H':
			fields += ", {0} // 36000000000 % 24"
		case 'h':
			fields += ", ({0} // 36000000000 % 24 + 11) % 12 + 1"
		case 'm':
			fields += ", {0} // 600000000 % 60"
		case 's':
			fields += ", {0} // 10000000 % 60"
		case 't':
			number = "%s"
			fields += ", left(CASE WHEN {0} // 36000000000 % 24 >= 12 THEN 'PM' ELSE 'AM' END, " + strconv.Itoa(n) + ")"
		case 'f':
			number = "%s"
			fields += ", left(lpad(({0} % 10000000)::VARCHAR, 7, '0'), " + strconv.Itoa(n) + ")"
		case 'F':
			number = "%s"
			fields += ", rtrim(left(lpad(({0} % 10000000)::VARCHAR, 7, '0'), " + strconv.Itoa(n) + "), '0')"
		default:
			number = format[i : i+n]
		}
		pattern += number
		i += n
	}
	return fill("(CASE WHEN {0} IS NULL THEN '' ELSE printf('"+pattern+"'"+fields+") END)", args[0].SQL), true
}

func timespanField(dst []byte, t int64, letter byte, n int) []byte {
	if letter == 'd' {
		return pad(dst, t/value.Day, n)
	}
	return clockField(dst, t%value.Day, letter, n)
}

// clockField writes a part of the time of day.
func clockField(dst []byte, t int64, letter byte, n int) []byte {
	switch letter {
	case 'H', 'h':
		return pad(dst, t/value.Hour, n)
	case 'm':
		return pad(dst, t/value.Minute%60, n)
	case 's':
		return pad(dst, t/value.Second%60, n)
	case 'f', 'F':
		digits := string(pad(nil, t%value.Second, 7))
		digits = digits[:min(n, 7)]
		if letter == 'F' {
			digits = strings.TrimRight(digits, "0")
		}
		return append(dst, digits...)
	}
	return dst
}

func pad(dst []byte, n int64, width int) []byte {
	s := strconv.FormatInt(n, 10)
	for i := len(s); i < width; i++ {
		dst = append(dst, '0')
	}
	return append(dst, s...)
}
