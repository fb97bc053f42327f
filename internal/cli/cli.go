// Package cli is the command line, one file a subcommand. Commands talk to a running server through the API's client;
// serve and demo run one; rule check, rule test, config and init work without. Errors go to standard error as "error:" and
// "hint:" lines, and the exit code says what kind they are.
package cli

import (
	"context"
	"errors"
	"io"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"
)

// version is set by the build.
var version = "dev"

// Streams are what a run reads and writes.
type Streams struct {
	In       io.Reader
	Out, Err io.Writer
}

// cli is one run of the command line.
type cli struct {
	Streams
	out, err style // colours, for terminals only

	config    string
	server    string
	tokenFile string
	caFile    string
	output    format
}

// Run parses the arguments, does what they say, and returns the exit code.
func Run(ctx context.Context, args []string, s Streams) int {
	c := &cli{Streams: s, out: styleFor(s.Out), err: styleFor(s.Err)}
	root := c.root()
	root.SetArgs(args)
	root.SetIn(s.In)
	root.SetOut(s.Out)
	root.SetErr(s.Err)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return 0
	}
	if misused(err) {
		err = usageError{err, cmd}
	}
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return exitInterrupted
	}
	c.report(err)
	return exitCode(err)
}

const rootHelp = `Glasswatch guards the break-glass accounts of Microsoft Entra ID tenants: it reads sign-in and audit logs as they
arrive and tells people within a second when one of these accounts is used.

Start here:
  glasswatch demo      see it work on a simulated tenant
  glasswatch init      write a configuration
  glasswatch serve     run the server

Commands that ask a server find it by --server and --token-file, by GLASSWATCH_SERVER and GLASSWATCH_TOKEN, or, on the
server's own machine, by its configuration file.

Exit codes: 0 done, 1 failure, 2 wrong usage, 3 not found, 4 denied, 5 server unavailable,
6 input is invalid (configuration, query, rule, records), 7 conflict, 130 interrupted.`

func (c *cli) root() *cobra.Command {
	root := &cobra.Command{
		Use: "glasswatch", Short: "Guard the break-glass accounts of Entra ID tenants", Long: rootHelp, Version: version,
		SilenceErrors: true, SilenceUsage: true, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	root.SetVersionTemplate("glasswatch {{.Version}}\n")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return usageError{err, cmd} })
	flags := root.PersistentFlags()
	flags.StringVarP(&c.config, "config", "c", os.Getenv("GLASSWATCH_CONFIG"), "configuration file (default ./glasswatch.yaml, then /etc/glasswatch/glasswatch.yaml)")
	flags.StringVar(&c.server, "server", os.Getenv("GLASSWATCH_SERVER"), "address of the server, such as https://host:8443")
	flags.StringVar(&c.tokenFile, "token-file", "", "file with the token (default: the environment variable GLASSWATCH_TOKEN)")
	flags.StringVar(&c.caFile, "ca-file", os.Getenv("GLASSWATCH_CA_FILE"), "PEM file of a certificate to trust, such as the server's self-signed one")
	flags.VarP(&c.output, "output", "o", "table, json, jsonl or csv")
	_ = root.RegisterFlagCompletionFunc("output", cobra.FixedCompletions([]string{"table", "json", "jsonl", "csv"}, cobra.ShellCompDirectiveNoFileComp)) // the flag exists
	for _, cmd := range []*cobra.Command{c.serve(), c.demo(), c.init(), c.importFiles(), c.query(), c.kql(), c.rule(), c.alert(), c.incident(), c.drill(), c.processingRule(), c.audit(), c.sendTest(), c.configuration(), c.versionCommand()} {
		root.AddCommand(cmd)
	}
	usageArgs(root)
	return root
}

// usageArgs makes wrong arguments of every command usage errors.
func usageArgs(cmd *cobra.Command) {
	if check := cmd.Args; check != nil {
		cmd.Args = func(cmd *cobra.Command, args []string) error {
			if err := check(cmd, args); err != nil {
				return usageError{err, cmd}
			}
			return nil
		}
	}
	for _, sub := range cmd.Commands() {
		usageArgs(sub)
	}
}

// terminal reports whether a stream is one.
func terminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
