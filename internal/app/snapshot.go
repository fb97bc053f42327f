package app

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/glasswatch/glasswatch/content"
	"github.com/glasswatch/glasswatch/internal/audit"
	"github.com/glasswatch/glasswatch/internal/config"
	"github.com/glasswatch/glasswatch/internal/secret"
)

// parts collects the fingerprints of a configuration. Everything that can blind a rule, silence an alert or let somebody
// in has a part.
type parts struct {
	snapshot audit.Snapshot
	key      audit.Key // of secrets
	errs     []error
}

// snapshot names the parts of a configuration that guard or tell. Of secrets it holds keyed fingerprints, of files those of their
// content.
func snapshot(g *generation, cfg *config.Config, key audit.Key) (audit.Snapshot, error) {
	p := &parts{snapshot: audit.Snapshot{}, key: key}
	p.judging(g, cfg)
	p.telling(cfg)
	p.receiving(cfg)
	p.behind(cfg)
	return p.snapshot, errors.Join(p.errs...)
}

// judging is what decides which records fire: rules, accounts, and all that queries use.
func (p *parts) judging(g *generation, cfg *config.Config) {
	for _, r := range g.loaded {
		p.add("rule/"+r.Name, r)
	}
	for _, t := range cfg.Tenants {
		for _, acc := range t.Accounts {
			p.add("account/"+first(acc.UserPrincipalName, acc.ObjectID), acc)
		}
		p.add("guarded/"+t.ID, t.Guarded)
	}
	for name, text := range cfg.Queries.Functions {
		p.add("function/"+name, text)
	}
	for alias, w := range cfg.Queries.Watchlists {
		list := g.language.Watchlists.Watchlist(alias)
		p.add("watchlist/"+alias, []any{w, list.Columns, list.Rows})
	}
	p.add("external-hosts", cfg.Queries.ExternalHosts)
	p.add("shipped/auditoperations.csv", content.AuditOperations)
	p.add("shipped/resultcodes.csv", content.ResultCodes)
}

// telling is who hears of alerts, and how.
func (p *parts) telling(cfg *config.Config) {
	for name, group := range cfg.ActionGroups {
		p.add("action-group/"+name, group)
	}
	for name, ch := range cfg.Channels {
		p.add("channel/"+name, ch)
	}
	for name, one := range cfg.ProcessingRules {
		p.add("processing-rule/"+name, one)
	}
}

// receiving is who may come in, where records come from, and what becomes of them.
func (p *parts) receiving(cfg *config.Config) {
	for _, t := range cfg.Server.Tokens {
		p.add("token/"+t.Name, t)
		p.secret("secret/token/"+t.Name, t.Secret)
	}
	door := cfg.Server
	door.Tokens = nil
	p.add("server", door)
	for name, s := range cfg.Sources {
		p.add("source/"+name, s)
	}
	p.add("retention", cfg.Tables)
	p.add("limits", cfg.Limits)
}

// behind is what stands behind references of channels: secrets, and files such as certificate authorities.
func (p *parts) behind(cfg *config.Config) {
	for path, ref := range cfg.Secrets() {
		if name, ok := strings.CutPrefix(path, "channels."); ok {
			p.secret("secret/channel/"+name, ref)
		}
	}
	for path, file := range cfg.Files() {
		text, err := os.ReadFile(file)
		p.failed(path, err)
		p.snapshot["file/"+path] = audit.Fingerprint(text)
	}
}

func (p *parts) add(name string, part any) {
	text, err := json.Marshal(part)
	p.failed(name, err)
	p.snapshot[name] = audit.Fingerprint(text)
}

func (p *parts) secret(name string, ref secret.Ref) {
	v, err := ref.Resolve()
	p.failed(name, err)
	p.snapshot[name] = p.key.Fingerprint([]byte(v.Reveal()))
}

func (p *parts) failed(name string, err error) {
	if err != nil {
		p.errs = append(p.errs, fmt.Errorf("%s: %w", name, err))
	}
}

func first(a, b string) string {
	if a != "" {
		return a
	}
	return b
}
