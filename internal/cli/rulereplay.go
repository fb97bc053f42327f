package cli

import (
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	v1 "github.com/glasswatch/glasswatch/internal/api/v1"
	"github.com/glasswatch/glasswatch/internal/config"
	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/internal/rule"
)

func (c *cli) ruleReplay() *cobra.Command {
	since := rule.Span(30 * 24 * time.Hour)
	text := since.String()
	cmd := &cobra.Command{
		Use: "replay FILE|NAME", Short: "Say what a rule would have fired on the records that are stored", Args: cobra.ExactArgs(1),
		Long: "Say what a rule would have fired, with counts over time. Nobody is told, and nothing is changed. A rule that is judged on\n" +
			"arrival is tried on each record, and a record counts once with all its revisions; a scheduled rule is judged over all its windows.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := since.UnmarshalText([]byte(text)); err != nil {
				return usageError{err, cmd}
			}
			req := v1.ReplayRequest{Rule: args[0], Hours: int((time.Duration(since) + time.Hour - 1) / time.Hour)}
			if file, err := os.ReadFile(args[0]); err == nil {
				req.Rule, req.Text = "", string(file)
			} else if strings.HasSuffix(args[0], ".yaml") {
				return fault.New(fault.NotFound, "%w", err)
			}
			server, err := c.connect(config.Read)
			if err != nil {
				return err
			}
			defer server.Close()
			got, err := server.Replay(cmd.Context(), req)
			if err != nil {
				return err
			}
			return c.printReplay(got)
		},
	}
	cmd.Flags().StringVar(&text, "since", text, "how far back, such as 12h or 30d")
	return cmd
}

// barWidth is the length of the longest bar.
const barWidth = 40

func (c *cli) printReplay(r v1.Replay) error {
	if c.output != "" && c.output != "table" {
		out := c.results("AT", "ALERTS")
		if c.output == "csv" {
			for _, n := range r.Counts {
				out.add(n, moment(n.At), fmt.Sprint(n.Alerts))
			}
			return out.end()
		}
		out.add(r)
		return out.end()
	}
	c.printf("%s (%s) would have fired %d times from %s to %s\n", r.Rule, r.Mode, r.Total, moment(r.From), moment(r.To))
	most := int64(1)
	for _, n := range r.Counts {
		most = max(most, n.Alerts)
	}
	for _, n := range r.Counts {
		c.printf("  %s  %6d  %s\n", n.At.UTC().Format("2006-01-02 15:04"), n.Alerts, strings.Repeat("#", int(max(1, n.Alerts*barWidth/most))))
	}
	for i, s := range r.Samples {
		if i == 0 {
			c.printf("\nThe first %d:\n", len(r.Samples))
		}
		c.printf("  %s  %s  %s\n", moment(s.At), s.Severity, printable(s.Sentence))
	}
	return nil
}
