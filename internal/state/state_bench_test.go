package state_test

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/glasswatch/glasswatch/internal/action"
	"github.com/glasswatch/glasswatch/internal/alert"
)

// BenchmarkFire is one alert with a record of 5 KB and two notifications, made durable, and put into its incident: alone, then many at once.
func BenchmarkFire(b *testing.B) {
	var n atomic.Int64
	next := func() []action.Firing {
		f := firing(int(n.Add(1)), "h", alert.Sev0)
		f.Alert.Table, f.Alert.CorrelationID = "SigninLogs", fmt.Sprint("c", n.Load())
		f.Alert.Record = json.RawMessage(fmt.Sprintf(`{"IPAddress":"203.0.113.%d","AppDisplayName":"Azure Portal","pad":"%s"}`, n.Load()%250, strings.Repeat("x", 5000)))
		return []action.Firing{f}
	}
	b.Run("alone", func(b *testing.B) {
		s := open(b, filepath.Join(b.TempDir(), "state.db"))
		for b.Loop() {
			if _, err := s.Fire(context.Background(), next()); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("64 at once", func(b *testing.B) {
		s := open(b, filepath.Join(b.TempDir(), "state.db"))
		b.SetParallelism(32)
		b.RunParallel(func(p *testing.PB) {
			for p.Next() {
				if _, err := s.Fire(context.Background(), next()); err != nil {
					b.Fatal(err)
				}
			}
		})
	})
}
