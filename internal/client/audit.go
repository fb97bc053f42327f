package client

import (
	"context"
	"net/http"
	"net/url"
	"strconv"

	v1 "github.com/glasswatch/glasswatch/internal/api/v1"
	"github.com/glasswatch/glasswatch/internal/audit"
)

// auditPage is how many entries are asked for at once.
const auditPage = 1000

// AuditTrail calls f for every entry of the audit trail, in order.
func (c *Client) AuditTrail(ctx context.Context, f func(audit.Entry) error) error {
	for after := int64(0); ; {
		q := url.Values{"after": {strconv.FormatInt(after, 10)}, "limit": {strconv.Itoa(auditPage)}}
		var out v1.AuditTrail
		if err := c.call(ctx, http.MethodGet, "/api/v1/audit?"+q.Encode(), nil, &out); err != nil {
			return err
		}
		for _, e := range out.Entries {
			if err := f(e); err != nil {
				return err
			}
			after = e.Sequence
		}
		if len(out.Entries) < auditPage {
			return nil
		}
	}
}
