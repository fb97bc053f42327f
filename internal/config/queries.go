package config

import (
	"maps"
	"slices"
)

// queries refuses stored functions that would change what the shipped rules read: a name of the configuration comes
// before one of the product.
func (v validator) queries() {
	for _, name := range slices.Sorted(maps.Keys(v.cfg.Queries.Functions)) {
		path := "queries.functions." + name
		switch {
		case slices.Contains(v.known.Tables, name):
			v.problem(path, "give it a name of its own", "stored function %q would hide the table of that name from all rules", name)
		case slices.Contains(v.known.Functions, name):
			v.problem(path, "give it a name of its own", "stored function %q would hide the function of that name from all rules", name)
		}
	}
}
