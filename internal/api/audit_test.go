package api

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/glasswatch/glasswatch/internal/alert"
	"github.com/glasswatch/glasswatch/internal/audit"
)

func (f *fake) Audit(_ context.Context, entries ...audit.Entry) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.auditBroken {
		return errors.New("disk full")
	}
	for _, e := range entries {
		var last audit.Entry
		if n := len(f.trail); n > 0 {
			last = f.trail[n-1]
		}
		f.trail = append(f.trail, e.Seal(last))
	}
	return nil
}

func (f *fake) AuditTrail(_ context.Context, after int64, limit int) ([]audit.Entry, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	from := min(int(after), len(f.trail))
	return f.trail[from:min(from+limit, len(f.trail))], nil
}

// What changes something is in the trail, with who asked for it; what only reads is not.
func TestChangesAreNoted(t *testing.T) {
	r := newRig(t)
	r.fake.alerts = []alert.Alert{{ID: "a-1", Rule: "r", State: alert.Fired}}
	c := r.client(t, adminToken)
	if _, err := c.Acknowledge(t.Context(), "a-1", "drill of today"); err != nil {
		t.Fatal(err)
	}
	if code, _, _ := r.do(t, http.MethodGet, "/api/v1/alerts", readToken, nil); code != http.StatusOK {
		t.Fatal(code)
	}
	var list []audit.Entry
	if err := c.AuditTrail(t.Context(), func(e audit.Entry) error { list = append(list, e); return nil }); err != nil {
		t.Fatal(err)
	}
	if len(list) != 1 || list[0].Actor != "token boss" || list[0].Action != "acknowledge-alert" || !strings.Contains(list[0].Detail, "drill of today") {
		t.Errorf("trail %+v", list)
	}
	r.fake.auditBroken = true
	if _, err := c.Acknowledge(t.Context(), "a-1", "x"); err == nil {
		t.Error("a change was made that the trail does not hold")
	}
}
