package cli

import (
	"strings"

	"github.com/spf13/cobra"

	"github.com/glasswatch/glasswatch/internal/app"
	"github.com/glasswatch/glasswatch/internal/rule"
)

func (c *cli) ruleExplain() *cobra.Command {
	return &cobra.Command{
		Use: "explain FILE|NAME", Short: "Say how a rule will be run, and why", Args: cobra.ExactArgs(1),
		Long: "Say how a rule will be run: its mode and the reason, which records are looked at, what one alert is, and what\n" +
			"becomes of records that come late. The rule is that of a file, or the shipped or configured one of that name. No server is needed.",
		RunE: func(_ *cobra.Command, args []string) error {
			checker, err := app.NewRuleChecker(c.known())
			if err != nil {
				return err
			}
			x, err := checker.Explain(c.configOrNil(), args[0])
			if err != nil {
				return err
			}
			if c.output != "" && c.output != "table" {
				out := c.results("rule", "mode", "why", "condition", "alerts", "late")
				out.add(x, x.Rule, string(x.Mode), x.Why, x.Condition, x.Alerts, x.Late)
				return out.end()
			}
			c.printRuleExplanation(x)
			return nil
		},
	}
}

func (c *cli) printRuleExplanation(x rule.Explanation) {
	state := ""
	if !x.Enabled {
		state = " (not enabled)"
	}
	c.printf("%s%s  %s\n\n", c.out.bold(x.Rule), state, x.File)
	line := func(name, text string) { c.printf("  %-10s %s\n", name, printable(text)) }
	line("mode", string(x.Mode)+": "+x.Why)
	line("fires on", x.Condition)
	line("alerts", x.Alerts)
	line("incident", x.Incident)
	line("late", x.Late)
	line("reads", strings.Join(x.Tables, ", "))
	for _, l := range x.Looks {
		line("", l)
	}
	for _, n := range x.Notes {
		line("note", n)
	}
}

func (c *cli) ruleSchema() *cobra.Command {
	return &cobra.Command{
		Use: "schema", Short: "Print the JSON schema of rule files, for editors", Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			c.printf("%s", app.RuleSchema())
			return nil
		},
	}
}
