package app

import (
	"context"
	"reflect"
	"time"

	"github.com/glasswatch/glasswatch/internal/config"
)

// Reload builds rules, accounts, action groups, channels and tokens anew and, when all of it is good, exchanges them while
// records keep coming. On an error nothing changes. What needs a restart (address, data folder, hosts of
// externaldata, limits, retention, log) stays as it is and is named in the log.
func (a *App) Reload(ctx context.Context, cfg *config.Config) error {
	a.reloading.Lock()
	defer a.reloading.Unlock()
	next, err := a.build(cfg)
	if err != nil {
		return err
	}
	if err := a.schedule.Load(ctx, next.rules.Windowed(), time.Now()); err != nil {
		closeChannels(next.channels)
		return err
	}
	a.install(next)
	if err := a.adopt(ctx, next, cfg, "reload of the configuration file"); err != nil {
		a.log.Error("the change of the configuration is not in the audit trail", "error", err)
	}
	a.api.SetTokens(next.tokens)
	for _, part := range []struct {
		name     string
		old, now any
	}{
		{"dataDir", a.cfg.DataDir, cfg.DataDir}, {"server.listen", a.cfg.Server.Listen, cfg.Server.Listen}, {"server.tls", a.cfg.Server.TLS, cfg.Server.TLS},
		{"queries.externalHosts", a.cfg.Queries.ExternalHosts, cfg.Queries.ExternalHosts}, {"limits", a.cfg.Limits, cfg.Limits}, {"tables", a.cfg.Tables, cfg.Tables}, {"log", a.cfg.Log, cfg.Log},
	} {
		if !reflect.DeepEqual(part.old, part.now) {
			a.log.Warn("a change needs a restart", "setting", part.name)
		}
	}
	a.log.Info("configuration reloaded", "rules", len(next.loaded), "actionGroups", len(cfg.ActionGroups), "tokens", len(next.tokens))
	return nil
}
