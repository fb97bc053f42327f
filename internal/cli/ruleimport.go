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
		Long: "Take alert rules that were written for others: ARM JSON of scheduledQueryRules, activityLogAlerts and Sentinel's alertRules (a\n" +
			"resource, a list, a template, a policy that deploys them, a solution of the gallery, the output of Bicep), Sentinel's YAML,\n" +
			"and the break-glass accounts of Maester's configuration.\n" +
			"Every rule becomes a file of its own in the folder named by --out. What cannot be taken as it is, is named.",
		Example: "  glasswatch rule import template.json --out rules\n  az monitor scheduled-query list -o json > rules.json && glasswatch rule import rules.json --out rules",
		RunE: func(_ *cobra.Command, args []string) error {
			checker, err := app.NewImportChecker(c.known())
			if err != nil {
				return err
			}
			im := &importer{cli: c, checker: checker, out: out, force: force, rules: map[string]bool{}, files: map[string]bool{},
				table: c.results("RULE", "MODE", "FILE", "PROBLEM")}
			for _, file := range args {
				if err := im.file(file); err != nil {
					return err
				}
			}
			if err := im.table.end(); err != nil {
				return err
			}
			if im.bad > 0 {
				return silent{fault.New(fault.Invalid, "%d rules or files were not taken", im.bad)}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "folder to write the rules into; without it they are only checked")
	cmd.Flags().BoolVar(&force, "force", false, "overwrite files that are there")
	return cmd
}

// importer takes the rules of several files.
type importer struct {
	cli     *cli
	checker *app.RuleChecker
	out     string // folder; "" to check only
	force   bool
	table   *results
	rules   map[string]bool // names of rules given, in lower case
	files   map[string]bool // names of files given
	bad     int
}

// file takes the rules of a file. The error is one of reading it.
func (im *importer) file(file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return fault.New(fault.NotFound, "%w", err)
	}
	got, err := exchange.Read(text, file)
	for _, n := range got.Notes {
		im.note(file, n.String())
	}
	if err != nil {
		im.bad++
		im.cli.errorf("%v", err)
		return nil
	}
	for _, acc := range got.Accounts {
		_, _ = fmt.Fprintf(im.cli.Err, "account for tenants.accounts: { objectId: %q, userPrincipalName: %q }\n", acc.ObjectID, acc.UserPrincipalName)
	}
	for _, x := range got.Rules {
		x.Name = unused(x.Name, im.rules)
		row := imported{Rule: x.Name, File: filepath.Join(im.out, unused(fileName(x.Name), im.files)+".yaml")}
		missing, err := row.take(im.checker, x, im.out != "", im.force)
		for _, m := range missing {
			im.note(file, x.Name+": query: "+m)
		}
		if err != nil {
			row.Problem = err.Error()
			im.bad++
		}
		im.table.add(row, row.Rule, row.Mode, row.File, printable(row.Problem))
	}
	return nil
}

func (im *importer) note(file, text string) {
	_, _ = fmt.Fprintf(im.cli.Err, "note: %s: %s\n", file, printable(text))
}

// unused makes a name one that was not given before: files may hold rules of one name.
func unused(name string, given map[string]bool) string {
	for i, base := 2, name; given[strings.ToLower(name)]; i++ {
		name = fmt.Sprintf("%s-%d", base, i)
	}
	given[strings.ToLower(name)] = true
	return name
}

// imported is what became of one rule.
type imported struct {
	Rule    string `json:"rule"`
	Mode    string `json:"mode,omitempty"`
	File    string `json:"file"`
	Problem string `json:"problem,omitempty"`
}

// take writes the rule's file, reads it as the server would, and checks its query; missing says what the query reads that
// is not here.
func (i *imported) take(checker *app.RuleChecker, x rule.Rule, write, force bool) (missing []string, err error) {
	text, err := exchange.YAML(x)
	if err != nil {
		return nil, err
	}
	checked, notes, err := checker.Check(text, i.File)
	if err != nil {
		return nil, err
	}
	for _, n := range notes {
		if n.Code == noTable || n.Code == noWatchlist {
			missing = append(missing, n.Message)
		}
	}
	how, err := checker.ExplainRule(checked)
	if err != nil {
		return missing, err
	}
	i.Mode = string(how.Mode)
	if write {
		err = i.write(text, force)
	}
	return missing, err
}

// Codes of remarks about a query that reads what is not here.
const (
	noTable     = "KS205"
	noWatchlist = "GW062"
)

func (i *imported) write(text []byte, force bool) error {
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

// fileName makes a file's name, without its ending, of a rule's.
func fileName(name string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9', r == '-', r == '_', r == '.':
			return r
		case r >= 'A' && r <= 'Z':
			return r + 'a' - 'A'
		}
		return '-'
	}, name)
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
