package cli

import (
	"strings"
	"time"

	"github.com/spf13/cobra"

	v1 "github.com/glasswatch/glasswatch/internal/api/v1"
	"github.com/glasswatch/glasswatch/internal/config"
	"github.com/glasswatch/glasswatch/internal/fault"
)

func (c *cli) processingRule() *cobra.Command {
	cmd := &cobra.Command{Use: "processing-rule", Aliases: []string{"silence"}, Short: "Silence alerts, or tell further groups, for a time", Args: cobra.NoArgs,
		Long: "A processing rule changes who is told of alerts, for a time. It needs a reason and an end; one that silences is announced\n" +
			"to those it silences. Alerts are kept all the same, and what watches tampering cannot be silenced.",
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	cmd.AddCommand(c.processingAdd(), c.processingList(), c.processingEnd())
	return cmd
}

// processingFlags are the flags of processing-rule add.
type processingFlags struct {
	rules, severities, accounts, groups []string
	zone, reason                        string
	daily, weekly, monthly              string
	length                              time.Duration
}

func (c *cli) processingAdd() *cobra.Command {
	var f processingFlags
	cmd := &cobra.Command{
		Use: "add NAME", Short: "Silence alerts, or with --add-group tell further groups", Args: cobra.ExactArgs(1),
		Example: "  glasswatch processing-rule add migration --rule many-failures --for 4h -m \"password migration, ticket 4711\"\n" +
			"  glasswatch processing-rule add nights --severity Sev3,Sev4 --daily 22:00-06:00 --time-zone Europe/Oslo --for 336h -m \"nobody on duty\"\n" +
			"  glasswatch processing-rule add audit --add-group auditors --for 720h -m \"audit of the year\"",
		RunE: func(cmd *cobra.Command, args []string) error {
			p, err := f.rule(args[0], time.Now())
			if err != nil {
				return usageError{err, cmd}
			}
			server, err := c.connect(config.Admin)
			if err != nil {
				return err
			}
			defer server.Close()
			made, err := server.AddProcessingRule(cmd.Context(), p)
			if err != nil {
				return err
			}
			return c.printProcessing([]v1.ProcessingRule{made})
		},
	}
	flags := cmd.Flags()
	flags.StringSliceVar(&f.rules, "rule", nil, "only alerts of these rules")
	flags.StringSliceVar(&f.severities, "severity", nil, "only these severities, such as Sev3,Sev4")
	flags.StringSliceVar(&f.accounts, "account", nil, "only these accounts: object id or user principal name")
	flags.StringSliceVar(&f.groups, "add-group", nil, "tell these action groups too, and silence nobody")
	flags.DurationVar(&f.length, "for", 0, "how long, such as 4h; silences at most 744h")
	flags.StringVar(&f.daily, "daily", "", "only between these times of day, such as 22:00-06:00")
	flags.StringVar(&f.weekly, "weekly", "", "only then on these days, such as Sat,Sun@00:00-23:59")
	flags.StringVar(&f.monthly, "monthly", "", "only then on these dates, such as 1,15@08:00-10:00")
	flags.StringVar(&f.zone, "time-zone", "", "of these times, such as Europe/Oslo; UTC without it")
	flags.StringVarP(&f.reason, "reason", "m", "", "why")
	for _, name := range []string{"for", "reason"} {
		_ = cmd.MarkFlagRequired(name) // the flag exists
	}
	return cmd
}

func (f *processingFlags) rule(name string, now time.Time) (v1.NewProcessingRule, error) {
	p := v1.NewProcessingRule{Name: name, Action: "RemoveAllActionGroups", Reason: f.reason, Schedule: v1.Schedule{Until: now.Add(f.length), TimeZone: f.zone}}
	if len(f.groups) > 0 {
		p.Action, p.ActionGroups = "AddActionGroups", f.groups
	}
	for _, c := range []v1.Condition{{Field: "AlertRuleName", Values: f.rules}, {Field: "Severity", Values: f.severities}, {Field: "Account", Values: f.accounts}} {
		if len(c.Values) > 0 {
			c.Operator = "Equals"
			p.Conditions = append(p.Conditions, c)
		}
	}
	for _, one := range []struct{ kind, text string }{{"Daily", f.daily}, {"Weekly", f.weekly}, {"Monthly", f.monthly}} {
		if one.text == "" {
			continue
		}
		r, err := recurrence(one.kind, one.text)
		if err != nil {
			return p, err
		}
		p.Schedule.Recurrences = append(p.Schedule.Recurrences, r)
	}
	return p, nil
}

// recurrence reads "22:00-06:00", or with days or dates before it, "Sat,Sun@22:00-06:00".
func recurrence(kind, text string) (v1.Recurrence, error) {
	r := v1.Recurrence{Type: kind}
	days, times, found := strings.Cut(text, "@")
	if !found {
		days, times = "", text
	}
	var ok bool
	if r.Start, r.End, ok = strings.Cut(times, "-"); !ok || found == (kind == "Daily") {
		return r, fault.New(fault.Invalid, "%q: write 22:00-06:00, for weekly Sat,Sun@22:00-06:00, for monthly 1,15@22:00-06:00", text)
	}
	for day := range strings.SplitSeq(days, ",") {
		switch kind {
		case "Weekly":
			r.Days = append(r.Days, strings.TrimSpace(day))
		case "Monthly":
			n, err := parseCount(day)
			if err != nil {
				return r, fault.New(fault.Invalid, "%q is no date of a month", day)
			}
			r.Dates = append(r.Dates, n)
		}
	}
	return r, nil
}

func (c *cli) processingList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List processing rules, the latest first", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			server, err := c.connect(config.Read)
			if err != nil {
				return err
			}
			defer server.Close()
			list, err := server.ProcessingRules(cmd.Context())
			if err != nil {
				return err
			}
			return c.printProcessing(list)
		},
	}
}

func (c *cli) processingEnd() *cobra.Command {
	return &cobra.Command{
		Use: "end ID", Short: "End a processing rule before its time", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			server, err := c.connect(config.Write)
			if err != nil {
				return err
			}
			defer server.Close()
			p, err := server.EndProcessingRule(cmd.Context(), args[0])
			if err != nil {
				return err
			}
			return c.printProcessing([]v1.ProcessingRule{p})
		},
	}
}

func (c *cli) printProcessing(list []v1.ProcessingRule) error {
	out := c.results("ID", "NAME", "ACTION", "UNTIL", "BY", "ORIGIN", "ABOUT", "REASON")
	for _, p := range list {
		until := p.Schedule.Until
		if p.EndedAt != nil {
			until = *p.EndedAt
		}
		var about []string
		for _, k := range p.Conditions {
			about = append(about, k.Field+" "+k.Operator+" "+strings.Join(k.Values, " or "))
		}
		out.add(p, c.shortID(p.ID), p.Name, p.Action, moment(until), p.By, p.Origin, strings.Join(about, " and "), p.Reason)
	}
	return out.end()
}
