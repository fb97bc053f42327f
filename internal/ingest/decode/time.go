package decode

import (
	"time"

	"github.com/glasswatch/glasswatch/kql/value"
)

// parseTime reads the forms in which instants occur in records, and returns ticks:
//
//	2026-11-20T07:16:41.5530192Z      RFC 3339, any number of decimals; T may be a space, the zone may be missing (UTC)
//	2026-11-20T07:14:03.1184275+00:00 with an offset
//	3/24/2022 2:42:35 PM              US style (risk events); also with a comma after the date
func parseTime(b []byte) (int64, bool) {
	if len(b) >= 10 && b[4] == '-' {
		return parseISO(b)
	}
	return parseUS(b)
}

func two(b []byte) int { return int(b[0]-'0')*10 + int(b[1]-'0') }

func allDigits(b []byte) bool {
	for _, c := range b {
		if c-'0' > 9 {
			return false
		}
	}
	return true
}

func parseISO(b []byte) (int64, bool) {
	if !allDigits(b[0:4]) || !allDigits(b[5:7]) || b[7] != '-' || !allDigits(b[8:10]) {
		return 0, false
	}
	days, ok := dayNumber(two(b)*100+two(b[2:]), two(b[5:]), two(b[8:]))
	if !ok {
		return 0, false
	}
	if b = b[10:]; len(b) == 0 {
		return days * value.Day, true
	}
	if b[0]|0x20 != 't' && b[0] != ' ' {
		return 0, false
	}
	clock, b, ok := parseClock(b[1:], 2)
	if !ok {
		return 0, false
	}
	offset, ok := parseZone(b)
	if !ok {
		return 0, false
	}
	ticks := days*value.Day + clock - offset
	return ticks, ticks >= 0 && ticks <= value.MaxTicks
}

// parseClock reads h:mm[:ss[.fraction]] and returns the rest. The hour has at least minDigits.
func parseClock(b []byte, minDigits int) (int64, []byte, bool) {
	h := 0
	for h < len(b) && h < 2 && b[h]-'0' <= 9 {
		h++
	}
	if h < minDigits || len(b) < h+3 || b[h] != ':' || !allDigits(b[h+1:h+3]) {
		return 0, nil, false
	}
	hour := int(b[0] - '0')
	if h == 2 {
		hour = two(b)
	}
	minute, second := two(b[h+1:]), 0
	b = b[h+3:]
	var fraction int64
	if len(b) >= 3 && b[0] == ':' && allDigits(b[1:3]) {
		second = two(b[1:])
		b = b[3:]
		if len(b) > 1 && b[0] == '.' && b[1]-'0' <= 9 {
			unit := value.Second
			for b = b[1:]; len(b) > 0 && b[0]-'0' <= 9; b = b[1:] {
				unit /= 10
				fraction += int64(b[0]-'0') * unit
			}
		}
	}
	if hour > 23 || minute > 59 || second > 60 {
		return 0, nil, false
	}
	return int64(hour)*value.Hour + int64(minute)*value.Minute + int64(second)*value.Second + fraction, b, true
}

func parseZone(b []byte) (int64, bool) {
	switch {
	case len(b) == 0, len(b) == 1 && b[0]|0x20 == 'z':
		return 0, true
	case len(b) == 6 && (b[0] == '+' || b[0] == '-') && b[3] == ':' && allDigits(b[1:3]) && allDigits(b[4:6]):
		offset := int64(two(b[1:]))*value.Hour + int64(two(b[4:]))*value.Minute
		if b[0] == '-' {
			offset = -offset
		}
		return offset, true
	}
	return 0, false
}

func parseUS(b []byte) (int64, bool) {
	month, b, ok := smallNumber(b, '/')
	if !ok {
		return 0, false
	}
	day, b, ok := smallNumber(b, '/')
	if !ok || len(b) < 5 || !allDigits(b[:4]) {
		return 0, false
	}
	days, ok := dayNumber(two(b)*100+two(b[2:]), month, day)
	if !ok {
		return 0, false
	}
	if b = b[4:]; b[0] == ',' {
		b = b[1:]
	}
	if len(b) == 0 || b[0] != ' ' {
		return 0, false
	}
	clock, b, ok := parseClock(b[1:], 1)
	if !ok {
		return 0, false
	}
	if len(b) == 3 && b[0] == ' ' && b[2]|0x20 == 'm' && (b[1]|0x20 == 'a' || b[1]|0x20 == 'p') {
		hour := clock / value.Hour
		if hour == 0 || hour > 12 {
			return 0, false
		}
		if clock -= hour / 12 * 12 * value.Hour; b[1]|0x20 == 'p' {
			clock += 12 * value.Hour
		}
	} else if len(b) != 0 {
		return 0, false
	}
	return days*value.Day + clock, true
}

// smallNumber reads one or two digits and the separator after them.
func smallNumber(b []byte, separator byte) (int, []byte, bool) {
	if len(b) > 1 && b[0]-'0' <= 9 && b[1] == separator {
		return int(b[0] - '0'), b[2:], true
	}
	if len(b) > 2 && allDigits(b[:2]) && b[2] == separator {
		return two(b), b[3:], true
	}
	return 0, b, false
}

var monthDays = [12]int{31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31}

// dayNumber returns the days from 0001-01-01 to the given date.
func dayNumber(year, month, day int) (int64, bool) {
	if year < 1 || month < 1 || month > 12 || day < 1 {
		return 0, false
	}
	last := monthDays[month-1]
	if month == int(time.February) && year%4 == 0 && (year%100 != 0 || year%400 == 0) {
		last = 29
	}
	if day > last {
		return 0, false
	}
	// Years begin in March, so that the leap day is the last of its year (Hinnant, chrono-compatible date algorithms).
	m, y := month-3, year
	if m < 0 {
		m, y = m+12, y-1
	}
	return int64(y)*365 + int64(y/4-y/100+y/400) + int64((153*m+2)/5+day-1) - 306, true
}
