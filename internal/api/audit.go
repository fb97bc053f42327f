package api

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	v1 "github.com/glasswatch/glasswatch/internal/api/v1"
	"github.com/glasswatch/glasswatch/internal/audit"
	"github.com/glasswatch/glasswatch/internal/config"
)

// Audit is the trail of changes.
type Audit interface {
	Audit(ctx context.Context, entries ...audit.Entry) error
	AuditTrail(ctx context.Context, after int64, limit int) ([]audit.Entry, error)
}

type listAudit struct {
	After int64 `query:"after" minimum:"0" doc:"Number of the entry to go on behind."`
	Limit int   `query:"limit" minimum:"1" maximum:"10000" default:"1000"`
}

func (a *API) auditOperations() {
	register(a, operation{http.MethodGet, "/api/v1/audit", "list-audit", "List the audit trail, in order", "audit", config.Read, 200}, a.listAudit)
}

func (a *API) listAudit(ctx context.Context, in *listAudit) (*answer[v1.AuditTrail], error) {
	list, err := a.Audit.AuditTrail(ctx, in.After, in.Limit)
	if err != nil {
		return nil, err
	}
	if list == nil {
		list = []audit.Entry{}
	}
	return &answer[v1.AuditTrail]{Body: v1.AuditTrail{Entries: list}}, nil
}

// maxDetail bounds what an entry keeps of a request, in bytes.
const maxDetail = 4 << 10

// note puts a change that is asked for into the trail, before it is made: what cannot be noted is not done. Requests that
// only read, and those that push records, are not changes.
func (a *API) note(ctx context.Context, o operation, in any) error {
	if o.method == http.MethodGet || o.scope != config.Write && o.scope != config.Admin {
		return nil
	}
	detail, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("note the change in the audit trail: %w", err)
	}
	if len(detail) > maxDetail {
		detail = append(detail[:maxDetail:maxDetail], "..."...)
	}
	e := audit.Entry{At: time.Now(), Actor: "token " + tokenName(ctx), Action: o.id, Subject: o.path, Detail: string(detail)}
	if err := a.Audit.Audit(ctx, e); err != nil {
		return fmt.Errorf("note the change in the audit trail: %w", err)
	}
	return nil
}
