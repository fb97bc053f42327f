package decode_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/internal/ingest/decode"
	"github.com/glasswatch/glasswatch/internal/sample"
	"github.com/glasswatch/glasswatch/internal/source"
	"github.com/glasswatch/glasswatch/internal/table"
	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// rows decodes and returns a map of the non-empty columns of every row.
func rows(t testing.TB, del source.Delivery) ([]map[string]string, *table.Batch, []source.Refusal) {
	t.Helper()
	var b table.Batch
	del.ReceivedAt = received
	refusals, err := newDecoder(t).Decode(del, &b)
	if err != nil {
		t.Fatal(err)
	}
	return columns(&b), &b, refusals
}

func columns(b *table.Batch) []map[string]string {
	var out []map[string]string
	for i := range b.Rows {
		r := &b.Rows[i]
		m := map[string]string{}
		for j, col := range r.Schema.Columns {
			if text := show(b, r, j); text != "" {
				m[col.Name] = strings.Trim(text, `"`)
			}
		}
		out = append(out, m)
	}
	return out
}

func sampleFile(t testing.TB, name string) []byte {
	t.Helper()
	body, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return body
}

func compact(t testing.TB, body []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := json.Compact(&out, body); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// TestForms: the same records in every form give the same keys and hashes.
func TestForms(t *testing.T) {
	var records []string
	for _, name := range []string{"signin_interactive_success", "audit_passkey_deleted", "activity_actiongroups_write", "signin_managed_identity"} {
		records = append(records, string(compact(t, sampleFile(t, "synthetic/"+name+".json"))))
	}
	list := strings.Join(records, ",")
	ids := func(b *table.Batch) (out []string) {
		for _, r := range b.Rows {
			out = append(out, fmt.Sprintf("%s %x %x", r.Schema.Name, r.Key, r.Hash))
		}
		return out
	}
	_, b, _ := rows(t, source.Delivery{Body: []byte(`{"records":[` + list + `]}`)})
	want := ids(b)
	if len(want) != 4 || want[0][:10] != "SigninLogs" {
		t.Fatal(want)
	}
	var pretty bytes.Buffer
	if err := json.Indent(&pretty, []byte(`{"records":[`+list+`]}`), "\t", "  "); err != nil {
		t.Fatal(err)
	}
	var zipped, zst bytes.Buffer
	gz := gzip.NewWriter(&zipped)
	gz.Write([]byte(`[` + list + `]`))
	gz.Close()
	zw, _ := zstd.NewWriter(&zst)
	zw.Write([]byte(`[` + list + `]`))
	zw.Close()

	f := func(name string, del source.Delivery) {
		t.Helper()
		_, b, refusals := rows(t, del)
		if diff := cmp.Diff(want, ids(b)); diff != "" || len(refusals) > 0 {
			t.Errorf("%s: %v (-want +got):\n%s", name, refusals, diff)
		}
	}
	f("array", source.Delivery{Body: []byte(`[` + list + `]`)})
	f("pretty", source.Delivery{Body: pretty.Bytes()})
	f("NDJSON", source.Delivery{Body: []byte(strings.Join(records, "\n"))})
	f("NDJSON with CRLF, blank lines and an end", source.Delivery{Body: []byte(strings.Join(records, "\r\n\r\n") + "\r\n")})
	f("byte order mark", source.Delivery{Body: []byte("\xef\xbb\xbf[" + list + "]")})
	f("envelopes one a line", source.Delivery{Body: []byte(`{"records":[` + records[0] + `]}` + "\n" + `{"records":[` + strings.Join(records[1:], ",") + "]}\n")})
	f("array of envelopes", source.Delivery{Body: []byte(`[{"records":[` + records[0] + `]},{"records":[` + strings.Join(records[1:], ",") + `]}]`)})
	f("envelope with more members", source.Delivery{Body: []byte(`{"RECORDS" : [` + list + `] , "count" : 4 }`)})
	f("records late in the envelope", source.Delivery{Body: []byte(`{"partition":{"id":3},"records":[` + list + `]}`)})
	f("gzip", source.Delivery{Body: zipped.Bytes(), Encoding: source.Gzip})
	f("zstd", source.Delivery{Body: zst.Bytes(), Encoding: source.Zstd})
	f("value", source.Delivery{Body: []byte(`{"value":[` + list + `],"nextLink":null}`)})
}

// TestRoads: the export of a workspace is what an event hub's record has to become. What differs is listed.
func TestRoads(t *testing.T) {
	f := func(record string, row int, differ ...string) {
		t.Helper()
		event, eb, _ := rows(t, source.Delivery{Body: sampleFile(t, "synthetic/"+record)})
		export, xb, _ := rows(t, source.Delivery{Body: sampleFile(t, "synthetic/loganalytics_export_rows.json")})
		answer, ab, _ := rows(t, source.Delivery{Body: sampleFile(t, "synthetic/loganalytics_query_response.json")})
		got, want := event[0], export[row]
		for _, name := range append(differ, "_BilledSize", "_Unmapped", table.ItemID) {
			delete(got, name)
			delete(want, name)
			delete(answer[row], name)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-export +event):\n%s", record, diff)
		}
		if diff := cmp.Diff(want, answer[row]); diff != "" {
			t.Errorf("%s (-export +answer):\n%s", record, diff)
		}
		if xb.Rows[row].Key != eb.Rows[0].Key || ab.Rows[row].Key != eb.Rows[0].Key {
			t.Errorf("%s: the roads give different keys", record)
		}
		if xb.Rows[row].Hash != ab.Rows[row].Hash {
			t.Errorf("%s: export and answer give different hashes", record)
		}
	}
	f("signin_interactive_success.json", 0, "TenantId")
	f("signin_50126_wrong_password.json", 1, "TenantId")

	_, event, _ := rows(t, source.Delivery{Body: sampleFile(t, "synthetic/signin_interactive_success.json")})
	_, page, _ := rows(t, source.Delivery{Body: sampleFile(t, "synthetic/graph_signins_page.json")})
	if event.Rows[0].Key != page.Rows[2].Key || event.Rows[0].Hash == page.Rows[2].Hash {
		t.Error("the same sign-in by Event Hub and by Graph is to be a revision")
	}
}

// TestPortalJSON: the portal's JSON export is an array of what Graph's page holds.
func TestPortalJSON(t *testing.T) {
	var page struct{ Value json.RawMessage }
	if err := json.Unmarshal(sampleFile(t, "synthetic/graph_signins_page.json"), &page); err != nil {
		t.Fatal(err)
	}
	_, want, _ := rows(t, source.Delivery{Body: sampleFile(t, "synthetic/graph_signins_page.json")})
	_, got, refusals := rows(t, source.Delivery{Body: page.Value})
	if len(got.Rows) != 3 || len(refusals) > 0 {
		t.Fatalf("%d rows, %v", len(got.Rows), refusals)
	}
	for i := range want.Rows {
		if got.Rows[i].Key != want.Rows[i].Key || got.Rows[i].Hash != want.Rows[i].Hash {
			t.Errorf("row %d differs from that of the page", i)
		}
	}
}

// TestDuplicates: the sample envelope repeats its first record, and then revises it.
func TestDuplicates(t *testing.T) {
	_, b, refusals := rows(t, source.Delivery{Body: sampleFile(t, "synthetic/eventhub_envelope_mixed.json")})
	if len(b.Rows) != 12 || len(refusals) > 0 {
		t.Fatalf("%d rows, %v", len(b.Rows), refusals)
	}
	first, again, revised := &b.Rows[0], &b.Rows[10], &b.Rows[11]
	if first.Key != again.Key || first.Hash != again.Hash {
		t.Error("an exact repeat has another key or hash")
	}
	if first.Key != revised.Key || first.Hash == revised.Hash {
		t.Error("a revision has the same key and another hash")
	}
	seen := map[uint64]bool{}
	for i := range 10 {
		if seen[b.Rows[i].Key] {
			t.Errorf("row %d has the key of another", i)
		}
		seen[b.Rows[i].Key] = true
	}
	_, compacted, _ := rows(t, source.Delivery{Body: compact(t, sampleFile(t, "synthetic/eventhub_envelope_mixed.json"))})
	for i := range b.Rows {
		if b.Rows[i].Hash != compacted.Rows[i].Hash || b.Rows[i].Key != compacted.Rows[i].Key {
			t.Errorf("row %d: white space changes key or hash", i)
		}
	}
}

func TestLogsIngestion(t *testing.T) {
	got, b, refusals := rows(t, source.Delivery{Table: "SigninLogs", Body: []byte(`[
		{"TimeGenerated":"2026-11-20T07:00:00Z","userid":"u1","Status":{"errorCode":0},"DurationMs":"12","Extra":[1, 2]},
		{"UserId":"u2","Status":"{\"errorCode\": 50126}","IsRisky":"True","DurationMs":"soon","CreatedDateTime":"yesterday"}]`)})
	if len(refusals) > 0 {
		t.Fatal(refusals)
	}
	for i := range got {
		for _, name := range []string{table.ItemID, table.TimeReceived, "_BilledSize", "_IsBillable", "SourceSystem", "Type"} {
			delete(got[i], name)
		}
	}
	want := []map[string]string{
		{"TimeGenerated": "2026-11-20T07:00:00Z", "UserId": "u1", "Status": `{"errorCode":0}`, "DurationMs": "12", "_Unmapped": `{"Extra":[1,2]}`},
		{"TimeGenerated": "2026-11-22T12:00:00Z", "UserId": "u2", "Status": `{"errorCode":50126}`, "IsRisky": "true",
			"_Unmapped": `{"DurationMs":"soon","CreatedDateTime":"yesterday"}`},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if len(b.Rows) != 2 {
		t.Error(len(b.Rows))
	}
	// A sender that puts whole Event Hub records into a stream means the records.
	got, _, _ = rows(t, source.Delivery{Table: "SigninLogs", Body: []byte(`[` + string(sampleFile(t, "synthetic/signin_fido2.json")) + `]`)})
	if got[0]["UserPrincipalName"] == "" || got[0]["ResultType"] != "0" {
		t.Errorf("an Event Hub record in a stream: %v", got)
	}
	var batch table.Batch
	if _, err := newDecoder(t).Decode(source.Delivery{Table: "Nope_CL", Body: []byte(`[{}]`)}, &batch); fault.CodeOf(err) != fault.Invalid {
		t.Errorf("an unknown table: %v", err)
	}
}

func TestPortalCSV(t *testing.T) {
	body := "\xef\xbb\xbf" + `"Request ID","Date (UTC)","User agent","Correlation ID","User ID","User","USERNAME","User type","Cross tenant access type","Application","Application ID","Resource","Resource ID","Resource tenant ID","Home tenant ID","IP address","Location","Status","Sign-in error code","Failure reason","Client app","Device ID","Browser","Operating System","Compliant","Managed","Join Type","Multifactor authentication result","Multifactor authentication auth method","Authentication requirement","Autonomous system  number","Token Protection - Sign In Session","Token Protection - Sign In Session StatusCode","Flagged for review","Conditional Access","Column of tomorrow"` + "\r\n" +
		`ce8ec4b4,2026-11-20T07:14:03Z,"Mozilla ""5.0""",84f18340,5b3ea3bb,"Lantern, 01",lantern-01@contoso.example,Member,none,Azure Portal,c44b,ARM,797f,t1,t1,203.0.113.24,"Oslo, Oslo, NO",Success,0,Other.,Browser,,Firefox 145.0,Windows10,No,true,,MFA satisfied,,multiFactorAuthentication,64500,unbound,1002,false,Success,x` + "\n\n" +
		`bf72475e,11/21/2026 2:40:11 AM,,b268,5b3ea3bb,Lantern,lantern-01@contoso.example,Member,none,Azure Portal,c44b,ARM,797f,t1,t2,198.51.100.77,"Lima, PE",Failure,50126,Invalid password.,Browser,,,,,,,,,,,,,,,` + "\n" +
		`only,three,fields` + "\n"
	got, b, refusals := rows(t, source.Delivery{CSV: true, Body: []byte(body)})
	if len(got) != 3 || len(refusals) != 1 || refusals[0].Index != 2 || b.Rows[2].Schema.Name != table.DeadLetter {
		t.Fatalf("%d rows, %v", len(got), refusals)
	}
	want := map[string]string{
		"Id": "ce8ec4b4", "TimeGenerated": "2026-11-20T07:14:03Z", "CreatedDateTime": "2026-11-20T07:14:03Z", "UserAgent": `Mozilla \"5.0\`,
		"CorrelationId": "84f18340", "UserId": "5b3ea3bb", "UserDisplayName": "Lantern, 01", "Identity": "Lantern, 01",
		"UserPrincipalName": "lantern-01@contoso.example", "UserType": "Member", "CrossTenantAccessType": "none", "AppDisplayName": "Azure Portal",
		"AppId": "c44b", "ResourceDisplayName": "ARM", "ResourceIdentity": "797f", "ResourceTenantId": "t1", "HomeTenantId": "t1", "AADTenantId": "t1",
		"IPAddress": "203.0.113.24", "Location": "NO", "LocationDetails": `{"city":"Oslo","state":"Oslo","countryOrRegion":"NO"}`,
		"Status": `{"errorCode":0,"failureReason":"Other.","additionalDetails":"MFA satisfied"}`, "ResultType": "0", "ResultSignature": "SUCCESS",
		"ClientAppUsed": "Browser", "DeviceDetail": `{"browser":"Firefox 145.0","operatingSystem":"Windows10","isCompliant":false,"isManaged":true}`,
		"MfaDetail": "{}", "AuthenticationRequirement": "multiFactorAuthentication", "AutonomousSystemNumber": "64500",
		"TokenProtectionStatusDetails": `{"signInSessionStatus":"unbound","signInSessionStatusCode":1002}`, "FlaggedForReview": "false",
		"ConditionalAccessStatus": "Success", "OperationName": "Sign-in activity", "Category": "SignInLogs", "SourceSystem": "Azure AD", "Type": "SigninLogs",
		"_IsBillable": "True", "_TimeReceived": "2026-11-22T12:00:00Z", "_Unmapped": `{"Status":"Success","Column of tomorrow":"x"}`,
	}
	delete(got[0], table.ItemID)
	delete(got[0], "_BilledSize")
	if diff := cmp.Diff(want, got[0]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got[1]["TimeGenerated"] != "2026-11-21T02:40:11Z" || got[1]["ResultType"] != "50126" || got[1]["ResultDescription"] != "Invalid password." ||
		got[1]["LocationDetails"] != `{"city":"Lima","state":"","countryOrRegion":"PE"}` {
		t.Errorf("second line: %v", got[1])
	}
	export, _, _ := rows(t, source.Delivery{CSV: true, Table: "AuditLogs", Body: []byte("TimeGenerated [UTC],OperationName,InitiatedBy\n\"11/21/2026, 2:40:11.123 AM\",Update user,\"{\"\"user\"\":{}}\"\n")})
	if export[0]["TimeGenerated"] != "2026-11-21T02:40:11.123Z" || export[0]["InitiatedBy"] != `{"user":{}}` {
		t.Errorf("export of a query: %v", export)
	}
}

// TestRefused: bad records become rows of DeadLetter and cost the good ones nothing.
func TestRefused(t *testing.T) {
	a := string(compact(t, sampleFile(t, "synthetic/signin_fido2.json")))
	c := string(compact(t, sampleFile(t, "synthetic/audit_passkey_deleted.json")))
	f := func(name, body string, want ...string) {
		t.Helper()
		_, b, refusals := rows(t, source.Delivery{Source: "push", Body: []byte(body)})
		var got []string
		refused := 0
		for i := range b.Rows {
			r := &b.Rows[i]
			if r.Schema.Name != table.DeadLetter {
				got = append(got, r.Schema.Name)
				continue
			}
			text := func(column string) string { return string(b.Text(r.Cells[r.Schema.Column(column)])) }
			got = append(got, text("Reason"))
			if refused >= len(refusals) || refusals[refused].Reason != text("Reason") || refusals[refused].Index != i || text("Source") != "push" {
				t.Errorf("%s: row %d %q, refusals %v", name, i, text("Reason"), refusals)
			}
			refused++
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
	const in, au = "SigninLogs", "AuditLogs"
	n := len(a)
	at := func(offset int) string { return fmt.Sprintf("offset %d: ", offset) }
	f("broken value", `[`+a+`,{"category":tru},`+c+`]`, in, at(n+14)+`want a value, got 't'`, au)
	f("missing colon", `{"records":[{"a" 1},`+a+`]}`, at(17)+`want ':' after a key, got '1'`, in)
	f("control character", "[{\"a\":\"x\ny\"},"+a+`]`, at(8)+`want no control character in a string, got '\n'`, in)
	f("bad escape", `[{"a":"\x"},`+a+`]`, at(7)+`want a valid escape in a string, got '\\'`, in)
	f("leading zero", `[{"a":01},`+a+`]`, at(7)+`want ',' or '}', got '1'`, in)
	f("open string", `[`+a+`,{"a":"x},`+c+`,`+a+`]`, in, at(n+12+strings.Index(c, `"time"`))+`want ',' or '}', got 't'`, au, in)
	f("missing bracket", `[`+a+`,{"a":{"b":1},`+c+`]`, in, at(n+15)+`want a key in quotes, got '{'`, au)
	f("not an object", `[1,`+a+`,"x",[`+c+`]]`, at(1)+`want a record, got another value`, in, at(n+4)+`want a record, got another value`, at(n+8)+`want a record, got another value`)
	f("missing comma", `[`+a+` `+c+`]`, in, at(n+2)+`want ',' or ']' after a record, got '{'`, au)
	f("comma at the end", `[`+a+`,]`, in, at(n+2)+`want a record after ',', got ']'`)
	f("cut short", `{"records":[`+a+`,`+c[:40], in, at(n+53)+`want the end of a string, got the end of the body`)
	f("cut between", `{"records":[`+a, in, at(n+12)+`want ',' or ']' after a record, got the end of the body`)
	f("garbage after", `[`+a+`] x`, in, at(n+3)+`want a value, got 'x'`)
	f("NDJSON", a+"\n{\"a\":\"open\n"+c+"\nnull\n"+a, in, at(n+11)+`want no control character in a string, got '\n'`, au, at(n+13+len(c))+`want a record, got a bare value`, in)
	f("pretty document, broken", "{\n \"time\": x\n}\n"+a, at(11)+`want a value, got 'x'`, in)
	f("category", `[{"category":"NetworkAccessTrafficLogs","time":"2026-11-20T07:00:00Z","properties":{}},`+a+`]`, `no table takes category "NetworkAccessTrafficLogs"`, in)
	f("no category", `[{"hello":1},`+a+`]`, `no category, and no known form of record`, in)
	f("not UTF-8", "[{\"category\":\"SignInLogs\",\"time\":\"\",\"x\":\"\xff\"},"+a+`]`, `the record is not valid UTF-8`, in)
	f("too deep", `[{"a":`+strings.Repeat("[", 70)+strings.Repeat("]", 70)+`},`+a+`]`, at(70)+`want no deeper nesting, got '['`, in)
	f("too long", `[{"category":"SignInLogs","x":"`+strings.Repeat("y", 1<<20)+`"},`+a+`]`, `the record exceeds 1048576 bytes`, in)
	f("nothing", ` [ ] `)
	f("no body", ``)
}

func TestDeadLetterRow(t *testing.T) {
	long := `{"category":"X","y":"` + strings.Repeat("é", 50_000) + `"}`
	got, b, _ := rows(t, source.Delivery{Source: "push", Body: []byte("[{\"a\":\"\xfe\"},1," + long + `]`)})
	if got[0]["Record"] != `{\"a\":\"�\"}` || got[1]["Record"] != "1" || got[1]["Offset"] != "11" || got[2]["Category"] != "X" {
		t.Errorf("%v", got[:2])
	}
	text := got[2]["Record"]
	if !strings.HasSuffix(text, "... (cut: 100023 bytes in all)") || len(text) > 66<<10 {
		t.Errorf("a long record is kept in %d bytes: %.60q", len(text), text[len(text)-60:])
	}
	_, again, _ := rows(t, source.Delivery{Source: "push", Body: []byte("[ 1 ]")})
	if again.Rows[0].Key != b.Rows[1].Key || again.Rows[0].Hash != b.Rows[1].Hash {
		t.Error("the same refused record has another key")
	}
}

func TestRefusedBodies(t *testing.T) {
	c, err := table.NewCatalog()
	if err != nil {
		t.Fatal(err)
	}
	d := decode.New(c, decode.Options{MaxBody: 1 << 20, MaxRecords: 100})
	var bomb, zbomb bytes.Buffer
	gz := gzip.NewWriter(&bomb)
	gz.Write(bytes.Repeat([]byte(" "), 8<<20))
	gz.Close()
	zw, _ := zstd.NewWriter(&zbomb)
	zw.Write(bytes.Repeat([]byte(" "), 8<<20))
	zw.Close()
	f := func(name string, del source.Delivery, want fault.Code) {
		t.Helper()
		var b table.Batch
		refusals, err := d.Decode(del, &b)
		if err == nil || fault.CodeOf(err) != want || fault.NextOf(err) == "" {
			t.Errorf("%s: %v, code %v", name, err, fault.CodeOf(err))
		}
		if len(b.Rows) != 1 || b.Rows[0].Schema.Name != table.DeadLetter || len(refusals) != 1 {
			t.Errorf("%s: %d rows, %v", name, len(b.Rows), refusals)
		}
	}
	f("words", source.Delivery{Body: []byte("hello")}, fault.Invalid)
	f("a number", source.Delivery{Body: []byte("5")}, fault.Invalid)
	f("half an object", source.Delivery{Body: []byte(`{"time":`)}, fault.Invalid)
	f("binary", source.Delivery{Body: []byte{0x1f, 0x8b, 8, 0xff}}, fault.Invalid)
	f("not gzip", source.Delivery{Body: []byte("{}"), Encoding: source.Gzip}, fault.Invalid)
	f("gzip cut short", source.Delivery{Body: bomb.Bytes()[:bomb.Len()/2], Encoding: source.Gzip}, fault.TooLarge)
	f("not zstd", source.Delivery{Body: []byte("{}"), Encoding: source.Zstd}, fault.Invalid)
	f("gzip bomb", source.Delivery{Body: bomb.Bytes(), Encoding: source.Gzip}, fault.TooLarge)
	f("zstd bomb", source.Delivery{Body: zbomb.Bytes(), Encoding: source.Zstd}, fault.TooLarge)
	f("long body", source.Delivery{Body: bytes.Repeat([]byte(" "), 2<<20)}, fault.TooLarge)
	f("many records", source.Delivery{Body: []byte(`[` + strings.Repeat(`{},`, 200) + `{}]`)}, fault.TooLarge)
	f("CSV of something", source.Delivery{CSV: true, Body: []byte("a,b\n1,2\n")}, fault.Invalid)
}

func TestNoAllocations(t *testing.T) {
	if raceEnabled {
		t.Skip("sync.Pool drops items at random under the race detector")
	}
	d := newDecoder(t)
	g := sample.New(1, sample.Options{Mix: map[sample.Kind]int{sample.SignIn: 4, sample.NonInteractive: 4, sample.ServicePrincipal: 1,
		sample.ManagedIdentity: 1, sample.Audit: 1, sample.Activity: 1, sample.GraphActivity: 1}, Users: 500})
	body := g.Envelope(200)
	var b table.Batch
	n := testing.AllocsPerRun(20, func() {
		b.Reset()
		if _, err := d.Decode(source.Delivery{Source: "push", Body: body, ReceivedAt: received}, &b); err != nil || len(b.Rows) != 200 {
			t.Fatal(len(b.Rows), err)
		}
	})
	if n > 1 { // the pool may be emptied by a collection
		t.Errorf("%v allocations for 200 records, want none", n)
	}
}
