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

// mark is a property that tells records apart.
type mark uint8

const (
	unmarked mark = iota
	markCategory
	markType
	markProperties
	markTime
	markTimeGenerated
	markCreated
	markActivity
	markEvent
	markOperation
	markCaller
	markStatus
	markDisplay
	markService
	markTargets
	markUser
	markApp
	markPrincipal
	markInteractive
	markEventTypes
)

// markNames are the names of the properties, in lower case.
var markNames = [...]string{
	markCategory: "category", markType: "type", markProperties: "properties", markTime: "time", markTimeGenerated: "timegenerated",
	markCreated: "createddatetime", markActivity: "activitydatetime", markEvent: "eventtimestamp", markOperation: "operationname",
	markCaller: "caller", markStatus: "status", markDisplay: "activitydisplayname", markService: "loggedbyservice",
	markTargets: "targetresources", markUser: "userid", markApp: "appid", markPrincipal: "serviceprincipalid",
	markInteractive: "isinteractive", markEventTypes: "signineventtypes",
}

// marksByID returns the mark of every name's id.
func marksByID(names *keys) []mark {
	marks := make([]mark, len(names.fields)+1)
	for i, name := range markNames[1:] {
		marks[names.id([]byte(name))] = mark(i + 1)
	}
	marks[0] = unmarked
	return marks
}

func (w *work) marksOf(list []member) (k marks) {
	for i := range list {
		m := &list[i]
		switch w.d.marks[m.id] {
		case unmarked:
		case markCategory:
			k.category = m
		case markType:
			if string(w.b.Text(m.key)) == "Type" {
				k.typ = m
			}
		case markProperties:
			if m.opened {
				k.properties = true
			} else if m.kind == kindString {
				k.details = m
			}
		case markTime:
			k.time = true
		case markTimeGenerated:
			k.timeGenerated = k.timeGenerated || string(w.b.Text(m.key)) == "TimeGenerated"
		case markCreated:
			k.created = true
		case markActivity:
			k.activity = true
		case markEvent:
			k.event = true
		case markOperation:
			k.operation = true
		case markCaller:
			k.caller = true
		case markStatus:
			k.status = true
		case markDisplay:
			k.display = true
		case markService:
			k.service = true
		case markTargets:
			k.targets = true
		case markUser:
			k.user = m
		case markApp:
			k.app = m
		case markPrincipal:
			k.principal = m
		case markInteractive:
			k.interactive = m
		case markEventTypes:
			k.eventTypes = m
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
