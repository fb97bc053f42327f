package api

import (
	"context"
	"net/http"
	"reflect"

	v1 "github.com/glasswatch/glasswatch/internal/api/v1"
	"github.com/glasswatch/glasswatch/internal/config"
	"github.com/glasswatch/glasswatch/internal/fault"
)

func typeOf[T any]() reflect.Type { return reflect.TypeFor[T]() }

type nothing struct{}

type tableName struct {
	Name string `path:"name" doc:"Name of the table; case matters."`
}

func (a *API) catalogOperations() {
	register(a, operation{http.MethodGet, "/api/v1/tables", "list-tables", "List the tables and their columns", "query", config.Read, 200}, a.listTables)
	register(a, operation{http.MethodGet, "/api/v1/tables/{name}", "show-table", "Show a table and its columns", "query", config.Read, 200}, a.showTable)
	register(a, operation{http.MethodGet, "/api/v1/rules", "list-rules", "List the alert rules that are loaded", "rules", config.Read, 200}, a.listRules)
	register(a, operation{http.MethodGet, "/api/v1/info", "info", "Say which version this is and who asks", "server", config.Read, 200}, a.info)
}

func (a *API) listTables(context.Context, *nothing) (*answer[v1.TableList], error) {
	return &answer[v1.TableList]{Body: v1.TableList{Tables: a.Catalog.Tables()}}, nil
}

func (a *API) showTable(_ context.Context, in *tableName) (*answer[v1.Table], error) {
	for _, t := range a.Catalog.Tables() {
		if t.Name == in.Name {
			return &answer[v1.Table]{Body: t}, nil
		}
	}
	return nil, fault.New(fault.NotFound, "there is no table %q", in.Name).WithNext("GET /api/v1/tables lists them; case matters")
}

func (a *API) listRules(context.Context, *nothing) (*answer[v1.RuleList], error) {
	return &answer[v1.RuleList]{Body: v1.RuleList{Rules: a.Catalog.Rules()}}, nil
}

func (a *API) info(ctx context.Context, _ *nothing) (*answer[v1.Info], error) {
	return &answer[v1.Info]{Body: v1.Info{Version: a.Version, Token: tokenName(ctx)}}, nil
}
