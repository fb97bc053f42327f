package api

import (
	"context"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	v1 "github.com/glasswatch/glasswatch/internal/api/v1"
	"github.com/glasswatch/glasswatch/internal/config"
	"github.com/glasswatch/glasswatch/internal/source/push"
)

const ingestPath = "/api/v1/ingest"

// openAPI is the description without its operations. The hooks that would add links to schemas are left out.
func (a *API) openAPI() huma.Config {
	c := huma.DefaultConfig("Glasswatch", a.Version)
	c.CreateHooks, c.DocsPath, c.SchemasPath = nil, "", ""
	c.OpenAPIPath = "/api/v1/openapi"
	c.Transformers = []huma.Transformer{uniform}
	c.Info.Description = "Push log records, query them, and see to alerts. Errors are application/problem+json with a stable code and the next step."
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"token": {Type: "http", Scheme: "bearer", Description: "A token of server.tokens in the configuration, with the scope that the operation names."},
	}
	return c
}

// operation is what our operations say of themselves.
type operation struct {
	method, path string
	id, summary  string
	tag          string
	scope        config.Scope
	status       int
}

func (a *API) describe(o operation) huma.Operation {
	problem := &huma.Response{Description: "What is wrong, and the next step.", Content: map[string]*huma.MediaType{
		problemType: {Schema: a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[v1.Problem](), true, "Problem")}}}
	return huma.Operation{
		Method: o.method, Path: o.path, OperationID: o.id, Summary: o.summary, DefaultStatus: o.status, Tags: []string{o.tag},
		Description: "Needs a token with the scope " + string(o.scope) + ".",
		Security:    []map[string][]string{{"token": {}}},
		Responses:   map[string]*huma.Response{"401": problem, "403": problem, "default": problem},
		Middlewares: huma.Middlewares{a.guard(o.scope)},
	}
}

// guard checks the token before the body is read.
func (a *API) guard(want config.Scope) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		r, w := humago.Unwrap(ctx)
		token, err := a.tokens.Load().check(r, want)
		remember(r.Context(), token)
		if err != nil {
			a.metrics.denied.Inc()
			a.fail(w, r, err)
			return
		}
		next(ctx)
	}
}

// register adds an operation. Its error becomes a problem.
func register[I, O any](a *API, o operation, handle func(context.Context, *I) (*O, error)) {
	huma.Register(a.huma, a.describe(o), func(ctx context.Context, in *I) (*O, error) {
		if err := a.note(ctx, o, in); err != nil {
			return nil, a.problemOf(ctx, err)
		}
		out, err := handle(ctx, in)
		if err != nil {
			return nil, a.problemOf(ctx, err)
		}
		return out, nil
	})
}

// operations adds everything that types describe, and describes the rest.
func (a *API) operations() {
	a.alertOperations()
	a.incidentOperations()
	a.processingOperations()
	a.auditOperations()
	a.replayOperations()
	a.queryOperations()
	a.catalogOperations()
	a.describeDoors()
}

// describeDoors adds the push doors, which have handlers of their own, to the description.
func (a *API) describeDoors() {
	spec := a.huma.OpenAPI()
	binary := &huma.Schema{Type: "string", Format: "binary"}
	o := a.describe(operation{method: http.MethodPost, path: ingestPath, id: "ingest", tag: "ingest", scope: config.Ingest,
		summary: "Push records"})
	o.Description = "The body is an Event Hub envelope {\"records\":[...]}, a JSON array of records, NDJSON, or a Graph page; plain, gzip or zstd. " +
		"2xx means durable and judged. " + o.Description
	o.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		"application/json": {Schema: binary}, "application/x-ndjson": {Schema: binary}, "text/csv": {Schema: binary}}}
	o.Parameters = []*huma.Param{
		{Name: "source", In: "query", Description: "Name of the source in Heartbeat.", Schema: &huma.Schema{Type: "string"}},
		{Name: "table", In: "query", Description: "Table of the records, where they do not say it.", Schema: &huma.Schema{Type: "string"}},
	}
	o.Responses["200"] = &huma.Response{Description: "Taken.", Content: map[string]*huma.MediaType{
		"application/json": {Schema: spec.Components.Schemas.Schema(reflect.TypeFor[v1.IngestResult](), true, "")}}}
	spec.AddOperation(&o)

	z := a.describe(operation{method: http.MethodPost, path: push.AzurePath, id: "logs-ingestion", tag: "ingest", scope: config.Ingest,
		summary: "Push records as to the Azure Logs Ingestion API"})
	z.Description = "For the official Azure clients: a JSON array for the stream Microsoft-<Table> or Custom-<Table>_CL. Errors have Azure's shape. " + z.Description
	text := &huma.Schema{Type: "string"}
	z.Parameters = []*huma.Param{{Name: "rule", In: "path", Required: true, Schema: text, Description: "Not looked at."},
		{Name: "stream", In: "path", Required: true, Schema: text}, {Name: "api-version", In: "query", Schema: text}}
	z.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{"application/json": {Schema: binary}}}
	z.Responses["204"] = &huma.Response{Description: "Taken."}
	spec.AddOperation(&z)
}
