package rule

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/glasswatch/glasswatch/content"
	"github.com/glasswatch/glasswatch/internal/alert"
)

// outcomes maps a sign-in's ResultType to what it proves.
type outcomes map[string]alert.Outcome

// loadOutcomes reads the shipped result codes.
func loadOutcomes() (outcomes, error) {
	list := outcomes{}
	err := readList("result codes", content.ResultCodes, func(rank alert.Severity, cell func(string) string) {
		code := cell("code")
		list[code] = alert.Outcome{Code: code, Class: cell("class"), Proof: cell("proof"), Rank: rank, Meaning: cell("meaning")}
	})
	return list, err
}

// of returns the outcome of a code. A code that is not listed counts as proof: unknown means loud.
func (o outcomes) of(code string) alert.Outcome {
	if out, ok := o[code]; ok {
		return out
	}
	return alert.Outcome{Code: code, Class: "UNKNOWN", Proof: "Y", Rank: alert.Sev0,
		Meaning: "a result code that Glasswatch does not know; treated as a sign-in"}
}

// kql renders the outcomes as functions for queries. The codes of one answer share one in-list.
func (o outcomes) kql() string {
	var b strings.Builder
	o.function(&b, "SignInClass", "UNKNOWN", func(out alert.Outcome) string { return out.Class })
	o.function(&b, "SignInProof", "Y", func(out alert.Outcome) string { return out.Proof })
	o.function(&b, "SignInCodeSeverity", "Sev0", func(out alert.Outcome) string { return out.Rank.String() })
	b.WriteString(`let SignInSeverity = (ResultType: string, AuthenticationDetails: string) {
  iff(` + provedByDetail + `, "Sev0", SignInCodeSeverity(ResultType))
};
`)
	return b.String()
}

// provedByDetail holds where an authentication step shows that the password was right, whatever the code says. The
// words are those of the record's authenticationStepResultDetail.
const provedByDetail = `AuthenticationDetails contains '"Correct password"'`

func (o outcomes) function(b *strings.Builder, name, unknown string, answer func(alert.Outcome) string) {
	codes := map[string][]string{}
	for code, out := range o {
		if a := answer(out); a != unknown {
			codes[a] = append(codes[a], Quote(code))
		}
	}
	// The codes that give the default need no branch.
	fmt.Fprintf(b, "let %s = (ResultType: string) {\n  case(\n", name)
	for _, a := range slices.Sorted(maps.Keys(codes)) {
		slices.Sort(codes[a])
		fmt.Fprintf(b, "    ResultType in (%s), %s,\n", strings.Join(codes[a], ", "), Quote(a))
	}
	fmt.Fprintf(b, "    %s)\n};\n", Quote(unknown))
}

var escape = strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`, "\t", `\t`)

// Quote writes a KQL string literal.
func Quote(s string) string { return `"` + escape.Replace(s) + `"` }
