package decode_test

import (
	"testing"
	"time"

	"github.com/glasswatch/glasswatch/internal/source"
	"github.com/glasswatch/glasswatch/internal/table"
	"github.com/glasswatch/glasswatch/kql/value"
)

// one decodes one record and returns its table and columns.
func one(t *testing.T, record string) (string, map[string]string) {
	t.Helper()
	got, b, refusals := rows(t, source.Delivery{Body: []byte(record)})
	if len(got) != 1 || len(refusals) > 0 {
		t.Fatalf("%d rows, %v", len(got), refusals)
	}
	return b.Rows[0].Schema.Name, got[0]
}

// TestTraps: what real records do to a parser, one case each (the reference's list of traps).
func TestTraps(t *testing.T) {
	f := func(trap, record, wantTable string, want ...string) {
		t.Helper()
		gotTable, got := one(t, record)
		if gotTable != wantTable {
			t.Errorf("%s: table %s, want %s", trap, gotTable, wantTable)
		}
		for i := 0; i < len(want); i += 2 {
			if got[want[i]] != want[i+1] {
				t.Errorf("%s: %s is %q, want %q", trap, want[i], got[want[i]], want[i+1])
			}
		}
	}
	const head = `{"time":"2026-11-20T07:16:41.5530192Z","category":"SignInLogs","resultType":"0",`
	const in = "SigninLogs"

	f("keys in lower case", `{"TIME":"2026-11-20T07:16:41Z","CATEGORY":"signinlogs","resulttype":7000215,"calleripaddress":"192.0.2.1","properties":{"USERID":"u","userprincipalname":"p","RiskEventTypes_V2":[]}}`,
		in, "ResultType", "7000215", "IPAddress", "192.0.2.1", "UserId", "u", "UserPrincipalName", "p", "RiskEventTypes_V2", "[]", "Category", "signinlogs", "_Unmapped", "")
	f("Level as a number", head+`"Level":4}`, in, "Level", "4")
	f("Level as text", head+`"Level":"4"}`, in, "Level", "4")
	f("level as a word", head+`"level":"Informational"}`, in, "Level", "Informational")
	f("duration as text", head+`"durationMs":"812"}`, in, "DurationMs", "812")
	f("duration as a number with decimals", head+`"durationMs":812.0}`, in, "DurationMs", "812")
	f("no duration", head+`"durationMs":""}`, in, "DurationMs", "")
	f("a duration that is none", head+`"durationMs":"n/a"}`, in, "DurationMs", "", "_Unmapped", `{"durationMs":"n/a"}`)
	f("address <null>", head+`"callerIpAddress":"<null>","properties":{"ipAddress":"<null>"}}`, in, "IPAddress", "", "_Unmapped", "")
	f("address only outside", head+`"callerIpAddress":"192.0.2.1","properties":{"ipAddress":""}}`, in, "IPAddress", "192.0.2.1")
	f("addresses differ", head+`"callerIpAddress":"192.0.2.1","properties":{"ipAddress":"192.0.2.2"}}`, in, "IPAddress", "192.0.2.2", "_Unmapped", `{"callerIpAddress":"192.0.2.1"}`)
	f("correlation ids differ", head+`"correlationId":"a","properties":{"correlationId":"b"}}`, in, "CorrelationId", "a", "_Unmapped", `{"correlationId":"b"}`)
	f("seven decimals", head+`"properties":{}}`, in, "TimeGenerated", "2026-11-20T07:16:41.5530192Z")
	f("offset", `{"time":"2026-11-20T02:16:41-05:00","category":"SignInLogs"}`, in, "TimeGenerated", "2026-11-20T07:16:41Z")
	f("US time", `{"time":"11/21/2026 2:47:35 PM","category":"UserRiskEvents","correlationId":"d","location":"pe","properties":{"id":"d","correlationId":"c","location":{"city":"Lima"}}}`,
		"AADUserRiskEvents", "TimeGenerated", "2026-11-21T14:47:35Z", "CorrelationId", "c", "Location", `{"city":"Lima"}`, "_Unmapped", `{"location":"pe","correlationId":"d"}`)
	f("time with a space and nine decimals", `{"time":"2024-12-16 16:32:16.087554000","category":"SignInLogs"}`, in, "TimeGenerated", "2024-12-16T16:32:16.087554Z")
	f("no time", `{"category":"SignInLogs","operationName":"Sign-in activity","properties":{"createdDateTime":"2026-11-20T07:14:03Z"}}`, in, "TimeGenerated", "2026-11-20T07:14:03Z")
	f("no time at all", `{"category":"SignInLogs","operationName":"Sign-in activity","properties":{}}`, in, "TimeGenerated", "2026-11-22T12:00:00Z")
	f("a time that is none", `{"time":"soon","category":"SignInLogs"}`, in, "TimeGenerated", "2026-11-22T12:00:00Z", "_Unmapped", `{"time":"soon"}`)
	f("inner category of an audit", `{"time":"2026-11-20T07:16:41Z","category":"AuditLogs","properties":{"category":"RoleManagement","loggedByService":"PIM"}}`, "AuditLogs", "Category", "RoleManagement", "_Unmapped", "")
	f("inner category outside", `{"time":"2026-11-20T07:16:41Z","category":"Policy","properties":{"activityDateTime":"2026-11-20T07:16:41Z","loggedByService":"Core Directory"}}`, "AuditLogs", "Category", "Policy")
	f("the same category of Azure", `{"time":"2026-11-20T07:16:41Z","category":"Policy","operationName":"X/WRITE","properties":{"policies":"[]"}}`, "AzureActivity", "CategoryValue", "Policy", "Properties", `{\"policies\":\"[]\"}`)
	f("operation with an en dash and a space", `{"time":"2026-11-20T07:16:41Z","category":"AuditLogs","operationName":"Update application – Certificates and secrets management "}`, "AuditLogs", "OperationName", "Update application – Certificates and secrets management ")
	f("objects where text is usual", `{"eventTimestamp":"2026-11-20T07:16:41Z","category":{"value":"Administrative","localizedValue":"Verwaltung"},"operationName":{"value":"a/DELETE","localizedValue":"Delete a"},"status":{"value":"Succeeded","localizedValue":"OK","code":7}}`,
		"AzureActivity", "OperationNameValue", "a/DELETE", "OperationName", "Delete a", "CategoryValue", "Administrative", "Category", "Verwaltung", "ActivityStatusValue", "Succeeded", "ActivityStatus", "OK", "_Unmapped", `{"status":{"value":"Succeeded","localizedValue":"OK","code":7}}`)
	f("text where objects are usual", `{"time":"2026-11-20T07:16:41Z","category":"Administrative","operationName":"A/DELETE","resultType":"Start","resourceId":"/SUBSCRIPTIONS/S/RESOURCEGROUPS/G/PROVIDERS/P.Q/T/N"}`,
		"AzureActivity", "OperationNameValue", "A/DELETE", "ActivityStatusValue", "Start", "ResourceGroup", "G", "SubscriptionId", "S", "ResourceProviderValue", "P.Q", "Resource", "N", "_ResourceId", "/subscriptions/s/resourcegroups/g/providers/p.q/t/n")
	f("caller without upn", `{"time":"2026-11-20T07:16:41Z","category":"Administrative","operationName":"A","identity":{"claims":{"appid":"app","http://schemas.microsoft.com/identity/claims/objectidentifier":"oid","ipaddr":"192.0.2.9"}},"callerIpAddress":"<null>"}`,
		"AzureActivity", "Caller", "oid", "CallerIpAddress", "192.0.2.9")
	f("two resource ids", head+`"resourceId":"/tenants/t/providers/Microsoft.aadiam","properties":{"resourceId":"app"}}`, in, "ResourceId", "/tenants/t/providers/Microsoft.aadiam", "ResourceIdentity", "app", "Resource", "Microsoft.aadiam")
	f("personal data removed", head+`"properties":{"userDisplayName":"{PII Removed}","userPrincipalName":"{PII Removed}"}}`, in, "UserDisplayName", "{PII Removed}")
	f("dynamic columns as text", `[{"Type":"SigninLogs","TimeGenerated":"2026-11-20T07:16:41Z","Status":" {\"errorCode\" : 0}","MfaDetail":"","Agent":"{broken","DeviceDetail":"plain \"text\""}]`,
		in, "Status", `{"errorCode":0}`, "MfaDetail", "", "Agent", `{broken`, "DeviceDetail", `plain \"text\`) // rows trims the quotes
	f("string columns of the other sign-in tables", `{"time":"2026-11-20T07:16:41Z","category":"NonInteractiveUserSignInLogs","properties":{"status":{"errorCode" : 0},"appliedConditionalAccessPolicies":[ ],"processingTimeInMilliseconds":61,"autonomousSystemNumber":64500}}`,
		"AADNonInteractiveUserSignInLogs", "Status", `{\"errorCode\":0}`, "ConditionalAccessPolicies", "[]", "ConditionalAccessPoliciesV2", "[]", "ProcessingTimeInMs", "61", "AutonomousSystemNumber", "64500")
	f("int columns from text", `{"time":"2026-11-20T07:16:41Z","category":"MicrosoftGraphActivityLogs","durationMs":"418233","properties":{"requestId":"r","clientAuthMethod":"2","responseStatusCode":200,"responseSizeBytes":4294967296,"UserPrincipalObjectID":"u","atContentH":"h"}}`,
		"MicrosoftGraphActivityLogs", "ClientAuthMethod", "2", "ResponseStatusCode", "200", "DurationMs", "418233", "ATContentH", "h", "_Unmapped", `{"responseSizeBytes":4294967296,"UserPrincipalObjectID":"u"}`)
	f("duplicate keys: the last wins", head+`"properties":{"userId":"a","x":1,"userId":"b","x":2}}`, in, "UserId", "b", "_Unmapped", `{"x":2}`)
	f("duplicate keys, escaped first", head+`"properties":{"userId":"\u0061","userId":"b"}}`, in, "UserId", "b")
	f("duplicate keys, escaped last", head+`"properties":{"userId":"b","userId":"\u0061"}}`, in, "UserId", "a")
	f("duplicate keys, null last", head+`"properties":{"userId":"b","userId":null}}`, in, "UserId", "")
	f("duplicate properties", head+`"properties":{"userId":"a","userType":"x"},"properties":{"userId":"b"}}`, in, "UserId", "b", "UserType", "")
	f("duplicate categories", head+`"properties":{"userId":"a","state":1},"category":"ManagedIdentitySignInLogs"}`, "AADManagedIdentitySignInLogs", "_Unmapped", `{"userId":"a","state":1}`)
	f("a loose name outside and inside", head+`"x":1,"properties":{"x":2}}`, in, "_Unmapped", `{"x":1,"properties.x":2}`)
	f("escapes", head+`"properties":{"userDisplayName":"A\u00e9\ud83d\ude00\ud800\n","user\u0049d":"u","we\"ird":"\u0000"}}`, in, "UserDisplayName", `Aé😀�\n`, "UserId", "u", "_Unmapped", `{"we\"ird":"\u0000"}`)
	f("properties as no object", head+`"properties":"{\"userId\":\"u\"}"}`, in, "UserId", "u")
	f("columns that only a workspace knows", head+`"properties":{"type":"t","tenantId":"e","_BilledSize":9}}`, in, "Type", "SigninLogs", "TenantId", "", "AADTenantId", "e", "_Unmapped", `{"type":"t","_BilledSize":9}`)
	f("no result outside", `{"time":"2026-11-20T07:16:41Z","category":"SignInLogs","properties":{"status":{"errorCode":50126,"failureReason":"Invalid."}}}`, in, "ResultType", "50126", "ResultDescription", "Invalid.", "ResultSignature", "FAILURE")
	f("result of an audit outside", `{"time":"2026-11-20T07:16:41Z","category":"AuditLogs","result":"SUCCESS","properties":{}}`, "AuditLogs", "Result", "SUCCESS")
	f("names that differ in case only", `[{"Type":"IdentityInfo","TimeGenerated":"2026-11-20T07:16:41Z","AccountUpn":"a","AccountUPN":"b"}]`, "IdentityInfo", "AccountUpn", "a", "AccountUPN", "b")
	f("category after the properties", `{"properties":{"userId":"u"},"time":"2026-11-20T07:16:41Z","category":"ServicePrincipalSignInLogs"}`, "AADServicePrincipalSignInLogs", "_Unmapped", `{"userId":"u"}`)
	f("Graph, not interactive", `{"@odata.context":"x","value":[{"id":"i","createdDateTime":"2026-11-20T07:16:41Z","userId":"u","appId":"a","signInEventTypes":["nonInteractiveUser"],"status":{"errorCode":0}}]}`, "AADNonInteractiveUserSignInLogs", "ResultType", "0", "SignInEventTypes", `[\"nonInteractiveUser\"]`)
	f("Graph, service principal", `{"value":[{"id":"i","createdDateTime":"2026-11-20T07:16:41Z","userId":"","servicePrincipalId":"sp","appId":"a","status":{"errorCode":0}}]}`, "AADServicePrincipalSignInLogs", "ResultType", "0", "ServicePrincipalId", "sp")
	f("Graph, few properties", `{"@odata.context":"https://graph.microsoft.com/v1.0/$metadata#auditLogs/directoryAudits(id)","value":[{"id":"i"}]}`, "AuditLogs", "Id", "i")
}

func TestTimes(t *testing.T) {
	f := func(text, want string) {
		t.Helper()
		_, got := one(t, `{"category":"SignInLogs","operationName":"x","time":"`+text+`"}`)
		if got["TimeGenerated"] != want {
			t.Errorf("%s: %s, want %s", text, got["TimeGenerated"], want)
		}
	}
	none := received.Format(time.RFC3339)
	f("2024-02-29T23:59:59.9999999Z", "2024-02-29T23:59:59.9999999Z")
	f("2024-02-29T23:59:59.99999999999Z", "2024-02-29T23:59:59.9999999Z")
	f("2024-02-29t23:59z", "2024-02-29T23:59:00Z")
	f("2024-02-29", "2024-02-29T00:00:00Z")
	f("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z")
	f("9999-12-31T23:59:59.9999999Z", "9999-12-31T23:59:59.9999999Z")
	f("2024-01-01T00:30:00+01:00", "2023-12-31T23:30:00Z")
	f("1/2/2024 12:00:00 AM", "2024-01-02T00:00:00Z")
	f("1/2/2024 12:30:00 PM", "2024-01-02T12:30:00Z")
	f("12/31/2024, 1:05:09.5 pm", "2024-12-31T13:05:09.5Z")
	f("12/31/2024 13:05:09", "2024-12-31T13:05:09Z")
	for _, bad := range []string{"2023-02-29T00:00:00Z", "2024-13-01", "2024-00-01", "2024-01-32", "2024-01-01T24:00:00Z", "2024-01-01T00:60:00Z", "2024-01-01T0:00:00Z",
		"2024-01-01T00:00:00+1:00", "2024-01-01T00:00:00.Z", "2024-01-01X00:00:00Z", "0000-01-01", "0001-01-01T00:00:00+01:00", "9999-12-31T23:59:59-01:00",
		"13/1/2024 1:00:00 PM", "1/2/2024 13:00:00 PM", "1/2/2024 0:00:00 AM", "1/2/24 1:00:00 AM", "1/2/2024 1:00:00 XM", "-", "2024-01-01T00:00:00Zjunk", "123"} {
		f(bad, none)
	}
	for day := range 800_000 { // every date agrees with package time
		if day%997 != 0 {
			continue
		}
		at := value.Time(int64(day) * value.Day)
		f(at.Format(time.DateOnly), at.Format(time.RFC3339))
	}
}

// TestSystemColumns: those that every row has.
func TestSystemColumns(t *testing.T) {
	_, got := one(t, `{"time":"2026-11-20T07:16:41Z","category":"Administrative","operationName":"A/WRITE"}`)
	want := map[string]string{"SourceSystem": "Azure", "_IsBillable": "False", "Type": "AzureActivity", "_BilledSize": "85", table.TimeReceived: "2026-11-22T12:00:00Z"}
	for name, text := range want {
		if got[name] != text {
			t.Errorf("%s is %q, want %q", name, got[name], text)
		}
	}
	if len(got[table.ItemID]) != 32 {
		t.Errorf("%s is %q", table.ItemID, got[table.ItemID])
	}
}
