package state

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/google/uuid"

	"github.com/glasswatch/glasswatch/internal/alert"
	"github.com/glasswatch/glasswatch/internal/fault"
)

// ProcessingRules lists the processing rules that end after since, the latest first.
func (s *Store) ProcessingRules(ctx context.Context, since time.Time) ([]alert.ProcessingRule, error) {
	const query = `SELECT body FROM processing_rules WHERE until_at > ? ORDER BY until_at DESC, id`
	return collect(ctx, s, query, []any{since.UnixNano()}, scanBody[alert.ProcessingRule])
}

// Processing returns the processing rules that may hold now; see action.Store. They are kept in memory: every alert asks.
func (s *Store) Processing(ctx context.Context) ([]alert.ProcessingRule, error) {
	now := s.now()
	if kept := s.processing.Load(); kept != nil {
		return *kept, nil
	}
	s.processingMu.Lock()
	defer s.processingMu.Unlock()
	list, err := s.ProcessingRules(ctx, now)
	if err != nil {
		return nil, err
	}
	s.processing.Store(&list)
	return list, nil
}

// AddProcessingRule keeps a rule. An id that it has is its own; without one it gets one.
func (s *Store) AddProcessingRule(ctx context.Context, p alert.ProcessingRule) (alert.ProcessingRule, error) {
	if p.ID == "" {
		p.ID = uuid.NewString()
	}
	if err := p.Validate(); err != nil {
		return p, fault.New(fault.Invalid, "%w", err)
	}
	return p, s.changeProcessing(ctx, func(w *writer) error { return w.writeProcessing(&p) })
}

// ProcessingRule returns the rule whose id is, or uniquely begins with, id.
func (s *Store) ProcessingRule(ctx context.Context, id string) (p alert.ProcessingRule, err error) {
	full, err := s.completeIn(ctx, "processing_rules", "processing-rule", id)
	if err != nil {
		return p, err
	}
	list, err := collect(ctx, s, `SELECT body FROM processing_rules WHERE id = ?`, []any{full}, scanBody[alert.ProcessingRule])
	if err != nil || len(list) == 0 {
		return p, errors.Join(err, fault.New(fault.NotFound, "no processing rule %s", id))
	}
	return list[0], nil
}

// EndProcessingRule ends a rule before its time.
func (s *Store) EndProcessingRule(ctx context.Context, id, by string, at time.Time) (p alert.ProcessingRule, err error) {
	err = s.changeProcessing(ctx, func(w *writer) error {
		var body []byte
		if err := w.row(`SELECT body FROM processing_rules WHERE id = ?`, []any{id}, &body); err != nil {
			return err
		}
		if err := json.Unmarshal(body, &p); err != nil {
			return err
		}
		if err := p.End(by, at); err != nil {
			return fault.New(fault.Conflict, "%w", err)
		}
		return w.writeProcessing(&p)
	})
	return p, err
}

func (s *Store) changeProcessing(ctx context.Context, do func(*writer) error) error {
	s.processingMu.Lock()
	defer s.processingMu.Unlock()
	defer s.processing.Store(nil)
	return s.change(ctx, do)
}

func (w *writer) writeProcessing(p *alert.ProcessingRule) error {
	body, err := json.Marshal(p)
	if err != nil {
		return err
	}
	const upsert = `INSERT INTO processing_rules (id, until_at, body) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body`
	return w.exec(upsert, p.ID, p.Schedule.Until.UnixNano(), body)
}
