package action

import (
	"bytes"
	"errors"
	"fmt"
	htmltemplate "html/template"
	"io"
	"log/slog"
	"strings"
	"sync"
	texttemplate "text/template"
	"time"

	"github.com/glasswatch/glasswatch/content"
	"github.com/glasswatch/glasswatch/internal/alert"
	"github.com/glasswatch/glasswatch/internal/channel"
)

// Template is the text of a message's parts, in Go's template language over View; an empty part is the shipped one.
type Template struct {
	Subject string
	Text    string
	HTML    string
}

// Templates are the user's own. For each part the rule's comes first, then the group's, then the shipped one.
type Templates struct {
	ByRule  map[string]Template
	ByGroup map[string]Template
}

// executor is a parsed template of either kind.
type executor interface{ Execute(io.Writer, any) error }

// parts are the parsed templates of one message; nil: not set.
type parts struct{ subject, text, html executor }

// renderer makes messages. What it rendered last is kept for a while, because the receivers of a group share it.
type renderer struct {
	shipped  parts
	byRule   map[string]parts
	byGroup  map[string]parts
	baseURL  string
	zone     *time.Location
	tenantID string
	log      *slog.Logger

	mu    sync.Mutex
	cache map[cacheKey]func() *rendered
}

type cacheKey struct {
	alert    string
	revision int
	group    string
}

// rendered is what the receivers of one group share.
type rendered struct {
	subject, text, html string
}

const cacheSize = 64

// functions are what templates can call beyond the language's own.
var functions = map[string]any{
	"number": func(i int) int { return i + 1 }, // of a step, for readers
}

// newRenderer parses all templates and tries them on samples; all problems at once.
func newRenderer(o Options) (*renderer, error) {
	r := &renderer{baseURL: strings.TrimRight(o.BaseURL, "/"), zone: o.Location, tenantID: o.TenantID, log: o.Log,
		byRule: map[string]parts{}, byGroup: map[string]parts{}, cache: map[cacheKey]func() *rendered{}}
	shipped, err := shippedTemplate()
	if err != nil {
		return nil, err
	}
	if r.shipped, err = r.parse(shipped); err != nil {
		return nil, fmt.Errorf("shipped template: %w", err)
	}
	var errs []error
	for what, set := range map[string]struct {
		from map[string]Template
		to   map[string]parts
	}{"rule": {o.Templates.ByRule, r.byRule}, "action group": {o.Templates.ByGroup, r.byGroup}} {
		for name, t := range set.from {
			p, err := r.parse(t)
			if err != nil {
				errs = append(errs, fmt.Errorf("template of %s %q: %w", what, name, err))
			}
			set.to[name] = p
		}
	}
	return r, errors.Join(errs...)
}

func shippedTemplate() (t Template, err error) {
	for name, part := range map[string]*string{"subject.txt": &t.Subject, "body.txt": &t.Text, "body.html": &t.HTML} {
		text, err := content.Templates.ReadFile("templates/" + name)
		if err != nil {
			return t, err
		}
		*part = string(text)
	}
	return t, nil
}

// parse compiles the parts that are set and executes each on every sample.
func (r *renderer) parse(t Template) (p parts, err error) {
	if t.Subject != "" {
		p.subject, err = texttemplate.New("subject").Funcs(functions).Option("missingkey=zero").Parse(t.Subject)
	}
	if t.Text != "" && err == nil {
		p.text, err = texttemplate.New("text").Funcs(functions).Option("missingkey=zero").Parse(t.Text)
	}
	if t.HTML != "" && err == nil {
		p.html, err = htmltemplate.New("html").Funcs(functions).Option("missingkey=zero").Parse(t.HTML)
	}
	if err != nil {
		return p, err
	}
	for _, a := range samples(time.Date(2026, 11, 22, 3, 4, 5, 0, time.UTC)) {
		v := newView(&a, "https://glasswatch.example.com", r.zone)
		for _, x := range []executor{p.subject, p.text, p.html} {
			if x == nil {
				continue
			}
			if err := x.Execute(io.Discard, v); err != nil {
				return p, err
			}
		}
	}
	return p, nil
}

// message renders a notification.
func (r *renderer) message(a *alert.Alert, n Notification) channel.Message {
	shared := r.shared(a, n.Group)
	return channel.Message{
		Key: n.ID, Recipient: n.Recipient, Severity: a.Severity.String(),
		Subject: shared.subject, Text: shared.text, HTML: shared.html,
		Thread: a.ID, Update: a.Revision > 0, SentAt: n.CreatedAt,
		Common: func() []byte { return r.common(a) }, Full: func() []byte { return r.full(a, n) },
	}
}

// shared renders what all receivers of a group get, once.
func (r *renderer) shared(a *alert.Alert, group string) *rendered {
	key := cacheKey{a.ID, a.Revision, group}
	r.mu.Lock()
	render, ok := r.cache[key]
	if !ok {
		if len(r.cache) >= cacheSize {
			clear(r.cache)
		}
		render = sync.OnceValue(func() *rendered { return r.render(a, group) })
		r.cache[key] = render
	}
	r.mu.Unlock()
	return render()
}

func (r *renderer) render(a *alert.Alert, group string) *rendered {
	v := newView(a, r.baseURL, r.zone)
	var b bytes.Buffer
	b.Grow(16 << 10) // as long as a message usually is
	execute := func(x executor) (string, error) {
		b.Reset()
		err := x.Execute(&b, v)
		return b.String(), err
	}
	choose := func(part func(parts) executor) string {
		for _, set := range []parts{r.byRule[a.Rule], r.byGroup[group]} {
			if x := part(set); x != nil {
				text, err := execute(x)
				if err == nil {
					return text
				}
				// Never leave people untold for a template's sake.
				r.log.Error("template failed, the shipped one is used", logAlert, a.ID, "rule", a.Rule, logGroup, group, logError, err)
			}
		}
		text, err := execute(part(r.shipped))
		if err != nil {
			r.log.Error("shipped template failed", logAlert, a.ID, logError, err)
			return a.Severity.String() + ": " + a.Sentence
		}
		return text
	}
	return &rendered{
		subject: oneLine(choose(func(p parts) executor { return p.subject })),
		text:    choose(func(p parts) executor { return p.text }),
		html:    choose(func(p parts) executor { return p.html }),
	}
}

// oneLine makes a subject safe for a header: no line ends, no control characters, bounded.
func oneLine(s string) string {
	s = strings.Join(strings.FieldsFunc(s, func(c rune) bool { return c < ' ' || c == 0x7f || c == ' ' }), " ")
	if runes := []rune(s); len(runes) > 250 {
		s = string(runes[:249]) + "…"
	}
	return s
}
