package action

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"

	"github.com/glasswatch/glasswatch/internal/alert"
	"github.com/glasswatch/glasswatch/internal/fault"
)

// declared are the processing rules of the configuration. One that silences holds only once it was announced.
type declared struct {
	all []alert.ProcessingRule

	mu      sync.RWMutex
	holding []alert.ProcessingRule // those that may hold
}

// newDeclared checks the rules and gives each the id of its content, so that a changed one is another one.
func newDeclared(rules []alert.ProcessingRule, r *router) (*declared, error) {
	d := &declared{all: slices.Clone(rules)}
	var errs []error
	for i := range d.all {
		p := &d.all[i]
		if err := errors.Join(p.Validate(), r.check(p)); err != nil {
			errs = append(errs, fmt.Errorf("processing rule %q: %w", p.Name, err))
		}
		content := *p
		content.Origin = "" // the same rule in a file that was moved
		text, _ := json.Marshal(content)
		p.ID = uuid.NewSHA1(uuid.Nil, text).String()
		if p.Action == alert.AddActionGroups {
			d.holding = append(d.holding, *p)
		}
	}
	return d, errors.Join(errs...)
}

// rules returns the rules that may hold.
func (d *declared) rules() []alert.ProcessingRule {
	d.mu.RLock()
	defer d.mu.RUnlock()
	return d.holding
}

func (d *declared) announced(p alert.ProcessingRule) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.holding = append(slices.Clip(d.holding), p)
}

// find returns the rule whose id is, or begins with, id.
func (d *declared) find(id string) (alert.ProcessingRule, bool) {
	id = strings.ToLower(strings.TrimSpace(id))
	for _, p := range d.all {
		if len(id) >= 4 && strings.HasPrefix(p.ID, id) {
			return p, true
		}
	}
	return alert.ProcessingRule{}, false
}

// errDeclared says how a rule of the configuration is ended.
func errDeclared(p alert.ProcessingRule) error {
	return fault.New(fault.Conflict, "processing rule %q is declared in %s and cannot be ended here", p.Name, p.Origin).
		WithNext("edit processingRules.%s in that file, and let the server read it again with SIGHUP", p.Name)
}

// announceTick bounds how long a clock that was set, or a machine that slept, delays an announcement, and how soon one that
// failed is tried again.
const announceTick = 10 * time.Second

// announceDeclared announces each silence of the configuration when it begins, and only then lets it hold. An announcement
// that was made before is not made again. It returns when ctx ends.
func (e *Engine) announceDeclared(ctx context.Context) {
	due := slices.DeleteFunc(slices.Clone(e.declared.all), func(p alert.ProcessingRule) bool {
		return p.Action != alert.RemoveAllActionGroups
	})
	for {
		now := e.now().UTC()
		next := announceTick
		due = slices.DeleteFunc(due, func(p alert.ProcessingRule) bool {
			if wait := p.Schedule.From.Sub(now); wait > 0 {
				next = min(next, wait)
				return false
			}
			return e.begin(ctx, p, now)
		})
		if len(due) == 0 {
			<-ctx.Done()
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(next):
		}
	}
}

// begin lets a silence of the configuration hold, when it is not over and people were told.
func (e *Engine) begin(ctx context.Context, p alert.ProcessingRule, now time.Time) (done bool) {
	if !now.Before(p.Schedule.Until) {
		return true
	}
	if err := e.Fire(ctx, []alert.Alert{e.announcement(&p, now)}); err != nil {
		e.log.Error("a silence of the configuration does not hold: it cannot be announced", logSilence, p.Name, logError, err)
		return false
	}
	e.declared.announced(p)
	return true
}
