package table

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"slices"

	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

//go:embed schema/*.json
var schemas embed.FS

// Names of Glasswatch's own tables.
const (
	DeadLetter = "DeadLetter" // records that could not be taken, with the reason
	Heartbeat  = "Heartbeat"  // what each source and component did, a row a minute
	Hits       = "Hits"       // records that a stream rule fired on, so that a guarded account's history needs no scan
)

// firstTables are Microsoft's tables in the order in which a query that asks for many takes them: the sign-ins, then the risks.
// The own tables follow by name.
var firstTables = []string{
	"SigninLogs", "AADNonInteractiveUserSignInLogs", "AADServicePrincipalSignInLogs", "AADManagedIdentitySignInLogs",
	"AADUserRiskEvents", "AADRiskyUsers", "AADRiskyServicePrincipals", "AADServicePrincipalRiskEvents", "AADProvisioningLogs",
	"AuditLogs", "AzureActivity", "IdentityInfo", "OfficeActivity", "MicrosoftGraphActivityLogs", "CloudAppEvents",
	"EntraIdSignInEvents", "EntraIdSpnSignInEvents", "AADSignInEventsBeta", "AADSpnSignInEventsBeta", "BehaviorAnalytics",
	"SecurityAlert", "SecurityIncident",
}

// place is the position of a table in firstTables; the own ones are behind.
func place(name string) int {
	if i := slices.Index(firstTables, name); i >= 0 {
		return i
	}
	return len(firstTables)
}

// Catalog holds the schemas of all tables. It is immutable and safe for concurrent use.
type Catalog struct {
	byName map[string]*Schema
	sorted []*Schema
	names  []string
}

// NewCatalog reads the embedded column files, which follow Microsoft's table reference
// (https://learn.microsoft.com/azure/azure-monitor/reference/tables-category), and adds the own tables.
func NewCatalog() (*Catalog, error) { return newCatalog(false) }

// NewPublishedCatalog is NewCatalog with the columns hidden that workspaces have but Microsoft's published list has not:
// "all columns" are then those that Microsoft's tools know, and "all tables" have none of the own ones. What is hidden can be
// named all the same.
func NewPublishedCatalog() (*Catalog, error) { return newCatalog(true) }

func newCatalog(published bool) (*Catalog, error) {
	c := &Catalog{byName: map[string]*Schema{}}
	files, err := fs.Glob(schemas, "schema/*.json")
	if err != nil {
		return nil, fmt.Errorf("list column files: %w", err)
	}
	for _, name := range files {
		s, err := readSchema(name, published)
		if err != nil {
			return nil, fmt.Errorf("column file %s: %w", name, err)
		}
		c.add(s)
	}
	for _, s := range ownTables() {
		c.add(s)
	}
	slices.SortFunc(c.sorted, func(a, b *Schema) int { return cmpString(a.Name, b.Name) })
	for _, s := range c.sorted {
		if !published || slices.Contains(firstTables, s.Name) {
			c.names = append(c.names, s.Name)
		}
	}
	slices.SortStableFunc(c.names, func(a, b string) int { return place(a) - place(b) })
	return c, nil
}

// Schema returns the table with that exact name, or nil.
func (c *Catalog) Schema(name string) *Schema { return c.byName[name] }

// Schemas returns all tables, ordered by name. The slice is the catalog's own.
func (c *Catalog) Schemas() []*Schema { return c.sorted }

// Table returns the plan of the table with that exact name, or nil.
func (c *Catalog) Table(name string) *plan.Table {
	if s := c.byName[name]; s != nil {
		return s.Plan
	}
	return nil
}

// TableNames returns all names, in the order in which a pattern such as AAD* takes them: the first tables decide the order and
// the types of the columns of a union. The slice is the catalog's own.
func (c *Catalog) TableNames() []string { return c.names }

func (c *Catalog) add(s *Schema) {
	c.byName[s.Name] = s
	c.sorted = append(c.sorted, s)
}

func readSchema(name string, published bool) (*Schema, error) {
	text, err := schemas.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var file struct {
		Name    string
		Columns []struct {
			Name, Type string
			Recent     bool // seen in workspaces, not yet in the published list
		}
	}
	if err := json.Unmarshal(text, &file); err != nil {
		return nil, err
	}
	var columns, recent []Column
	for _, c := range file.Columns {
		t, ok := value.ParseType(c.Type)
		if !ok {
			return nil, fmt.Errorf("column %s: unknown type %q", c.Name, c.Type)
		}
		if published && c.Recent {
			recent = append(recent, Column{Name: c.Name, Type: t, Hidden: true})
		} else {
			columns = append(columns, Column{Name: c.Name, Type: t})
		}
	}
	return newSchema(file.Name, append(append(columns, recent...), hiddenColumns()...), promotedPaths), nil
}

func hiddenColumns() []Column {
	return []Column{
		{Name: TimeReceived, Type: value.DateTime, Hidden: true},
		{Name: ItemID, Type: value.String, Hidden: true},
		{Name: Unmapped, Type: value.Dynamic, Hidden: true},
	}
}

func newSchema(name string, columns []Column, promoted []namedPath) *Schema {
	s := &Schema{Name: name, Columns: columns, index: make(map[string]int, len(columns))}
	s.Plan = &plan.Table{Name: name, Time: -1}
	s.nulls = make([]Cell, len(columns))
	for i, c := range columns {
		s.index[c.Name] = i
		s.nulls[i] = Null
		s.Plan.Columns = append(s.Plan.Columns, plan.Column{Name: c.Name, Type: c.Type, Hidden: c.Hidden})
	}
	s.Plan.Time = s.Column(TimeReceived)
	if s.Plan.Time < 0 {
		s.Plan.Time = s.Column("TimeGenerated")
	}
	for _, p := range promoted {
		if i := s.Column(p.column); i >= 0 && columns[i].Type == value.Dynamic {
			s.Promoted = append(s.Promoted, Path{Column: i, Steps: p.steps, Number: p.number})
		}
	}
	return s
}

func cmpString(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
