package decode

import (
	"slices"
	"strings"
	"unicode"

	"github.com/glasswatch/glasswatch/internal/table"
	"github.com/glasswatch/glasswatch/kql/value"
	"github.com/zeebo/xxh3"
)

// mapping is how records become rows of one table.
type mapping struct {
	index  int
	seed   uint64 // of Key
	schema *table.Schema
	spec   *spec // nil for a table that only takes rows by column name

	outer, inner, flat *keys
	row                *keys

	id, otherwise  []int    // columns that identify a record
	texts, scalars []hashed // columns that Hash covers, beside TimeGenerated
	at             columns
}

// columns are the positions of the columns that the decoder itself fills; -1 where the table has none.
type columns struct {
	timeGenerated, created, activityTime           int
	sourceSystem, typ, billable, billedSize        int
	timeReceived, itemID, unmapped                 int
	resource, resourceGroup                        int
	resultType, resultSignature, resultDescription int
	status, operationName, category, location      int
}

type hashed struct {
	column int
	seed   uint64
}

// unhashed are the columns that Hash leaves out: they differ by the road that a record came, or are our own.
var unhashed = words("TenantId SourceSystem Type _IsBillable _BilledSize " + table.TimeReceived + " " + table.ItemID + " " + table.Unmapped)

func newMapping(s *table.Schema, sp *spec) *mapping {
	m := &mapping{schema: s, spec: sp, seed: xxh3.HashString(s.Name)}
	m.row = newKeys(rowFields(s))
	if sp != nil {
		m.outer = newKeys(eventFields(s, sp.outer, true))
		if !sp.whole {
			m.inner = newKeys(eventFields(s, sp.inner, false))
			m.flat = newKeys(eventFields(s, slices.Concat(sp.flat, sp.inner), false))
		}
		for _, name := range sp.id {
			m.id = append(m.id, s.Column(name))
		}
		for _, name := range sp.otherwise {
			m.otherwise = append(m.otherwise, s.Column(name))
		}
	} else if i := s.Column("Id"); i >= 0 {
		m.id = []int{i}
	}
	for i, c := range s.Columns {
		h := hashed{column: i, seed: xxh3.HashString(c.Name)}
		switch {
		case slices.Contains(unhashed, c.Name) || c.Name == "TimeGenerated":
		case c.Type == value.String || c.Type == value.Dynamic || c.Type == value.GUID:
			m.texts = append(m.texts, h)
		default:
			m.scalars = append(m.scalars, h)
		}
	}
	m.at = columns{
		timeGenerated: s.Column("TimeGenerated"), created: s.Column("CreatedDateTime"), activityTime: s.Column("ActivityDateTime"),
		sourceSystem: s.Column("SourceSystem"), typ: s.Column("Type"), billable: s.Column("_IsBillable"), billedSize: s.Column("_BilledSize"),
		timeReceived: s.Column(table.TimeReceived), itemID: s.Column(table.ItemID), unmapped: s.Column(table.Unmapped),
		resource: s.Column("Resource"), resourceGroup: s.Column("ResourceGroup"),
		resultType: s.Column("ResultType"), resultSignature: s.Column("ResultSignature"), resultDescription: s.Column("ResultDescription"),
		status: s.Column("Status"), operationName: s.Column("OperationName"), category: s.Column("Category"), location: s.Column("Location"),
	}
	return m
}

// rowFields are the visible columns by their own names.
func rowFields(s *table.Schema) []field {
	var fields []field
	for i, c := range s.Columns {
		if !c.Hidden {
			fields = append(fields, field{name: c.Name, col: int16(i), typ: c.Type, also: -1})
		}
	}
	return fields
}

// eventFields are the entries, and then every column by its name that no entry has claimed. Columns that only a
// workspace knows are not fields of an event.
func eventFields(s *table.Schema, entries []entry, outer bool) []field {
	var fields []field
	taken := map[string]bool{}
	for _, e := range entries {
		f := field{name: e.property, col: -1, also: -1, do: e.do, secondary: e.secondary}
		if e.column != "" {
			if f.col = int16(s.Column(e.column)); f.col >= 0 {
				f.typ = s.Columns[f.col].Type
			}
		}
		if taken[e.property] || f.col < 0 && e.column != "" && e.do != toResource {
			continue
		}
		if i := s.Column(e.also); i >= 0 {
			f.also, f.and = int16(i), s.Columns[i].Type
		}
		taken[e.property] = true
		if e.column != "" || e.do == toCategory {
			fields = append(fields, f)
		}
	}
	for i, c := range s.Columns {
		name := camel(c.Name)
		if c.Hidden || c.Name[0] == '_' || taken[name] || slices.Contains(words("TenantId Type SourceSystem TimeGenerated AADTenantId"), c.Name) {
			continue
		}
		fields = append(fields, field{name: name, col: int16(i), typ: c.Type, also: -1, secondary: outer != slices.Contains(common, c.Name)})
	}
	return fields
}

// camel returns the name as records spell it: userId for UserId, ipAddress for IPAddress.
func camel(name string) string {
	r := []rune(strings.Replace(name, "_V2", "_v2", 1))
	for i := range r {
		if !unicode.IsUpper(r[i]) || i > 0 && i+1 < len(r) && unicode.IsLower(r[i+1]) {
			break
		}
		r[i] = unicode.ToLower(r[i])
	}
	return string(r)
}
