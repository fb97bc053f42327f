// Package exchange reads rules that were written for others and writes ours for them: Azure Monitor's
// scheduledQueryRules as ARM JSON (a resource, a list, a template, what Bicep compiles to; all API versions seen in the
// wild), activity log alerts, Sentinel's analytics rules as YAML, as ARM alertRules and in the solutions of its gallery,
// rules that a policy deploys, and the break-glass accounts of Maester's configuration. What cannot be taken as it is, is
// named in a Note; nothing is dropped in silence. It belongs to rule (stage 4) and sends nothing.
package exchange

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/glasswatch/glasswatch/internal/alert"
	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/internal/rule"
)

// maxSize bounds a file; a template of some hundred rules has less.
const maxSize = 16 << 20

// Import is what a file held.
type Import struct {
	Rules    []rule.Rule     `json:"rules"`
	Accounts []alert.Account `json:"accounts,omitempty"` // of Maester's configuration
	Notes    []Note          `json:"notes,omitempty"`
}

// Note says what was not taken, or taken otherwise than it was written.
type Note struct {
	Rule string `json:"rule,omitempty"` // name of the rule; "" for the file as a whole
	Path string `json:"path,omitempty"` // of the property, such as properties.identity
	Text string `json:"text"`
}

// String writes the note in one line.
func (n Note) String() string {
	var parts []string
	for _, p := range []string{n.Rule, n.Path, n.Text} {
		if p != "" {
			parts = append(parts, p)
		}
	}
	return strings.Join(parts, ": ")
}

// reader collects what a file holds.
type reader struct {
	file string
	out  Import
	seen map[string]bool // names given, in lower case

	computing []string // the parameters and variables of templates that are being computed
	calls     int      // calls of template functions and turns of loops so far
}

// Read reads a file of any of the forms. The error is a fault.Invalid when nothing in it can be taken.
func Read(data []byte, file string) (Import, error) {
	if len(data) > maxSize {
		return Import{}, fault.New(fault.TooLarge, "%s has %d bytes, at most %d are read", file, len(data), maxSize).WithNext("split it")
	}
	r := &reader{file: file, seen: map[string]bool{}}
	docs, err := documents(data)
	if err != nil {
		return Import{}, fault.New(fault.Invalid, "read %s: %w", file, err).WithNext("want ARM JSON, Sentinel YAML, a rule file of Glasswatch, or Maester's configuration")
	}
	for _, doc := range docs {
		r.document(doc)
	}
	if len(r.out.Rules) == 0 && len(r.out.Accounts) == 0 {
		var reasons []string
		for _, n := range r.out.Notes {
			reasons = append(reasons, n.String())
		}
		if reasons == nil {
			reasons = []string{"it holds no alert rule"}
		}
		return r.out, fault.New(fault.Invalid, "%s: %s", file, strings.Join(reasons, "; ")).
			WithNext("want ARM JSON of scheduledQueryRules or alertRules, Sentinel YAML, or Maester's configuration")
	}
	return r.out, nil
}

// documents reads JSON, or the documents of a YAML stream.
func documents(data []byte) ([]any, error) {
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if trimmed := bytes.TrimLeft(data, " \t\r\n"); len(trimmed) > 0 && (trimmed[0] == '{' || trimmed[0] == '[') {
		var doc any
		dec := json.NewDecoder(bytes.NewReader(data))
		dec.UseNumber()
		if err := dec.Decode(&doc); err == nil {
			return []any{doc}, nil
		} else if trimmed[0] == '[' {
			return nil, err
		}
	}
	var docs []any
	dec := yaml.NewDecoder(bytes.NewReader(data))
	for {
		var doc any
		err := dec.Decode(&doc)
		if errors.Is(err, io.EOF) {
			return docs, nil
		}
		if err != nil {
			return nil, err
		}
		if doc != nil {
			docs = append(docs, doc)
		}
	}
}

// document takes one document by its form.
func (r *reader) document(doc any) {
	switch doc := doc.(type) {
	case []any:
		for _, item := range doc {
			r.document(item)
		}
	case map[string]any:
		o := object(doc)
		switch {
		case o.has("globalSettings"):
			r.maester(o)
		case o.has("resources") && !o.has("properties"):
			r.template(o)
		case strings.EqualFold(o.text("type"), typePolicy), o.object("properties").has("policyRule"):
			(&template{r: r}).policy(o.object("properties"))
		case o.list("value") != nil:
			for _, item := range o.list("value") {
				r.document(item)
			}
		case o.has("properties") || o.has("type"):
			r.resource(o)
		case o.has("functionQuery"):
			r.note("", "functionQuery", "it is a saved function, not a rule: %s", o.text("functionAlias"))
		case o.has("query"):
			r.sentinelYAML(o)
		}
	default:
		r.note("", "", "it holds %T, not rules", doc)
	}
}

func (r *reader) note(rule, path, format string, args ...any) {
	r.out.Notes = append(r.out.Notes, Note{Rule: rule, Path: path, Text: fmt.Sprintf(format, args...)})
}

// add takes a rule, unless it could not run: then the reason is noted.
func (r *reader) add(x rule.Rule) {
	x.Name = r.unique(clean(x.Name))
	x.File = r.file
	if err := x.Validate(); err != nil {
		r.note(x.Name, "", "the rule was not taken: %v", err)
		return
	}
	r.seen[strings.ToLower(x.Name)] = true
	r.out.Rules = append(r.out.Rules, x)
}

// clean replaces what a rule's name may not hold.
func clean(name string) string {
	name = strings.Map(func(c rune) rune {
		if strings.ContainsRune(`#<>%&:\?/{}*`, c) || c < ' ' {
			return '-'
		}
		return c
	}, strings.TrimSpace(name))
	if len(name) > 250 {
		name = strings.ToValidUTF8(name[:250], "")
	}
	return name
}

// unique makes the name one that no other rule of the file has.
func (r *reader) unique(name string) string {
	if name == "" {
		name = "rule"
	}
	for i, base := 2, name; r.seen[strings.ToLower(name)]; i++ {
		name = fmt.Sprintf("%s-%d", base, i)
	}
	return name
}

// maester takes the break-glass accounts of Maester's configuration.
func (r *reader) maester(o object) {
	for _, item := range o.object("globalSettings").list("emergencyAccessAccounts") {
		m, _ := item.(map[string]any)
		acc := object(m)
		id, upn := acc.text("id"), acc.text("userPrincipalName")
		switch {
		case strings.EqualFold(acc.text("type"), "group"):
			r.note("", "GlobalSettings.EmergencyAccessAccounts", "group %s: put it into guarded.objects, and its members into accounts", first(id, acc.text("displayName")))
		case id != "" || upn != "":
			r.out.Accounts = append(r.out.Accounts, alert.Account{ObjectID: id, UserPrincipalName: upn, DisplayName: acc.text("displayName")})
		default:
			r.note("", "GlobalSettings.EmergencyAccessAccounts", "an entry has neither Id nor UserPrincipalName")
		}
	}
}
