package action

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/glasswatch/glasswatch/internal/alert"
)

// testdata/common_alert_log_v2.json is a payload as Azure Monitor sends it. What our structs read from it they must write
// back byte for byte: names, order, types, null, and numbers as they were.
func TestCommonSchemaRoundTrip(t *testing.T) {
	want, err := os.ReadFile("testdata/common_alert_log_v2.json")
	if err != nil {
		t.Fatal(err)
	}
	var c commonAlert
	d := json.NewDecoder(bytes.NewReader(want))
	d.DisallowUnknownFields()
	if err := d.Decode(&c); err != nil {
		t.Fatal(err)
	}
	var got bytes.Buffer
	if err := json.Indent(&got, encode(c), "", "  "); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.TrimSpace(string(want)), got.String()); diff != "" {
		t.Error(diff)
	}
}

// Our payload has every field of Azure's, with the same type, in the same order.
func TestCommonSchemaShape(t *testing.T) {
	sample, err := os.ReadFile("testdata/common_alert_log_v2.json")
	if err != nil {
		t.Fatal(err)
	}
	r, err := newRenderer(Options{BaseURL: "https://glasswatch.example.com"})
	if err != nil {
		t.Fatal(err)
	}
	a := sampleSignIn(time.Date(2026, 11, 22, 17, 5, 41, 472823100, time.UTC))
	a.Properties = map[string]string{"runbook": "https://wiki.example.com/bg"}
	got := r.common(&a)
	if diff := cmp.Diff(shape(t, sample), shape(t, got)); diff != "" {
		t.Errorf("shape (-Azure +ours):\n%s", diff)
	}
	var c commonAlert
	if err := json.Unmarshal(got, &c); err != nil {
		t.Fatal(err)
	}
	e, x := c.Data.Essentials, c.Data.AlertContext.Condition
	if e.Severity != "Sev0" || e.MonitorCondition != "Fired" || e.OriginAlertID != a.ID || e.FiredDateTime != "2026-11-22T17:05:41.4720000Z" {
		t.Errorf("%+v", e)
	}
	if x.WindowStartTime != "2026-11-22T17:03:00Z" || x.WindowEndTime != "2026-11-22T17:06:00Z" || x.WindowSize != "PT3M" {
		t.Errorf("%s to %s is %s", x.WindowStartTime, x.WindowEndTime, x.WindowSize)
	}
	if bytes.Contains(got, []byte("Oslo, NO: password")) || bytes.Contains(got, []byte(`"Record"`)) {
		t.Error("the record is in the common schema")
	}
	a.Properties, a.State = nil, alert.Resolved
	got = r.common(&a)
	if !bytes.Contains(got, []byte(`"customProperties":{}`)) || !bytes.Contains(got, []byte(`"monitorCondition":"Resolved"`)) {
		t.Errorf("%s", got)
	}
}

// shape lists paths and types of a JSON document in its order; the elements of an array must all be alike, the first counts.
func shape(t *testing.T, doc []byte) (lines []string) {
	t.Helper()
	d := json.NewDecoder(bytes.NewReader(doc))
	var walk func(path string)
	walk = func(path string) {
		token, err := d.Token()
		if err != nil {
			t.Fatal(err)
		}
		switch token {
		case json.Delim('{'):
			for d.More() {
				name, err := d.Token()
				if err != nil {
					t.Fatal(err)
				}
				walk(path + "." + name.(string))
			}
			_, _ = d.Token()
		case json.Delim('['):
			before := len(lines)
			for i := 0; d.More(); i++ {
				walk(path + "[]")
				if i == 0 {
					before = len(lines)
				}
				lines = lines[:before]
			}
			_, _ = d.Token()
		default:
			lines = append(lines, fmt.Sprintf("%s %T", path, token))
		}
	}
	walk("")
	return lines
}

func TestFullSchema(t *testing.T) {
	r, err := newRenderer(Options{BaseURL: "https://glasswatch.example.com/"})
	if err != nil {
		t.Fatal(err)
	}
	a := sampleSignIn(time.Date(2026, 11, 22, 17, 5, 41, 0, time.UTC))
	n := NewNotification(&a, Route{"duty", Receiver{"hook", "webhook", "https://hooks.example.com"}}, a.FiredAt)
	m := r.message(&a, n)
	var f struct {
		Schema, NotificationID, ActionGroup, Receiver string
		Links                                         struct{ Alert, API string }
		Alert                                         alert.Alert
	}
	if err := json.Unmarshal(m.Full(), &f); err != nil {
		t.Fatal(err)
	}
	if f.Schema != FullSchema || f.NotificationID != n.ID || m.Key != n.ID || f.ActionGroup != "duty" || f.Receiver != "hook" ||
		f.Links.Alert != "https://glasswatch.example.com/alerts/"+a.ID || f.Links.API != "https://glasswatch.example.com/api/v1/alerts/"+a.ID {
		t.Errorf("%+v", f)
	}
	if diff := cmp.Diff(a.Rows, f.Alert.Rows); diff != "" {
		t.Errorf("rows: %s", diff)
	}
	a.Record = nil
	if m := r.message(&a, n); !json.Valid(m.Full()) {
		t.Errorf("an alert without a record: %s", m.Full())
	}
}

func TestDelay(t *testing.T) {
	f := func(d time.Duration, want string) {
		t.Helper()
		if got := delay(d); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
	f(800*time.Microsecond, "0.8 ms")
	f(1500*time.Millisecond, "1.5 s")
	f(59*time.Second, "59 s")
	f(146*time.Second, "2 min 26 s")
	f(185*time.Minute, "3 h 5 min")
	f(-time.Second, "0 s")
}

func TestOneLine(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		if got := oneLine(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	f("a\r\nBcc: b\tc", "a Bcc: b c")
	f("  x  ", "x")
	f(strings.Repeat("å", 300), strings.Repeat("å", 249)+"…")
}

func TestNotificationIDsDiffer(t *testing.T) {
	seen := map[string]bool{}
	for _, alertID := range []string{"a", "b"} {
		for revision := range 3 {
			for _, r := range []Route{{"g", Receiver{"r", "c", "x"}}, {"g", Receiver{"r", "c", "y"}}, {"h", Receiver{"r", "c", "x"}}} {
				id := NotificationID(alertID, revision, r)
				if seen[id] || len(id) != 36 || id != NotificationID(alertID, revision, r) {
					t.Errorf("id %s of %s %d %v", id, alertID, revision, r)
				}
				seen[id] = true
			}
		}
	}
}

// Whatever a record holds, the message is made and holds the sentence.
func FuzzMessage(f *testing.F) {
	a := sampleSignIn(time.Unix(0, 0))
	f.Add([]byte(a.Record), "SigninLogs", "SUCCESS")
	f.Add([]byte(`{"InitiatedBy":"x","TargetResources":{},"LocationDetails":7,"Status":"{","AuthenticationDetails":"[]"}`), "AuditLogs", "")
	f.Add([]byte(`[]`), "AzureActivity", "")
	f.Add([]byte(`{"Status":null`), "", "LOCKED")
	r, err := newRenderer(Options{})
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, rec []byte, table, class string) {
		a := sampleSignIn(time.Unix(0, 0))
		a.Record, a.Rows, a.Table, a.Outcome.Class = rec, nil, table, class
		clear(r.cache)
		m := r.message(&a, NewNotification(&a, Route{}, a.FiredAt))
		if !strings.Contains(m.Subject, a.Sentence) || !strings.Contains(m.HTML, "</html>") || !json.Valid(m.Full()) || !json.Valid(m.Common()) {
			t.Errorf("subject %q, full %s", m.Subject, m.Full())
		}
	})
}
