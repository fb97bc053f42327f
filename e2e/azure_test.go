package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestAzureClient pushes with the official client of the Azure Logs Ingestion API, over TLS as it demands, and sees the
// rows and the alert. `make deps-node` installs the client.
func TestAzureClient(t *testing.T) {
	node, err := exec.LookPath("node")
	if err != nil {
		t.Skip("node is not installed: the official Azure client cannot run here")
	}
	if _, err := os.Stat("azure/node_modules/@azure/monitor-ingestion"); err != nil {
		if _, err := exec.LookPath("npm"); err != nil {
			t.Skip("npm is not installed: the official Azure client cannot be had here")
		}
		install := exec.Command("npm", "ci", "--silent", "--no-audit", "--no-fund")
		install.Dir = "azure"
		if out, err := install.CombinedOutput(); err != nil {
			t.Fatalf("npm ci: %v\n%s", err, out)
		}
	}
	gw, server := serve(t)
	ask := func(args ...string) string {
		t.Helper()
		out, err := gw(args...)
		if err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
		return out
	}
	push := func(token, stream, file string) (code int, out string) {
		t.Helper()
		cmd := exec.Command(node, "azure/push.mjs", server.url, stream, file)
		cmd.Env = append(os.Environ(), "TOKEN="+token, "NODE_EXTRA_CA_CERTS="+filepath.Join(server.dir, "data", "tls", "cert.pem"), "NODE_NO_WARNINGS=1")
		text, err := cmd.CombinedOutput()
		if exit, ok := err.(*exec.ExitError); ok {
			return exit.ExitCode(), string(text)
		} else if err != nil {
			t.Fatal(err)
		}
		return 0, string(text)
	}
	// Rows as a data collection rule's stream of SigninLogs has them; enough for the client to cut them into several bodies.
	var rows []map[string]any
	for i := range 3000 {
		rows = append(rows, map[string]any{"TimeGenerated": time.Now().UTC().Format(time.RFC3339Nano), "Id": fmt.Sprintf("id-%d", i),
			"UserPrincipalName": fmt.Sprintf("user%d@contoso.com", i), "ResultType": "0", "AppDisplayName": strings.Repeat("x", 500)})
	}
	rows[2999]["UserPrincipalName"] = "bg-north@contoso.onmicrosoft.com"
	file := filepath.Join(t.TempDir(), "rows.json")
	text, err := json.Marshal(rows)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	if code, out := push(server.token, "Microsoft-SigninLogs", file); code != 0 {
		t.Fatalf("push: %s", out)
	}
	if code, out := push(server.token, "Custom-SigninLogs_CL", file); code != 0 {
		t.Fatalf("the same again: %s", out)
	}
	if out := ask("alert", "list", "-o", "jsonl"); strings.Count(out, "\n") != 1 || !strings.Contains(out, "bg-north@contoso.onmicrosoft.com") {
		t.Errorf("alerts:\n%s", out)
	}
	want := "n\n3000\n"
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(50 * time.Millisecond) { // another process
		if got := ask("query", "-o", "csv", "SigninLogs | summarize n=count()"); got == want {
			break
		} else if time.Now().After(deadline) {
			t.Fatalf("rows: %q, want %q", got, want)
		}
	}
	f := func(token, stream, status string) {
		t.Helper()
		code, out := push(token, stream, file)
		if code != 1 || !strings.Contains(out, status) || strings.Contains(out, token) {
			t.Errorf("%s: exit %d, %s", stream, code, out)
		}
	}
	f("wrong-token-0123456789", "Microsoft-SigninLogs", `"status":401`)
	f(server.token, "Microsoft-Nope", `"code":"InvalidStream"`)
}
