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
	key, err := a.state.AuditKey(ctx)
	if err != nil {
		return fmt.Errorf("key of the audit trail: %w", err)
	}
	now, err := snapshot(g, cfg, key)
	if err != nil {
		return fmt.Errorf("fingerprint the configuration: %w", err)
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

// tamperingAlert tells of changes that can blind or silence the guard: what was removed or changed, and new tokens and
// processing rules. More rules, groups and accounts guard more, and are in the trail only. The key holds the number of the trail's last entry,
// so that the same change is told once, and told again when it is made again.
func tamperingAlert(changes []audit.Change, last int64, actor string, at time.Time) (alert.Alert, bool) {
	var what []string
	for _, c := range changes {
		if c.Kind != "added" || strings.HasPrefix(c.Subject, "token/") || strings.HasPrefix(c.Subject, "processing-rule/") {
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
		Loud:        true,
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
