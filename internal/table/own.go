package table

import "github.com/glasswatch/glasswatch/kql/value"

// ownTables are the tables that Glasswatch writes about itself.
func ownTables() []*Schema {
	text := func(name string) Column { return Column{Name: name, Type: value.String} }
	long := func(name string) Column { return Column{Name: name, Type: value.Long} }
	bag := func(name string) Column { return Column{Name: name, Type: value.Dynamic} }
	generated := Column{Name: "TimeGenerated", Type: value.DateTime}

	dead := []Column{generated, text("Source"), text("Reason"), text("Category"), long("Offset"), text("Record"), text("Type")}
	own := []*Schema{
		newSchema(DeadLetter, append(dead, hiddenColumns()...), nil),
		newSchema(Heartbeat, []Column{generated, text("Source"), text("Component"), text("Status"),
			long("Records"), long("Refused"), long("DelayMs"), bag("Detail"), text("Type")}, nil),
		newSchema(Hits, []Column{generated, text("Rule"), text("AlertId"), text("Severity"), text("SourceTable"),
			text("RecordKey"), text("Account"), bag("Record"), text("Type")}, nil),
	}
	for _, s := range own {
		s.Own = true
	}
	return own
}

// Path is a place in a dynamic column.
type Path struct {
	Column int
	Steps  []string
	Number bool // most often a number, and compared as one
}

type namedPath struct {
	column string
	steps  []string
	number bool
}

// promotedPaths are the hot paths: what rules and questions about sign-ins and changes read most. A table has those
// whose column it has as a dynamic one.
var promotedPaths = []namedPath{
	{"Status", []string{"errorCode"}, true},
	{"LocationDetails", []string{"countryOrRegion"}, false},
	{"LocationDetails", []string{"city"}, false},
	{"DeviceDetail", []string{"deviceId"}, false},
	{"DeviceDetail", []string{"operatingSystem"}, false},
	{"DeviceDetail", []string{"browser"}, false},
	{"DeviceDetail", []string{"trustType"}, false},
	{"InitiatedBy", []string{"user", "id"}, false},
	{"InitiatedBy", []string{"user", "userPrincipalName"}, false},
	{"InitiatedBy", []string{"user", "ipAddress"}, false},
	{"InitiatedBy", []string{"app", "displayName"}, false},
}
