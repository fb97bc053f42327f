package api

import (
	"context"
	"log/slog"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"github.com/glasswatch/glasswatch/internal/fault"
)

// outer wraps everything: security headers, request log, metrics, and an end for panics.
func (a *API) outer(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		seen := &recorder{ResponseWriter: w}
		r = r.WithContext(context.WithValue(r.Context(), tokenKey{}, &holder{}))
		h := w.Header()
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("Cache-Control", "no-store")
		h.Set("Referrer-Policy", "no-referrer")
		if r.TLS != nil {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		defer func() {
			if cause := recover(); cause != nil {
				a.contain(seen, r, cause)
			}
			a.observe(r, seen, time.Since(start))
		}()
		next.ServeHTTP(seen, r)
	})
}

// contain answers a request whose handler panicked, when there is still something to answer.
func (a *API) contain(w *recorder, r *http.Request, cause any) {
	if cause == http.ErrAbortHandler {
		panic(cause)
	}
	a.metrics.panics.Inc()
	a.Log.Error("panic in a request", "cause", cause, "path", r.URL.Path, "stack", string(debug.Stack()))
	if w.status == 0 {
		a.fail(w, r, fault.New(fault.Internal, "panic"))
	}
}

// observe counts and logs. Query strings, headers and bodies stay out of the log: they may hold secrets.
func (a *API) observe(r *http.Request, w *recorder, took time.Duration) {
	route := r.Pattern
	if route == "" {
		route = "other"
	}
	status := w.status
	if status == 0 {
		status = http.StatusOK
	}
	a.metrics.requests.WithLabelValues(route, strconv.Itoa(status)).Inc()
	a.metrics.seconds.WithLabelValues(route).Observe(took.Seconds())
	level := slog.LevelDebug
	if status >= 500 {
		level = slog.LevelWarn
	}
	a.Log.Log(r.Context(), level, "request", "method", r.Method, "path", r.URL.Path, "status", status,
		"bytes", w.written, "took", took.Round(time.Microsecond), "token", tokenName(r.Context()), "from", r.RemoteAddr)
}

// recorder remembers what was answered.
type recorder struct {
	http.ResponseWriter
	status  int
	written int64
}

func (w *recorder) WriteHeader(status int) {
	if w.status == 0 {
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *recorder) Write(b []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(b)
	w.written += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }
