// Package web serves pages for people: what is embedded here, with security headers and without scripts.
package web

import (
	"embed"
	"net/http"
	"path"
)

//go:embed static
var static embed.FS

// types are the kinds of files that are served, by ending; others are not found.
var types = map[string]string{
	".html": "text/html; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".svg":  "image/svg+xml",
}

// Headers sets what every page of ours has: no scripts, nothing from elsewhere, no frames around it.
func Headers(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
}

// Handler serves the pages.
func Handler() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		name := path.Clean(r.URL.Path)
		if name == "/" {
			name = "/index.html"
		}
		kind := types[path.Ext(name)]
		text, err := static.ReadFile("static" + name)
		if err != nil || kind == "" || r.Method != http.MethodGet && r.Method != http.MethodHead {
			http.NotFound(w, r)
			return
		}
		Headers(w.Header())
		w.Header().Set("Content-Type", kind)
		w.Header().Set("Cache-Control", "no-cache")
		_, _ = w.Write(text) // the reader is gone
	})
}
