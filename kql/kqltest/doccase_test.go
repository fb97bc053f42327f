package kqltest_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/glasswatch/glasswatch/kql/kqltest"
)

// docFloor lists what passes and on which back ends; a case may join it but never leave it.
const docFloor = "doc-cases.pass"

// contradicted are cases whose result is not what the reference itself says elsewhere, or is not determined.
var contradicted = map[string]string{
	"functions-library/tokenize-fl#1":                 "the page shows a sixth column, which no row has a token for",
	"query/geo-polygon-lookup-plugin#1":               "the page's query and its output spell a place differently",
	"query/exp-function#1":                            "the page shows seven digits of e squared",
	"query/join-innerunique#3":                        "which row of the left side stays is open; the page shows the second",
	"query/join-innerunique#4":                        "the same",
	"query/range-operator#2":                          "the page leaves three of the ten rows out",
	"query/replace-regex-function#1":                  "the page shows whole numbers with six decimals",
	"query/variancepif-aggregation-function#1":        "the page shows the variance of a sample",
	"functions-library/graph-exposure-perimeter-fl#1": "the order within a set is open",
	"query/scalar-data-types/string#3":                "the page shows a no-break space as a blank",
	"query/scalar-data-types/string#5":                "the page shows a text of several lines in one",
	"query/toguid-function#1":                         "the page's query and its output spell a text differently",
	"query/url-encode-function#1":                     "the page's output has a slash that its query has not",

	"functions-library/time-window-rolling-avg-fl#1": "the page shows the day that it was written on, where the query has only times (8:00)",

	"query/range-function#4":                        "the page's output belongs to another query",
	"query/geo-geohash-to-central-point-function#3": "the page shows the text as a link",
	"query/geo-line-densify-function#1":             "the page shows the line with the blanks that its query has",
	"query/geo-geohash-neighbors-function#4":        "which corner a ring begins with is open; it is the same ring",
	"query/geo-polygon-to-s2cells-function#1":       "the page shows another name than its query has",

	// series
	"query/series-iir-function#1":              "the page shows four of the ten rows",
	"query/series-asin-function#1":             "the page shows some of the numbers as texts",
	"query/series-atan-function#1":             "the page shows another series than its query has",
	"query/series-cos-function#1":              "the same",
	"query/series-periods-detect-function#1":   "the page shows two digits of the score",
	"query/series-periods-validate-function#1": "the same",
	"query/series-sin-function#1":              "the page shows another series than its query has",
	"query/series-tan-function#1":              "the same",

	"query/zlib-base64-compress-function#1": "the page shows the text with quotes, which the gzip page does not",
}

// open are cases that are known to be wrong.
var open = map[string]string{}

// TestDocCases runs the queries of the language's reference. What is declined is counted; what is run must be right.
func TestDocCases(t *testing.T) {
	cases, err := kqltest.ReadDocCases(filepath.Join(testdata, "doc-cases.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	backends := []kqltest.Backend{kqltest.Eval{}, duckDB{}}
	var dbs []kqltest.Database
	for _, b := range backends {
		db, err := b.Open(nil)
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		dbs = append(dbs, db)
	}
	counts := make([]map[kqltest.Outcome]int, len(backends))
	var passed strings.Builder
	for i, b := range backends {
		counts[i] = map[kqltest.Outcome]int{}
		for _, c := range cases {
			outcome, detail := c.Run(t, dbs[i])
			counts[i][outcome]++
			switch {
			case outcome == kqltest.Pass:
				fmt.Fprintf(&passed, "%s %s\n", b.Name(), c.ID)
			case outcome == kqltest.Mismatch && contradicted[c.ID] == "" && open[c.ID] == "":
				t.Errorf("%s on %s:\n%s\n%s", c.ID, b.Name(), c.Query, detail)
			}
		}
		t.Logf("%s: %d pass, %d declined, %d contradicted by the reference or open", b.Name(), counts[i][kqltest.Pass], counts[i][kqltest.Decline], counts[i][kqltest.Mismatch])
	}
	checkFloor(t, passed.String())
}

func checkFloor(t *testing.T, got string) {
	path := filepath.Join(testdata, docFloor)
	if flag.Lookup("update").Value.String() == "true" {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	floor, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(floor)) {
		if !strings.Contains("\n"+got, "\n"+line) {
			t.Errorf("no longer passes: %s", line)
		}
	}
	if strings.Count(got, "\n") > strings.Count(string(floor), "\n") {
		t.Logf("more cases pass than %s says: run with -update", docFloor)
	}
}
