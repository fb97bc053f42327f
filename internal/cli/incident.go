package cli

import (
	"strings"

	"github.com/spf13/cobra"

	v1 "github.com/glasswatch/glasswatch/internal/api/v1"
	"github.com/glasswatch/glasswatch/internal/client"
	"github.com/glasswatch/glasswatch/internal/config"
)

func (c *cli) incident() *cobra.Command {
	cmd := &cobra.Command{Use: "incident", Short: "List, show and answer incidents", Args: cobra.NoArgs,
		Long: "An incident is the alerts of one account and session. Alerts are told one by one and never wait for it.",
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	cmd.AddCommand(c.incidentList(), c.incidentShow(),
		c.incidentAnswer("ack", "acknowledge", "Acknowledge an incident: somebody sees to it", "acknowledged"),
		c.incidentAnswer("resolve", "resolve", "Resolve an incident: it is over", "resolved"),
		c.incidentAnswer("close", "close", "Close an incident", "closed"),
		c.incidentAnswer("reopen", "reopen", "Open an incident again", "opened again"))
	return cmd
}

func (c *cli) incidentList() *cobra.Command {
	var f client.IncidentFilter
	cmd := &cobra.Command{
		Use: "list", Short: "List incidents, the one with the newest alert first", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			server, err := c.connect(config.Read)
			if err != nil {
				return err
			}
			defer server.Close()
			list, err := server.Incidents(cmd.Context(), f)
			if err != nil {
				return err
			}
			out := c.results("ID", "SEVERITY", "STATE", "LAST", "ALERTS", "WHAT")
			for _, i := range list {
				out.add(i, c.shortID(i.ID), i.Severity, i.State, moment(i.LastAt), count(i.AlertCount), i.Sentence)
			}
			return out.end()
		},
	}
	flags := cmd.Flags()
	flags.StringSliceVar(&f.States, "state", nil, "only these states: Fired, Acknowledged, Resolved, Closed, Expected")
	flags.StringVar(&f.Account, "account", "", "only this account: object id or user principal name")
	flags.IntVar(&f.Limit, "limit", 100, "at most this many")
	return cmd
}

func (c *cli) incidentShow() *cobra.Command {
	return &cobra.Command{
		Use: "show ID", Short: "Show an incident with its alerts and history", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			server, err := c.connect(config.Read)
			if err != nil {
				return err
			}
			defer server.Close()
			i, err := server.Incident(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			return c.printIncident(i)
		},
	}
}

func (c *cli) incidentAnswer(name, verb, short, done string) *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use: name + " ID", Short: short, Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			server, err := c.connect(config.Write)
			if err != nil {
				return err
			}
			defer server.Close()
			i, err := server.Respond(cmd.Context(), args[0], verb, reason)
			if err != nil {
				return err
			}
			if c.output != "" && c.output != "table" {
				return c.printIncident(i)
			}
			c.printf("%s %s by %s: %s\n", i.ID, done, i.By, printable(i.Sentence))
			return nil
		},
	}
	cmd.Flags().StringVarP(&reason, "reason", "m", "", "why, for the others and for later")
	if verb != "acknowledge" {
		_ = cmd.MarkFlagRequired("reason") // the flag exists
	}
	return cmd
}

func (c *cli) printIncident(i v1.Incident) error {
	if c.output != "" && c.output != "table" {
		out := c.results("id", "severity", "state", "lastAt", "alertCount", "sentence")
		out.add(i, i.ID, i.Severity, i.State, moment(i.LastAt), count(i.AlertCount), i.Sentence)
		return out.end()
	}
	c.printf("%s  %s\n\n", c.out.severity(i.Severity), c.out.bold(printable(i.Sentence)))
	line := func(name, text string) {
		if text != "" {
			c.printf("  %-13s %s\n", name, printable(text))
		}
	}
	line("id", i.ID)
	line("state", i.State+" (monitor condition "+i.MonitorCondition+", alert state "+i.AlertState+")")
	line("account", strings.TrimSpace(i.Account.UserPrincipalName+" "+i.Account.ObjectID))
	line("opened", moment(i.OpenedAt))
	line("answered", strings.TrimSpace(by(i.By)+" "+i.Reason))
	line("drill", i.DrillID)
	line("addresses", strings.Join(i.Addresses, ", "))
	line("apps", strings.Join(i.Apps, ", "))
	c.printf("\n%s\n", c.out.bold("Alerts"))
	for _, a := range i.Alerts {
		line(c.shortID(a.ID), moment(a.FiredAt)+" "+a.Severity+" "+a.Sentence)
	}
	c.printf("\n%s\n", c.out.bold("History"))
	for _, h := range i.History {
		line(h.At.UTC().Format("15:04:05.000"), strings.TrimSpace(h.Event+" "+h.To+" "+by(h.By)+" "+h.Comment))
	}
	return nil
}
