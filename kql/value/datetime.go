package value

import (
	"strings"
	"time"
)

// compactLayouts are the forms without marks between their parts, in time.Parse's notation.
var compactLayouts = [...]string{"20060102", "20060102 15:04:05", "20060102T150405Z", "20060102150405"}

// ParseDateTime reads an instant as todatetime() and datetime() literals do and returns its ticks. It knows RFC 3339
// with any number of decimals (beyond 100 ns they are cut off) and with offsets, the date alone, a blank instead
// of the T, month-day-year with - / or . as in 12-02-2022, US times with AM and PM, RFC 822, 850 and 1123, and other dates
// with the month's name. Without an offset the instant is UTC; a year of two digits lies in 1950 to 2049.
// See https://learn.microsoft.com/azure/data-explorer/kusto/query/scalar-data-types/datetime.
func ParseDateTime(s string) (int64, bool) {
	s = strings.TrimSpace(s)
	if len(s) < 6 || len(s) > 64 {
		return 0, false
	}
	if t, ok := parseNumericDateTime(s); ok {
		return t, true
	}
	if t, ok := parseNamedDateTime(s); ok {
		return t, true
	}
	if s[0] < '0' || s[0] > '9' {
		return 0, false
	}
	for _, layout := range compactLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			return Ticks(t)
		}
	}
	return 0, false
}

// cursor reads a date and time from left to right.
type cursor struct {
	s string
	i int
}

// digits reads between min and max digits.
func (c *cursor) digits(min, max int) (int, bool) {
	n, start := 0, c.i
	for c.i < len(c.s) && c.i-start < max {
		d := c.s[c.i] - '0'
		if d > 9 {
			break
		}
		n = n*10 + int(d)
		c.i++
	}
	return n, c.i-start >= min
}

func (c *cursor) take(b byte) bool {
	if c.i < len(c.s) && c.s[c.i] == b {
		c.i++
		return true
	}
	return false
}

func (c *cursor) done() bool { return c.i == len(c.s) }

// parseNumericDateTime reads year-month-day and month-day-year, then optionally time and offset.
func parseNumericDateTime(s string) (int64, bool) {
	c := cursor{s: s}
	first, ok := c.digits(1, 4)
	if !ok || c.done() {
		return 0, false
	}
	width := c.i
	sep := s[c.i]
	if sep != '-' && sep != '/' && sep != '.' {
		return 0, false
	}
	c.i++
	second, ok := c.digits(1, 2)
	if !ok {
		return 0, false
	}
	var date Civil
	switch {
	case width == 4 && c.take(sep):
		d, ok := c.digits(1, 2)
		if !ok {
			return 0, false
		}
		date = Civil{Year: first, Month: second, Day: d}
	case width == 4 && c.done() && sep != '.': // 2024-05
		date = Civil{Year: first, Month: second, Day: 1}
	case width <= 2 && c.take(sep):
		y, ok := c.digits(4, 4)
		if !ok {
			return 0, false
		}
		date = Civil{Year: y, Month: first, Day: second}
	default:
		return 0, false
	}
	day, ok := date.DayTicks()
	if !ok {
		return 0, false
	}
	if c.done() {
		return day, true
	}
	if !c.take('T') && !c.take('t') {
		switch c.s[c.i] {
		case ' ':
			for c.take(' ') {
			}
		case 'Z', 'z':
		default:
			return 0, false
		}
	}
	return c.timeAndOffset(day)
}

// parseNamedDateTime reads a date with the name of its month, after that of its weekday or without it, then optionally
// time and offset: Sat, 8 Nov 14 15:05:02 GMT; Saturday, 08-Nov-14 15:05; November 8, 2014 3:05 PM; Sat Nov  8 15:05:02 2014.
func parseNamedDateTime(s string) (int64, bool) {
	c := cursor{s: s}
	if c.name(weekdays[:]) > 0 {
		c.take(',')
		c.blanks()
	}
	if month := c.name(months[:]); month > 0 {
		return c.afterMonth(month)
	}
	date := Civil{}
	var ok bool
	if date.Day, ok = c.digits(1, 2); !ok {
		return 0, false
	}
	dashes := c.take('-')
	if !dashes && !c.blanks() {
		return 0, false
	}
	if date.Month = c.name(months[:]); date.Month == 0 {
		return 0, false
	}
	if dashes && !c.take('-') || !dashes && !c.blanks() {
		return 0, false
	}
	if date.Year, ok = c.year(); !ok {
		return 0, false
	}
	return c.afterDate(date)
}

// afterMonth reads the day and the year behind a month; the year may follow the time.
func (c *cursor) afterMonth(month int) (int64, bool) {
	date := Civil{Month: month}
	var ok bool
	if !c.blanks() {
		return 0, false
	}
	if date.Day, ok = c.digits(1, 2); !ok {
		return 0, false
	}
	c.take(',')
	if !c.blanks() {
		return 0, false
	}
	if date.Year, ok = c.year(); ok {
		return c.afterDate(date)
	}
	// Nov 8 15:05:02 [GMT] 2014
	clock, ok := c.clock()
	if !ok || !c.blanks() {
		return 0, false
	}
	if strings.HasPrefix(c.s[c.i:], "GMT ") || strings.HasPrefix(c.s[c.i:], "UTC ") {
		c.i += len("GMT ")
	}
	if date.Year, ok = c.year(); !ok || !c.done() {
		return 0, false
	}
	day, ok := date.DayTicks()
	return day + clock, ok && day+clock <= MaxTicks
}

// afterDate reads the time and the offset behind a date.
func (c *cursor) afterDate(date Civil) (int64, bool) {
	day, ok := date.DayTicks()
	if !ok || c.done() {
		return day, ok
	}
	if !c.blanks() {
		return 0, false
	}
	return c.timeAndOffset(day)
}

// year reads a year of four digits or two; what a colon follows is no year, and nothing is read.
func (c *cursor) year() (int, bool) {
	start := c.i
	n, _ := c.digits(0, 5)
	width := c.i - start
	switch {
	case width == 4:
	case width == 2 && (c.done() || c.s[c.i] != ':'):
		if n += 1900; n < 1950 {
			n += 100
		}
	default:
		c.i = start
		return 0, false
	}
	return n, true
}

// blanks skips them and reports that there was one.
func (c *cursor) blanks() bool {
	start := c.i
	for c.take(' ') {
	}
	return c.i > start
}

var (
	weekdays = [...]string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"}
	months   = [...]string{"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"}
)

// name reads a name or its first three letters, in either case, and returns its place in the list from 1; 0 for none.
func (c *cursor) name(names []string) int {
	end := c.i
	for end < len(c.s) && c.s[end]|0x20 >= 'a' && c.s[end]|0x20 <= 'z' {
		end++
	}
	word := c.s[c.i:end]
	if len(word) < 3 {
		return 0
	}
	for i, name := range names {
		if strings.EqualFold(word, name) || strings.EqualFold(word, name[:3]) {
			c.i = end
			return i + 1
		}
	}
	return 0
}

// timeAndOffset reads [h:mm[:ss[.fraction]]][ ][AM|PM][Z|offset] to the end of the text.
func (c *cursor) timeAndOffset(day int64) (int64, bool) {
	t := day
	if c.i < len(c.s) && c.s[c.i] >= '0' && c.s[c.i] <= '9' {
		clock, ok := c.clock()
		if !ok {
			return 0, false
		}
		t += clock
	}
	for c.take(' ') {
	}
	if c.done() {
		return t, true
	}
	offset, ok := c.offset()
	if !ok || !c.done() {
		return 0, false
	}
	t -= offset
	return t, t >= 0 && t <= MaxTicks
}

// clock reads the time of day in ticks, with AM or PM.
func (c *cursor) clock() (int64, bool) {
	h, _ := c.digits(1, 2)
	m, sec, fraction := 0, 0, int64(0)
	var ok bool
	if c.take(':') {
		if m, ok = c.digits(1, 2); !ok {
			return 0, false
		}
		if c.take(':') {
			if sec, ok = c.digits(1, 2); !ok {
				return 0, false
			}
			if c.take('.') || c.take(',') {
				if fraction, ok = c.fraction(); !ok {
					return 0, false
				}
			}
		}
	} else if !c.meridiemAhead() {
		return 0, false
	}
	if pm, am := c.meridiem("PM"), c.meridiem("AM"); pm || am {
		if h < 1 || h > 12 {
			return 0, false
		}
		h %= 12
		if pm {
			h += 12
		}
	}
	if h == 24 && m == 0 && sec == 0 && fraction == 0 {
		return Day, true
	}
	if h > 23 || m > 59 || sec > 59 {
		return 0, false
	}
	return int64(h)*Hour + int64(m)*Minute + int64(sec)*Second + fraction, true
}

// fraction reads decimals of a second; digits beyond the seventh are below a tick and are cut off.
func (c *cursor) fraction() (int64, bool) {
	start, unit, ticks := c.i, Second/10, int64(0)
	for ; c.i < len(c.s); c.i++ {
		d := c.s[c.i] - '0'
		if d > 9 {
			break
		}
		ticks += int64(d) * unit
		unit /= 10
	}
	return ticks, c.i > start
}

func (c *cursor) meridiemAhead() bool {
	rest := strings.TrimLeft(c.s[c.i:], " ")
	return len(rest) >= 2 && (rest[0]|0x20 == 'a' || rest[0]|0x20 == 'p') && rest[1]|0x20 == 'm'
}

// meridiem reads the two letters, in either case, after blanks.
func (c *cursor) meridiem(letters string) bool {
	i := c.i
	for i < len(c.s) && c.s[i] == ' ' {
		i++
	}
	if len(c.s)-i < 2 || !strings.EqualFold(c.s[i:i+2], letters) {
		return false
	}
	c.i = i + 2
	return true
}

// offset reads Z, UTC, GMT, or +hh:mm, +hhmm, +hh, in ticks east of Greenwich.
func (c *cursor) offset() (int64, bool) {
	rest := c.s[c.i:]
	switch {
	case rest == "Z" || rest == "z":
		c.i++
		return 0, true
	case rest == "UTC" || rest == "GMT":
		c.i += 3
		return 0, true
	}
	sign := int64(1)
	if c.take('-') {
		sign = -1
	} else if !c.take('+') {
		return 0, false
	}
	h, ok := c.digits(1, 2)
	if !ok {
		return 0, false
	}
	m := 0
	if c.take(':') || !c.done() {
		if m, ok = c.digits(2, 2); !ok {
			return 0, false
		}
	}
	if h > 14 || m > 59 {
		return 0, false
	}
	return sign * (int64(h)*Hour + int64(m)*Minute), true
}

// AppendDateTime appends yyyy-mm-ddThh:mm:ss.fffffffZ.
func AppendDateTime(dst []byte, ticks int64) []byte {
	if ticks < 0 || ticks > MaxTicks {
		return append(dst, "0001-01-01T00:00:00.0000000Z"...)
	}
	c := CivilOf(ticks)
	rest := ticks % Day
	dst = appendPadded(dst, int64(c.Year), 4)
	dst = append(dst, '-')
	dst = appendPadded(dst, int64(c.Month), 2)
	dst = append(dst, '-')
	dst = appendPadded(dst, int64(c.Day), 2)
	dst = append(dst, 'T')
	dst = appendClock(dst, rest)
	dst = append(dst, '.')
	dst = appendPadded(dst, rest%Second, 7)
	return append(dst, 'Z')
}

// appendClock appends hh:mm:ss of ticks below a day.
func appendClock(dst []byte, ticks int64) []byte {
	dst = appendPadded(dst, ticks/Hour, 2)
	dst = append(dst, ':')
	dst = appendPadded(dst, ticks/Minute%60, 2)
	dst = append(dst, ':')
	return appendPadded(dst, ticks/Second%60, 2)
}

// appendPadded appends n with leading zeros to the width.
func appendPadded(dst []byte, n int64, width int) []byte {
	var buf [20]byte
	i := len(buf)
	for n > 0 || width > 0 {
		i--
		buf[i] = byte('0' + n%10)
		n /= 10
		width--
	}
	return append(dst, buf[i:]...)
}
