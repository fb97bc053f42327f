package sample_test

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/glasswatch/glasswatch/internal/sample"
)

var watched = []sample.Account{{ObjectID: "0a1b", UserPrincipalName: "bg-north@contoso.example", DisplayName: "BG North"}}

func TestSameSeedSameRecords(t *testing.T) {
	f := func(seed uint64) []byte {
		g := sample.New(seed, sample.Options{Watched: watched, Users: 500})
		return g.Envelope(50)
	}
	if !bytes.Equal(f(1), f(1)) {
		t.Error("the same seed gave different records")
	}
	if bytes.Equal(f(1), f(2)) {
		t.Error("different seeds gave the same records")
	}
}

func TestShape(t *testing.T) {
	g := sample.New(7, sample.Options{Watched: watched, WatchedEvery: 100, Records: 2000, Span: time.Hour})
	var size, hits, late int
	var last time.Time
	for range 2000 {
		record := g.AppendRecord(nil)
		size += len(record)
		var r struct {
			Category   string
			Time       time.Time
			Properties struct {
				UserID          string
				CreatedDateTime time.Time
				Policies        []struct{ Result string } `json:"appliedConditionalAccessPolicies"`
			}
		}
		if err := json.Unmarshal(record, &r); err != nil {
			t.Fatalf("%v\n%s", err, record)
		}
		if r.Category != "SignInLogs" || len(r.Properties.Policies) < 3 || len(r.Properties.Policies) > 8 {
			t.Fatalf("category %q, %d policies", r.Category, len(r.Properties.Policies))
		}
		if r.Properties.UserID == watched[0].ObjectID {
			hits++
		}
		if r.Properties.CreatedDateTime.Before(last) {
			late++
		}
		last = r.Properties.CreatedDateTime
	}
	if avg := size / 2000; avg < 4900 || avg > 5250 {
		t.Errorf("average record: %d bytes, want about 5,071", avg)
	}
	if hits != 20 {
		t.Errorf("%d records of the watched account, want 20", hits)
	}
	if late == 0 {
		t.Error("no record is out of order")
	}
}

func TestKinds(t *testing.T) {
	now := time.Date(2026, 11, 22, 8, 0, 0, 0, time.UTC)
	g := sample.New(3, sample.Options{Users: 100, Clock: func() time.Time { return now }})
	for kind := sample.SignIn; kind <= sample.GraphActivity; kind++ {
		record := g.Append(nil, sample.Event{Kind: kind, Result: sample.Drawn})
		var r struct{ Time time.Time }
		if err := json.Unmarshal(record, &r); err != nil {
			t.Fatalf("kind %d: %v\n%s", kind, err, record)
		}
		if !r.Time.Equal(now) {
			t.Errorf("kind %d: time %v, want %v", kind, r.Time, now)
		}
	}
	record := g.Append(nil, sample.Event{Kind: sample.SignIn, At: now, Account: &watched[0], Result: 50126})
	for _, want := range []string{`"resultType":"50126"`, `"errorCode":50126`, `"userId":"0a1b"`, `2026-11-22T08:00:00.0000000Z`} {
		if !bytes.Contains(record, []byte(want)) {
			t.Errorf("no %s in %s", want, record)
		}
	}
}

func BenchmarkAppendRecord(b *testing.B) {
	g := sample.New(1, sample.Options{})
	var buf []byte
	for b.Loop() {
		buf = g.AppendRecord(buf[:0])
	}
	b.SetBytes(int64(len(buf)))
}
