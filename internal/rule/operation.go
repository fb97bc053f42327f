package rule

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/glasswatch/glasswatch/content"
	"github.com/glasswatch/glasswatch/internal/alert"
)

// operation is one watched operation of AuditLogs or AzureActivity.
type operation struct {
	topic    string
	severity alert.Severity
}

// operations maps names, written as plainName writes them, to what they mean. A name that ends in * stands for all names
// that begin so.
type operations map[string]operation

// loadOperations reads the shipped list.
func loadOperations() (operations, error) {
	rows, err := csv.NewReader(bytes.NewReader(content.AuditOperations)).ReadAll()
	if err != nil {
		return nil, fmt.Errorf("read watched operations: %w", err)
	}
	list := make(operations, len(rows))
	for _, row := range rows[1:] { // table,service,category,operation,topic,severity
		severity, err := alert.ParseSeverity(row[5])
		if err != nil {
			return nil, fmt.Errorf("watched operation %q: %w", row[3], err)
		}
		list[plainName(row[3])] = operation{topic: row[4], severity: severity}
	}
	return list, nil
}

// plainName writes an operation's name as names are compared: records differ from the documentation, and from each
// other, in case, in spaces and in dashes.
func plainName(name string) string {
	name = strings.NewReplacer("\u2013", "-", "\u2014", "-").Replace(name)
	return strings.ToLower(strings.Join(strings.Fields(name), " "))
}

// kql renders the list as functions for queries: WatchedName does what plainName does; WatchedTopic gives "" and
// WatchedSeverity gives the severity Sev1 for a name that is not listed: Microsoft renames operations, and a renamed one
// is not a harmless one.
func (o operations) kql() string {
	var b strings.Builder
	b.WriteString(`let WatchedName = (Name: string) {
  tolower(trim(@'\s+', replace_regex(replace_string(replace_string(Name, '` + "\u2013" + `', '-'), '` + "\u2014" + `', '-'), @'\s+', ' ')))
};
`)
	o.function(&b, "WatchedTopicOf", "", func(op operation) string { return op.topic })
	o.function(&b, "WatchedSeverityOf", "Sev1", func(op operation) string { return op.severity.String() })
	b.WriteString("let WatchedTopic = (Name: string) { WatchedTopicOf(WatchedName(Name)) };\n")
	b.WriteString("let WatchedSeverity = (Name: string) { WatchedSeverityOf(WatchedName(Name)) };\n")
	return b.String()
}

// function renders one property of all operations as a function of the plain name.
func (o operations) function(b *strings.Builder, name, unknown string, answer func(operation) string) {
	exact, begins := map[string][]string{}, map[string][]string{}
	for op, what := range o {
		a := answer(what)
		if prefix, ok := strings.CutSuffix(op, "*"); ok {
			begins[a] = append(begins[a], "Plain startswith "+quote(prefix))
		} else if a != unknown {
			exact[a] = append(exact[a], quote(op))
		}
	}
	fmt.Fprintf(b, "let %s = (Plain: string) {\n  case(\n", name)
	for _, a := range slices.Sorted(maps.Keys(exact)) {
		slices.Sort(exact[a])
		fmt.Fprintf(b, "    Plain in (%s), %s,\n", strings.Join(exact[a], ", "), quote(a))
	}
	for _, a := range slices.Sorted(maps.Keys(begins)) {
		slices.Sort(begins[a])
		fmt.Fprintf(b, "    %s, %s,\n", strings.Join(begins[a], " or "), quote(a))
	}
	fmt.Fprintf(b, "    %s)\n};\n", quote(unknown))
}
