package rule

import (
	"encoding/json"
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
	list := operations{}
	err := readList("watched operations", content.AuditOperations, func(severity alert.Severity, cell func(string) string) {
		list[plainName(cell("operation"))] = operation{topic: cell("topic"), severity: severity}
	})
	return list, err
}

// plainName writes an operation's name as names are compared: records differ from the documentation, and from each
// other, in case, in spaces and in dashes.
func plainName(name string) string {
	name = strings.NewReplacer("\u2013", "-", "\u2014", "-").Replace(name)
	return strings.ToLower(strings.Join(strings.Fields(name), " "))
}

// kql renders the list as functions for queries: WatchedName does what plainName does; WatchedTopic gives "" and
// WatchedSeverity gives the severity Sev1 for a name that is not listed: Microsoft renames operations, and a renamed one
// is not a harmless one. The names are the keys of a bag: one look-up serves all.
func (o operations) kql() (string, error) {
	var b strings.Builder
	b.WriteString(`let WatchedName = (Name: string) {
  tolower(trim(@'\s+', replace_regex(replace_string(replace_string(Name, '` + "\u2013" + `', '-'), '` + "\u2014" + `', '-'), @'\s+', ' ')))
};
`)
	if err := o.function(&b, "WatchedTopic", "", func(op operation) string { return op.topic }); err != nil {
		return "", err
	}
	if err := o.function(&b, "WatchedSeverity", "Sev1", func(op operation) string { return op.severity.String() }); err != nil {
		return "", err
	}
	return b.String(), nil
}

// function renders one property of all operations as a function of the name.
func (o operations) function(b *strings.Builder, name, unknown string, answer func(operation) string) error {
	exact := map[string]string{}
	var begins []string
	for _, op := range slices.Sorted(maps.Keys(o)) {
		if prefix, ok := strings.CutSuffix(op, "*"); ok {
			begins = append(begins, "Name startswith "+Quote(prefix)+", "+Quote(answer(o[op]))+", ")
		} else {
			exact[op] = answer(o[op])
		}
	}
	bag, err := json.Marshal(exact)
	if err != nil {
		return fmt.Errorf("write watched operations: %w", err)
	}
	fmt.Fprintf(b, "let %s = (Name: string) {\n  coalesce(tostring(dynamic(%s)[WatchedName(Name)]), case(%s%s))\n};\n", name, bag, strings.Join(begins, ""), Quote(unknown))
	return nil
}
