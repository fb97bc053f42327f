// Package content holds what ships with the binary and is data, not code: rules, result codes, templates. It is a leaf.
package content

import "embed"

// FS holds the shipped files under their paths in this folder.
//
//go:embed rules/*.yaml resultcodes.csv
var FS embed.FS

// ResultCodes is the list of Entra sign-in result codes: code, class, proof, severity, meaning, notes. Codes and
// meanings follow learn.microsoft.com/entra/identity-platform/reference-error-codes; proof and severity are ours.
//
//go:embed resultcodes.csv
var ResultCodes []byte

// Prices are what Azure Monitor asks for rules, notifications and data: dated, with their source.
//
//go:embed prices.json
var Prices []byte

// AuditOperations is the list of watched operations of AuditLogs and AzureActivity: table, service, category, operation,
// topic, severity. Names follow learn.microsoft.com/entra/identity/monitoring-health/reference-audit-activities and the
// operations of Azure's resource providers, in the spelling of records; topic and severity are ours. A trailing * stands
// for any ending.
//
//go:embed auditoperations.csv
var AuditOperations []byte
