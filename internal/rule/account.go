package rule

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/glasswatch/glasswatch/internal/alert"
)

// accounts are the break-glass accounts, found by object id or user principal name, ignoring case.
type accounts struct {
	list   []alert.Account
	byName map[string]alert.Account
}

func newAccounts(list []alert.Account) accounts {
	a := accounts{list: list, byName: map[string]alert.Account{}}
	for _, acc := range list {
		for _, name := range []string{acc.ObjectID, acc.UserPrincipalName} {
			if name != "" {
				a.byName[strings.ToLower(name)] = acc
			}
		}
	}
	return a
}

// find returns the account that one of the names belongs to.
func (a accounts) find(names ...string) (alert.Account, bool) {
	for _, name := range names {
		if acc, ok := a.byName[strings.ToLower(name)]; ok && name != "" {
			return acc, true
		}
	}
	return alert.Account{}, false
}

// named returns the first account whose name stands in a text, such as the targets of an audited operation. One look-up
// for each word of the text: how many accounts there are does not matter.
func (a accounts) named(text string) (alert.Account, bool) {
	for _, word := range strings.FieldsFunc(strings.ToLower(text), endsName) {
		if acc, ok := a.byName[word]; ok {
			return acc, true
		}
	}
	return alert.Account{}, false
}

// endsName reports whether a character can stand in no object id and no sign-in name.
func endsName(c rune) bool {
	return c <= ' ' || strings.ContainsRune("\"\\,:;()[]{}<>/=|", c)
}

// kql renders the names of all accounts as constants for queries.
func (a accounts) kql() string {
	var names []string
	for _, acc := range a.list {
		names = append(names, acc.ObjectID, acc.UserPrincipalName)
	}
	return list("BreakGlassAccounts", names) + list("BreakGlassNames", a.localParts()) + a.table() + a.function()
}

// function renders BreakGlassAccount: the one name of the account that an object id or a sign-in name belongs to, "" for
// others. One look-up serves all.
func (a accounts) function() string {
	names := map[string]string{}
	for name, acc := range a.byName {
		names[name] = acc.UserPrincipalName
		if acc.UserPrincipalName == "" {
			names[name] = acc.ObjectID
		}
	}
	bag, _ := json.Marshal(names) // texts only
	return fmt.Sprintf("let BreakGlassAccount = (Name: string) {\n  tostring(dynamic(%s)[tolower(Name)])\n};\n", bag)
}

// table renders the accounts as a table for queries.
func (a accounts) table() string {
	var cells []string
	for _, acc := range a.list {
		cells = append(cells, Quote(acc.ObjectID)+", "+Quote(acc.UserPrincipalName))
	}
	return "let BreakGlassAccountTable = datatable(ObjectId: string, UserPrincipalName: string)[" + strings.Join(cells, ", ") + "];\n"
}

// localParts returns what stands before the @ in the accounts' sign-in names.
func (a accounts) localParts() []string {
	var names []string
	for _, acc := range a.list {
		name, _, _ := strings.Cut(acc.UserPrincipalName, "@")
		names = append(names, name)
	}
	return names
}
