package e2e

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestSignals reloads with SIGHUP: a good change takes effect, a bad one is refused and the server goes on.
func TestSignals(t *testing.T) {
	gw, server := serve(t)
	file := filepath.Join(server.dir, "glasswatch.yaml")
	change := func(old, now string) {
		t.Helper()
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(strings.Replace(string(text), old, now, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := server.process.Signal(syscall.SIGHUP); err != nil {
			t.Fatal(err)
		}
	}
	eventually := func(what, want string, args ...string) {
		t.Helper()
		for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) { // another process
			out, err := gw(args...)
			if err == nil && strings.Contains(out, want) {
				return
			}
			if time.Now().After(deadline) {
				t.Fatalf("%s: %v\n%s", what, err, out)
			}
		}
	}
	change("rules:\n", "rules:\n  disabled: [break-glass-sign-in]\n")
	eventually("the rule is off", `"enabled":false`, "rule", "list", "-o", "jsonl")
	change("disabled: [break-glass-sign-in]", "disabled: [nope]")
	if out, err := gw("config", "check"); err == nil {
		t.Errorf("the change was meant to be wrong: %s", out)
	}
	eventually("a refused change changes nothing", `"enabled":false`, "rule", "list", "-o", "jsonl")
	change("disabled: [nope]", "disabled: []")
	eventually("the rule is on again", `"enabled":true`, "rule", "list", "-o", "jsonl")
	*server.end = syscall.SIGTERM
}

type running struct {
	url, dir, token string
	process         *os.Process
	end             *os.Signal // what the clean-up ends it with; it waits for a clean end, which a second signal would cut short
}

// serve runs the binary with a self-signed certificate until the test ends. gw runs commands beside it.
func serve(t *testing.T) (gw func(args ...string) (string, error), r running) {
	t.Helper()
	dir := t.TempDir()
	gw = func(args ...string) (string, error) {
		cmd := exec.Command(filepath.Join(bin, "glasswatch"), args...)
		cmd.Dir = dir
		out, err := cmd.Output()
		if exit, ok := err.(*exec.ExitError); ok {
			return string(out) + string(exit.Stderr), err
		}
		return string(out), err
	}
	listen := fmt.Sprintf("127.0.0.1:%d", freePort(t))
	if out, err := gw("init", "--non-interactive", "--listen", listen, "--tenant-id", "72f988bf-86f1-41af-91ab-2d7cd011db47",
		"--account", "bg-north@contoso.onmicrosoft.com"); err != nil {
		t.Fatalf("init: %v\n%s", err, out)
	}
	token, err := os.ReadFile(filepath.Join(dir, "secrets", "push-token"))
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(filepath.Join(bin, "glasswatch"), "serve")
	cmd.Dir = dir
	var log strings.Builder
	cmd.Stderr = &log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	end := os.Interrupt
	t.Cleanup(func() {
		_ = cmd.Process.Signal(end) // it may have ended
		if err := cmd.Wait(); err != nil {
			t.Errorf("serve: %v\n%s", err, log.String())
		}
	})
	r = running{url: "https://" + listen, dir: dir, token: strings.TrimSpace(string(token)), process: cmd.Process, end: &end}
	if err := ready(r.url); err != nil {
		t.Fatalf("%v\n%s", err, log.String())
	}
	return gw, r
}
