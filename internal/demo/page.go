package demo

import (
	"bytes"
	"embed"
	"html/template"
	"net/http"
	"strconv"
	"time"
)

//go:embed page
var pages embed.FS

// page shows the mailbox. It has no form and no cookie; the mails' HTML is in a frame that may neither run scripts nor
// load anything.
type page struct {
	box    *Mailbox
	server string // address of Glasswatch, for a link
	tmpl   *template.Template
}

func newPage(box *Mailbox, server string) (http.Handler, error) {
	t, err := template.New("mailbox.html").Funcs(template.FuncMap{
		"clock": func(t time.Time) string { return t.Local().Format("15:04:05") },
	}).ParseFS(pages, "page/mailbox.html")
	if err != nil {
		return nil, err
	}
	p := page{box: box, server: server, tmpl: t}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", p.list)
	mux.HandleFunc("GET /mails/{id}", p.list)
	mux.HandleFunc("GET /mails/{id}/html", p.html)
	mux.HandleFunc("GET /newest", p.newest)
	mux.HandleFunc("GET /mailbox.css", p.file("text/css; charset=utf-8", "page/mailbox.css"))
	mux.HandleFunc("GET /mailbox.js", p.file("text/javascript; charset=utf-8", "page/mailbox.js"))
	return mux, nil
}

func (p page) list(w http.ResponseWriter, r *http.Request) {
	data := struct {
		Mails  []Mail
		Open   *Mail
		Newest int
		Server string
	}{Mails: p.box.Mails(), Server: p.server}
	if len(data.Mails) > 0 {
		data.Newest = data.Mails[0].ID
		data.Open = &data.Mails[0]
	}
	if id := r.PathValue("id"); id != "" {
		data.Open = nil
		for i, m := range data.Mails {
			if strconv.Itoa(m.ID) == id {
				data.Open = &data.Mails[i]
			}
		}
		if data.Open == nil {
			http.NotFound(w, r)
			return
		}
	}
	var b bytes.Buffer
	if err := p.tmpl.Execute(&b, data); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; frame-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	h.Set("Cache-Control", "no-store")
	_, _ = w.Write(b.Bytes()) // the reader is gone
}

// html is a mail's HTML part, for the frame.
func (p page) html(w http.ResponseWriter, r *http.Request) {
	id, _ := strconv.Atoi(r.PathValue("id")) // 0 is no mail
	m, ok := p.box.Mail(id)
	if !ok {
		http.NotFound(w, r)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:; sandbox; frame-ancestors 'self'")
	h.Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write([]byte(m.HTML)) // the reader is gone
}

// newest tells the script whether to load the page again.
func (p page) newest(w http.ResponseWriter, _ *http.Request) {
	id := 0
	if mails := p.box.Mails(); len(mails) > 0 {
		id = mails[0].ID
	}
	w.Header().Set("Cache-Control", "no-store")
	_, _ = w.Write([]byte(strconv.Itoa(id))) // the reader is gone
}

func (p page) file(kind, name string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		text, err := pages.ReadFile(name)
		if err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
			return
		}
		w.Header().Set("Content-Type", kind)
		_, _ = w.Write(text) // the reader is gone
	}
}
