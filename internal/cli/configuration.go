package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/glasswatch/glasswatch/internal/app"
	"github.com/glasswatch/glasswatch/internal/config"
)

func (c *cli) configuration() *cobra.Command {
	cmd := &cobra.Command{Use: "config", Short: "Check the configuration, or print its schema", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	cmd.AddCommand(c.configCheck(), c.configSchema())
	return cmd
}

func (c *cli) configCheck() *cobra.Command {
	var noSecrets bool
	cmd := &cobra.Command{
		Use: "check [FILE]", Short: "Report everything that is wrong with the configuration and its rules", Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 1 {
				c.config = args[0]
			}
			known := app.Known()
			known.Lenient = noSecrets
			cfg, err := config.Load(c.configFile(), known)
			if err != nil {
				return err
			}
			if err := app.Check(cfg); err != nil {
				return err
			}
			for _, w := range cfg.Warnings() {
				_, _ = fmt.Fprint(c.Err, w.Render())
			}
			c.printf("%s is good: %d tenants, %d action groups, %d channels, %d tokens\n", cfg.File(),
				len(cfg.Tenants), len(cfg.ActionGroups), len(cfg.Channels), len(cfg.Server.Tokens))
			return nil
		},
	}
	cmd.Flags().BoolVar(&noSecrets, "no-secrets", false, "do not read the secrets: they are on another machine")
	return cmd
}

func (c *cli) configSchema() *cobra.Command {
	return &cobra.Command{
		Use: "schema", Short: "Print the JSON schema of the configuration, for editors", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := c.Out.Write(config.Schema(app.Known()))
			return err
		},
	}
}
