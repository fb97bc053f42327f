package ruletest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestShipped runs the tests of the shipped rules; every rule has some.
func TestShipped(t *testing.T) {
	dir := filepath.Join("..", "..", "..", "content", "rules")
	rules, err := filepath.Glob(filepath.Join(dir, "*.yaml"))
	if err != nil || len(rules) == 0 {
		t.Fatal(rules, err)
	}
	for _, file := range rules {
		if strings.HasSuffix(file, ".test.yaml") {
			continue
		}
		results, err := Run(strings.TrimSuffix(file, ".yaml")+".test.yaml", os.ReadFile)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, r := range results {
			if len(r.Problems) > 0 {
				t.Errorf("%s: %s: %s", filepath.Base(file), r.Name, strings.Join(r.Problems, "; "))
			}
		}
	}
}

func TestRun(t *testing.T) {
	const rule = "name: r\nseverity: Sev2\nquery: SigninLogs | where UserId == 'u'\n"
	record := `{time: "2026-11-22T09:59:00Z", category: SignInLogs, resultType: "0", properties: {id: "1", userId: u}}`
	f := func(test, want string) {
		t.Helper()
		files := map[string]string{"dir/r.yaml": rule, "dir/r.test.yaml": test}
		results, err := Run("dir/r.test.yaml", func(path string) ([]byte, error) {
			text, ok := files[path]
			if !ok {
				return nil, os.ErrNotExist
			}
			return []byte(text), nil
		})
		var got []string
		if err != nil {
			got = append(got, err.Error())
		}
		for _, r := range results {
			got = append(got, r.Problems...)
		}
		if text := strings.Join(got, "\n"); want == "" && text != "" || !strings.Contains(text, want) {
			t.Errorf("%s\ngot %q, want %q", test, text, want)
		}
	}
	f("rule: r.yaml\ntests: [{name: t, records: ["+record+"], alerts: [{severity: Sev2}]}]", "")
	f("rule: r.yaml\ntests: [{name: t, records: ["+record+"], alerts: []}]", "1 alerts fired, want 0")
	f("rule: r.yaml\ntests: [{name: t, records: ["+record+"], alerts: [{severity: Sev0}]}]", `severity is "Sev2", want "Sev0"`)
	f("rule: r.yaml\nbase: "+record+"\ntests: [{name: t, records: [{properties: {userId: v}}], alerts: [{}]}]", "0 alerts fired, want 1")
	f("rule: r.yaml\ntests: []", "no tests")
	f("rule: nope.yaml\ntests: [{name: t}]", "read rule")
	f("rule: r.yaml\ntest: []", "test")
	f("rule: r.yaml\ntests: [{name: t, records: [{category: Nonsense}], alerts: []}]", "record 0")
}
