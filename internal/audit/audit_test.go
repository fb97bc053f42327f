package audit

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func trail(n int) []Entry {
	var list []Entry
	var last Entry
	for i := range n {
		last = Entry{At: time.Unix(1_800_000_000+int64(i), 123456789), Actor: "ann", Action: "acknowledge-alert", Subject: "a", Detail: strings.Repeat("x", i)}.Seal(last)
		list = append(list, last)
	}
	return list
}

func verify(list []Entry) error {
	var v Verifier
	for _, e := range list {
		if err := v.Next(e); err != nil {
			return err
		}
	}
	return nil
}

func TestVerify(t *testing.T) {
	if err := verify(trail(5)); err != nil {
		t.Fatal(err)
	}
	f := func(what string, tamper func(list []Entry) []Entry, want string) {
		t.Helper()
		if err := verify(tamper(trail(5))); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", what, err, want)
		}
	}
	for name, change := range map[string]func(*Entry){
		"actor": func(e *Entry) { e.Actor = "bob" }, "action": func(e *Entry) { e.Action = "x" }, "subject": func(e *Entry) { e.Subject = "b" },
		"detail": func(e *Entry) { e.Detail = "" }, "time": func(e *Entry) { e.At = e.At.Add(time.Microsecond) },
	} {
		f(name, func(l []Entry) []Entry { change(&l[2]); return l }, "entry 3 was changed")
	}
	f("removed", func(l []Entry) []Entry { return append(l[:2], l[3:]...) }, "entry 3 is missing")
	f("first removed", func(l []Entry) []Entry { return l[1:] }, "entry 1 is missing")
	f("replaced and sealed anew", func(l []Entry) []Entry {
		l[2].Actor = "bob"
		l[2] = l[2].Seal(l[1])
		return l
	}, "entry 4 does not follow entry 3")
	f("moved text", func(l []Entry) []Entry {
		l[2].Actor, l[2].Action = "anna", "cknowledge-alert"
		return l
	}, "entry 3 was changed")
}

func TestChanges(t *testing.T) {
	got := Snapshot{"a": "1", "b": "1", "c": "1"}.Changes(Snapshot{"a": "1", "b": "2", "d": "1"})
	if diff := cmp.Diff([]Change{{"changed", "b"}, {"removed", "c"}, {"added", "d"}}, got); diff != "" {
		t.Error(diff)
	}
}
