package decode

import (
	"strings"

	"github.com/glasswatch/glasswatch/internal/table"
)

// spec says how the properties of records become the columns of one table, where names alone do not say it. The general
// rule: a property goes to the column of the same name, whatever the case.
type spec struct {
	tables     []string
	categories map[string]string // category of an Event Hub record, in lower case -> table
	outer      []entry           // the record's own properties
	inner      []entry           // those of its object "properties"; nil with whole
	flat       []entry           // beyond inner: a bare record, as Graph gives it
	whole      bool              // "properties" is a column of its own; outer serves both shapes of the record
	system     string            // SourceSystem
	free       bool              // not billed
	id         []string          // columns that identify a record; nil: the whole content does
	otherwise  []string          // columns that do when those of id are empty; the first must not be empty
	finish     func(*work, *table.Row, *mapping)
}

// entry sends one property to a column; without a column it is kept under _Unmapped.
type entry struct {
	property, column, also string
	do                     action
	secondary              bool
}

// common are the columns that an Event Hub record carries outside "properties". Elsewhere they only fill gaps.
var common = words("TimeGenerated ResourceId OperationName OperationVersion Category ResultType ResultSignature " +
	"ResultDescription DurationMs CorrelationId Identity Level Location AADTenantId")

// specs are all tables that event records go to. The mapping is Microsoft's, read off records and rows of both roads.
func specs() []*spec {
	return []*spec{signInSpec(), auditSpec(), activitySpec(), graphActivitySpec(), userRiskSpec(), risksSpec(), provisioningSpec()}
}

func signInSpec() *spec {
	return &spec{
		tables: []string{"SigninLogs", "AADNonInteractiveUserSignInLogs", "AADServicePrincipalSignInLogs", "AADManagedIdentitySignInLogs"},
		categories: map[string]string{
			"signinlogs":                   "SigninLogs",
			"noninteractiveusersigninlogs": "AADNonInteractiveUserSignInLogs",
			"serviceprincipalsigninlogs":   "AADServicePrincipalSignInLogs",
			"managedidentitysigninlogs":    "AADManagedIdentitySignInLogs",
		},
		outer: []entry{
			{property: "time", column: "TimeGenerated"},
			{property: "category", column: "Category", do: toCategory},
			{property: "resourceId", column: "ResourceId", do: toResource},
			{property: "tenantId", column: "AADTenantId"},
			{property: "callerIpAddress", column: "IPAddress", do: toAddress, secondary: true},
		},
		inner: []entry{
			{property: "ipAddress", column: "IPAddress", do: toAddress},
			{property: "location", column: "LocationDetails"},
			{property: "resourceId", column: "ResourceIdentity"},
			{property: "appliedConditionalAccessPolicies", column: "ConditionalAccessPolicies", also: "ConditionalAccessPoliciesV2"},
			{property: "processingTimeInMilliseconds", column: "ProcessingTimeInMilliseconds"},
			{property: "processingTimeInMilliseconds", column: "ProcessingTimeInMs"},
			{property: "tenantId", column: "AADTenantId", secondary: true},
		},
		flat: []entry{
			{property: "createdDateTime", column: "CreatedDateTime", also: "TimeGenerated"},
			{property: "userDisplayName", column: "UserDisplayName", also: "Identity"},
		},
		system: "Azure AD",
		id:     []string{"Id"},
		finish: finishSignIn,
	}
}

func auditSpec() *spec {
	return &spec{
		tables:     []string{"AuditLogs"},
		categories: map[string]string{"auditlogs": "AuditLogs"},
		outer: []entry{
			{property: "time", column: "TimeGenerated"},
			{property: "category", column: "Category", do: toCategory},
			{property: "resourceId", column: "ResourceId", do: toResource},
			{property: "tenantId", column: "AADTenantId"},
		},
		inner: []entry{
			{property: "category", column: "Category"},
			{property: "operationType", column: "AADOperationType"},
			{property: "tenantId", column: "AADTenantId", secondary: true},
		},
		flat: []entry{
			{property: "activityDateTime", column: "ActivityDateTime", also: "TimeGenerated"},
		},
		system: "Azure AD",
		id:     []string{"Id"},
		finish: finishAudit,
	}
}

func activitySpec() *spec {
	categories := map[string]string{}
	for _, c := range words("Administrative Security ServiceHealth Alert Recommendation Policy Autoscale ResourceHealth Write Delete Action") {
		categories[strings.ToLower(c)] = "AzureActivity"
	}
	return &spec{
		tables:     []string{"AzureActivity"},
		categories: categories,
		outer: []entry{
			{property: "time", column: "TimeGenerated"},
			{property: "eventTimestamp", column: "TimeGenerated"},
			{property: "submissionTimestamp", column: "EventSubmissionTimestamp"},
			{property: "operationName", column: "OperationNameValue", also: "OperationName", do: toLocalized},
			{property: "category", column: "CategoryValue", also: "Category", do: toLocalized},
			{property: "status", column: "ActivityStatusValue", also: "ActivityStatus", do: toLocalized},
			{property: "resultType", column: "ActivityStatusValue", also: "ActivityStatus", do: toLocalized},
			{property: "subStatus", column: "ActivitySubstatusValue", also: "ActivitySubstatus", do: toLocalized},
			{property: "resultSignature", column: "ActivitySubstatusValue", do: toSubstatus},
			{property: "resourceProviderName", column: "ResourceProviderValue", also: "ResourceProvider", do: toLocalized},
			{property: "resourceGroupName", column: "ResourceGroup"},
			{property: "resourceId", column: "ResourceId", do: toResource},
			{property: "subscriptionId", column: "SubscriptionId", also: "_SubscriptionId"},
			{property: "callerIpAddress", column: "CallerIpAddress", do: toAddress},
			{property: "authorization", column: "Authorization", also: "Authorization_d"},
			{property: "claims", column: "Claims", also: "Claims_d", do: toClaims},
			{property: "identity", column: "Claims", do: toIdentity},
			{property: "httpRequest", column: "HTTPRequest", do: toRequest},
			{property: "properties", column: "Properties", also: "Properties_d", do: toDetails},
		},
		whole:     true,
		system:    "Azure",
		free:      true,
		id:        []string{"EventDataId"},
		otherwise: words("CorrelationId OperationNameValue ActivityStatusValue ActivitySubstatusValue _ResourceId TimeGenerated"),
		finish:    finishActivity,
	}
}

func graphActivitySpec() *spec {
	return &spec{
		tables:     []string{"MicrosoftGraphActivityLogs"},
		categories: map[string]string{"microsoftgraphactivitylogs": "MicrosoftGraphActivityLogs"},
		outer: []entry{
			{property: "time", column: "TimeGenerated"},
			{property: "category", do: toCategory},
			{property: "durationMs", column: "DurationMs", secondary: true},
			{property: "location", column: "Location", secondary: true},
			{property: "tenantId", column: "AadTenantId", secondary: true},
			{property: "callerIpAddress", column: "IPAddress", do: toAddress, secondary: true},
		},
		inner: []entry{
			{property: "timeGenerated", column: "TimeGenerated", secondary: true},
			{property: "durationMs", column: "DurationMs"},
			{property: "location", column: "Location"},
			{property: "tenantId", column: "AadTenantId"},
			{property: "ipAddress", column: "IPAddress", do: toAddress},
		},
		system: "Azure AD",
		id:     []string{"RequestId"},
	}
}

// userRiskSpec is for detections. Their CorrelationId and Location are those of the sign-in, inside "properties"; the
// outer ones are the detection's id and a bare country.
func userRiskSpec() *spec {
	return &spec{
		tables: []string{"AADUserRiskEvents", "AADServicePrincipalRiskEvents"},
		categories: map[string]string{
			"userriskevents":             "AADUserRiskEvents",
			"serviceprincipalriskevents": "AADServicePrincipalRiskEvents",
		},
		outer: []entry{
			{property: "time", column: "TimeGenerated"},
			{property: "category", do: toCategory},
			{property: "location"},
			{property: "correlationId", column: "CorrelationId", secondary: true},
			{property: "callerIpAddress", column: "IpAddress", do: toAddress, secondary: true},
		},
		inner: []entry{
			{property: "location", column: "Location"},
			{property: "correlationId", column: "CorrelationId"},
			{property: "ipAddress", column: "IpAddress", do: toAddress},
		},
		system: "Azure AD",
		id:     []string{"Id"},
	}
}

// risksSpec is for the states of users and service principals. Id is the account there, not the record.
func risksSpec() *spec {
	return &spec{
		tables: []string{"AADRiskyUsers", "AADRiskyServicePrincipals"},
		categories: map[string]string{
			"riskyusers":             "AADRiskyUsers",
			"riskyserviceprincipals": "AADRiskyServicePrincipals",
		},
		outer:  []entry{{property: "time", column: "TimeGenerated"}, {property: "category", do: toCategory}},
		inner:  []entry{},
		system: "Azure AD",
	}
}

func provisioningSpec() *spec {
	return &spec{
		tables:     []string{"AADProvisioningLogs"},
		categories: map[string]string{"provisioninglogs": "AADProvisioningLogs"},
		outer: []entry{
			{property: "time", column: "TimeGenerated"},
			{property: "category", column: "Category", do: toCategory},
			{property: "tenantId", column: "AADTenantId"},
		},
		inner: []entry{
			{property: "tenantId", column: "AADTenantId", secondary: true},
			{property: "sourceSystem", column: "SourceSystem"}, // the system that accounts come from, there
		},
		system: "Azure AD",
		id:     []string{"Id"},
	}
}

func words(list string) []string { return strings.Fields(list) }
