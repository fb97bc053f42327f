package action_test

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/glasswatch/glasswatch/internal/action"
	"github.com/glasswatch/glasswatch/internal/alert"
	"github.com/glasswatch/glasswatch/internal/channel"
	"github.com/glasswatch/glasswatch/internal/channel/channeltest"
)

// BenchmarkFireToMail is from the call of Fire to the SMTP server having the mail; floor is the shortest SMTP
// conversation by hand with the same message, on a new connection, without alert, state or templates.
func BenchmarkFireToMail(b *testing.B) {
	s, arrived := newSink(b)
	var example string
	b.Run("fire", func(b *testing.B) {
		idle := make(chan int, 64)
		w := start(b, filepath.Join(b.TempDir(), "state.db"), action.Options{BaseURL: "https://glasswatch.example.com",
			Channels: map[string]channel.Channel{"mail": mailChannel(b, s)}, Groups: []action.Group{group("duty", "ann@contoso.com")},
			Hooks: action.Hooks{Pending: func(n int) { idle <- n }}})
		var took []time.Duration
		for i := 0; b.Loop(); i++ {
			a := signIn()
			a.ID, a.RecordKey = "", fmt.Sprint(i)
			began := time.Now()
			if err := w.Fire(context.Background(), []alert.Alert{a}); err != nil {
				b.Fatal(err)
			}
			<-arrived
			took = append(took, time.Since(began))
			for <-idle > 0 { // the outcome is on disk: alarms are rare
			}
		}
		report(b, took)
		w.stop()
		example = string(s.Mails()[0].Raw)
	})
	b.Run("floor", func(b *testing.B) {
		var took []time.Duration
		for b.Loop() {
			began := time.Now()
			byHand(b, s.Addr, example)
			<-arrived
			took = append(took, time.Since(began))
		}
		report(b, took)
	})
}

func report(b *testing.B, took []time.Duration) {
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds()), "p50-us")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "p99-us")
}

// newSink is a server that tells of each mail when it has it all.
func newSink(b *testing.B) (*channeltest.SMTP, <-chan struct{}) {
	arrived := make(chan struct{}, 64)
	return channeltest.NewSMTP(b, channeltest.SMTPOptions{Taken: func() { arrived <- struct{}{} }}), arrived
}

func byHand(b *testing.B, addr, mail string) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		b.Fatal(err)
	}
	defer conn.Close()
	r := bufio.NewReader(conn)
	read := func() {
		for {
			line, err := r.ReadString('\n')
			if err != nil {
				b.Fatal(err)
			}
			if len(line) > 3 && line[3] == ' ' {
				return
			}
		}
	}
	read()
	for _, part := range []string{"EHLO bench\r\n", "MAIL FROM:<a@b.c>\r\n", "RCPT TO:<ann@contoso.com>\r\n", "DATA\r\n", strings.TrimRight(mail, "\r\n") + "\r\n.\r\n"} {
		if _, err := conn.Write([]byte(part)); err != nil {
			b.Fatal(err)
		}
		read()
	}
}

// BenchmarkRender is one message, from the alert to all its forms.
func BenchmarkRender(b *testing.B) {
	ch := &fake{}
	w := start(b, filepath.Join(b.TempDir(), "state.db"), action.Options{BaseURL: "https://glasswatch.example.com",
		Channels: map[string]channel.Channel{"mail": ch}, Groups: []action.Group{group("duty", "ann")}})
	for b.Loop() {
		if _, err := w.Test(context.Background(), "duty"); err != nil {
			b.Fatal(err)
		}
	}
}
