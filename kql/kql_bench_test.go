package kql_test

import (
	"testing"

	"github.com/glasswatch/glasswatch/kql"
)

// typicalRule is a rule as people write them: two lets, a function, five steps over a table of 96 columns.
const typicalRule = `let accounts = dynamic(["bg-north@contoso.onmicrosoft.com", "bg-south@contoso.onmicrosoft.com"]);
let good = dynamic(["0", "50140", "50055", "50072"]);
let country = (place: dynamic) { tostring(place.countryOrRegion) };
SigninLogs
| where TimeGenerated > ago(1h)
| where UserPrincipalName in~ (accounts) or UserId in ("11111111-1111-1111-1111-111111111111", "22222222-2222-2222-2222-222222222222")
| where ResultType in (good)
| extend Country = country(LocationDetails), City = tostring(LocationDetails.city), Os = tostring(DeviceDetail.operatingSystem)
| extend Outcome = case(ResultType == "0", "signed in", ResultType in ("50053", "50057"), "blocked", "failed")
| summarize Attempts = count(), Countries = make_set(Country), Last = max(TimeGenerated) by UserPrincipalName, IPAddress, Outcome, bin(TimeGenerated, 10m)
| where Attempts > 0
| project-rename Account = UserPrincipalName
| sort by Last desc
| take 100`

func BenchmarkCompileRule(b *testing.B) {
	options := kql.Options{Catalog: testCatalog(b)}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := kql.Compile(typicalRule, options); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCompileArticle(b *testing.B) {
	options := kql.Options{Catalog: testCatalog(b)}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := kql.Compile("| where UserId == “x”\n| where ResultType in (0, 50140, 50055, 50072)", options); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkCompileWide widens and narrows a table of 96 columns.
func BenchmarkCompileWide(b *testing.B) {
	options := kql.Options{Catalog: testCatalog(b)}
	query := `union SigninLogs, AADNonInteractiveUserSignInLogs | extend a = 1 | extend b = a | project-away a | summarize arg_max(TimeGenerated, *) by UserId`
	b.ReportAllocs()
	for b.Loop() {
		if _, err := kql.Compile(query, options); err != nil {
			b.Fatal(err)
		}
	}
}
