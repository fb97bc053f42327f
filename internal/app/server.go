package app

import (
	"context"
	"crypto/tls"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"time"

	"github.com/glasswatch/glasswatch/internal/api"
	"github.com/glasswatch/glasswatch/internal/config"
	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/internal/web"
)

// openServer makes the HTTP side and opens the door. Tokens come from the generation in force.
func (a *App) openServer(context.Context) error {
	a.metrics()
	a.api = api.New(api.Options{
		Log: a.log, Version: a.opt.Version, Tokens: a.teller.g.tokens, Sink: sink{a}, Querier: querier{a}, Alerts: alerts{&a.teller}, Incidents: incidents{a.state, a}, Processing: processing{a}, Audit: a.state, Replayer: replayer{a},
		Catalog: catalog{a}, Tester: alerts{&a.teller}, Ready: a.ready, Registry: a.opt.Registry, Limits: a.cfg.Limits, Pages: web.Handler(),
	})
	certificates, err := a.certificates()
	if err != nil {
		return err
	}
	l, err := net.Listen("tcp", a.cfg.Server.Listen)
	if err != nil {
		return fault.New(fault.Unavailable, "%w", err).WithNext("is another server running? server.listen sets another address")
	}
	a.address = l.Addr()
	server := &http.Server{
		Handler: a.api, TLSConfig: certificates, ReadHeaderTimeout: 10 * time.Second, ReadTimeout: 2 * time.Minute, IdleTimeout: 2 * time.Minute,
		WriteTimeout:   2*time.Minute + time.Duration(a.cfg.Limits.QueryTime), // from the request's head; a streaming result moves it on
		MaxHeaderBytes: 64 << 10, ErrorLog: slog.NewLogLogger(a.log.Handler(), slog.LevelDebug),
	}
	serve := func() error { return server.Serve(l) }
	if certificates != nil {
		serve = func() error { return server.ServeTLS(l, "", "") }
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := serve(); !errors.Is(err, http.ErrServerClosed) {
			a.fail(err)
		}
	}()
	a.onStop("server", func(ctx context.Context) error {
		defer func() { <-done }()
		// Requests under way get most of the time; then they are cut off, so that the rest can be closed in order.
		drain, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		if err := server.Shutdown(drain); err != nil {
			return server.Close()
		}
		return nil
	})
	a.log.Info("serving", "address", a.address.String(), "tls", certificates != nil, "version", a.opt.Version)
	return nil
}

func (a *App) ready(context.Context) error {
	if h := a.store.Health(); h.Err != nil {
		return h.Err
	}
	return nil
}

// CertificateFile returns the certificate that clients on this machine should trust; "" without TLS.
func CertificateFile(cfg *config.Config) string {
	switch {
	case cfg.Server.TLS.SelfSigned:
		return filepath.Join(cfg.DataDir, "tls", "cert.pem")
	case cfg.Server.TLS.Certificate != "":
		return cfg.Server.TLS.Certificate
	}
	return ""
}

func (a *App) certificates() (*tls.Config, error) {
	t := a.cfg.Server.TLS
	certFile, keyFile := t.Certificate, t.Key
	if t.SelfSigned {
		var err error
		certFile, keyFile, err = api.SelfSigned(filepath.Join(a.cfg.DataDir, "tls"), hosts(a.cfg.Server), time.Now())
		if err != nil {
			return nil, err
		}
	}
	if certFile == "" {
		return nil, nil
	}
	c, err := api.LoadCertificate(certFile, keyFile, a.log)
	if err != nil {
		return nil, fault.New(fault.Invalid, "%w", err).WithNext("server.tls names PEM files of a certificate and its key")
	}
	return c.TLS(), nil
}

// hosts are the names by which a self-signed certificate can be reached.
func hosts(s config.Server) []string {
	list := []string{"localhost", "127.0.0.1", "::1"}
	add := func(h string) {
		ip := net.ParseIP(h)
		if h == "" || h == "localhost" || ip != nil && (ip.IsUnspecified() || ip.IsLoopback()) {
			return
		}
		list = append(list, h)
	}
	if name, err := os.Hostname(); err == nil {
		add(name)
	}
	if host, _, err := net.SplitHostPort(s.Listen); err == nil {
		add(host)
	}
	if u, err := url.Parse(s.ExternalURL); err == nil {
		add(u.Hostname())
	}
	return list
}
