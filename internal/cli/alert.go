package cli

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	v1 "github.com/glasswatch/glasswatch/internal/api/v1"
	"github.com/glasswatch/glasswatch/internal/client"
	"github.com/glasswatch/glasswatch/internal/config"
)

func (c *cli) alert() *cobra.Command {
	cmd := &cobra.Command{Use: "alert", Short: "List, show and acknowledge alerts", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	cmd.AddCommand(c.alertList(), c.alertShow(), c.alertAck())
	return cmd
}

func (c *cli) alertList() *cobra.Command {
	var f client.AlertFilter
	var since time.Duration
	cmd := &cobra.Command{
		Use: "list", Short: "List alerts, the newest first", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			server, err := c.connect(config.Read)
			if err != nil {
				return err
			}
			defer server.Close()
			if since > 0 {
				f.Since = time.Now().Add(-since)
			}
			list, err := server.Alerts(cmd.Context(), f)
			if err != nil {
				return err
			}
			out := c.results("ID", "SEVERITY", "STATE", "FIRED", "RULE", "WHAT")
			for _, a := range list {
				id := a.ID
				if c.out.width > 0 && len(id) > 8 {
					id = id[:8]
				}
				out.add(a, id, a.Severity, a.State, moment(a.FiredAt), a.Rule, a.Sentence)
			}
			return out.end()
		},
	}
	flags := cmd.Flags()
	flags.StringSliceVar(&f.States, "state", nil, "only these states: Fired, Acknowledged, Resolved, Closed")
	flags.StringVar(&f.Severity, "severity", "", "this severity and worse, such as Sev1")
	flags.StringVar(&f.Rule, "rule", "", "only this rule")
	flags.StringVar(&f.Account, "account", "", "only this account: object id or user principal name")
	flags.DurationVar(&since, "since", 0, "fired within this time, such as 24h")
	flags.IntVar(&f.Limit, "limit", 100, "at most this many")
	return cmd
}

func (c *cli) alertShow() *cobra.Command {
	return &cobra.Command{
		Use: "show ID", Short: "Show an alert with its record, history and notifications", Args: cobra.ExactArgs(1),
		Long: "Show an alert. The beginning of its id is enough when no other alert begins so.",
		RunE: func(cmd *cobra.Command, args []string) error {
			server, err := c.connect(config.Read)
			if err != nil {
				return err
			}
			defer server.Close()
			a, err := server.Alert(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			return c.printAlert(a)
		},
	}
}

func (c *cli) alertAck() *cobra.Command {
	var comment string
	cmd := &cobra.Command{
		Use: "ack ID", Short: "Acknowledge an alert: somebody has seen it", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			server, err := c.connect(config.Write)
			if err != nil {
				return err
			}
			defer server.Close()
			a, err := server.Acknowledge(cmd.Context(), args[0], comment)
			if err != nil {
				return err
			}
			if c.output != "" && c.output != "table" {
				return c.printAlert(a)
			}
			c.printf("%s acknowledged by %s: %s\n", a.ID, a.AcknowledgedBy, printable(a.Sentence))
			return nil
		},
	}
	cmd.Flags().StringVarP(&comment, "comment", "m", "", "what the others should know")
	return cmd
}

func (c *cli) printAlert(a v1.Alert) error {
	if c.output != "" && c.output != "table" {
		out := c.results("id", "severity", "state", "firedAt", "rule", "sentence")
		out.add(a, a.ID, a.Severity, a.State, moment(a.FiredAt), a.Rule, a.Sentence)
		return out.end()
	}
	c.printf("%s  %s\n\n", c.out.severity(a.Severity), c.out.bold(printable(a.Sentence)))
	line := func(name, format string, args ...any) {
		if text := fmt.Sprintf(format, args...); text != "" {
			c.printf("  %-13s %s\n", name, printable(text))
		}
	}
	line("id", "%s", a.ID)
	line("state", "%s", a.State)
	line("rule", "%s", a.Rule)
	line("account", "%s", strings.TrimSpace(a.Account.UserPrincipalName+" "+a.Account.ObjectID))
	line("outcome", "%s", strings.TrimSpace(a.Outcome.Code+" "+a.Outcome.Meaning))
	line("signed in", "%s", moment(a.SignedInAt))
	line("received", "%s%s", moment(a.ReceivedAt), after(a.SignedInAt, a.ReceivedAt))
	line("fired", "%s%s", moment(a.FiredAt), after(a.ReceivedAt, a.FiredAt))
	if a.DeliveredAt != nil {
		line("delivered", "%s%s", moment(*a.DeliveredAt), after(a.FiredAt, *a.DeliveredAt))
	}
	if a.AcknowledgedAt != nil {
		line("acknowledged", "%s by %s", moment(*a.AcknowledgedAt), a.AcknowledgedBy)
	}
	line("comment", "%s", a.Comment)
	if len(a.Notifications) > 0 {
		c.printf("\n%s\n", c.out.bold("Notifications"))
	}
	for _, n := range a.Notifications {
		line(n.State, "%s to %s %s (%s)%s", n.Channel, n.Receiver, n.Recipient, n.Group, because(n.LastError))
	}
	if len(a.History) > 0 {
		c.printf("\n%s\n", c.out.bold("History"))
	}
	for _, h := range a.History {
		line(h.At.UTC().Format("15:04:05.000"), "%s", strings.TrimSpace(h.Event+" "+h.To+" "+by(h.By)+" "+h.Comment))
	}
	var record bytes.Buffer
	if json.Indent(&record, a.Record, "  ", "  ") == nil && record.Len() > 0 {
		c.printf("\n%s\n", c.out.bold("Record"))
		for text := range strings.Lines("  " + record.String()) {
			c.printf("%s\n", printable(strings.TrimRight(text, "\n")))
		}
	}
	return nil
}

// moment is an instant in UTC, to the millisecond.
func moment(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format("2006-01-02 15:04:05.000Z")
}

// after is the time between two instants.
func after(from, to time.Time) string {
	if from.IsZero() || to.Before(from) {
		return ""
	}
	return ", " + span(to.Sub(from)) + " later"
}

// span rounds a duration to what matters.
func span(d time.Duration) string {
	switch {
	case d < 100*time.Millisecond:
		return d.Round(100 * time.Microsecond).String()
	case d < 10*time.Second:
		return d.Round(time.Millisecond).String()
	}
	return d.Round(time.Second).String()
}

func because(text string) string {
	if text == "" {
		return ""
	}
	return ": " + text
}

func by(name string) string {
	if name == "" {
		return ""
	}
	return "by " + name
}
