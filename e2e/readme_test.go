package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestReadme runs what the README says to type before the server runs, and checks that its other commands exist.
func TestReadme(t *testing.T) {
	text, err := os.ReadFile("../README.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	ran := 0
	for _, line := range commands(string(text)) {
		args := strings.Fields(line)[1:]
		switch args[0] {
		case "init":
			args = append(args, "--non-interactive")
		case "config":
		default:
			args = append(args, "--help") // which also checks the flags
		}
		cmd := exec.Command(filepath.Join(bin, "glasswatch"), args...)
		cmd.Dir = dir
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("%s: %v\n%s", line, err, out)
		}
		ran++
	}
	if ran < 8 {
		t.Errorf("only %d commands found in the README", ran)
	}
	if _, err := os.Stat(filepath.Join(dir, "gw", "secrets", "push-token")); err != nil {
		t.Error(err)
	}
}

// commands returns the lines of code blocks that begin with glasswatch, continued lines joined.
func commands(text string) []string {
	var out []string
	for i, block := range strings.Split(text, "```") {
		if i%2 == 0 {
			continue
		}
		for _, line := range strings.Split(strings.ReplaceAll(block, "\\\n", " "), "\n") {
			if strings.HasPrefix(line, "glasswatch ") {
				out = append(out, line)
			}
		}
	}
	return out
}
