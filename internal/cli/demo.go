package cli

import (
	"log/slog"

	"github.com/spf13/cobra"

	"github.com/glasswatch/glasswatch/internal/config"
	"github.com/glasswatch/glasswatch/internal/demo"
)

const demoHelp = `Run the whole product on this machine: the server on a temporary data folder, an invented tenant that pushes a few
records a second through the server's HTTP door, and a mailbox with a page to read the mails. Within ten seconds a break-glass
account signs in; the terminal shows each stage and its delay. Nothing leaves this machine.`

func (c *cli) demo() *cobra.Command {
	o := demo.Options{Version: version, Out: c.Out, Colour: c.out.on}
	var verbose bool
	cmd := &cobra.Command{
		Use: "demo", Short: "See it work on an invented tenant", Long: demoHelp, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if verbose {
				o.Log = c.logger(config.Log{Level: slog.LevelDebug.String(), Format: "text"})
			}
			return demo.Run(cmd.Context(), o)
		},
	}
	cmd.Flags().BoolVar(&o.Once, "once", false, "end after the first delivered mail")
	cmd.Flags().StringVar(&o.Listen, "listen", "", "address of the server (default 127.0.0.1:8090, or a free port)")
	cmd.Flags().BoolVar(&o.Keep, "keep", false, "keep the data folder")
	cmd.Flags().BoolVar(&verbose, "verbose", false, "show the server's log")
	return cmd
}
