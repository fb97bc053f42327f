package rule

import (
	"strings"
	"testing"

	"github.com/glasswatch/glasswatch/internal/alert"
)

func TestParse(t *testing.T) {
	f := func(text, wantErr string) {
		t.Helper()
		_, err := Parse([]byte(text), "r.yaml")
		switch {
		case wantErr == "" && err != nil:
			t.Errorf("%q: %v", text, err)
		case wantErr != "" && (err == nil || !strings.Contains(err.Error(), wantErr) || !strings.Contains(err.Error(), "r.yaml")):
			t.Errorf("%q: error %v, want one with %q and the file", text, err, wantErr)
		}
	}
	f("name: a\nquery: SigninLogs\n", "")
	f("name: a\nquery: SigninLogs\nseverity: Sev3\nmode: stream\n", "")
	f("name: a\nquery: SigninLogs\nseverity: 2\n", "")
	f("name: a\nquery: SigninLogs\nseverity: high\n", "severity")
	f("name: a\nquery: SigninLogs\nquerry: x\n", "querry")
	f("name: a\n", "query is missing")
	f("query: SigninLogs\n", "name")
	f("name: a/b\nquery: SigninLogs\n", "name")
	f("name: a\nquery: SigninLogs\nmode: hourly\n", "mode")
	f("name: [\n", "r.yaml")
}

func TestOutcomes(t *testing.T) {
	list, err := loadOutcomes()
	if err != nil {
		t.Fatal(err)
	}
	if len(list) < 100 {
		t.Fatalf("%d result codes", len(list))
	}
	f := func(code, class string, rank alert.Severity) {
		t.Helper()
		if got := list.of(code); got.Class != class || got.Rank != rank || got.Code != code {
			t.Errorf("%s: %+v, want class %s, rank %v", code, got, class, rank)
		}
	}
	f("0", "SUCCESS", alert.Sev0)
	f("50126", "WRONG_CREDENTIAL", alert.Sev2)
	f("50053", "LOCKED", alert.Sev1)
	f("50057", "DISABLED", alert.Sev1)
	f("53003", "CA_BLOCK", alert.Sev0)
	f("700016", "APP", alert.Sev0)
	f("12345678", "UNKNOWN", alert.Sev0)
	f("", "UNKNOWN", alert.Sev0)
}

func TestQuote(t *testing.T) {
	if got, want := Quote("a\"b\\c\nd\te"), `"a\"b\\c\nd\te"`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
