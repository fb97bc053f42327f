package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/glasswatch/glasswatch/internal/app"
	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/internal/rule"
	"github.com/glasswatch/glasswatch/internal/rule/exchange"
)

func (c *cli) ruleImport() *cobra.Command {
	out, force := "", false
	cmd := &cobra.Command{
		Use: "import FILE...", Short: "Take rules of Azure Monitor and Sentinel", Args: cobra.MinimumNArgs(1),
		Long: "Take alert rules that were written for others: ARM JSON of scheduledQueryRules and of Sentinel's alertRules (a resource, a\n" +
			"list, a template, the output of Bicep), Sentinel's YAML, and the break-glass accounts of Maester's configuration.\n" +
			"Every rule becomes a file of its own in the folder named by --out. What cannot be taken as it is, is named.",
		Example: "  glasswatch rule import template.json --out rules\n  az monitor scheduled-query list -o json > rules.json && glasswatch rule import rules.json --out rules",
		RunE: func(_ *cobra.Command, args []string) error {
			checker, err := app.NewRuleChecker(c.known())
			if err != nil {
				return err
			}
			table := c.results("RULE", "MODE", "FILE", "PROBLEM")
			bad := 0
			for _, file := range args {
				text, err := os.ReadFile(file)
				if err != nil {
					return fault.New(fault.NotFound, "%w", err)
				}
				got, err := exchange.Read(text, file)
				for _, n := range got.Notes {
					_, _ = fmt.Fprintf(c.Err, "note: %s: %s\n", file, printable(n.String()))
				}
				if err != nil {
					bad++
					c.errorf("%v", err)
					continue
				}
				for _, acc := range got.Accounts {
					_, _ = fmt.Fprintf(c.Err, "account for tenants.accounts: { objectId: %q, userPrincipalName: %q }\n", acc.ObjectID, acc.UserPrincipalName)
				}
				for _, x := range got.Rules {
					row := imported{Rule: x.Name, File: filepath.Join(out, fileName(x.Name))}
					if err := row.take(checker, x, out != "", force); err != nil {
						row.Problem = err.Error()
						bad++
					}
					table.add(row, row.Rule, row.Mode, row.File, printable(row.Problem))
				}
			}
			if err := table.end(); err != nil {
				return err
			}
			if bad > 0 {
				return silent{fault.New(fault.Invalid, "%d rules or files were not taken", bad)}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "folder to write the rules into; without it they are only checked")
	cmd.Flags().BoolVar(&force, "force", false, "overwrite files that are there")
	return cmd
}

// imported is what became of one rule.
type imported struct {
	Rule    string `json:"rule"`
	Mode    string `json:"mode,omitempty"`
	File    string `json:"file"`
	Problem string `json:"problem,omitempty"`
}

// take writes the rule's file, reads it as the server would, and checks its query.
func (i *imported) take(checker *app.RuleChecker, x rule.Rule, write, force bool) error {
	text, err := exchange.YAML(x)
	if err != nil {
		return err
	}
	checked, _, err := checker.Check(text, i.File)
	if err != nil {
		return err
	}
	how, err := checker.ExplainRule(checked)
	if err != nil {
		return err
	}
	i.Mode = string(how.Mode)
	if !write {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(i.File), 0o755); err != nil {
		return err
	}
	flags := os.O_WRONLY | os.O_CREATE | os.O_TRUNC
	if !force {
		flags |= os.O_EXCL
	}
	f, err := os.OpenFile(i.File, flags, 0o644)
	if err != nil {
		return fmt.Errorf("%w (--force overwrites it)", err)
	}
	_, err = f.Write(text)
	if closing := f.Close(); err == nil {
		err = closing
	}
	return err
}

// fileName makes a file's name of a rule's.
func fileName(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-', r == '_', r == '.':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '-'
	}, name) + ".yaml"
}

func (c *cli) ruleExport() *cobra.Command {
	format := "yaml"
	cmd := &cobra.Command{
		Use: "export FILE|NAME...", Short: "Write rules as ARM template, Sentinel YAML or rule files", Args: cobra.MinimumNArgs(1),
		Long: "Write rules for others: --format arm makes a deployment template of scheduledQueryRules, sentinel makes YAML of Sentinel's\n" +
			"repository, yaml a rule file. A rule is a file, or the name of a shipped one. The definitions that its query uses\n" +
			"(accounts, result codes) go before the query. What the other side cannot say, is named.",
		RunE: func(_ *cobra.Command, args []string) error {
			rules, err := c.rulesNamed(args)
			if err != nil {
				return err
			}
			checker, err := app.NewRuleChecker(c.known())
			if err != nil {
				return err
			}
			text, notes, err := export(rules, format, checker.Prelude())
			for _, n := range notes {
				_, _ = fmt.Fprintf(c.Err, "note: %s\n", printable(n.String()))
			}
			if err == nil {
				_, err = c.Out.Write(text)
			}
			return err
		},
	}
	cmd.Flags().StringVar(&format, "format", format, "arm, sentinel or yaml")
	return cmd
}

// ruleNamed reads a rule file, or finds a shipped rule by its name.
func ruleNamed(checker *app.RuleChecker, arg string) (rule.Rule, error) {
	if text, err := os.ReadFile(arg); err == nil {
		x, _, err := checker.Check(text, arg)
		return x, err
	}
	shipped, err := rule.Shipped()
	if err != nil {
		return rule.Rule{}, err
	}
	var names []string
	for _, x := range shipped {
		if names = append(names, x.Name); x.Name == arg {
			return x, nil
		}
	}
	next := fault.DidYouMean(arg, names)
	if next == "" {
		next = "the shipped rules are " + strings.Join(names, ", ")
	}
	return rule.Rule{}, fault.New(fault.NotFound, "%q is no file and no shipped rule", arg).WithNext("%s", next)
}

func export(rules []rule.Rule, format, prelude string) ([]byte, []exchange.Note, error) {
	if format == "arm" {
		return exchange.ARM(rules, prelude)
	}
	var all []byte
	var notes []exchange.Note
	for i, x := range rules {
		var text []byte
		var more []exchange.Note
		var err error
		switch format {
		case "sentinel":
			text, more, err = exchange.Sentinel(x, prelude)
		case "yaml":
			text, err = exchange.YAML(x)
		default:
			err = fault.New(fault.Invalid, "format %q: want arm, sentinel or yaml", format)
		}
		if err != nil {
			return nil, nil, err
		}
		if i > 0 {
			all = append(all, "---\n"...)
		}
		all, notes = append(all, text...), append(notes, more...)
	}
	return all, notes, nil
}
