package memory_test

import (
	"context"
	"fmt"
	"time"

	"github.com/glasswatch/glasswatch/kql/memory"
)

// SignIn is a row of a table.
type SignIn struct {
	TimeGenerated time.Time
	User          string `kql:"UserPrincipalName"`
	Result        int    `kql:"ResultType"`
	Location      map[string]string
}

func signIns() []SignIn {
	at := time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)
	return []SignIn{
		{at, "ann@example.com", 0, map[string]string{"city": "Oslo"}},
		{at.Add(time.Minute), "bob@example.com", 50126, map[string]string{"city": "Rome"}},
		{at.Add(time.Hour), "bob@example.com", 50126, map[string]string{"city": "Rome"}},
	}
}

func Example() {
	db := memory.New()
	if err := db.Add("SignIns", signIns()); err != nil {
		fmt.Println(err)
		return
	}
	result, err := db.Query(context.Background(), `SignIns
| where ResultType != 0
| summarize Failures = count(), Last = max(TimeGenerated) by UserPrincipalName, City = tostring(Location.city)`)
	if err != nil {
		fmt.Println(err)
		return
	}
	var rows []struct {
		UserPrincipalName, City string
		Failures                int
		Last                    time.Time
	}
	if err := result.Decode(&rows); err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range rows {
		fmt.Println(r.UserPrincipalName, r.City, r.Failures, r.Last.Format(time.TimeOnly))
	}
	// Output: bob@example.com Rome 2 10:00:00
}

// Columns that only the data tell are found while the query is compiled.
func Example_open() {
	db := memory.New()
	if err := db.Add("SignIns", signIns()); err != nil {
		fmt.Println(err)
		return
	}
	result, err := db.Query(context.Background(), `SignIns | evaluate bag_unpack(Location) | where city == "Oslo" | project UserPrincipalName, city`)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, row := range result.Rows {
		fmt.Println(row[0].Text(), row[1].Text())
	}
	// Output: ann@example.com Oslo
}
