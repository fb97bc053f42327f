package app

import (
	"context"
	"fmt"
	"time"

	"github.com/glasswatch/glasswatch/internal/alert"
	"github.com/glasswatch/glasswatch/internal/state"
)

// drillsKnown is how long after their end rules know of drills: a rule may be run over time that is past.
const drillsKnown = 90 * 24 * time.Hour

func (a *App) drills(ctx context.Context) ([]alert.Drill, error) {
	list, err := a.state.Drills(ctx, time.Now().Add(-drillsKnown))
	if err != nil {
		return nil, fmt.Errorf("read declared drills: %w", err)
	}
	return list, nil
}

// incidents is the memory of incidents and drills; what it hears of drills, rules hear as well.
type incidents struct {
	*state.Store
	app *App
}

func (i incidents) DeclareDrill(ctx context.Context, d alert.Drill) (alert.Drill, error) {
	d, err := i.Store.DeclareDrill(ctx, d)
	if err != nil {
		return d, err
	}
	return d, i.app.renewRules(ctx)
}

func (i incidents) EndDrill(ctx context.Context, id, by string, at time.Time) (alert.Drill, error) {
	d, err := i.Store.EndDrill(ctx, id, by, at)
	if err != nil {
		return d, err
	}
	return d, i.app.renewRules(ctx)
}

// renewRules compiles the rules anew with the drills that are declared now. Scheduled rules go on where they are.
func (a *App) renewRules(ctx context.Context) error {
	a.reloading.Lock()
	defer a.reloading.Unlock()
	next, err := a.engine(a.teller.generation())
	if err != nil {
		return fmt.Errorf("the drill is noted, but the rules do not know of it: %w", err)
	}
	if err := a.schedule.Load(ctx, next.Windowed(), time.Now()); err != nil {
		return err
	}
	a.judge.rules.Store(next)
	return nil
}
