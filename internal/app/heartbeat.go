package app

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"github.com/glasswatch/glasswatch/internal/ingest"
	"github.com/glasswatch/glasswatch/internal/table"
	"github.com/glasswatch/glasswatch/kql/value"
)

// beat is how often heartbeats are written.
const beat = 30 * time.Second

// heartbeat writes rows to the table Heartbeat until ctx ends: one for the server and one for each source. That a source
// is silent shows as Records 0; that the server is dead shows as no row.
func (a *App) heartbeat(ctx context.Context) error {
	tick := time.NewTicker(beat)
	defer tick.Stop()
	before := map[string]ingest.SourceHealth{}
	for {
		health := a.ingest.Health()
		rows := a.beats(time.Now(), health, before)
		before = health.Sources
		if err := a.appendRows(ctx, a.catalog.Schema(table.Heartbeat), rows); err != nil && ctx.Err() == nil {
			a.log.Error("heartbeat not written", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
	}
}

// beats returns the rows: what each source delivered since before.
func (a *App) beats(now time.Time, h ingest.Health, before map[string]ingest.SourceHealth) [][]value.Value {
	store := a.store.Health()
	status := "ok"
	if store.Err != nil || h.Store.Err != nil || h.Journal.Err != nil {
		status = "failing"
	}
	rows := [][]value.Value{a.beatRow(now, "", "server", status, ingest.SourceHealth{}, map[string]any{"version": a.opt.Version,
		"storeBytes": store.Bytes, "logBytes": h.Journal.Bytes, "waitingBytes": h.Store.Bytes, "waitingRows": h.Store.Rows})}
	names := map[string]bool{}
	for name := range h.Sources {
		names[name] = true
	}
	for name := range a.cfg.Sources {
		names[name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(names)) {
		is, was := h.Sources[name], before[name]
		since := ingest.SourceHealth{Bodies: is.Bodies - was.Bodies, Bytes: is.Bytes - was.Bytes, Taken: is.Taken - was.Taken,
			Repeated: is.Repeated - was.Repeated, Refused: is.Refused - was.Refused, Delay: is.Delay}
		status := "ok"
		if since.Bodies == 0 {
			status = "silent"
		}
		detail := map[string]any{"bodies": since.Bodies, "bytes": since.Bytes, "repeated": since.Repeated}
		if !is.LastAt.IsZero() {
			detail["lastReceived"] = is.LastAt.UTC().Format(time.RFC3339Nano)
		}
		rows = append(rows, a.beatRow(now, name, "source", status, since, detail))
	}
	return rows
}

// beatRow fills the columns of Heartbeat by name, so that the order of the schema does not matter.
func (a *App) beatRow(now time.Time, source, component, status string, h ingest.SourceHealth, detail map[string]any) []value.Value {
	ticks, _ := value.Ticks(now)
	text, _ := json.Marshal(detail) // plain values always marshal
	values := map[string]value.Value{
		"TimeGenerated": value.NewDateTime(ticks), table.TimeReceived: value.NewDateTime(ticks), "Source": value.NewString(source),
		"Component": value.NewString(component), "Status": value.NewString(status), "Records": value.NewLong(h.Taken),
		"Refused": value.NewLong(h.Refused), "DelayMs": value.NewLong(h.Delay.Milliseconds()),
		"Detail": value.NewText(value.Dynamic, string(text)), "Type": value.NewString(table.Heartbeat),
	}
	schema := a.catalog.Schema(table.Heartbeat)
	row := make([]value.Value, len(schema.Columns))
	for i, column := range schema.Columns {
		v, ok := values[column.Name]
		if !ok {
			v = value.Null(column.Type)
		}
		row[i] = v
	}
	return row
}
