package app

import (
	"reflect"

	"github.com/glasswatch/glasswatch/internal/config"
	"github.com/glasswatch/glasswatch/internal/rule"
)

// RuleSchema returns the JSON schema of rule files, for editors.
func RuleSchema() []byte {
	return config.SchemaFor(reflect.TypeFor[rule.Rule](), "Glasswatch rule")
}

// RuleReference returns the documentation of the keys of rule files as Markdown.
func RuleReference() string {
	return config.ReferenceFor(reflect.TypeFor[rule.Rule](), "# Rule files\n\n"+
		"Made from the code; do not edit. One YAML file a rule; `glasswatch rule check` says everything that is wrong with it,\n"+
		"`glasswatch rule explain` how it will be run, and [rule.schema.json](rule.schema.json) tells editors its keys. Names and meanings are\n"+
		"those of Azure Monitor's scheduledQueryRules. Lengths of time are written `30s`, `5m`, `12h`, `2d` or `PT5M`.\n")
}
