// Package demo runs the whole product on one machine: the real server on a temporary data folder, an invented tenant that
// pushes records through the server's HTTP door, and a mailbox that the alerts are mailed to. Nothing leaves the machine.
package demo

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"time"

	v1 "github.com/glasswatch/glasswatch/internal/api/v1"
	"github.com/glasswatch/glasswatch/internal/app"
	"github.com/glasswatch/glasswatch/internal/client"
	"github.com/glasswatch/glasswatch/internal/config"
	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/internal/sample"
	"github.com/glasswatch/glasswatch/internal/secret"
)

// Options of a demo.
type Options struct {
	Once    bool   // end after the first delivered mail
	Listen  string // address of the server; "": 127.0.0.1:8090, or a free port when that is taken
	Keep    bool   // leave the data folder
	Version string
	Out     io.Writer
	Colour  bool
	Log     *slog.Logger // of the server; nil: discard

	Patience   time.Duration // for the first mail; 0: 60 s
	FirstAfter time.Duration // when the first break-glass sign-in happens; 0: 4 s
}

// tenantID and the accounts are invented; the domain is Microsoft's for examples.
const tenantID = "5f0c2b7e-3f7c-4f0e-9a37-2b1d6c9e8a41"

func watched() []sample.Account {
	return []sample.Account{
		{ObjectID: "9b1deb4d-3b7d-4bad-9bdd-2b0d7b3dcb6d", UserPrincipalName: "bg-north@contoso.onmicrosoft.com", DisplayName: "Emergency access north"},
		{ObjectID: "1b9d6bcd-bbfd-4b2d-9b5d-ab8dfbbd4bed", UserPrincipalName: "bg-south@contoso.onmicrosoft.com", DisplayName: "Emergency access south"},
	}
}

// demo is one run.
type demo struct {
	Options
	dir    string
	box    *Mailbox
	app    *app.App
	client *client.Client // as admin
	push   *client.Client // as the tenant
	page   string
	story  *story
	undo   []func() // in reverse order
}

// Run runs the demo until ctx ends, or with Once until the first mail about a break-glass sign-in is delivered.
func Run(ctx context.Context, o Options) (err error) {
	if o.Patience == 0 {
		o.Patience = time.Minute
	}
	if o.FirstAfter == 0 {
		o.FirstAfter = 4 * time.Second
	}
	d := &demo{Options: o, story: &story{out: o.Out, colour: o.Colour, start: time.Now()}}
	defer func() {
		for i := len(d.undo) - 1; i >= 0; i-- {
			d.undo[i]()
		}
	}()
	if err := d.open(ctx); err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	return d.play(ctx)
}

// open makes folder, mailbox, configuration, server and page.
func (d *demo) open(ctx context.Context) error {
	dir, err := os.MkdirTemp("", "glasswatch-demo-")
	if err != nil {
		return err
	}
	d.dir = dir
	d.undo = append(d.undo, func() {
		if d.Keep {
			d.story.kept(dir)
			return
		}
		_ = os.RemoveAll(dir) // a leftover in the temporary folder
	})
	if d.box, err = OpenMailbox(); err != nil {
		return err
	}
	d.undo = append(d.undo, func() { _ = d.box.Close() })
	admin, push, err := d.configure()
	if err != nil {
		return err
	}
	cfg, err := config.Load(filepath.Join(dir, "glasswatch.yaml"), app.Known())
	if err != nil {
		return err
	}
	if d.app, err = app.New(cfg, app.Options{Log: d.Log, Version: d.Version, Out: d.Out}); err != nil {
		return err
	}
	if err := d.app.Start(ctx); err != nil {
		return err
	}
	d.undo = append(d.undo, func() {
		stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
		defer cancel()
		_ = d.app.Stop(stop) // the folder goes anyway
	})
	server := "http://" + d.app.Address().String()
	if d.client, err = client.New(client.Options{Server: server, Token: admin, Version: d.Version}); err != nil {
		return err
	}
	if d.push, err = client.New(client.Options{Server: server, Token: push, Version: d.Version}); err != nil {
		return err
	}
	if err := d.openPage(server); err != nil {
		return err
	}
	d.story.opened(server, d.page, admin.Reveal())
	return nil
}

// configure writes what `glasswatch init` would write, and returns the two tokens.
func (d *demo) configure() (admin, push secret.Value, err error) {
	a := config.Answers{
		DataDir: "data", Listen: d.listen(), TimeZone: "UTC", TenantID: tenantID, TenantName: "Contoso (invented)",
		Tokens:     []config.TokenAnswer{{Name: "admin", File: "admin-token", Scopes: "admin"}, {Name: "tenant", File: "push-token", Scopes: "ingest"}},
		Mail:       config.MailAnswer{Host: "127.0.0.1", Port: d.box.Port(), Security: "none", From: "Glasswatch <glasswatch@contoso.example>"},
		Recipients: []string{"anna.berg@contoso.example", "duty@contoso.example"},
		Resources:  []string{"/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg-breakglass"},
	}
	for _, w := range watched() {
		a.Accounts = append(a.Accounts, config.Account(w))
	}
	text, err := config.Starter(a)
	if err != nil {
		return admin, push, err
	}
	tokens := [2]string{}
	for i, file := range []string{"admin-token", "push-token"} {
		var random [24]byte
		_, _ = rand.Read(random[:]) // never fails
		tokens[i] = hex.EncodeToString(random[:])
		if err := os.WriteFile(filepath.Join(d.dir, file), []byte(tokens[i]+"\n"), 0o600); err != nil {
			return admin, push, err
		}
	}
	return secret.New(tokens[0]), secret.New(tokens[1]), os.WriteFile(filepath.Join(d.dir, "glasswatch.yaml"), text, 0o600)
}

// listen returns the address to use: the usual one when nobody else has it.
func (d *demo) listen() string {
	if d.Listen != "" {
		return d.Listen
	}
	const usual = "127.0.0.1:8090"
	l, err := net.Listen("tcp", usual)
	if err != nil {
		return "127.0.0.1:0"
	}
	_ = l.Close() // only tried
	return usual
}

func (d *demo) openPage(server string) error {
	handler, err := newPage(d.box, server)
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", "127.0.0.1:8025")
	if err != nil {
		if l, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
			return err
		}
	}
	d.page = "http://" + l.Addr().String()
	s := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = s.Serve(l) }() // ends with Close
	d.undo = append(d.undo, func() { _ = s.Close() })
	return nil
}

// play runs the tenant and tells what happens until the end.
func (d *demo) play(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	t := newTenant(d.push, d.story, d.FirstAfter)
	ended := make(chan error, 1)
	go func() { ended <- t.run(ctx) }()
	defer func() { cancel(); <-ended }() //nolint:errcheck // what ended it is told by its watcher
	patience := time.NewTimer(d.Patience)
	defer patience.Stop()
	first := true
	for {
		select {
		case <-ctx.Done():
			d.story.end(t.total())
			return nil
		case err := <-d.app.Failed():
			return err
		case err := <-ended:
			ended <- nil // for the deferred wait
			if ctx.Err() != nil {
				continue
			}
			return fmt.Errorf("the invented tenant could not push: %w", err)
		case <-patience.C:
			if first {
				return d.noMail(ctx)
			}
		case mail := <-d.box.Arrived():
			about := d.tell(ctx, mail)
			if about != nil && about.Rule != signInRule {
				continue // the tenant's other records may fire other rules
			}
			first = false
			if d.Once {
				d.story.summary(t.total(), mail)
				return nil
			}
		}
	}
}

// signInRule is the shipped rule whose alert the demo is about.
const signInRule = "break-glass-sign-in"

// tell prints the stages of the alert that a mail is about, and returns it; nil when it is not found.
func (d *demo) tell(ctx context.Context, m Mail) *v1.Alert {
	list, err := d.client.Alerts(ctx, client.AlertFilter{Limit: 5})
	if err != nil || len(list) == 0 {
		d.story.mail(nil, m)
		return nil
	}
	// The mail is about the newest alert that fired before it came.
	var found *v1.Alert
	for i := range list {
		if !list[i].FiredAt.After(m.ReceivedAt) {
			found = &list[i]
			break
		}
	}
	d.story.mail(found, m)
	return found
}

// noMail says why no mail came.
func (d *demo) noMail(ctx context.Context) error {
	reason := "no alert fired"
	list, err := d.client.Alerts(ctx, client.AlertFilter{Limit: 1})
	if err != nil {
		reason = "the server does not answer: " + err.Error()
	} else if len(list) > 0 {
		reason = "alert " + list[0].ID + " fired, but no notification was delivered"
		if a, err := d.client.Alert(ctx, list[0].ID); err == nil {
			for _, n := range a.Notifications {
				reason += fmt.Sprintf("; %s to %s: %s after %d attempts %s", n.Channel, n.Recipient, n.State, n.Attempts, n.LastError)
			}
		}
	}
	return fault.New(fault.Internal, "no mail within %s: %w", d.Patience, errors.New(reason))
}
