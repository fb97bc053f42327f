package rule

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"slices"

	"github.com/glasswatch/glasswatch/internal/alert"
)

// readList reads a shipped CSV list that has the columns' names in its first line, severity among them. cell gives a row's
// text in a column.
func readList(what string, text []byte, take func(severity alert.Severity, cell func(column string) string)) error {
	rows, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	if err != nil {
		return fmt.Errorf("read %s: %w", what, err)
	}
	for _, row := range rows[1:] {
		cell := func(column string) string { return row[slices.Index(rows[0], column)] }
		severity, err := alert.ParseSeverity(cell("severity"))
		if err != nil {
			return fmt.Errorf("read %s: %q: %w", what, row, err)
		}
		take(severity, cell)
	}
	return nil
}
