package kqltest_test

import (
	"testing"

	"github.com/glasswatch/glasswatch/kql/kqltest"
)

const testdata = "../testdata"

func TestCorpus(t *testing.T) {
	kqltest.Run(t, testdata, kqltest.Eval{}, duckDB{}, hybrid{}, hybrid{skip: 1}, hybrid{skip: 2}, hybrid{skip: 3})
}

// TestCorpusPromoted runs the corpus with paths kept as columns of their own: no result may change.
func TestCorpusPromoted(t *testing.T) {
	kqltest.Run(t, testdata, duckDB{threads: 2, promote: []promoted{
		{"Status", []string{"errorCode"}}, {"Status", []string{"failureReason"}}, {"LocationDetails", []string{"countryOrRegion"}},
		{"DeviceDetail", []string{"operatingSystem"}}, {"d", []string{"a"}}, {"d", []string{"o", "x"}}, {"d", []string{"k"}}, {"d", []string{"n"}},
	}})
}
