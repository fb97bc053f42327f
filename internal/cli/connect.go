package cli

import (
	"errors"
	"io/fs"
	"net"
	"os"
	"strings"

	"github.com/glasswatch/glasswatch/internal/app"
	"github.com/glasswatch/glasswatch/internal/client"
	"github.com/glasswatch/glasswatch/internal/config"
	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/internal/secret"
)

// configFile returns the configuration file to use: as told, or the first usual place that has one.
func (c *cli) configFile() string {
	if c.config != "" {
		return c.config
	}
	usual := []string{"glasswatch.yaml", "/etc/glasswatch/glasswatch.yaml"}
	for _, file := range usual {
		if _, err := os.Stat(file); err == nil {
			return file
		}
	}
	return usual[0]
}

// connect returns a client with a token that has the scope, found by flags, environment, or the configuration.
func (c *cli) connect(scope config.Scope) (*client.Client, error) {
	o := client.Options{Server: c.server, Version: version}
	if err := c.credentials(&o); err != nil {
		return nil, err
	}
	if o.Server == "" {
		if err := c.fromConfig(&o, scope); err != nil {
			return nil, err
		}
	}
	return client.New(o)
}

// credentials fills in what flags and environment say.
func (c *cli) credentials(o *client.Options) error {
	switch {
	case c.tokenFile != "":
		token, err := secret.Ref("file:" + c.tokenFile).Resolve()
		if err != nil {
			return fault.New(fault.Denied, "%w", err)
		}
		o.Token = token
	case os.Getenv("GLASSWATCH_TOKEN") != "":
		o.Token = secret.New(os.Getenv("GLASSWATCH_TOKEN"))
	}
	if c.caFile != "" {
		pem, err := os.ReadFile(c.caFile)
		if err != nil {
			return fault.New(fault.NotFound, "read --ca-file: %w", err)
		}
		o.CA = pem
	}
	return nil
}

// fromConfig fills in address, certificate and token from the server's configuration.
func (c *cli) fromConfig(o *client.Options, scope config.Scope) error {
	known := app.Known()
	known.Lenient = true
	cfg, err := config.Load(c.configFile(), known)
	if fault.CodeOf(err) == fault.NotFound && c.config == "" {
		return fault.New(fault.NotFound, "no server is named and there is no configuration here").
			WithNext("name one with --server and GLASSWATCH_TOKEN, or run this beside the server's configuration: --config FILE")
	}
	if err != nil {
		return err
	}
	o.Server = Address(cfg)
	if file := app.CertificateFile(cfg); file != "" && len(o.CA) == 0 {
		pem, err := os.ReadFile(file)
		if errors.Is(err, fs.ErrNotExist) {
			return fault.New(fault.Unavailable, "the server has not made its certificate %s yet", file).WithNext("start it with: glasswatch serve")
		}
		if err != nil {
			return fault.New(fault.Denied, "%w", err)
		}
		o.CA = pem
	}
	if !o.Token.Empty() {
		return nil
	}
	return chooseToken(o, cfg, scope)
}

// chooseToken takes the configured token with the fewest scopes that may do it.
func chooseToken(o *client.Options, cfg *config.Config, scope config.Scope) error {
	var best *config.Token
	for i, t := range cfg.Server.Tokens {
		for _, s := range t.Scopes {
			if s.Allows(scope) && (best == nil || len(t.Scopes) < len(best.Scopes)) {
				best = &cfg.Server.Tokens[i]
			}
		}
	}
	if best == nil {
		return fault.New(fault.Denied, "no token in %s has the scope %s", cfg.File(), scope).WithNext("add one to server.tokens")
	}
	token, err := best.Secret.Resolve()
	if err != nil {
		return fault.New(fault.Denied, "token %q: %w", best.Name, err).WithNext("run this as the server's user, or give a token with --token-file or GLASSWATCH_TOKEN")
	}
	o.Token = token
	return nil
}

// Address is where the configured server is reached from its own machine.
func Address(cfg *config.Config) string {
	scheme := "http"
	if cfg.Server.TLS.On() {
		scheme = "https"
	}
	if cfg.Server.TLS.Certificate != "" && cfg.Server.ExternalURL != "" {
		return strings.TrimRight(cfg.Server.ExternalURL, "/") // the name that the certificate is for
	}
	host, port, _ := net.SplitHostPort(cfg.Server.Listen) // Load checked it
	if ip := net.ParseIP(host); host == "" || ip != nil && ip.IsUnspecified() {
		host = "127.0.0.1"
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}
