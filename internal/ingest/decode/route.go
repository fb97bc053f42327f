package decode

import (
	"math"
	"strings"
)

// road is the shape in which a record came.
type road uint8

const (
	roadEvent road = iota // Event Hub, blob: an envelope around "properties"
	roadBare              // Graph, ARM: the properties themselves
	roadRow               // a row keyed by column names: exports, query answers, Logs Ingestion API
)

// marks are the properties that tell records apart.
type marks struct {
	category, typ, eventTypes       *member
	properties, time, timeGenerated bool
	created, activity, event        bool
	operation, caller, status       bool
	display, service, targets       bool
	user, app, principal, details   *member
	interactive                     *member
}

func (w *work) marksOf(list []member) (k marks) {
	for i := range list {
		m := &list[i]
		key := w.b.Text(m.key)
		switch len(key) {
		case 4:
			k.time = k.time || foldEqual(key, "time")
			if string(key) == "Type" {
				k.typ = m
			}
		case 5:
			if foldEqual(key, "appid") {
				k.app = m
			}
		case 6:
			if foldEqual(key, "userid") {
				k.user = m
			}
			k.caller = k.caller || foldEqual(key, "caller")
			k.status = k.status || foldEqual(key, "status")
		case 8:
			if foldEqual(key, "category") {
				k.category = m
			}
		case 10:
			if k.properties = k.properties || m.opened; m.kind == kindString && foldEqual(key, "properties") {
				k.details = m
			}
		case 13:
			k.timeGenerated = k.timeGenerated || string(key) == "TimeGenerated"
			k.operation = k.operation || foldEqual(key, "operationname")
			if foldEqual(key, "isinteractive") {
				k.interactive = m
			}
		case 14:
			k.event = k.event || foldEqual(key, "eventtimestamp")
		case 15:
			k.created = k.created || foldEqual(key, "createddatetime")
			k.service = k.service || foldEqual(key, "loggedbyservice")
			k.targets = k.targets || foldEqual(key, "targetresources")
		case 16:
			k.activity = k.activity || foldEqual(key, "activitydatetime")
			if foldEqual(key, "signineventtypes") {
				k.eventTypes = m
			}
		case 18:
			if foldEqual(key, "serviceprincipalid") {
				k.principal = m
			}
		case 19:
			k.display = k.display || foldEqual(key, "activitydisplayname")
		}
	}
	return k
}

// route finds the table of a record and the road it came, or says why there is none.
func (w *work) route(list []member) (*mapping, road, string) {
	k := w.marksOf(list)
	w.category = ""
	if k.details != nil && !k.properties {
		k.properties = w.openText(k.details)
	}
	if w.del.Table != "" {
		if m := w.categoryOf(&k, list); m != nil && k.properties && !k.timeGenerated {
			return m, roadEvent, ""
		}
		return w.d.byTable[w.del.Table], roadRow, ""
	}
	if k.typ != nil {
		if m := w.d.byTable[string(w.b.Text(w.textCell(k.typ)))]; m != nil {
			return m, roadRow, ""
		}
	}
	if k.event && (k.operation || k.caller) {
		return w.d.byTable["AzureActivity"], roadBare, ""
	}
	m := w.categoryOf(&k, list)
	switch {
	case k.timeGenerated && !k.properties:
		if m == nil || m.schema.Name == "AzureActivity" {
			m = w.rowByColumns(&k, m)
		}
		if m != nil {
			return m, roadRow, ""
		}
	case m != nil && (k.properties || k.time || k.operation):
		return m, roadEvent, ""
	case k.activity && (k.display || k.service), strings.Contains(w.context, "directoryAudits"):
		return w.d.byTable["AuditLogs"], roadBare, ""
	case k.created && (k.user != nil || k.app != nil || k.status), strings.Contains(w.context, "auditLogs/signIns"):
		return w.signInTable(&k), roadBare, ""
	}
	if w.category != "" {
		return nil, 0, "no table takes category " + quote(w.category)
	}
	return nil, 0, "no category, and no known form of record"
}

// openText collects the members of "properties" that some pipelines write as a JSON string.
func (w *work) openText(m *member) bool {
	c := m.val
	if m.escaped {
		c = w.unescape(c)
	}
	s := &w.side
	text := w.b.Text(c)
	if len(text) == 0 || text[0] != '{' {
		return false
	}
	s.index(text)
	s.base = c &^ math.MaxUint32
	end, inner := s.members(0, w.inner[:0], nil)
	if w.inner = inner; end < 0 || s.space(end) != len(text) {
		w.inner = w.inner[:0]
		return false
	}
	m.opened = true
	return true
}

// categoryOf returns the mapping that the category names. Some pipelines put the inner category of an audit outside; the
// properties tell then.
func (w *work) categoryOf(k *marks, list []member) *mapping {
	if k.category == nil {
		return nil
	}
	c := w.textCell(k.category)
	if k.category.kind == kindObject {
		c, _ = w.lookup(k.category.val, "value")
	}
	var folded [64]byte
	text := w.b.Text(c)
	if len(text) > len(folded) {
		w.category = string(text[:len(folded)])
		return nil
	}
	for i, ch := range text {
		if 'A' <= ch && ch <= 'Z' {
			ch |= 0x20
		}
		folded[i] = ch
	}
	m := w.d.byCategory[string(folded[:len(text)])]
	if (m == nil || m.schema.Name == "AzureActivity") && k.properties {
		if in := w.marksOf(w.inner); in.activity && (in.service || in.display || in.targets) {
			return w.d.byTable["AuditLogs"]
		}
	}
	if m == nil {
		w.category = string(text)
	}
	return m
}

// rowByColumns tells the table of a row without Type.
func (w *work) rowByColumns(k *marks, m *mapping) *mapping {
	switch {
	case k.display || k.service:
		return w.d.byTable["AuditLogs"]
	case k.created && (k.user != nil || k.app != nil):
		return w.signInTable(k)
	}
	return m
}

// signInTable tells the four kinds of sign-ins apart where no category does.
func (w *work) signInTable(k *marks) *mapping {
	name := "SigninLogs"
	if k.eventTypes != nil {
		types := string(w.b.Text(k.eventTypes.val))
		switch {
		case strings.Contains(types, "interactiveUser"):
		case strings.Contains(types, "nonInteractiveUser"):
			name = "AADNonInteractiveUserSignInLogs"
		case strings.Contains(types, "managedIdentity"):
			name = "AADManagedIdentitySignInLogs"
		case strings.Contains(types, "servicePrincipal"):
			name = "AADServicePrincipalSignInLogs"
		}
		return w.d.byTable[name]
	}
	text := func(m *member) int {
		if m == nil || m.kind != kindString {
			return 0
		}
		return int(uint32(m.val))
	}
	switch {
	case text(k.principal) > 0 && text(k.user) == 0:
		name = "AADServicePrincipalSignInLogs"
	case k.interactive != nil && string(w.b.Text(k.interactive.val)) == "false":
		name = "AADNonInteractiveUserSignInLogs"
	}
	return w.d.byTable[name]
}
