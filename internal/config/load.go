package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/glasswatch/glasswatch/internal/channel"
	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/internal/secret"
)

// Known is what the names in a configuration may refer to. A kind's options are the fields of what its NewConfig
// returns: their yaml, doc, required and enum tags say what may stand in the file.
type Known struct {
	Channels  []channel.Kind
	Tables    []string // names of tables
	Rules     []string // names of the shipped rules
	Functions []string // names of the query language's own functions
	Lenient   bool     // do not read secrets nor make channels: for a reader who needs only names and addresses
}

func (k Known) kind(name string) (channel.Kind, bool) {
	for _, kind := range k.Channels {
		if kind.Name == name {
			return kind, true
		}
	}
	return channel.Kind{}, false
}

func (k Known) kinds() []string {
	names := make([]string, len(k.Channels))
	for i, kind := range k.Channels {
		names[i] = kind.Name
	}
	return names
}

// Load reads and validates the file. The error is a fault.Invalid that wraps Problems when the content is at fault,
// fault.NotFound when there is no file. Secrets are read once to see that they can be, and not kept.
func Load(path string, known Known) (*Config, error) {
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("configuration %s: %w", path, err)
	}
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fault.New(fault.NotFound, "configuration %s does not exist", path).
			WithNext("make one with: glasswatch init, or name yours with --config")
	}
	if err != nil {
		return nil, fault.New(fault.Unavailable, "read configuration: %w", err)
	}
	return Parse(data, path, filepath.Dir(abs), known)
}

// Parse is Load for text at hand: file is the name in messages, dir what relative paths count from.
func Parse(data []byte, file, dir string, known Known) (*Config, error) {
	doc := &document{
		file: file, dir: dir, lines: strings.Split(strings.ReplaceAll(string(data), "\r\n", "\n"), "\n"),
		keys: map[string]*token.Token{}, values: map[string]*token.Token{}, secrets: map[int]bool{}, unread: map[string]bool{},
		refs: map[string]secret.Ref{}, files: map[string]string{},
	}
	cfg := Default()
	cfg.doc = doc
	d := &decoder{document: doc, known: known, anchors: map[string]ast.Node{}}
	if body := doc.parse(data); body != nil {
		d.decode(body, reflect.ValueOf(&cfg).Elem(), "")
	}
	cfg.absolute()
	if !doc.broken() {
		v := validator{document: doc, cfg: &cfg, known: known}
		if !known.Lenient {
			v.secrets(doc.refs)
			v.channels()
		}
		v.all()
	}
	if len(doc.problems) > 0 {
		slices.SortStableFunc(doc.problems, byPlace)
		return nil, &fault.Error{Code: fault.Invalid, Err: doc.problems}
	}
	slices.SortStableFunc(doc.warnings, byPlace)
	return &cfg, nil
}

// parse returns the tree of the one document in data, nil when it is empty or cannot be read.
func (d *document) parse(data []byte) ast.Node {
	file, err := parser.ParseBytes(data, 0, parser.AllowDuplicateMapKey())
	if err != nil {
		var syntax yaml.Error
		if errors.As(err, &syntax) {
			d.add(d.at(syntax.GetToken(), "%s", syntax.GetMessage()), "")
		} else {
			d.add(d.at(nil, "%v", err), "")
		}
		return nil
	}
	var bodies []ast.Node
	for _, doc := range file.Docs {
		if doc.Body != nil {
			bodies = append(bodies, doc.Body)
		}
	}
	switch len(bodies) {
	case 0:
		return nil
	case 1:
		return bodies[0]
	}
	d.add(d.at(bodies[1].GetToken(), "a second YAML document"), "keep everything in one document: remove the line ---")
	return bodies[0]
}

// broken reports whether the text is no YAML at all, so that looking further would only add noise.
func (d *document) broken() bool {
	return len(d.problems) > 0 && len(d.values) == 0 && len(d.keys) == 0
}

// absolute makes relative paths count from the file's folder.
func (c *Config) absolute() {
	abs := func(p *string) {
		if *p != "" && !filepath.IsAbs(*p) {
			*p = filepath.Join(c.doc.dir, *p)
		}
	}
	abs(&c.DataDir)
	abs(&c.Server.TLS.Certificate)
	abs(&c.Server.TLS.Key)
	for i := range c.Rules.Directories {
		abs(&c.Rules.Directories[i])
	}
	for alias, w := range c.Queries.Watchlists {
		abs(&w.File)
		c.Queries.Watchlists[alias] = w
	}
}

// File returns the name of the file the configuration came from.
func (c *Config) File() string { return c.doc.file }

// Secrets returns the references to secrets, by the path of their key, such as "channels.mail.password".
func (c *Config) Secrets() map[string]secret.Ref { return c.doc.refs }

// Files returns the files that options of channels name, such as "channels.mail.caFile", by the path of the key.
func (c *Config) Files() map[string]string { return c.doc.files }

// Warnings are problems that leave the configuration usable.
func (c *Config) Warnings() Problems { return c.doc.warnings }

// Problem makes a problem at the value of a path such as "rules.disabled[0]", for checks that others make.
func (c *Config) Problem(path, next, format string, args ...any) Problem {
	p := c.doc.at(c.doc.place(path), format, args...)
	p.Next = next
	return p
}

func byPlace(a, b Problem) int {
	if a.Line != b.Line {
		return a.Line - b.Line
	}
	return a.Column - b.Column
}
