package rule

import (
	"strings"

	"github.com/glasswatch/glasswatch/internal/alert"
)

// Guarded is what protects the break-glass accounts and their alarm, and is watched with them.
type Guarded struct {
	Objects   []string // directory object ids: groups, administrative units, policies
	Apps      []string // ids of Glasswatch's own app registration, application and service principal
	Resources []string // Azure resource ids, or what they begin with
}

// kql renders what is guarded as constants for queries: GuardedObjects holds the accounts' names too,
// GuardedKeys the same in lower case.
func (g Guarded) kql(accounts []alert.Account) string {
	objects := append([]string(nil), g.Objects...)
	for _, acc := range accounts {
		objects = append(objects, acc.ObjectID, acc.UserPrincipalName)
	}
	lower := make([]string, len(objects))
	for i, o := range objects {
		lower[i] = strings.ToLower(o)
	}
	return list("GuardedObjects", objects) + list("GuardedKeys", lower) + list("GuardedApps", g.Apps) + list("GuardedResources", g.Resources)
}

// list renders the texts that are not empty as a dynamic array with a name.
func list(name string, texts []string) string {
	return "let " + name + " = dynamic([" + strings.Join(quoted(texts...), ", ") + "]);\n"
}
