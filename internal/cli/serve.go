package cli

import (
	"context"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/glasswatch/glasswatch/internal/app"
	"github.com/glasswatch/glasswatch/internal/config"
)

// drainTime is how long a server that is told to stop may take.
const drainTime = 30 * time.Second

func (c *cli) serve() *cobra.Command {
	var listen string
	cmd := &cobra.Command{
		Use: "serve", Short: "Run the server", Args: cobra.NoArgs,
		Long: "Run the server until SIGTERM or SIGINT, which let it finish what it has begun. SIGHUP reads the configuration again.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return c.runServer(cmd.Context(), listen)
		},
	}
	cmd.Flags().StringVar(&listen, "listen", "", "address and port, instead of the configuration's")
	return cmd
}

func (c *cli) load(listen string) (*config.Config, error) {
	cfg, err := config.Load(c.configFile(), app.Known())
	if err != nil {
		return nil, err
	}
	if listen != "" {
		cfg.Server.Listen = listen
	}
	return cfg, nil
}

func (c *cli) runServer(ctx context.Context, listen string) error {
	cfg, err := c.load(listen)
	if err != nil {
		return err
	}
	app.SpareMemory()
	log := c.logger(cfg.Log)
	for _, w := range cfg.Warnings() {
		log.Warn("configuration", "problem", w.Error(), "next", w.Next)
	}
	// Signals are caught before anything starts, so that none is lost.
	hup := make(chan os.Signal, 1)
	signal.Notify(hup, syscall.SIGHUP)
	defer signal.Stop(hup)
	server, err := app.New(cfg, app.Options{Log: log, Version: version, Out: c.Out})
	if err != nil {
		return err
	}
	if err := server.Start(ctx); err != nil {
		return err
	}
	for {
		select {
		case <-hup:
			c.reload(ctx, server, listen, log)
			continue
		case err = <-server.Failed():
			log.Error("stopping: a part of the server ended", "error", err)
		case <-ctx.Done():
			log.Info("stopping")
		}
		break
	}
	stop, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	if stopErr := server.Stop(stop); err == nil {
		err = stopErr
	}
	return err
}

// reload reads the configuration again. What is wrong with it is logged, and the server goes on as it was.
func (c *cli) reload(ctx context.Context, server *app.App, listen string, log *slog.Logger) {
	cfg, err := c.load(listen)
	if err == nil {
		err = server.Reload(ctx, cfg)
	}
	if err != nil {
		log.Error("reload refused; the server goes on as it was", "error", err)
	}
}

func (c *cli) logger(l config.Log) *slog.Logger {
	o := &slog.HandlerOptions{}
	var level slog.Level
	if level.UnmarshalText([]byte(l.Level)) == nil {
		o.Level = level
	}
	if l.Format == "json" {
		return slog.New(slog.NewJSONHandler(c.Err, o))
	}
	return slog.New(slog.NewTextHandler(c.Err, o))
}
