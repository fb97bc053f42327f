package v1

import "github.com/glasswatch/glasswatch/internal/audit"

// AuditTrail is a part of the audit trail, in order.
type AuditTrail struct {
	Entries []audit.Entry `json:"entries"`
}
