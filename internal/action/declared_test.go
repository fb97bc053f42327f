package action_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/glasswatch/glasswatch/internal/action"
	"github.com/glasswatch/glasswatch/internal/alert"
	"github.com/glasswatch/glasswatch/internal/channel"
	"github.com/glasswatch/glasswatch/internal/fault"
)

// broken is a store that takes no alerts, or ends no processing rule, while it is told so.
type broken struct {
	action.Store
	refuses, refusesEnd atomic.Bool
}

func (b *broken) Fire(ctx context.Context, firings []action.Firing) ([]action.Fired, error) {
	if b.refuses.Load() {
		return nil, errors.New("disk full")
	}
	return b.Store.Fire(ctx, firings)
}

func (b *broken) EndProcessingRule(ctx context.Context, id, by string, at time.Time) (alert.ProcessingRule, error) {
	if b.refusesEnd.Load() {
		return alert.ProcessingRule{}, errors.New("disk full")
	}
	return b.Store.EndProcessingRule(ctx, id, by, at)
}

// An end that was announced and then came to nothing is announced once, when it is asked for again.
func TestEndIsAnnouncedOnce(t *testing.T) {
	bubble(t, func(t *testing.T, path string) {
		mail, ends := &fake{}, &broken{}
		w := start(t, path, action.Options{Store: ends, Channels: map[string]channel.Channel{"mail": mail}, Groups: []action.Group{group("duty", "ann")},
			RuleGroups: map[string][]string{"break-glass-sign-in": nil}})
		defer w.stop()
		p, err := w.AddProcessingRule(t.Context(), alert.ProcessingRule{Name: "quiet", Action: alert.RemoveAllActionGroups, By: "eve", Reason: "x",
			Schedule: alert.Schedule{Until: time.Now().Add(time.Hour)}})
		if err != nil {
			t.Fatal(err)
		}
		ends.refusesEnd.Store(true)
		if _, err := w.EndProcessingRule(t.Context(), p.ID, "ann"); err == nil {
			t.Fatal("ended on a full disk")
		}
		ends.refusesEnd.Store(false)
		time.Sleep(time.Minute)
		if _, err := w.EndProcessingRule(t.Context(), p.ID, "ann"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if got := mail.delivered("ann"); len(got) != 2 {
			t.Errorf("%d mails, want the silence and its end", len(got))
		}
	})
}

// A silence of the configuration is announced when it begins, once over all restarts, and only then holds. Nobody ends it
// but who edits the file, and it does not hold for what watches tampering.
func TestDeclaredSilence(t *testing.T) {
	bubble(t, func(t *testing.T, path string) {
		mail, begin := &fake{}, time.Now().Add(time.Hour)
		declared := []alert.ProcessingRule{
			{Name: "nights", Action: alert.RemoveAllActionGroups, By: "eve", Reason: "nobody on duty", Origin: "gw.yaml", Schedule: alert.Schedule{From: begin, Until: begin.Add(3 * time.Hour)}},
			{Name: "audit", Action: alert.AddActionGroups, ActionGroups: []string{"other"}, By: "eve", Reason: "audit", Origin: "gw.yaml", Schedule: alert.Schedule{From: begin.Add(5 * time.Hour), Until: begin.Add(9 * time.Hour)}},
		}
		o := action.Options{Channels: map[string]channel.Channel{"mail": mail}, Groups: []action.Group{group("duty", "ann"), group("other", "bob")},
			RuleGroups: map[string][]string{"break-glass-sign-in": {"duty"}}, Declared: declared}
		told := func(what string, ann, bob int) {
			t.Helper()
			synctest.Wait()
			if a, b := len(mail.delivered("ann")), len(mail.delivered("bob")); a != ann || b != bob {
				t.Fatalf("%s: ann has %d mails and bob %d, want %d and %d", what, a, b, ann, bob)
			}
		}
		refusing := &broken{}
		o.Store = refusing
		w := start(t, path, o)
		fire(t, w, newAlert("1", "h", alert.Sev0))
		told("before it begins", 1, 0)

		refusing.refuses.Store(true)
		time.Sleep(time.Hour + time.Second)
		refusing.refuses.Store(false)
		fire(t, w, newAlert("2", "h", alert.Sev0))
		told("it cannot be announced", 2, 0)
		time.Sleep(time.Minute)
		told("announced", 3, 0)
		if text := mail.delivered("ann")[2].Subject + mail.delivered("ann")[2].Text; !strings.Contains(text, "eve silenced all alerts") || !strings.Contains(text, "nobody on duty") {
			t.Errorf("the announcement: %s", text)
		}
		fire(t, w, newAlert("3", "h", alert.Sev0))
		told("it holds", 3, 0)
		loud := newAlert("4", "h", alert.Sev0)
		loud.Rule, loud.Loud = "tampering", true
		fire(t, w, loud)
		told("what watches tampering", 4, 0)

		list, err := w.ProcessingRules(t.Context())
		if err != nil || len(list) != 2 || list[1].Name != "nights" || list[1].Origin != "gw.yaml" {
			t.Fatalf("%+v, %v", list, err)
		}
		_, err = w.EndProcessingRule(t.Context(), list[1].ID[:8], "ann")
		if fault.CodeOf(err) != fault.Conflict || !strings.Contains(err.Error(), "declared in gw.yaml") || !strings.Contains(fault.NextOf(err), "edit processingRules.nights") {
			t.Errorf("ended: %v", err)
		}
		w.stop()
		w = start(t, path, o)
		defer w.stop()
		time.Sleep(time.Minute)
		fire(t, w, newAlert("5", "h", alert.Sev0))
		told("after a restart it holds, and is not announced again", 4, 0)
		time.Sleep(3 * time.Hour)
		fire(t, w, newAlert("6", "h", alert.Sev0))
		told("it is over", 5, 0)
		time.Sleep(2 * time.Hour)
		fire(t, w, newAlert("7", "h", alert.Sev0))
		told("a group is added", 6, 1)
	})
}

func TestDeclaredRefuses(t *testing.T) {
	_, err := action.New(action.Options{Declared: []alert.ProcessingRule{{Name: "endless", Action: alert.AddActionGroups, ActionGroups: []string{"none"}, By: "eve", Reason: "x", Schedule: alert.Schedule{From: time.Now()}}}})
	if fault.CodeOf(err) != fault.Invalid || !strings.Contains(err.Error(), "needs an end") || !strings.Contains(err.Error(), `"none" is unknown`) {
		t.Errorf("%v", err)
	}
}
