package api

import (
	"crypto/x509"
	"log/slog"
	"os"
	"testing"
	"time"
)

func TestSelfSigned(t *testing.T) {
	dir := t.TempDir()
	now := time.Now()
	make := func(hosts []string, at time.Time) *x509.Certificate {
		t.Helper()
		cert, key, err := SelfSigned(dir, hosts, at)
		if err != nil {
			t.Fatal(err)
		}
		c, err := LoadCertificate(cert, key, slog.New(slog.DiscardHandler))
		if err != nil {
			t.Fatal(err)
		}
		if info, err := os.Stat(key); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("key file: %v, %v", info.Mode(), err)
		}
		return c.pair.Leaf
	}
	first := make([]string{"localhost", "127.0.0.1"}, now)
	for _, host := range []string{"localhost", "127.0.0.1"} {
		if err := first.VerifyHostname(host); err != nil {
			t.Error(err)
		}
	}
	pool := x509.NewCertPool()
	pool.AddCert(first)
	if _, err := first.Verify(x509.VerifyOptions{Roots: pool, DNSName: "localhost"}); err != nil {
		t.Errorf("not trusted by its own file: %v", err)
	}
	if again := make([]string{"localhost"}, now.Add(time.Hour)); !again.Equal(first) {
		t.Error("made anew without need")
	}
	if other := make([]string{"gw.example.com"}, now); other.Equal(first) {
		t.Error("kept although a name is missing")
	}
	if later := make([]string{"gw.example.com"}, now.AddDate(0, 0, 380)); later.NotAfter.Before(now.AddDate(0, 0, 400)) {
		t.Error("kept although it ends soon")
	}
}

func TestCertificateIsReadAgain(t *testing.T) {
	dir, other := t.TempDir(), t.TempDir()
	now := time.Now()
	cert, key, err := SelfSigned(dir, []string{"a.example"}, now)
	if err != nil {
		t.Fatal(err)
	}
	c, err := LoadCertificate(cert, key, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	name := func(at time.Time) string { return c.current(at).Leaf.DNSNames[0] }
	copyPair := func(from string, at time.Time) {
		t.Helper()
		for _, file := range []string{"cert.pem", "key.pem"} {
			text, err := os.ReadFile(from + "/" + file)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(dir+"/"+file, text, 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chtimes(dir+"/"+file, at, at); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, _, err := SelfSigned(other, []string{"b.example"}, now); err != nil {
		t.Fatal(err)
	}
	if got := name(now); got != "a.example" {
		t.Fatalf("got %s", got)
	}
	copyPair(other, now.Add(time.Minute))
	if got := name(now.Add(time.Second)); got != "a.example" {
		t.Errorf("looked at the files too often: %s", got)
	}
	if got := name(now.Add(10 * time.Second)); got != "b.example" {
		t.Errorf("after the change: %s", got)
	}
	if err := os.WriteFile(cert, []byte("broken"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := name(now.Add(20 * time.Second)); got != "b.example" {
		t.Errorf("after a broken change: %s", got)
	}
}
