package action

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/google/uuid"

	"github.com/glasswatch/glasswatch/internal/channel"
)

// Group is an action group: everyone in it is told.
type Group struct {
	Name      string
	Receivers []Receiver
}

// Receiver is one recipient on one channel.
type Receiver struct {
	Name      string // for the delivery log
	Channel   string // name of a channel
	Recipient string // what the channel's kind calls a recipient
}

// Route is a receiver as a member of a group.
type Route struct {
	Group string
	Receiver
}

// NotificationID names the notification that a revision of an alert owes to a route. It is the same whenever it is
// computed, and a UUID in form (version 8, RFC 9562).
func NotificationID(alertID string, revision int, r Route) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%d\x00%s\x00%s\x00%s\x00%s", alertID, revision, r.Group, r.Name, r.Channel, r.Recipient))
	id, _ := uuid.FromBytes(sum[:16])
	id[6], id[8] = id[6]&0x0f|0x80, id[8]&0x3f|0x80
	return id.String()
}

// destination is what makes two routes the same for a reader.
type destination struct{ channel, recipient string }

func (r Receiver) destination() destination { return destination{r.Channel, r.Recipient} }

// router knows the groups.
type router struct {
	groups map[string]Group
	names  []string // in order
	system []string // groups that hear of Glasswatch's own troubles
}

// newRouter checks the groups and reports all problems at once.
func newRouter(groups []Group, system []string, channels map[string]channel.Channel) (*router, error) {
	r := &router{groups: make(map[string]Group, len(groups)), system: system}
	var errs []error
	for _, g := range groups {
		if _, ok := r.groups[g.Name]; ok {
			errs = append(errs, fmt.Errorf("action group %q is defined twice", g.Name))
		}
		if len(g.Receivers) == 0 {
			errs = append(errs, fmt.Errorf("action group %q has no receivers: nobody would be told", g.Name))
		}
		for i, v := range g.Receivers {
			if channels[v.Channel] == nil {
				errs = append(errs, fmt.Errorf("action group %q, receiver %d (%s): unknown channel %q; known: %q",
					g.Name, i+1, v.Name, v.Channel, slices.Sorted(maps.Keys(channels))))
			}
		}
		r.groups[g.Name] = g
	}
	r.names = slices.Sorted(maps.Keys(r.groups))
	for _, name := range system {
		if _, ok := r.groups[name]; !ok {
			errs = append(errs, fmt.Errorf("action group %q for system alerts is unknown; known: %q", name, r.names))
		}
	}
	if len(system) == 0 {
		r.system = r.names
	}
	return r, errors.Join(errs...)
}

// routes lists the receivers of the groups, each destination once. Names that are unknown are returned too: an alert
// whose groups are all unknown goes to every group, because told too widely is better than not told.
func (r *router) routes(groups []string) (routes []Route, unknown []string) {
	for _, name := range groups {
		if _, ok := r.groups[name]; !ok {
			unknown = append(unknown, name)
		}
	}
	if len(unknown) == len(groups) {
		groups = r.names
	}
	return r.collect(groups, nil), unknown
}

// others lists the receivers of the system groups but one destination; when there are none, those of all groups but
// that one.
func (r *router) others(not destination) []Route {
	if routes := r.collect(r.system, &not); len(routes) > 0 {
		return routes
	}
	return r.collect(r.names, &not)
}

func (r *router) collect(groups []string, not *destination) []Route {
	var routes []Route
	seen := map[destination]bool{}
	if not != nil {
		seen[*not] = true
	}
	for _, name := range groups {
		for _, v := range r.groups[name].Receivers {
			if d := v.destination(); !seen[d] {
				seen[d] = true
				routes = append(routes, Route{Group: name, Receiver: v})
			}
		}
	}
	return routes
}
