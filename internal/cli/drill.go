package cli

import (
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	v1 "github.com/glasswatch/glasswatch/internal/api/v1"
	"github.com/glasswatch/glasswatch/internal/config"
)

func (c *cli) drill() *cobra.Command {
	cmd := &cobra.Command{Use: "drill", Short: "Announce a use of a guarded account", Args: cobra.NoArgs,
		Long: "A drill is a use of a guarded account that is announced beforehand. Its alerts are told all the same; their incident\n" +
			"is Expected instead of Fired.",
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	cmd.AddCommand(c.drillDeclare(), c.drillList(), c.drillEnd())
	return cmd
}

func (c *cli) drillDeclare() *cobra.Command {
	var account, reason string
	var in, length time.Duration
	cmd := &cobra.Command{
		Use: "declare", Short: "Declare a drill", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			server, err := c.connect(config.Write)
			if err != nil {
				return err
			}
			defer server.Close()
			d := v1.NewDrill{Account: account, Reason: reason, Until: time.Now().Add(in + length)}
			if in > 0 {
				from := time.Now().Add(in)
				d.From = &from
			}
			made, err := server.DeclareDrill(cmd.Context(), d)
			if err != nil {
				return err
			}
			return c.printDrills([]v1.Drill{made})
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&account, "account", "", "object id or user principal name")
	flags.DurationVar(&length, "for", time.Hour, "how long, at most 24h")
	flags.DurationVar(&in, "in", 0, "begin so much later")
	flags.StringVarP(&reason, "reason", "m", "", "why")
	for _, name := range []string{"account", "reason"} {
		_ = cmd.MarkFlagRequired(name) // the flag exists
	}
	return cmd
}

func (c *cli) drillList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List drills, the latest first", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			server, err := c.connect(config.Read)
			if err != nil {
				return err
			}
			defer server.Close()
			list, err := server.Drills(cmd.Context())
			if err != nil {
				return err
			}
			return c.printDrills(list)
		},
	}
}

func (c *cli) drillEnd() *cobra.Command {
	return &cobra.Command{
		Use: "end ID", Short: "End a drill before its time", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			server, err := c.connect(config.Write)
			if err != nil {
				return err
			}
			defer server.Close()
			d, err := server.EndDrill(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			return c.printDrills([]v1.Drill{d})
		},
	}
}

func (c *cli) printDrills(list []v1.Drill) error {
	out := c.results("ID", "ACCOUNT", "FROM", "UNTIL", "BY", "REASON")
	for _, d := range list {
		until := d.Until
		if d.EndedAt != nil {
			until = *d.EndedAt
		}
		out.add(d, c.shortID(d.ID), d.Account, moment(d.From), moment(until), d.By, d.Reason)
	}
	return out.end()
}

// shortID is enough of an id for a terminal; files get all of it.
func (c *cli) shortID(id string) string {
	if c.out.width > 0 && len(id) > 8 {
		return id[:8]
	}
	return id
}

func parseCount(text string) (int, error) { return strconv.Atoi(strings.TrimSpace(text)) }

func count(n int) string { return strconv.Itoa(n) }
