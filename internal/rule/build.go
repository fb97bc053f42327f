package rule

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/google/uuid"

	"github.com/glasswatch/glasswatch/internal/alert"
	"github.com/glasswatch/glasswatch/internal/table"
	"github.com/glasswatch/glasswatch/kql/value"
)

// alert makes the alert of a rule that matched a row. It copies everything it keeps.
func (e *Engine) alert(c *compiled, b *table.Batch, r *table.Row, severity alert.Severity, rows [][]byte) alert.Alert {
	rec := record{batch: b, row: r}
	a := e.blank(c, rec, severity)
	if a.Outcome = e.outcome(rec); a.Outcome.Code == "" {
		a.Outcome.Rank = severity
	}
	a.Account = e.account(rec)
	a.Sentence = sentence(rec, a.Account, a.Outcome)
	for _, row := range rows {
		a.Rows = append(a.Rows, row)
	}
	return a
}

// failure makes the alert about a rule that could not judge a row. One an hour for each rule is enough: the key holds the hour.
func (e *Engine) failure(c *compiled, b *table.Batch, r *table.Row, cause any) alert.Alert {
	rec := record{batch: b, row: r}
	a := e.blank(c, rec, alert.Sev1)
	a.Rule, a.Loud = "rule-failed", true
	a.Description = fmt.Sprintf("Rule %q failed on a record and did not judge it. The rule stays on.", c.Name)
	a.Sentence = fmt.Sprintf("rule %q failed on a record of %s: %v", c.Name, r.Schema.Name, cause)
	a.RecordKey = c.Name + "/" + b.ReceivedAt.UTC().Format("2006-01-02T15")
	a.RecordHash = a.RecordKey
	a.Outcome = alert.Outcome{Rank: alert.Sev1}
	return a
}

// blank fills in what every alert about a row has.
func (e *Engine) blank(c *compiled, rec record, severity alert.Severity) alert.Alert {
	r := rec.row
	return alert.Alert{
		ID:            uuid.NewString(),
		Rule:          c.Name,
		Description:   c.Description,
		Severity:      severity,
		State:         alert.Fired,
		Table:         r.Schema.Name,
		RecordKey:     r.Schema.Name + "/" + hexOf(r.Key),
		RecordHash:    hexOf(r.Hash),
		CorrelationID: rec.text("CorrelationId"),
		SignedInAt:    rec.eventTime(),
		ReceivedAt:    rec.batch.ReceivedAt,
		FiredAt:       time.Now().UTC(),
		Record:        rec.batch.AppendJSON(nil, r),
		Query:         c.Query,
		Loud:          c.Tampering,
		ActionGroups:  e.groupsOf(&c.Rule),
		Properties:    c.Properties,
	}
}

func (e *Engine) outcome(rec record) alert.Outcome {
	if !rec.signIn() {
		return alert.Outcome{}
	}
	return e.outcomes.of(rec.text("ResultType"))
}

// account returns the guarded account a record is about, or else the one the record names.
func (e *Engine) account(rec record) alert.Account {
	id, upn := rec.text("UserId"), rec.text("UserPrincipalName")
	if acc, ok := e.accounts.find(id, upn, rec.text("ServicePrincipalId"), rec.text("Caller")); ok {
		return acc
	}
	for _, column := range []string{"TargetResources", "InitiatedBy", "Claims"} {
		if acc, ok := e.accounts.named(rec.text(column)); ok {
			return acc
		}
	}
	return alert.Account{ObjectID: id, UserPrincipalName: upn, DisplayName: rec.text("UserDisplayName")}
}

// record reads columns of a row by name.
type record struct {
	batch *table.Batch
	row   *table.Row
}

// text returns a column's text, copied; "" where the table has no such column or the value is null.
func (r record) text(column string) string {
	i := r.row.Schema.Column(column)
	if i < 0 {
		return ""
	}
	v := r.batch.Value(r.row, i, true)
	if v.Type() == value.String || v.Type() == value.Dynamic {
		return v.Text()
	}
	text, _ := v.Canonical()
	return text
}

// json decodes a column that holds JSON, whether its type is dynamic or string, into dst; what is missing stays as it is.
func (r record) json(column string, dst any) {
	if text := r.text(column); text != "" {
		_ = json.Unmarshal([]byte(text), dst) // not JSON: nothing to tell
	}
}

// signIn reports whether the record is one of a sign-in table.
func (r record) signIn() bool {
	switch r.row.Schema.Name {
	case "SigninLogs", "AADNonInteractiveUserSignInLogs", "AADServicePrincipalSignInLogs", "AADManagedIdentitySignInLogs":
		return true
	}
	return false
}

// eventTime is when the thing happened: TimeGenerated may be the time of publication.
func (r record) eventTime() time.Time {
	for _, column := range []string{"CreatedDateTime", "ActivityDateTime", "TimeGenerated"} {
		i := r.row.Schema.Column(column)
		if i < 0 {
			continue
		}
		if v := r.batch.Value(r.row, i, false); v.Type() == value.DateTime && !v.IsNull() {
			return value.Time(v.Int())
		}
	}
	return r.batch.ReceivedAt
}

func hexOf(n uint64) string { return fmt.Sprintf("%016x", n) }

// AppendRow appends an output row as a JSON object, in column order; nulls are written.
func AppendRow(dst []byte, names []string, row []value.Value) []byte {
	dst = append(dst, '{')
	for i, v := range row {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = value.AppendJSONString(dst, names[i])
		dst = append(dst, ':')
		dst = v.AppendJSON(dst)
	}
	return append(dst, '}')
}
