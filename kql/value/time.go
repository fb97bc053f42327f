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
