package api

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	v1 "github.com/glasswatch/glasswatch/internal/api/v1"
	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/internal/source"
	"github.com/glasswatch/glasswatch/internal/source/push"
	"github.com/glasswatch/glasswatch/kql"
)

const problemType = "application/problem+json"

// statuses is the one table from codes to HTTP.
var statuses = map[fault.Code]int{
	fault.Internal:    http.StatusInternalServerError,
	fault.Invalid:     http.StatusBadRequest,
	fault.NotFound:    http.StatusNotFound,
	fault.Conflict:    http.StatusConflict,
	fault.Denied:      http.StatusForbidden,
	fault.Unavailable: http.StatusServiceUnavailable,
	fault.TooLarge:    http.StatusRequestEntityTooLarge,
}

// problem is a v1.Problem as an error that huma writes as it is.
type problem struct {
	v1.Problem
	headers http.Header
}

func (p *problem) Error() string             { return p.Detail }
func (p *problem) GetStatus() int            { return p.Status }
func (p *problem) GetHeaders() http.Header   { return p.headers }
func (p *problem) ContentType(string) string { return problemType }

// MarshalJSON writes the wire type only.
func (p *problem) MarshalJSON() ([]byte, error) { return json.Marshal(p.Problem) }

var (
	_ huma.StatusError       = (*problem)(nil)
	_ huma.HeadersError      = (*problem)(nil)
	_ huma.ContentTypeFilter = (*problem)(nil)
)

// problemOf turns an error into an answer. What is ours alone is logged and not shown.
func (a *API) problemOf(ctx context.Context, err error) *problem {
	code := fault.CodeOf(err)
	p := &problem{headers: http.Header{}}
	p.Problem = v1.Problem{Status: statuses[code], Code: code.String(), Detail: err.Error(), Next: fault.NextOf(err)}
	var missing unauthenticated
	var query kql.Diagnostics
	switch {
	case errors.As(err, &missing):
		p.Status = http.StatusUnauthorized
		p.headers.Set("WWW-Authenticate", "Bearer")
	case errors.Is(err, push.ErrBusy):
		p.Status = http.StatusTooManyRequests
		p.headers.Set("Retry-After", "1")
	case errors.As(err, &query):
		p.Status, p.Code, p.Diagnostics = http.StatusBadRequest, fault.Invalid.String(), diagnostics(query)
	case errors.Is(err, context.Canceled):
		p.Status, p.Code = 499, "cancelled"
	case errors.Is(err, context.DeadlineExceeded):
		p.Status, p.Code = http.StatusServiceUnavailable, fault.Unavailable.String()
		p.Detail, p.Next = "it took too long and was given up", "try again; for a query: ask for less time or fewer tables"
		p.headers.Set("Retry-After", "5")
	case code == fault.Unavailable:
		p.headers.Set("Retry-After", "2")
	case code == fault.Internal:
		a.Log.ErrorContext(ctx, "internal error", "error", err)
		p.Detail, p.Next = "an error inside Glasswatch; its log has the details", "report it with the log lines of this moment"
	}
	p.Title = http.StatusText(p.Status)
	return p
}

// fail writes an error to a request that huma does not handle.
func (a *API) fail(w http.ResponseWriter, r *http.Request, err error) {
	p := a.problemOf(r.Context(), err)
	for key, values := range p.headers {
		w.Header()[key] = values
	}
	w.Header().Set("Content-Type", problemType)
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the sender is gone
}

func (a *API) notFound(w http.ResponseWriter, r *http.Request) {
	a.fail(w, r, fault.New(fault.NotFound, "there is nothing at %s %s", r.Method, r.URL.Path).
		WithNext("GET /api/v1/openapi.json describes the API"))
}

// receipt answers a push.
func (a *API) receipt(w http.ResponseWriter, _ *http.Request, r source.Receipt) {
	result := v1.IngestResult{Taken: r.Taken, Repeated: r.Repeated, Refused: r.Refused}
	for _, refusal := range r.Refusals {
		result.Refusals = append(result.Refusals, v1.Refusal{Index: refusal.Index, Reason: refusal.Reason})
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(result) // the sender is gone
}

// uniform turns huma's own errors (a body that does not fit its schema, a missing field) into problems of ours.
func uniform(_ huma.Context, _ string, body any) (any, error) {
	model, ok := body.(*huma.ErrorModel)
	if !ok {
		return body, nil
	}
	p := &problem{Problem: v1.Problem{Title: model.Title, Status: model.Status, Detail: model.Detail, Code: fault.Invalid.String()}}
	for code, status := range statuses {
		if status == model.Status {
			p.Code = code.String()
		}
	}
	for i, detail := range model.Errors {
		if i > 0 {
			p.Next += "; "
		}
		p.Next += detail.Location + ": " + detail.Message
	}
	return p, nil
}
