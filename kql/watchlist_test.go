package kql_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/glasswatch/glasswatch/kql"
	"github.com/glasswatch/glasswatch/kql/eval"
)

// lists has one watchlist.
type lists struct{}

func (lists) Watchlist(alias string) *kql.Watchlist {
	if alias != "VIPUsers" {
		return nil
	}
	return &kql.Watchlist{Columns: []string{"UPN", "Team"}, SearchKey: "UPN", Rows: [][]string{{"a@x", "blue"}, {"b@x", "red"}},
		Updated: time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)}
}

func (lists) WatchlistAliases() []string { return []string{"VIPUsers"} }

func TestWatchlist(t *testing.T) {
	f := func(query string, want ...string) {
		t.Helper()
		q, err := kql.Compile(query, kql.Options{Watchlists: lists{}})
		if err != nil {
			t.Errorf("%s\n%v", query, err)
			return
		}
		r, err := eval.Run(context.Background(), q.Plan, nil, eval.Options{})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for {
			row, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			text := ""
			for _, v := range row {
				text += v.ToText() + ";"
			}
			got = append(got, text)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s\n%s", query, diff)
		}
	}
	f(`_GetWatchlist("VIPUsers") | project SearchKey, Team, LastUpdatedTimeUTC, WatchlistItem.UPN`, "a@x;blue;2026-11-01T00:00:00.0000000Z;a@x;", "b@x;red;2026-11-01T00:00:00.0000000Z;b@x;")
	f(`let w = _GetWatchlist('VIPUsers', dynamic(["b@x"])); w | project UPN`, "b@x;")
	f(`datatable(u: string)["a@x", "c"] | where u in ((_GetWatchlist("VIPUsers") | project SearchKey))`, "a@x;")
	f(`_GetWatchlist("VIPUsers") | summarize dcount(_DTItemId)`, "2;")
	f(`_GetWatchlistAlias()`, "VIPUsers;")
}

func TestWatchlistErrors(t *testing.T) {
	f := func(query string, w kql.Watchlists, code string) {
		t.Helper()
		_, err := kql.Compile(query, kql.Options{Watchlists: w})
		var ds kql.Diagnostics
		if !errors.As(err, &ds) || ds[0].Code != code {
			t.Errorf("%s\n%v, want %s", query, err, code)
		}
	}
	f(`_GetWatchlist("VIPUsers")`, nil, "GW020")
	f(`_GetWatchlist("vipusers")`, lists{}, "KS204")
	f(`_GetWatchlist("VIPUsers") | project Nope`, lists{}, "KS142")
	f(`_GetWatchlist(5)`, lists{}, "KS120")
	f(`_GetWatchlist()`, lists{}, "KS119")
	f(`_Im_Dns(starttime=ago(1d))`, nil, "GW020")
	f(`imAuthentication | take 5`, nil, "GW020")
	f(`union _ASim_NetworkSession, vimDnsEmpty`, nil, "GW020")
}

// A query that was written for Sentinel is checked without its watchlists.
func ExampleAnyWatchlist() {
	q, err := kql.Compile(`_GetWatchlist("VIPUsers") | where Team == "blue" | project SearchKey, Team`, kql.Options{Watchlists: kql.AnyWatchlist{}})
	fmt.Println(q.Open, err)
	// Output: false <nil>
}
