package decode

import (
	"bytes"
	"math"

	"github.com/glasswatch/glasswatch/internal/table"
)

// finish fills what every table has beyond the record's own properties.
func (w *work) finish(r *table.Row, m *mapping, raw table.Cell) {
	at, cells := &m.at, r.Cells
	r.Raw = raw
	if m.spec != nil && m.spec.finish != nil && !w.byColumn {
		m.spec.finish(w, r, m)
	}
	w.timeless = false
	if cells[at.timeGenerated] == table.Null {
		w.timeless = !w.timeFallback(r, m)
	}
	fill := func(column int, c table.Cell) {
		if column >= 0 && (cells[column] == table.Null || uint32(cells[column]) == 0) {
			cells[column] = c
		}
	}
	c := w.constantsOf(m)
	fill(at.typ, c.typ)
	fill(at.sourceSystem, c.system)
	fill(at.billable, c.billable)
	if cells[at.billedSize] == table.Null {
		cells[at.billedSize] = table.Cell(math.Float64bits(float64(uint32(raw))))
	}
	cells[at.timeReceived] = w.receivedAt
	w.identify(r, m)
	cells[at.itemID] = w.itemID(r.Key, r.Hash)
	cells[at.unmapped] = w.bag()
}

// timeFallback sets TimeGenerated of a record that has no time of publication. Without any time it is the time of
// receipt, and reports false.
func (w *work) timeFallback(r *table.Row, m *mapping) bool {
	if !w.byColumn {
		for _, i := range [...]int{m.at.created, m.at.activityTime} {
			if i >= 0 && r.Cells[i] != table.Null {
				r.Cells[m.at.timeGenerated] = r.Cells[i]
				return true
			}
		}
	}
	r.Cells[m.at.timeGenerated] = w.receivedAt
	return false
}

// constants are texts that all rows of a table share within a batch.
type constants struct{ typ, system, billable table.Cell }

func (w *work) constantsOf(m *mapping) *constants {
	c := &w.constants[m.index]
	if *c == (constants{}) {
		system, billable := "", "True"
		if m.spec != nil {
			system = m.spec.system
			if m.spec.free {
				billable = "False"
			}
		}
		*c = constants{typ: w.b.AppendText(m.schema.Name), system: w.b.AppendText(system), billable: w.b.AppendText(billable)}
	}
	return c
}

// set puts text into a column, when the table has it and it is still empty.
func (w *work) set(r *table.Row, column int, c table.Cell) {
	if column >= 0 && (r.Cells[column] == table.Null || uint32(r.Cells[column]) == 0) && c != table.Null {
		r.Cells[column] = c
	}
}

// fillResource sets Resource and ResourceGroup of Entra's tables, which a workspace shows as the provider's name, the
// last segment of /tenants/<id>/providers/Microsoft.aadiam.
func (w *work) fillResource(r *table.Row, m *mapping) {
	c := w.resourceID
	if c == table.Null {
		return
	}
	text := w.b.Text(c)
	i := bytes.LastIndexByte(text, '/')
	if i < 0 || i+1 == len(text) || bytes.IndexByte(text[:i], '/') != 0 {
		return
	}
	last := c + table.Cell(i+1)<<32 - table.Cell(i+1)
	w.set(r, m.at.resource, last)
	w.set(r, m.at.resourceGroup, last)
}

// signInCategories is what Category is, by table, where a record does not say it.
var signInCategories = map[string]string{
	"SigninLogs":                      "SignInLogs",
	"AADNonInteractiveUserSignInLogs": "NonInteractiveUserSignInLogs",
	"AADServicePrincipalSignInLogs":   "ServicePrincipalSignInLogs",
	"AADManagedIdentitySignInLogs":    "ManagedIdentitySignInLogs",
}

func finishSignIn(w *work, r *table.Row, m *mapping) {
	w.fillResource(r, m)
	cells, at := r.Cells, &m.at
	if cells[at.resultType] == table.Null {
		w.fillResult(r, m)
	}
	if cells[at.operationName] == table.Null {
		cells[at.operationName] = w.b.AppendText("Sign-in activity")
	}
	if cells[at.category] == table.Null {
		cells[at.category] = w.b.AppendText(signInCategories[m.schema.Name])
	}
	if w.bare {
		if i := m.schema.Column("LocationDetails"); cells[i] != table.Null {
			country, _ := w.lookup(cells[i], "countryOrRegion")
			w.set(r, at.location, country)
		}
		home, resource := m.schema.Column("HomeTenantId"), m.schema.Column("ResourceTenantId")
		if home >= 0 && resource >= 0 && bytes.Equal(w.b.Text(cells[home]), w.b.Text(cells[resource])) {
			w.set(r, m.schema.Column("AADTenantId"), cells[home])
		}
	}
}

// fillResult derives the result columns of a sign-in that came without its envelope from its status.
func (w *work) fillResult(r *table.Row, m *mapping) {
	at := &m.at
	var status table.Cell
	if at.status >= 0 {
		status = r.Cells[at.status]
	} else {
		status = w.looseValue("status")
	}
	if status == table.Null {
		return
	}
	code, _ := w.lookup(status, "errorCode")
	if code == table.Null || uint32(code) == 0 {
		return
	}
	r.Cells[at.resultType] = code
	if string(w.b.Text(code)) == "0" {
		w.set(r, at.resultSignature, w.b.AppendText("SUCCESS"))
		return
	}
	w.set(r, at.resultSignature, w.b.AppendText("FAILURE"))
	reason, _ := w.lookup(status, "failureReason")
	w.set(r, at.resultDescription, reason)
}

func finishAudit(w *work, r *table.Row, m *mapping) {
	w.fillResource(r, m)
	s := m.schema
	w.set(r, m.at.operationName, r.Cells[s.Column("ActivityDisplayName")])
	w.set(r, m.at.resultDescription, r.Cells[s.Column("ResultReason")])
}

// lookup returns the text of a property of the object whose JSON text is at c, by its name without regard to case, and
// the member itself.
func (w *work) lookup(c table.Cell, name string) (table.Cell, member) {
	for _, m := range w.open(c) {
		if foldEqual(w.b.Text(m.key), lower(name)) {
			return w.textCell(&m), m
		}
	}
	return table.Null, member{}
}

// open returns the members of the object whose JSON text is at c, valid until the next call; none for anything else.
func (w *work) open(c table.Cell) []member {
	text := w.b.Text(c)
	if len(text) == 0 || text[0] != '{' {
		return nil
	}
	s, at := &w.s, int(c>>32)
	if c&arenaBit != 0 {
		s, at = &w.side, 0
		s.index(text)
		s.base = c &^ math.MaxUint32
	}
	var end int
	if end, w.opened = s.members(at, w.opened[:0], nil); end < 0 {
		return nil
	}
	return w.opened
}

func (w *work) looseValue(name string) table.Cell {
	for i := range w.loose {
		if l := &w.loose[i]; !l.dropped && foldEqual(w.b.Text(l.key), name) {
			return l.val
		}
	}
	return table.Null
}
