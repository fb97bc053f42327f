package cli

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// answersTo runs a batch whose answers f gives.
func answersTo(t *testing.T, input string, f func(ctx context.Context, q question) []byte) (out string, late int) {
	t.Helper()
	var b strings.Builder
	c := &cli{Streams: Streams{In: strings.NewReader(input), Out: &b}}
	late, err := c.answers(t.Context(), time.Minute, f)
	if err != nil {
		t.Error(err)
	}
	return b.String(), late
}

func TestPanicCostsItsLine(t *testing.T) {
	got, late := answersTo(t, "{\"id\":1,\"query\":\"boom\"}\n{\"id\":2,\"query\":\"fine\"}", func(_ context.Context, q question) []byte {
		if q.Query == "boom" {
			panic("table turned")
		}
		return []byte(q.Query)
	})
	lines := strings.Split(got, "\n")
	want := `{"id":1,"columns":[],"rows":[],"error":"internal error: table turned at `
	if late != 0 || len(lines) != 3 || !strings.HasPrefix(lines[0], want) || lines[1] != "fine" {
		t.Errorf("late %d, got\n%s", late, got)
	}
}

func TestQueryThatDoesNotEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		forever := make(chan struct{})
		got, late := answersTo(t, "{\"id\":1,\"query\":\"hang\"}\n{\"id\":2,\"query\":\"slow\"}\n", func(ctx context.Context, q question) []byte {
			if q.Query == "hang" {
				<-forever
			}
			<-ctx.Done()
			return []byte("ended")
		})
		close(forever)
		want := `{"id":1,"columns":[],"rows":[],"error":"the query took longer than 1m0s"}` + "\nended\n"
		if diff := cmp.Diff(want, got); diff != "" || late != 1 {
			t.Errorf("late %d, -want +got:\n%s", late, diff)
		}
	})
}
