package rule

import (
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

// kql renders the names of all accounts as a constant for queries.
func (a accounts) kql() string {
	var names []string
	for _, acc := range a.list {
		names = append(names, acc.ObjectID, acc.UserPrincipalName)
	}
	return list("BreakGlassAccounts", names)
}
