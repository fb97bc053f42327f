package alert

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Schedule is when a processing rule holds: from From to Until, and within that, where there are recurrences, while one
// of them does. Times of recurrences are wall clock times of the zone.
type Schedule struct {
	From        time.Time    `json:"from"`
	Until       time.Time    `json:"until"`
	TimeZone    string       `json:"timeZone,omitempty"` // IANA name; UTC without it
	Recurrences []Recurrence `json:"recurrences,omitempty"`
}

// Recurrence is a piece of a day that comes again. An end that is not after the start lies on the next day, and the day
// that counts is that of the start.
type Recurrence struct {
	Type  string   `json:"type"`            // Daily, Weekly, Monthly
	Start string   `json:"start"`           // 22:00
	End   string   `json:"end"`             // 06:00; not in it
	Days  []string `json:"days,omitempty"`  // of Weekly: Monday, ...
	Dates []int    `json:"dates,omitempty"` // of Monthly: 1 to 31
}

func (s *Schedule) check(longest time.Duration, report func(name, format string, args ...any)) {
	switch {
	case s.From.IsZero():
		report("from", "a processing rule needs a beginning")
	case s.Until.IsZero():
		report("until", "a processing rule needs an end")
	case !s.Until.After(s.From):
		report("until", "it must end after it begins")
	case s.Until.Sub(s.From) > longest:
		report("until", "it lasts longer than %d days", int(longest.Hours()/24))
	}
	if _, err := s.zone(); err != nil {
		report("timeZone", "unknown time zone %q", s.TimeZone)
	}
	for i, r := range s.Recurrences {
		r.check(func(name, format string, args ...any) {
			report(fmt.Sprintf("recurrences[%d].%s", i, name), format, args...)
		})
	}
}

func (s *Schedule) zone() (*time.Location, error) {
	if s.TimeZone == "" {
		return time.UTC, nil
	}
	if s.TimeZone == "Local" {
		return nil, errors.New("the server's own zone is no zone")
	}
	return time.LoadLocation(s.TimeZone)
}

func (r Recurrence) check(report func(name, format string, args ...any)) {
	for _, at := range []struct{ name, text string }{{"start", r.Start}, {"end", r.End}} {
		if _, err := clock(at.text); err != nil {
			report(at.name, "%v", err)
		}
	}
	switch r.Type {
	case "Daily":
	case "Weekly":
		if len(r.Days) == 0 {
			report("days", "a weekly recurrence needs its days")
		}
		for i, d := range r.Days {
			if _, ok := weekday(d); !ok {
				report(fmt.Sprintf("days[%d]", i), "%q is no day of the week", d)
			}
		}
	case "Monthly":
		if len(r.Dates) == 0 || slices.Min(r.Dates) < 1 || slices.Max(r.Dates) > 31 {
			report("dates", "a monthly recurrence needs its dates, 1 to 31")
		}
	default:
		report("type", "recurrence %q: want Daily, Weekly or Monthly", r.Type)
	}
}

// text is the recurrence for people: "weekly Fri, Sat 20:00-04:00".
func (r Recurrence) text() string {
	days := slices.Clone(r.Days)
	for _, d := range r.Dates {
		days = append(days, strconv.Itoa(d))
	}
	return strings.Join(strings.Fields(strings.ToLower(r.Type)+" "+strings.Join(days, ", ")+" "+r.Start+"-"+r.End), " ")
}

// clock reads 22:00 or 22:00:00 as seconds since midnight.
func clock(text string) (int, error) {
	for _, layout := range []string{"15:04", "15:04:05"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.Hour()*3600 + t.Minute()*60 + t.Second(), nil
		}
	}
	return 0, fmt.Errorf("%q is no time of day: write 22:00", text)
}

func weekday(name string) (time.Weekday, bool) {
	for d := time.Sunday; d <= time.Saturday; d++ {
		if strings.EqualFold(name, d.String()) || strings.EqualFold(name, d.String()[:3]) {
			return d, true
		}
	}
	return 0, false
}

// Holds reports whether an instant is in the schedule.
func (s *Schedule) Holds(at time.Time) bool {
	if at.Before(s.From) || !at.Before(s.Until) {
		return false
	}
	zone, err := s.zone()
	if err != nil {
		return false // silence nothing by a mistake
	}
	local := at.In(zone)
	for _, r := range s.Recurrences {
		if r.holds(local) {
			return true
		}
	}
	return len(s.Recurrences) == 0
}

func (r Recurrence) holds(at time.Time) bool {
	start, err := clock(r.Start)
	end, err2 := clock(r.End)
	if err != nil || err2 != nil {
		return false
	}
	now := at.Hour()*3600 + at.Minute()*60 + at.Second()
	if start < end {
		return now >= start && now < end && r.on(at)
	}
	return now >= start && r.on(at) || now < end && r.on(at.AddDate(0, 0, -1))
}

// on reports whether a day is one of the recurrence.
func (r Recurrence) on(day time.Time) bool {
	switch r.Type {
	case "Weekly":
		return slices.ContainsFunc(r.Days, func(name string) bool { d, ok := weekday(name); return ok && d == day.Weekday() })
	case "Monthly":
		return slices.Contains(r.Dates, day.Day())
	}
	return true
}
