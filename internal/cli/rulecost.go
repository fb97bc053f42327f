package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/glasswatch/glasswatch/internal/app"
	"github.com/glasswatch/glasswatch/internal/rule"
	"github.com/glasswatch/glasswatch/internal/rule/cost"
)

func (c *cli) ruleCost() *cobra.Command {
	u := cost.Usage{}
	cmd := &cobra.Command{
		Use: "cost [FILE|NAME...]", Short: "Say what rules cost a month in Azure, beside what they cost here",
		Long: "Say what the same rules cost a month in Azure Monitor, by its list prices, beside what they cost here. Without names: the\n" +
			"shipped rules. A rule here costs nothing by itself, nor do data and mails: the machine is paid for already.",
		RunE: func(_ *cobra.Command, args []string) error {
			prices, err := cost.Load()
			if err != nil {
				return err
			}
			rules, err := c.rulesNamed(args)
			if err != nil {
				return err
			}
			out := c.results("WHAT", "EVERY", "SERIES", "AZURE "+prices.Currency, "HERE", "NOTE")
			sum := cost.Line{What: "sum"}
			lines := make([]cost.Line, 0, len(rules)+4)
			for _, r := range rules {
				lines = append(lines, prices.Rule(r, u))
			}
			for _, l := range append(lines, prices.Rest(u)...) {
				sum.Azure += l.Azure
				addCost(out, l)
			}
			sum.Note = "list prices of " + prices.AsOf + ": " + prices.Source
			addCost(out, sum)
			return out.end()
		},
	}
	cmd.Flags().IntVar(&u.Users, "users", 500, "users of the tenant")
	cmd.Flags().IntVar(&u.Series, "series", 2, "combinations of dimensions that a rule with dimensions watches")
	cmd.Flags().IntVar(&u.Mails, "mails", 50, "mails a month")
	cmd.Flags().IntVar(&u.SMS, "sms", 0, "SMS a month")
	return cmd
}

func addCost(out *results, l cost.Line) {
	series := ""
	if l.Series > 0 {
		series = fmt.Sprint(l.Series)
	}
	out.add(l, l.What, l.Frequency, series, fmt.Sprintf("%.2f", l.Azure), fmt.Sprintf("%.2f", l.Here), l.Note)
}

// rulesNamed reads rules by file or name, all shipped ones when there is no name; how each is run is filled in.
func (c *cli) rulesNamed(args []string) ([]rule.Rule, error) {
	checker, err := app.NewRuleChecker(c.known())
	if err != nil {
		return nil, err
	}
	rules, err := rule.Shipped()
	if len(args) > 0 {
		rules = nil
	}
	for _, arg := range args {
		var x rule.Rule
		if x, err = ruleNamed(checker, arg); err != nil {
			break
		}
		rules = append(rules, x)
	}
	if err != nil {
		return nil, err
	}
	for i := range rules {
		how, err := checker.ExplainRule(rules[i])
		if err != nil {
			return nil, err
		}
		rules[i].Mode = how.Mode
	}
	return rules, nil
}
