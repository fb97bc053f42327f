package action_test

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/glasswatch/glasswatch/internal/action"
	"github.com/glasswatch/glasswatch/internal/alert"
	"github.com/glasswatch/glasswatch/internal/channel"
	"github.com/glasswatch/glasswatch/internal/fault"
)

func events(d action.Details) (list []alert.Event) {
	for _, h := range d.History {
		list = append(list, h.Event)
	}
	return list
}

// A silence is announced to those it silences, holds for its time, and never for what watches tampering.
func TestSilence(t *testing.T) {
	bubble(t, func(t *testing.T, path string) {
		mail := &fake{}
		w := start(t, path, action.Options{Channels: map[string]channel.Channel{"mail": mail}, Groups: []action.Group{group("duty", "ann"), group("other", "bob")},
			RuleGroups: map[string][]string{"break-glass-sign-in": {"duty"}, "another": {"other"}}})
		defer w.stop()
		silence := alert.ProcessingRule{Name: "quiet", Action: alert.RemoveAllActionGroups, By: "eve", Reason: "maintenance",
			Conditions: []alert.Condition{{Field: "AlertRuleName", Operator: "Equals", Values: []string{"break-glass-sign-in"}}},
			Schedule:   alert.Schedule{Until: time.Now().Add(time.Hour)}}
		made, err := w.AddProcessingRule(t.Context(), silence)
		if err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if got := mail.delivered("ann"); len(got) != 1 || len(mail.delivered("bob")) != 0 {
			t.Fatalf("%d announcements to those who are silenced, want 1; others got %d", len(got), len(mail.delivered("bob")))
		}
		fire(t, w, newAlert("1", "h", alert.Sev0))
		loud := newAlert("2", "h", alert.Sev0)
		loud.Rule, loud.Loud = "tampering", true
		fire(t, w, loud)
		synctest.Wait()
		if got := mail.delivered("ann"); len(got) != 2 {
			t.Errorf("%d mails, want the announcement and the loud alert", len(got))
		}
		d := show(t, w, "break-glass-sign-in")
		if !slices.Contains(events(d), alert.ActionRuleSuppressed) || len(d.Notifications) != 0 || d.Alert.State != alert.Fired {
			t.Errorf("%v, %d notifications", events(d), len(d.Notifications))
		}
		if _, err := w.EndProcessingRule(t.Context(), made.ID, "ann"); err != nil {
			t.Fatal(err)
		}
		synctest.Wait()
		if got := mail.delivered("ann"); len(got) != 3 || !strings.Contains(got[2].Text, `ann ended the silence "quiet"`) || len(mail.delivered("bob")) != 0 {
			t.Fatalf("%d mails to those who were silenced, want the end of it too; others got %d", len(got), len(mail.delivered("bob")))
		}
		if _, err := w.EndProcessingRule(t.Context(), made.ID, "ann"); fault.CodeOf(err) != fault.Conflict {
			t.Errorf("ended twice: %v", err)
		}
		fire(t, w, newAlert("3", "h", alert.Sev0))
		synctest.Wait()
		if got := mail.delivered("ann"); len(got) != 4 {
			t.Errorf("%d mails after the end, want 4", len(got))
		}
	})
}

func TestAddGroup(t *testing.T) {
	bubble(t, func(t *testing.T, path string) {
		mail := &fake{}
		w := start(t, path, action.Options{Channels: map[string]channel.Channel{"mail": mail}, Groups: []action.Group{group("duty", "ann"), group("audit", "bob", "ann")}})
		defer w.stop()
		p := alert.ProcessingRule{Name: "audit", Action: alert.AddActionGroups, ActionGroups: []string{"audit"}, By: "eve", Reason: "audit",
			Schedule: alert.Schedule{Until: time.Now().Add(time.Hour)}}
		if _, err := w.AddProcessingRule(t.Context(), p); err != nil {
			t.Fatal(err)
		}
		fire(t, w, newAlert("1", "h", alert.Sev0))
		synctest.Wait()
		if len(mail.delivered("ann")) != 1 || len(mail.delivered("bob")) != 1 {
			t.Errorf("ann got %d, bob %d, want one each", len(mail.delivered("ann")), len(mail.delivered("bob")))
		}
		time.Sleep(time.Hour)
		second := newAlert("2", "h", alert.Sev0)
		fire(t, w, second)
		synctest.Wait()
		if len(mail.delivered("bob")) != 1 {
			t.Error("the rule holds after its end")
		}
		p.ActionGroups = []string{"none"}
		if _, err := w.AddProcessingRule(t.Context(), p); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("an unknown group is taken: %v", err)
		}
	})
}
