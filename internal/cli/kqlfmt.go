package cli

import (
	"errors"
	"io"
	"os"

	"github.com/rogpeppe/go-internal/diff"
	"github.com/spf13/cobra"

	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/kql"
)

const kqlFormatHelp = `Format KQL queries: a step of the pipeline a line; comments stay. Without files, or for -, it reads standard input.

  glasswatch kql fmt hunt.kql          print the query formatted
  glasswatch kql fmt -w queries/*.kql  write the files anew
  glasswatch kql fmt --check *.kql     name the files that are not formatted; exit code 6 if there are any`

// formatting is what becomes of a formatted query.
type formatting struct{ write, diff, check bool }

func (c *cli) kqlFormat() *cobra.Command {
	var f formatting
	cmd := &cobra.Command{
		Use: "fmt [FILE...]", Short: "Format queries", Long: kqlFormatHelp,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				args = []string{"-"}
			}
			list, err := c.texts(args, f.write, cmd)
			if err != nil {
				return err
			}
			changed, bad := 0, 0
			for _, q := range list {
				text, err := kql.Format(q.text)
				if err != nil {
					bad++
					if err := c.badQuery(q, err); !errors.As(err, &silent{}) {
						return err
					}
					continue
				}
				if text != q.text {
					changed++
				}
				if err := c.formatted(f, q, text); err != nil {
					return err
				}
			}
			switch {
			case bad > 0:
				return silent{fault.New(fault.Invalid, "%d queries cannot be read", bad)}
			case f.check && changed > 0:
				return silent{fault.New(fault.Invalid, "%d queries are not formatted", changed)}
			}
			return nil
		},
	}
	cmd.Flags().BoolVarP(&f.write, "write", "w", false, "write the files anew instead of printing")
	cmd.Flags().BoolVarP(&f.diff, "diff", "d", false, "print what would change")
	cmd.Flags().BoolVar(&f.check, "check", false, "only name the files that are not formatted; exit code 6 if there are any")
	return cmd
}

// texts reads the files; "-" is standard input.
func (c *cli) texts(files []string, write bool, cmd *cobra.Command) ([]namedQuery, error) {
	var list []namedQuery
	for _, file := range files {
		if file == "-" {
			if write {
				return nil, usageError{errors.New("-w needs files"), cmd}
			}
			text, err := io.ReadAll(io.LimitReader(c.In, 1<<20))
			if err != nil {
				return nil, err
			}
			list = append(list, namedQuery{"query", string(text)})
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, fault.New(fault.NotFound, "%w", err)
		}
		list = append(list, namedQuery{file, string(text)})
	}
	return list, nil
}

// formatted does with a formatted query what the flags say.
func (c *cli) formatted(f formatting, q namedQuery, text string) error {
	same := text == q.text
	if f.check && !same {
		c.printf("%s\n", q.name)
	}
	if f.diff && !same {
		c.printf("%s", diff.Diff(q.name, []byte(q.text), q.name+" formatted", []byte(text)))
	}
	switch {
	case f.write && !same:
		mode := os.FileMode(0o644)
		if info, err := os.Stat(q.name); err == nil {
			mode = info.Mode().Perm()
		}
		return os.WriteFile(q.name, []byte(text), mode)
	case !f.write && !f.diff && !f.check:
		c.printf("%s", text)
	}
	return nil
}
