package value

import "time"

// Units of time in ticks of 100 ns.
const (
	Tick        int64 = 1
	Microsecond       = 10 * Tick
	Millisecond       = 1000 * Microsecond
	Second            = 1000 * Millisecond
	Minute            = 60 * Second
	Hour              = 60 * Minute
	Day               = 24 * Hour
)

// UnixEpoch is 1970-01-01T00:00:00Z in ticks; MaxTicks is the last tick of the year 9999.
const (
	UnixEpoch int64 = 621355968000000000
	MaxTicks  int64 = 3155378975999999999
)

// Ticks converts t; times outside the years 1 to 9999 give false.
func Ticks(t time.Time) (int64, bool) {
	sec := t.Unix()
	if sec < -62135596800 || sec > 253402300799 {
		return 0, false
	}
	return sec*Second + int64(t.Nanosecond())/100 + UnixEpoch, true
}

// Time converts ticks to a time in UTC.
func Time(ticks int64) time.Time {
	t := ticks - UnixEpoch
	sec := t / Second
	rest := t % Second
	if rest < 0 {
		sec, rest = sec-1, rest+Second
	}
	return time.Unix(sec, rest*100).UTC()
}

// Civil is a date of the proleptic Gregorian calendar.
type Civil struct {
	Year, Month, Day int
}

// CivilOf returns the date of an instant in ticks.
func CivilOf(ticks int64) Civil {
	return civilOfDays(ticks / Day)
}

// DayTicks returns the ticks of midnight of the date; false when it is no date of the years 1 to 9999.
func (c Civil) DayTicks() (int64, bool) {
	if c.Year < 1 || c.Year > 9999 || c.Month < 1 || c.Month > 12 || c.Day < 1 || c.Day > DaysIn(c.Year, c.Month) {
		return 0, false
	}
	return daysOfCivil(c.Year, c.Month, c.Day) * Day, true
}

// DaysIn returns the number of days of a month.
func DaysIn(year, month int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// The two conversions count days since 0001-01-01 in years that begin in March, so that the leap day comes last.

func daysOfCivil(year, month, day int) int64 {
	y, m := int64(year), int64(month)
	if m <= 2 {
		y, m = y-1, m+12
	}
	return 365*y + y/4 - y/100 + y/400 + (153*(m-3)+2)/5 + int64(day) - 307
}

func civilOfDays(days int64) Civil {
	z := days + 306 // days since 0000-03-01
	era := z / 146097
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	c := Civil{Year: int(yoe + era*400), Month: int(mp + 3), Day: int(doy - (153*mp+2)/5 + 1)}
	if c.Month > 12 {
		c.Month -= 12
		c.Year++
	}
	return c
}
