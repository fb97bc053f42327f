package app

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/glasswatch/glasswatch/internal/config"
	"github.com/glasswatch/glasswatch/internal/fault"
)

func TestFetcher(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/away":
			http.Redirect(w, r, "https://elsewhere.example/x", http.StatusFound)
		case "/gone":
			http.NotFound(w, r)
		default:
			_, _ = io.WriteString(w, "a,b\n1,2\n")
		}
	}))
	defer s.Close()
	host := strings.TrimPrefix(s.URL, "https://")
	fetch := fetcher([]string{strings.ToUpper(host)}, s.Client())
	body, err := fetch(t.Context(), s.URL+"/list.csv?sig=secret")
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(body)
	_ = body.Close()
	if err != nil || string(text) != "a,b\n1,2\n" {
		t.Errorf("%q, %v", text, err)
	}
	f := func(address string, code fault.Code, want string) {
		t.Helper()
		_, err := fetch(t.Context(), address)
		if err == nil || fault.CodeOf(err) != code || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v", address, err)
		}
	}
	f("https://elsewhere.example/x?sig=secret", fault.Denied, "may not read from elsewhere.example")
	f("http://"+host+"/x", fault.Denied, "https addresses only")
	f("file:///etc/passwd", fault.Denied, "https addresses only")
	f(s.URL+"/away?sig=secret", fault.Denied, "may not read from elsewhere.example")
	f(s.URL+"/gone?sig=secret", fault.Unavailable, "404")
}

func TestWatchlists(t *testing.T) {
	file := filepath.Join(t.TempDir(), "vip.csv")
	if err := os.WriteFile(file, []byte("\ufeffUPN,Team\nann@contoso.example,\"blue, green\"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := language(config.Queries{Watchlists: map[string]config.Watchlist{"VIP": {File: file}}})
	if err != nil {
		t.Fatal(err)
	}
	got := l.Watchlists.Watchlist("VIP")
	if diff := cmp.Diff([][]string{{"ann@contoso.example", "blue, green"}}, got.Rows); diff != "" || got.SearchKey != "UPN" || got.Updated.IsZero() {
		t.Errorf("%+v %s", got, diff)
	}
	for _, w := range []config.Watchlist{{File: file, SearchKey: "Nope"}, {File: file + "x"}} {
		if _, err := language(config.Queries{Watchlists: map[string]config.Watchlist{"VIP": w}}); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("%+v: %v", w, err)
		}
	}
}
