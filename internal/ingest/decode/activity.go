package decode

import (
	"bytes"
	"strings"

	"github.com/glasswatch/glasswatch/internal/table"
)

func lower(s string) string { return strings.ToLower(s) }

// storeActivity stores the properties of Azure activity records that are objects in one of their two shapes.
func (w *work) storeActivity(r *table.Row, f *field, m *member) bool {
	switch f.do {
	case toLocalized:
		return w.storeLocalized(r, f, m)
	case toSubstatus:
		return w.storeSubstatus(r, f, m)
	case toIdentity:
		return w.storeIdentity(r, m)
	case toClaims:
		w.claims = w.storeTwin(r, f, m)
	case toRequest:
		w.request = w.storeTwin(r, f, m)
	case toDetails:
		w.details = w.storeTwin(r, f, m)
	}
	return true
}

// storeTwin keeps an object as text in one column and as it is in the other, and returns it.
func (w *work) storeTwin(r *table.Row, f *field, m *member) table.Cell {
	c := w.dynamicCell(m)
	if m.kind == kindString {
		r.Cells[f.col] = w.textCell(m)
	} else {
		r.Cells[f.col] = c
	}
	if f.also >= 0 {
		r.Cells[f.also] = c
	}
	return c
}

// storeLocalized takes text, or {value, localizedValue} as the REST API gives it.
func (w *work) storeLocalized(r *table.Row, f *field, m *member) bool {
	if m.kind != kindObject {
		c := w.textCell(m)
		r.Cells[f.col] = c
		if f.also >= 0 {
			r.Cells[f.also] = c
		}
		return true
	}
	whole := true
	for _, part := range w.open(m.val) {
		switch key := w.b.Text(part.key); {
		case foldEqual(key, "value"):
			r.Cells[f.col] = w.textCell(&part)
		case foldEqual(key, "localizedvalue"):
			if f.also >= 0 {
				r.Cells[f.also] = w.textCell(&part)
			}
		default:
			whole = false
		}
	}
	return whole
}

// storeSubstatus takes the part of "Succeeded.OK" that says more than the status; the whole is kept under _Unmapped.
func (w *work) storeSubstatus(r *table.Row, f *field, m *member) bool {
	c := w.textCell(m)
	if i := bytes.LastIndexByte(w.b.Text(c), '.'); i >= 0 {
		c += table.Cell(i+1)<<32 - table.Cell(i+1)
	}
	w.set(r, int(f.col), c)
	return false
}

// storeIdentity opens {authorization, claims} of the diagnostic-settings shape.
func (w *work) storeIdentity(r *table.Row, m *member) bool {
	if m.kind != kindObject {
		return false
	}
	whole := true
	s := r.Schema
	for _, part := range w.open(m.val) {
		column := ""
		switch key := w.b.Text(part.key); {
		case foldEqual(key, "authorization"):
			column = "Authorization"
		case foldEqual(key, "claims"):
			column = "Claims"
		default:
			whole = false
			continue
		}
		c := w.dynamicCell(&part)
		w.set(r, s.Column(column), c)
		w.set(r, s.Column(column+"_d"), c)
		if column == "Claims" {
			w.claims = c
		}
	}
	return whole
}

// callerClaims name the caller, best first.
var callerClaims = []string{
	"http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn",
	"http://schemas.microsoft.com/identity/claims/objectidentifier",
	"appid",
}

func finishActivity(w *work, r *table.Row, m *mapping) {
	s := m.schema
	for _, name := range callerClaims {
		caller, _ := w.lookup(w.claims, name)
		w.set(r, s.Column("Caller"), caller)
	}
	address, _ := w.lookup(w.claims, "ipaddr")
	w.set(r, s.Column("CallerIpAddress"), address)
	address, _ = w.lookup(w.request, "clientIpAddress")
	w.set(r, s.Column("CallerIpAddress"), address)
	hierarchy, _ := w.lookup(w.details, "hierarchy")
	w.set(r, s.Column("Hierarchy"), hierarchy)
	w.fillPath(r)
}

// fillPath derives the columns that come from the resource id's segments. _ResourceId is in lower case, as in a workspace.
func (w *work) fillPath(r *table.Row) {
	id := w.resourceID
	text := w.b.Text(id)
	if len(text) == 0 {
		return
	}
	s := r.Schema
	from := len(w.b.Arena)
	for _, c := range text {
		if 'A' <= c && c <= 'Z' {
			c |= 0x20
		}
		w.b.Arena = append(w.b.Arena, c)
	}
	w.set(r, s.Column("_ResourceId"), table.ArenaCell(from, len(text)))

	text = w.b.Text(id)
	provider := -1
	segment := func(i int) (table.Cell, int) { // of the segment that begins at i, and where the next one begins
		end := bytes.IndexByte(text[i:], '/')
		if end < 0 {
			end = len(text) - i
		}
		return id + table.Cell(i)<<32 - table.Cell(len(text)-end), i + end + 1
	}
	for i := 0; i < len(text); {
		_, next := segment(i)
		name := text[i:min(next-1, len(text))]
		if next < len(text) {
			c, after := segment(next)
			switch {
			case foldEqual(name, "subscriptions"):
				w.set(r, s.Column("SubscriptionId"), c)
				w.set(r, s.Column("_SubscriptionId"), c)
				next = after
			case foldEqual(name, "resourcegroups"):
				w.set(r, s.Column("ResourceGroup"), c)
				next = after
			case foldEqual(name, "providers"):
				provider = next
				next = after
			}
		}
		i = next
	}
	if provider >= 0 {
		c, after := segment(provider)
		w.set(r, s.Column("ResourceProviderValue"), c)
		w.set(r, s.Column("ResourceProvider"), c)
		if i := bytes.LastIndexByte(text, '/'); i >= after {
			c, _ := segment(i + 1)
			w.set(r, s.Column("Resource"), c)
		}
	}
}
