package rule

import (
	"fmt"
	"strings"
	"time"

	"github.com/glasswatch/glasswatch/internal/alert"
)

// drills are the declared drills that queries know.
type drills []alert.Drill

// kql renders the drills as a function for queries: InDeclaredDrill says whether the use of an account, by object id or user
// principal name, at an instant was announced.
func (d drills) kql(a accounts) string {
	terms := []string{}
	for _, one := range d {
		names := []string{Quote(one.Account)}
		if acc, ok := a.find(one.Account); ok {
			names = quoted(acc.ObjectID, acc.UserPrincipalName)
		}
		terms = append(terms, fmt.Sprintf("Account in~ (%s) and At >= %s and At < %s", strings.Join(names, ", "), instant(one.From), instant(one.Ends())))
	}
	if len(terms) == 0 {
		terms = append(terms, "false")
	}
	return "let InDeclaredDrill = (Account: string, At: datetime) {\n  " + strings.Join(terms, "\n  or ") + "\n};\n"
}

// quoted returns the texts that are not empty as KQL literals.
func quoted(texts ...string) []string {
	var out []string
	for _, t := range texts {
		if t != "" {
			out = append(out, Quote(t))
		}
	}
	return out
}

func instant(t time.Time) string {
	return "datetime(" + t.UTC().Format("2006-01-02T15:04:05.0000000Z") + ")"
}
