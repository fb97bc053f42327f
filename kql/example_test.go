package kql_test

import (
	"errors"
	"fmt"

	"github.com/glasswatch/glasswatch/kql"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// oneTable is a catalog with a small SigninLogs.
func oneTable() kql.Catalog {
	return catalog{"SigninLogs": {
		Name: "SigninLogs",
		Columns: []plan.Column{
			{Name: "TimeGenerated", Type: value.DateTime}, {Name: "UserId", Type: value.String},
			{Name: "ResultType", Type: value.String}, {Name: "LocationDetails", Type: value.Dynamic},
		},
		Time: -1,
	}}
}

func ExampleCompile() {
	q, err := kql.Compile(`SigninLogs
| where ResultType == "0"
| summarize Count = count() by UserId, tostring(LocationDetails.city)`, kql.Options{Catalog: oneTable()})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, c := range q.Plan.Columns() {
		fmt.Println(c.Name, c.Type)
	}
	// Output:
	// UserId string
	// LocationDetails_city string
	// Count long
}

// A query copied from a web page, without a table and with curly quotes, compiles; the notes say what was assumed.
func ExampleCompile_notes() {
	query := "| where UserId == “0000aaaa-11bb-cccc-dd22-eeeeee333333”\n| where ResultType in (0, 50140)"
	q, err := kql.Compile(query, kql.Options{Catalog: oneTable()})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Print(q.Notes.Render(query))
	// Output:
	// note GW060 at 1:1: the query names no table: SigninLogs is read
	//   | where UserId == “0000aaaa-11bb-cccc-dd22-eeeeee333333”
	//   ^
	//   write SigninLogs before the pipe
	// note GW001 at 1:19: curly quotes were read as "
	//   | where UserId == “0000aaaa-11bb-cccc-dd22-eeeeee333333”
	//                     ^
	// warning GW050 at 2:20: a string is compared with a number: the number is taken as its text
	//   | where ResultType in (0, 50140)
	//                      ^~
	//   put the number in quotes
}

// All mistakes are reported at once.
func ExampleDiagnostics_Render() {
	query := `SigninLogs
| where Userid = "x"
| sumarize count() by ResultType`
	_, err := kql.Compile(query, kql.Options{Catalog: oneTable()})
	var ds kql.Diagnostics
	if errors.As(err, &ds) {
		fmt.Print(ds.Render(query))
	}
	// Output:
	// error KS142 at 2:9: there is no column or variable "Userid"
	//   | where Userid = "x"
	//           ^~~~~~
	//   did you mean UserId?
	// error KS005 at 2:16: = gives a name; it does not compare
	//   | where Userid = "x"
	//                  ^
	//   write == to compare
	// error KS176 at 3:3: there is no operator "sumarize"
	//   | sumarize count() by ResultType
	//     ^~~~~~~~
	//   did you mean summarize?
}

// A prelude gives every query the product's own constants and functions.
func ExampleOptions_prelude() {
	q, err := kql.Compile(`SigninLogs | where IsWatched(UserId) | project UserId`, kql.Options{
		Catalog: oneTable(),
		Prelude: `let Accounts = dynamic(["a", "b"]); let IsWatched = (id: string) { id in~ (Accounts) };`,
	})
	fmt.Println(len(q.Plan.Columns()), err)
	// Output: 1 <nil>
}

func ExampleFormat() {
	text, err := kql.Format(`SigninLogs|where ResultType=="0" // good ones
|project UserId,Place=LocationDetails.city`)
	fmt.Print(text, err)
	// Output:
	// SigninLogs
	// | where ResultType == "0" // good ones
	// | project UserId, Place = LocationDetails.city
	// <nil>
}
