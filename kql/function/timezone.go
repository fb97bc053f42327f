package function

import (
	_ "embed"
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // a server may lack the system's copy

	"github.com/glasswatch/glasswatch/kql/value"
)

// timezoneNames is one name of the IANA time zone database a line.
//
//go:embed timezones.txt
var timezoneNames string

// timezones convert between UTC and the local time of a zone.
func timezones() []Func {
	zone := func(name, doc string, f func(ticks int64, zone *time.Location) (int64, bool), examples ...Example) Func {
		return one(name, doc, Overload{Params: []Param{param("from", value.DateTime), plainText("timezone")}, Returns: value.DateTime, Check: checkZone,
			Eval: func(c *Context, a []value.Value) value.Value {
				location := c.location(a[1].Text())
				if location == nil || a[0].IsNull() {
					return value.Null(value.DateTime)
				}
				t, ok := f(a[0].Int(), location)
				return integerOf(value.DateTime, t, ok)
			}}, examples...)
	}
	return []Func{
		zone("datetime_utc_to_local", "The local time in a zone (Europe/Paris) at an instant.", func(t int64, zone *time.Location) (int64, bool) {
			return addChecked(t, zoneOffset(t, zone))
		}, example(`datetime_utc_to_local(datetime(2022-07-11 12:00), "Europe/Paris")`, "2022-07-11T14:00:00.0000000Z"), example(`datetime_utc_to_local(datetime(2022-01-11 12:00), "America/New_York")`, "2022-01-11T07:00:00.0000000Z")),
		zone("datetime_local_to_utc", "The instant of a local time in a zone. A time that the clocks skip or pass twice counts by the offset after the change.", localToUTC,
			example(`datetime_local_to_utc(datetime(2020-02-02 20:02:20), "US/Pacific")`, "2020-02-03T04:02:20.0000000Z"), example(`datetime_local_to_utc(datetime(2022-03-27 02:00), "Europe/Brussels")`, "2022-03-27T00:00:00.0000000Z")),
		one("datetime_list_timezones", "The names of all time zones, as an array.", Overload{Returns: value.Dynamic, Eval: func(*Context, []value.Value) value.Value {
			list := []any{}
			for name := range strings.Lines(timezoneNames) {
				list = append(list, strings.TrimSuffix(name, "\n"))
			}
			return value.NewDynamic(list)
		}}, example(`set_has_element(datetime_list_timezones(), "Europe/Paris")`, "true")),
	}
}

func knownZone(name string) bool {
	return name != "" && strings.Contains("\n"+timezoneNames, "\n"+name+"\n")
}

func checkZone(args []*value.Value) error {
	if args[1] == nil || knownZone(args[1].Text()) {
		return nil
	}
	return fmt.Errorf("%q is no time zone; datetime_list_timezones() lists them", args[1].Text())
}

// location loads a zone once for all rows of the query; nil when it is unknown.
func (c *Context) location(name string) *time.Location {
	zone, ok := c.zones[name]
	if !ok {
		if knownZone(name) {
			zone, _ = time.LoadLocation(name)
		}
		if c.zones == nil || len(c.zones) > 1000 {
			c.zones = map[string]*time.Location{}
		}
		c.zones[name] = zone
	}
	return zone
}

// zoneOffset is how much the local time is ahead of UTC at an instant.
func zoneOffset(t int64, zone *time.Location) int64 {
	_, seconds := value.Time(t).In(zone).Zone()
	return int64(seconds) * value.Second
}

func localToUTC(local int64, zone *time.Location) (int64, bool) {
	before, after := zoneOffset(local-value.Day, zone), zoneOffset(local+value.Day, zone)
	if zoneOffset(local-after, zone) != after && zoneOffset(local-before, zone) == before {
		return local - before, true
	}
	return local - after, true
}
