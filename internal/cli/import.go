package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/glasswatch/glasswatch/internal/config"
	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/internal/source/file"
)

const importHelp = `Load records from files into the running server, which judges them as it judges pushed ones.

Forms, recognised by content: {"records":[...]} as in an event hub, JSON arrays, NDJSON such as PT1H.json blobs, Graph
pages of /auditLogs/signIns and /auditLogs/directoryAudits, and the portal's sign-in export as JSON or CSV. Each may be
gzip (.gz) or zstd (.zst). Of folders, files named *.json, *.jsonl, *.ndjson, *.log and *.csv are read, in the order of their names.

An import that was broken off is simply run again: what is there already is counted as repeated and changes nothing.`

func (c *cli) importFiles() *cobra.Command {
	var table string
	cmd := &cobra.Command{
		Use: "import FILE|DIR|-...", Short: "Load records from files into the server", Long: importHelp, Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			server, err := c.connect(config.Ingest)
			if err != nil {
				return err
			}
			defer server.Close()
			bar := newBar(c)
			s, err := file.New(file.Options{Paths: args, Stdin: c.In, Table: table,
				Compress: !strings.Contains(server.Server(), "127.0.0.1") && !strings.Contains(server.Server(), "localhost"), Progress: bar.show})
			if err != nil {
				return err
			}
			start := time.Now()
			err = s.Run(cmd.Context(), server)
			bar.clear()
			c.printSummary(&s.Summary, time.Since(start))
			if err != nil {
				return err
			}
			if len(s.Summary.Failures) > 0 {
				return silent{fault.New(fault.Invalid, "%d files were not taken", len(s.Summary.Failures))}
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&table, "table", "", "table of the records, where they do not say it")
	return cmd
}

// importSummary is the summary as JSON.
type importSummary struct {
	Files    int               `json:"files"`
	Skipped  int               `json:"skipped"`
	Taken    int               `json:"taken"`
	Repeated int               `json:"repeated"`
	Refused  int               `json:"refused"`
	Failures map[string]string `json:"failures,omitempty"`
}

func (c *cli) printSummary(s *file.Summary, took time.Duration) {
	for i, r := range s.Receipt.Refusals {
		c.warnf("%s: record %d refused: %s", s.Places[i], r.Index, printable(r.Reason))
	}
	if more := s.Receipt.Refused - len(s.Receipt.Refusals); more > 0 {
		c.warnf("%d more refused; see: glasswatch query 'DeadLetter | summarize count() by Reason'", more)
	}
	for _, f := range s.Failures {
		c.errorf("%s: %v", f.File, f.Err)
		if next := fault.NextOf(f.Err); next != "" {
			c.hintf("%s", next)
		}
	}
	r := s.Receipt
	if c.output != "" && c.output != "table" {
		sum := importSummary{Files: s.Files, Skipped: len(s.Skipped), Taken: r.Taken, Repeated: r.Repeated, Refused: r.Refused, Failures: map[string]string{}}
		for _, f := range s.Failures {
			sum.Failures[f.File] = f.Err.Error()
		}
		out := c.results("FILES", "SKIPPED", "TAKEN", "REPEATED", "REFUSED")
		out.add(sum, fmt.Sprint(s.Files), fmt.Sprint(len(s.Skipped)), fmt.Sprint(r.Taken), fmt.Sprint(r.Repeated), fmt.Sprint(r.Refused))
		_ = out.end()
		return
	}
	c.printf("%s taken, %d repeated, %d refused, from %s in %s\n", c.out.bold(fmt.Sprint(r.Taken)), r.Repeated, r.Refused, files(s.Files), span(took))
	if len(s.Skipped) > 0 {
		c.printf("%s left out: their names are of no known kind\n", files(len(s.Skipped)))
	}
}

func files(n int) string {
	if n == 1 {
		return "1 file"
	}
	return fmt.Sprintf("%d files", n)
}

// bar is a progress bar on a terminal's last line; elsewhere it shows nothing.
type bar struct {
	cli   *cli
	start time.Time
	shown time.Time
}

func newBar(c *cli) *bar { return &bar{cli: c, start: time.Now()} }

func (b *bar) show(p file.Progress) {
	if b.cli.err.width == 0 || time.Since(b.shown) < 100*time.Millisecond {
		return
	}
	b.shown = time.Now()
	speed := float64(p.Done) / (1 << 20) / time.Since(b.start).Seconds()
	text := fmt.Sprintf(" %.1f MiB, %.1f MiB/s  %s", float64(p.Done)/(1<<20), speed, printable(p.File))
	const width = 24
	if p.Total > 0 {
		full := int(width * min(p.Done, p.Total) / p.Total)
		text = fmt.Sprintf("%s%s %3d%%", strings.Repeat("█", full), strings.Repeat("░", width-full), 100*min(p.Done, p.Total)/p.Total) + text
	}
	_, _ = fmt.Fprintf(b.cli.Err, "\r%s\x1b[K", shorten(text, b.cli.err.width-1))
}

func (b *bar) clear() {
	if !b.shown.IsZero() {
		_, _ = fmt.Fprint(b.cli.Err, "\r\x1b[K")
	}
}
