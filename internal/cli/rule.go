package cli

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/glasswatch/glasswatch/internal/app"
	"github.com/glasswatch/glasswatch/internal/config"
	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/internal/rule/ruletest"
)

func (c *cli) rule() *cobra.Command {
	cmd := &cobra.Command{Use: "rule", Short: "List, check, explain, test, import and export alert rules", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() }}
	cmd.AddCommand(c.ruleList(), c.ruleCheck(), c.ruleExplain(), c.ruleSchema(), c.ruleTest(), c.ruleImport(), c.ruleExport(), c.ruleCost(), c.ruleReplay())
	return cmd
}

func (c *cli) ruleList() *cobra.Command {
	return &cobra.Command{
		Use: "list", Short: "List the rules that the server has loaded", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			server, err := c.connect(config.Read)
			if err != nil {
				return err
			}
			defer server.Close()
			list, err := server.Rules(cmd.Context())
			if err != nil {
				return err
			}
			out := c.results("NAME", "SEVERITY", "ENABLED", "MODE", "ACTION GROUPS", "FILE", "DESCRIPTION")
			for _, r := range list {
				groups := strings.Join(r.ActionGroups, ", ")
				if groups == "" {
					groups = "(all)"
				}
				enabled := "yes"
				if !r.Enabled {
					enabled = "no"
				}
				out.add(r, r.Name, r.Severity, enabled, r.Mode, groups, r.File, r.Description)
			}
			return out.end()
		},
	}
}

func (c *cli) ruleCheck() *cobra.Command {
	return &cobra.Command{
		Use: "check FILE...", Short: "Check rule files without a server", Args: cobra.MinimumNArgs(1),
		Long: "Check rule files: their keys, their query, and that measure and dimensions fit its result. No server is needed;\nthe accounts of a configuration named by --config are known to the query.",
		RunE: func(_ *cobra.Command, args []string) error {
			files, err := yamlFiles(args, func(name string) bool { return !strings.HasSuffix(name, ".test.yaml") })
			if err != nil {
				return err
			}
			checker, err := app.NewRuleChecker(c.known())
			if err != nil {
				return err
			}
			bad := 0
			for _, file := range files {
				text, err := os.ReadFile(file)
				if err != nil {
					return fault.New(fault.NotFound, "%w", err)
				}
				r, notes, err := checker.Check(text, file)
				if len(notes) > 0 {
					_, _ = fmt.Fprintln(c.Err, strings.TrimRight(notes.Render(r.Query), "\n"))
				}
				if err != nil {
					bad++
					c.report(err)
					continue
				}
				c.printf("%s: %s is good\n", file, r.Name)
			}
			if bad > 0 {
				return silent{fault.New(fault.Invalid, "%d of %d rule files are wrong", bad, len(files))}
			}
			return nil
		},
	}
}

// known returns the configuration, when one is named or lies here and can be read, for what queries know of it; else nil.
func (c *cli) known() *config.Config {
	if cfg := c.configOrNil(); cfg != nil {
		return cfg
	}
	return nil
}

// configOrNil returns the configuration, without its secrets, when one is named or lies here and can be read.
func (c *cli) configOrNil() *config.Config {
	known := app.Known()
	known.Lenient = true
	cfg, err := config.Load(c.configFile(), known)
	if err != nil {
		return nil
	}
	return cfg
}

func (c *cli) ruleTest() *cobra.Command {
	return &cobra.Command{
		Use: "test FILE|DIR...", Short: "Run the tests of rules (*.test.yaml) without a server", Args: cobra.MinimumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			files, err := yamlFiles(args, func(name string) bool { return strings.HasSuffix(name, ".test.yaml") })
			if err != nil {
				return err
			}
			passed, failed := 0, 0
			for _, file := range files {
				results, err := ruletest.Run(file, os.ReadFile)
				if err != nil {
					failed++
					c.errorf("%s: %v", file, err)
				}
				for _, r := range results {
					if len(r.Problems) == 0 {
						passed++
						c.printf("%s %s: %s\n", c.out.green("ok  "), file, r.Name)
						continue
					}
					failed++
					c.printf("%s %s: %s\n", c.out.red("FAIL"), file, r.Name)
					for _, p := range r.Problems {
						c.printf("     %s\n", printable(p))
					}
				}
			}
			c.printf("%d passed, %d failed\n", passed, failed)
			if failed > 0 {
				return silent{fault.New(fault.Invalid, "%d tests failed", failed)}
			}
			return nil
		},
	}
}

// yamlFiles returns the files as named, and of folders those that want accepts.
func yamlFiles(paths []string, want func(name string) bool) ([]string, error) {
	var files []string
	for _, path := range paths {
		info, err := os.Stat(path)
		if err != nil {
			return nil, fault.New(fault.NotFound, "there is no file or folder %s", path)
		}
		if !info.IsDir() {
			files = append(files, path)
			continue
		}
		err = filepath.WalkDir(path, func(file string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && strings.HasSuffix(file, ".yaml") && want(file) {
				files = append(files, file)
			}
			return err
		})
		if err != nil {
			return nil, fault.New(fault.Unavailable, "%w", err)
		}
	}
	if len(files) == 0 {
		return nil, fault.New(fault.NotFound, "there are no such files in %s", strings.Join(paths, ", "))
	}
	return files, nil
}
