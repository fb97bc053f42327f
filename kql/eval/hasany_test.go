package eval_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/glasswatch/glasswatch/kql/value"
)

// has_any over many constants finds what a search for each finds.
func TestHasAnyOfMany(t *testing.T) {
	items := []string{"bg-north@contoso.com", "Ärger", "a b", "-", "x_y", "5b3ea3bb-c628-498b-9bc8-cfba1ebbcf86", ".com", "K9", "end."}
	many := items
	for i := range 30 {
		many = append(many, fmt.Sprintf("filler%d", i))
	}
	quoted := func(list []string) string { return `dynamic(["` + strings.Join(list, `", "`) + `"])` }
	c := signIns()
	indexed := matcher(t, c, `SigninLogs | where UserId has_any (`+quoted(many)+`)`)
	bags := matcher(t, c, `SigninLogs | where Status has_any (`+quoted(many)+`)`)
	var parts []string
	for _, item := range many {
		parts = append(parts, fmt.Sprintf("UserId has %q", item))
	}
	plain := matcher(t, c, `SigninLogs | where `+strings.Join(parts, " or "))
	texts := []string{"", "-", "bg-north@contoso.com", "xbg-north@contoso.com", `["BG-NORTH@Contoso.com"]`, "north@contoso.com", "ÄRGER!", "ärgerlich", "a  b", "A b", "xa b", "a bc",
		"x_y", "x_yz", "5B3EA3BB-c628-498b-9bc8-cfba1ebbcf86", "contoso.com", "contoso.comx", "k9", "\u212a9", "kk9", "filler7", "filler77", "end", "the end.", "end.x", "word"}
	for _, text := range texts {
		r := c.record("SigninLogs", map[string]value.Value{"UserId": value.NewString(text)})
		if got, want := len(matches(indexed, r)), len(matches(plain, r)); got != want {
			t.Errorf("%q: %d, want %d", text, got, want)
		}
		bag := `{"a":"` + strings.ReplaceAll(strings.ReplaceAll(text, `"`, ` `), `[`, ` `) + `"}`
		r = c.record("SigninLogs", map[string]value.Value{"UserId": value.NewString(bag), "Status": value.NewText(value.Dynamic, bag)})
		if got, want := len(matches(bags, r)), len(matches(plain, r)); got != want {
			t.Errorf("bag %s: %d, want %d", bag, got, want)
		}
	}
}
