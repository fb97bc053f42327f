package api

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	v1 "github.com/glasswatch/glasswatch/internal/api/v1"
	"github.com/glasswatch/glasswatch/internal/config"
	"github.com/glasswatch/glasswatch/internal/table"
	"github.com/glasswatch/glasswatch/kql"
)

type queryInput struct{ Body v1.QueryRequest }

func (a *API) queryOperations() {
	o := a.describe(operation{http.MethodPost, "/api/v1/query", "query", "Run a KQL query; the rows of its results stream", "query", config.Read, 200})
	result := a.huma.OpenAPI().Components.Schemas.Schema(typeOf[v1.QueryResult](), true, "QueryResult")
	o.Responses["200"] = &huma.Response{Description: "The result.", Content: map[string]*huma.MediaType{"application/json": {Schema: result}}}
	huma.Register(a.huma, o, func(ctx context.Context, in *queryInput) (*huma.StreamResponse, error) {
		limits := a.limits(in.Body)
		asked := limits
		asked.Rows++ // to know that rows were left off
		// The deadline covers the whole stream; cancel runs when the last row is written.
		ctx, cancel := context.WithTimeout(ctx, limits.Time)
		results, notes, err := a.Querier.Query(ctx, in.Body.Query, in.Body.Parameters, asked)
		if err != nil {
			cancel()
			return nil, a.problemOf(ctx, err)
		}
		return &huma.StreamResponse{Body: func(hc huma.Context) {
			defer cancel()
			defer func() { _ = results.Close() }()
			_, w := humago.Unwrap(hc)
			hc.SetHeader("Content-Type", "application/json")
			s := stream{api: a, ctx: ctx, w: w, limit: limits.Rows}
			s.write(results, notes)
		}}, nil
	})
}

// limits returns the smaller of what is asked and what the configuration allows.
func (a *API) limits(r v1.QueryRequest) table.Limits {
	l := table.Limits{Time: time.Duration(a.Limits.QueryTime), Rows: a.Limits.QueryRows}
	if r.MaxRows > 0 && r.MaxRows < l.Rows {
		l.Rows = r.MaxRows
	}
	if asked := time.Duration(r.Seconds) * time.Second; asked > 0 && asked < l.Time {
		l.Time = asked
	}
	return l
}

// stream writes results as they come.
type stream struct {
	api   *API
	ctx   context.Context
	w     http.ResponseWriter
	limit int64 // rows of a result
	buf   []byte
}

// write writes all results: the first as the answer itself, those after it under "more".
func (s *stream) write(results *table.Results, notes kql.Diagnostics) {
	head := resultHead(results)
	head.Notes = diagnostics(notes)
	if n := results.Left(); n > 1 {
		head.Results = n
	}
	err := s.result(head, results.Rows())
	open := `,"more":[`
	for err == nil {
		if err = results.Next(); err == nil {
			s.buf = append(s.buf, open...)
			err = s.result(resultHead(results), results.Rows())
			s.buf = append(s.buf, '}')
			open = ",\n"
		}
	}
	if open == ",\n" {
		s.buf = append(s.buf, ']')
	}
	if !errors.Is(err, io.EOF) {
		text, _ := json.Marshal(s.api.problemOf(s.ctx, err).Problem) // plain fields always marshal
		s.buf = append(append(s.buf, `,"error":`...), text...)
	}
	s.buf = append(s.buf, "}\n"...)
	s.flush()
}

// resultHead is what comes before the rows of the result at hand.
func resultHead(results *table.Results) v1.QueryHead {
	head := v1.QueryHead{Name: results.Name(), Columns: []v1.Column{}}
	for _, c := range results.Rows().Columns() {
		head.Columns = append(head.Columns, v1.Column{Name: c.Name, Type: c.Type.String()})
	}
	return head
}

// result writes one result up to its closing brace.
func (s *stream) result(head v1.QueryHead, rows table.Rows) error {
	text, err := json.Marshal(head)
	if err != nil {
		panic("api: BUG: result head: " + err.Error())
	}
	s.buf = append(append(s.buf, bytes.TrimSuffix(text, []byte("}"))...), `,"rows":[`...)
	truncated, err := s.rows(rows)
	s.buf = append(s.buf, ']')
	if truncated {
		s.buf = append(s.buf, `,"truncated":true`...)
	}
	return err
}

func (s *stream) rows(rows table.Rows) (truncated bool, err error) {
	for n := int64(0); ; n++ {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return false, nil
		}
		if err != nil {
			return false, err
		}
		if n == s.limit {
			return true, nil
		}
		if n > 0 {
			s.buf = append(s.buf, ",\n"...)
		}
		s.buf = append(s.buf, '[')
		for i, v := range row {
			if i > 0 {
				s.buf = append(s.buf, ',')
			}
			s.buf = v.AppendJSON(s.buf)
		}
		s.buf = append(s.buf, ']')
		if len(s.buf) >= 32<<10 && !s.flush() {
			return false, context.Canceled // the reader is gone
		}
	}
}

// flush gives the reader half a minute: one that stalls must not hold a query for ever.
func (s *stream) flush() bool {
	_ = http.NewResponseController(s.w).SetWriteDeadline(time.Now().Add(30 * time.Second)) // what cannot, has none
	_, err := s.w.Write(s.buf)
	s.buf = s.buf[:0]
	return err == nil
}

// diagnostics turns the language's diagnostics into wire types.
func diagnostics(list kql.Diagnostics) []v1.Diagnostic {
	var out []v1.Diagnostic
	for _, d := range list {
		out = append(out, v1.Diagnostic{Severity: strings.ToLower(d.Severity.String()), Code: d.Code, Message: d.Message, Hint: d.Hint,
			Line: d.Line, Column: d.Column, Start: d.Span.Start, End: d.Span.End})
	}
	return out
}
