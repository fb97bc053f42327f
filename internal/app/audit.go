package app

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/glasswatch/glasswatch/internal/alert"
	"github.com/glasswatch/glasswatch/internal/audit"
	"github.com/glasswatch/glasswatch/internal/config"
)

// configurationChanged is the rule name of alerts about changes of what guards and tells.
const configurationChanged = "glasswatch-configuration-changed"

// adopt notes in the audit trail what a configuration that is in force now changes, and tells of it.
func (a *App) adopt(ctx context.Context, g *generation, cfg *config.Config, actor string) error {
	now, err := snapshot(g, cfg)
	if err != nil {
		return err
	}
	at := time.Now().UTC()
	err = a.state.Adopt(ctx, now, actor, at, func(changes []audit.Change, last int64) error {
		x, ok := tamperingAlert(changes, last, actor, at)
		if !ok {
			return nil
		}
		return a.teller.Fire(ctx, []alert.Alert{x})
	})
	if err != nil {
		return fmt.Errorf("note the configuration in the audit trail: %w", err)
	}
	return nil
}

// snapshot names the parts of a configuration that guard or tell. Secrets are in it by reference only.
func snapshot(g *generation, cfg *config.Config) (audit.Snapshot, error) {
	s := audit.Snapshot{}
	var failed error
	add := func(name string, part any) {
		text, err := json.Marshal(part)
		if err != nil && failed == nil {
			failed = fmt.Errorf("%s: %w", name, err)
		}
		s[name] = audit.Fingerprint(text)
	}
	for _, r := range g.loaded {
		add("rule/"+r.Name, r)
	}
	for name, group := range cfg.ActionGroups {
		add("action-group/"+name, group)
	}
	for name, ch := range cfg.Channels {
		add("channel/"+name, ch)
	}
	for _, t := range cfg.Server.Tokens {
		add("token/"+t.Name, t)
	}
	for _, t := range cfg.Tenants {
		for _, acc := range t.Accounts {
			add("account/"+first(acc.UserPrincipalName, acc.ObjectID), acc)
		}
		add("guarded/"+t.ID, t.Guarded)
	}
	add("retention", cfg.Tables)
	return s, failed
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// tamperingAlert tells of changes that can blind or silence the guard: what was removed or changed, and new tokens. More
// rules, groups and accounts guard more, and are in the trail only. The key holds the number of the trail's last entry,
// so that the same change is told once, and told again when it is made again.
func tamperingAlert(changes []audit.Change, last int64, actor string, at time.Time) (alert.Alert, bool) {
	var what []string
	for _, c := range changes {
		if c.Kind != "added" || strings.HasPrefix(c.Subject, "token/") {
			what = append(what, c.Subject+" "+c.Kind)
		}
	}
	if len(what) == 0 {
		return alert.Alert{}, false
	}
	key := fmt.Sprintf("%d|%s", last, audit.Fingerprint([]byte(strings.Join(what, "\n"))))
	record, _ := json.Marshal(map[string]any{"Changes": what, "Actor": actor})
	shown := what
	if len(shown) > 5 {
		shown = append(shown[:5:5], fmt.Sprintf("and %d more", len(what)-5))
	}
	return alert.Alert{
		Rule:        configurationChanged,
		Description: "What Glasswatch watches, or whom it tells, was changed.",
		Severity:    alert.Sev1,
		State:       alert.Fired,
		Sentence:    "Glasswatch's configuration was changed: " + strings.Join(shown, ", "),
		Outcome:     alert.Outcome{Rank: alert.Sev1},
		Table:       "Audit", RecordKey: key, RecordHash: key,
		SignedInAt: at, ReceivedAt: at, FiredAt: at,
		Record: record,
	}, true
}
