package app_test

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/glasswatch/glasswatch/internal/app"
	"github.com/glasswatch/glasswatch/internal/config"
)

// TestDocsAreCurrent compares docs/config with what the code says.
func TestDocsAreCurrent(t *testing.T) {
	dir := filepath.Join("..", "..", "docs", "config")
	for name, want := range map[string]string{
		"glasswatch.schema.json": string(config.Schema(app.Known())),
		"README.md":              config.Reference(app.Known()),
		"rule.schema.json":       string(app.RuleSchema()),
		"rules.md":               app.RuleReference(),
	} {
		file := filepath.Join(dir, name)
		if flag.Lookup("update").Value.String() == "true" { // of kqltest
			if err := os.MkdirAll(dir, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != want {
			t.Errorf("docs/config/%s is not current: go test ./internal/app -run TestDocsAreCurrent -update", name)
		}
	}
}
