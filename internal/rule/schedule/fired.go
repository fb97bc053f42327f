package schedule

import (
	"slices"
	"time"
)

// fired is what a rule found in windows that late records may still change.
type fired struct {
	ends map[int64]map[string]*Firing // end of the window -> dimensions
	keys map[string]*group
}

// group is the windows that share an alert.
type group struct {
	members  []*Firing
	resolved bool
}

func newFired() *fired {
	return &fired{ends: map[int64]map[string]*Firing{}, keys: map[string]*group{}}
}

func (f *fired) add(one Firing) {
	at := f.ends[one.End.Unix()]
	if at == nil {
		at = map[string]*Firing{}
		f.ends[one.End.Unix()] = at
	}
	if old := at[one.Dimensions]; old != nil {
		old.Withdrawn = one.Withdrawn
		f.keys[old.Key].resolved = one.Resolved
		return
	}
	at[one.Dimensions] = &one
	g := f.keys[one.Key]
	if g == nil {
		g = &group{}
		f.keys[one.Key] = g
	}
	g.members = append(g.members, &one)
	g.resolved = one.Resolved
}

// in returns what fired in a window, by dimensions.
func (f *fired) in(end int64) map[string]*Firing { return f.ends[end] }

// near returns the firing of the dimensions that is nearest to a window, within so long; nil without one.
func (f *fired) near(end int64, dimensions string, within, frequency int64) *Firing {
	for d := frequency; d <= within; d += frequency {
		for _, at := range []int64{end - d, end + d} {
			if one := f.ends[at][dimensions]; one != nil && !one.Withdrawn {
				return one
			}
		}
	}
	return nil
}

// standing reports whether a window of the alert still meets the condition.
func (f *fired) standing(key string) bool {
	for _, m := range f.keys[key].members {
		if !m.Withdrawn {
			return true
		}
	}
	return false
}

func (f *fired) resolved(key string) { f.keys[key].resolved = true }

// open reports whether an alert is not over.
func (f *fired) open() bool {
	for _, g := range f.keys {
		if !g.resolved {
			return true
		}
	}
	return false
}

// openKeys returns the alerts that are not over, with the end of the last window that met the condition.
func (f *fired) openKeys() map[string]time.Time {
	open := map[string]time.Time{}
	for key, g := range f.keys {
		if g.resolved {
			continue
		}
		for _, m := range g.members {
			if !m.Withdrawn && m.End.After(open[key]) {
				open[key] = m.End
			}
		}
	}
	return open
}

// forget drops windows that end before an instant; of a stateful rule only those whose alert is over.
func (f *fired) forget(before int64, stateful bool) {
	for end, at := range f.ends {
		if end >= before {
			continue
		}
		for dimensions, one := range at {
			g := f.keys[one.Key]
			if stateful && !g.resolved {
				continue
			}
			delete(at, dimensions)
			if g.members = slices.DeleteFunc(g.members, func(m *Firing) bool { return m == one }); len(g.members) == 0 {
				delete(f.keys, one.Key)
			}
		}
		if len(at) == 0 {
			delete(f.ends, end)
		}
	}
}
