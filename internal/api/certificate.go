package api

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// Certificate is a key pair from files, read again when they change. A change that cannot be read is logged, and the
// pair in use stays.
type Certificate struct {
	certFile, keyFile string
	log               *slog.Logger

	mu      sync.Mutex
	pair    *tls.Certificate
	changed time.Time // of the files, when read
	looked  time.Time
}

// lookEvery is how often the files are looked at; handshakes in between use what is known.
const lookEvery = 5 * time.Second

// LoadCertificate reads the pair.
func LoadCertificate(certFile, keyFile string, log *slog.Logger) (*Certificate, error) {
	c := &Certificate{certFile: certFile, keyFile: keyFile, log: log}
	changed, err := c.filesChanged()
	if err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	if err := c.read(changed); err != nil {
		return nil, err
	}
	return c, nil
}

// TLS returns a server configuration with this certificate.
func (c *Certificate) TLS() *tls.Config {
	return &tls.Config{MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) { return c.current(time.Now()), nil }}
}

func (c *Certificate) current(now time.Time) *tls.Certificate {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now.Sub(c.looked) < lookEvery {
		return c.pair
	}
	c.looked = now
	changed, err := c.filesChanged()
	if err == nil && !changed.Equal(c.changed) {
		if err = c.read(changed); err == nil {
			c.log.Info("certificate read again", "file", c.certFile, "expires", c.pair.Leaf.NotAfter)
		}
	}
	if err != nil {
		c.log.Error("certificate changed and cannot be read; the one in use stays", "error", err)
	}
	return c.pair
}

// filesChanged returns the later of the two times of change.
func (c *Certificate) filesChanged() (time.Time, error) {
	cert, err := os.Stat(c.certFile)
	if err != nil {
		return time.Time{}, err
	}
	key, err := os.Stat(c.keyFile)
	if err != nil {
		return time.Time{}, err
	}
	if key.ModTime().After(cert.ModTime()) {
		return key.ModTime(), nil
	}
	return cert.ModTime(), nil
}

func (c *Certificate) read(changed time.Time) error {
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		return fmt.Errorf("certificate %s with key %s: %w", c.certFile, c.keyFile, err)
	}
	c.pair, c.changed = &pair, changed
	return nil
}

// SelfSigned returns the paths of a self-signed certificate and its key in dir, and makes them when they are missing, end
// within 30 days, or do not name all hosts. The certificate is its own authority: clients trust it by its file.
func SelfSigned(dir string, hosts []string, now time.Time) (certFile, keyFile string, err error) {
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	if usable(certFile, keyFile, hosts, now) {
		return certFile, keyFile, nil
	}
	cert, key, err := selfSign(hosts, now)
	if err != nil {
		return "", "", fmt.Errorf("make self-signed certificate: %w", err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", "", fmt.Errorf("make self-signed certificate: %w", err)
	}
	// The key first: a certificate without its key is made anew at the next start.
	for _, f := range []struct {
		name string
		data []byte
		mode os.FileMode
	}{{keyFile, key, 0o600}, {certFile, cert, 0o644}} {
		if err := os.WriteFile(f.name, f.data, f.mode); err != nil {
			return "", "", fmt.Errorf("make self-signed certificate: %w", err)
		}
	}
	return certFile, keyFile, nil
}

func usable(certFile, keyFile string, hosts []string, now time.Time) bool {
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil || pair.Leaf == nil || now.Add(30*24*time.Hour).After(pair.Leaf.NotAfter) {
		return false
	}
	return !slices.ContainsFunc(hosts, func(h string) bool { return pair.Leaf.VerifyHostname(h) != nil })
}

func selfSign(hosts []string, now time.Time) (cert, key []byte, err error) {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, nil, err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 127))
	if err != nil {
		return nil, nil, err
	}
	t := x509.Certificate{
		SerialNumber: serial, Subject: pkix.Name{CommonName: "Glasswatch self-signed"},
		NotBefore: now.Add(-time.Hour), NotAfter: now.AddDate(0, 0, 397),
		KeyUsage:    x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}, BasicConstraintsValid: true, IsCA: true,
	}
	for _, h := range hosts {
		if ip := net.ParseIP(h); ip != nil {
			t.IPAddresses = append(t.IPAddresses, ip)
		} else {
			t.DNSNames = append(t.DNSNames, h)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, &t, &t, &private.PublicKey, private)
	if err != nil {
		return nil, nil, err
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return nil, nil, err
	}
	cert = pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	key = pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs8})
	if cert == nil || key == nil {
		return nil, nil, errors.New("encode PEM")
	}
	return cert, key, nil
}
