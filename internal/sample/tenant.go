package sample

import "strings"

func lower(s string) string { return strings.ToLower(s) }

func list(s string) []string { return strings.Split(s, "|") }

var (
	firstNames  = list("Mira|Jonas|Aiko|Farid|Ines|Pavel|Nadia|Tomas|Lucia|Henrik|Amara|Bastian|Chloe|Dmitri|Elena|Gustav|Hana|Ivo|Jelena|Karim|Lotte|Mateo|Nina|Oskar|Priya|Rasmus|Salma|Tuva|Viktor|Yara")
	lastNames   = list("Solberg|Okafor|Tanaka|Haddad|Moreno|Novak|Petrov|Lindqvist|Rossi|Berg|Diallo|Keller|Martin|Sokolov|Popa|Nilsson|Kim|Kovac|Peric|Aziz|De Vries|Garcia|Maier|Holm|Sharma|Dahl|Nasser|Lund|Horvat|Costa")
	appNames    = list("Azure Portal|Office 365 Exchange Online|Microsoft Teams|SharePoint Online|Microsoft Azure CLI|Salesforce|ServiceNow|Workday|Travel Desk|Expense Hub")
	appSuffixes = list("Production|Europe|Test|Mobile|Web|Partner|Legacy|Archive|Internal|Reports|North|South")
	userAgents  = list("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0|" +
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/19.1 Safari/605.1.15|" +
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0|" +
		"Mozilla/5.0 (iPhone; CPU iPhone OS 19_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148")
	browsers = list("Edge 142.0.0|Safari 19.1|Firefox 145.0|Mobile Safari")
	systems  = list("Windows10|MacOs|Windows10|Ios")
)

type place struct {
	city, state, country, address string
	latitude, longitude           string
	asn                           int
}

// places use the networks and systems that are reserved for documentation (RFC 5737, RFC 3849, RFC 5398).
var places = []place{
	{"Oslo", "Oslo", "NO", "203.0.113.", "59.91386", "10.75225", 64500},
	{"Bergen", "Vestland", "NO", "203.0.113.", "60.39299", "5.32415", 64500},
	{"Stockholm", "Stockholms Lan", "SE", "203.0.113.", "59.33258", "18.0649", 64501},
	{"Copenhagen", "Hovedstaden", "DK", "203.0.113.", "55.67594", "12.56553", 64501},
	{"Hamburg", "Hamburg", "DE", "198.51.100.", "53.55073", "9.99302", 64502},
	{"Munich", "Bayern", "DE", "198.51.100.", "48.13743", "11.57549", 64502},
	{"Zurich", "Zurich", "CH", "198.51.100.", "47.36667", "8.55", 64503},
	{"Paris", "Ile-de-France", "FR", "198.51.100.", "48.85341", "2.3488", 64503},
	{"Madrid", "Madrid", "ES", "198.51.100.", "40.4165", "-3.70256", 64504},
	{"Dublin", "Dublin", "IE", "192.0.2.", "53.33306", "-6.24889", 64504},
	{"London", "London, City of", "GB", "192.0.2.", "51.50853", "-0.12574", 64505},
	{"New York", "New York", "US", "192.0.2.", "40.71427", "-74.00597", 64505},
	{"Singapore", "Central Singapore", "SG", "192.0.2.", "1.28967", "103.85007", 64506},
	{"Lima", "Lima", "PE", "2001:db8:51::", "-12.04637", "-77.04279", 64507},
	{"Tokyo", "Tokyo", "JP", "2001:db8:81::", "35.6895", "139.69171", 64508},
}

// resultCodes are the failures that occur most.
var resultCodes = []struct {
	code   int
	reason string
}{
	{50126, "Error validating credentials due to invalid username or password."},
	{50126, "Error validating credentials due to invalid username or password."},
	{50126, "Error validating credentials due to invalid username or password."},
	{50074, "Strong Authentication is required."},
	{50140, "This error occurred due to 'Keep me signed in' interrupt when the user was signing-in."},
	{50055, "The password is expired."},
	{50053, "The account is locked, you've tried to sign in too many times with an incorrect user ID or password."},
	{53003, "Access has been blocked by Conditional Access policies. The access policy does not allow token issuance."},
	{500121, "Authentication failed during strong authentication request."},
	{50072, "User needs to enroll for second factor authentication."},
}

func reasonOf(code int) string {
	for _, c := range resultCodes {
		if c.code == code {
			return c.reason
		}
	}
	return "Sign-in was interrupted."
}

type policy struct{ id, name, grant, session string }

var policies = []policy{
	{"57db9b4c-0656-4a2f-96b8-74ba9a669a78", "CA001 Require MFA for all users", `"Mfa"`, ``},
	{"ed671696-5a05-44bf-858a-2e12dd05259e", "CA002 Block legacy authentication", `"Block"`, ``},
	{"468f83bb-9025-4351-a22b-755c07bd4d5a", "CA003 Compliant device for admins", `"RequireCompliantDevice"`, ``},
	{"09e212fd-917c-493e-b73f-166c7057d489", "CA004 Block countries not listed", `"Block"`, ``},
	{"3f0c5a0e-7d1b-4a57-8c2c-51f2a9f6d8a1", "CA005 Sign-in frequency", ``, `"SignInFrequency"`},
	{"a41c7c55-6d0a-4b7c-9a35-3c0b8b1a7f02", "CA006 App protection on mobiles", `"RequireCompliantApp"`, ``},
	{"c8f1b1d2-2f5e-4e86-b1b4-9f0fb3a6b903", "CA007 High risk needs MFA", `"Mfa"`, `"SignInFrequency"`},
	{"d5a9e6c3-8a4d-45d2-8d43-6f3a3b7c1d04", "CA008 Terms of use for guests", `"TermsOfUse"`, ``},
	{"e60b2d74-1c9f-4f6e-a5c8-0a7d5e4f9b05", "CA009 Strong method for roles", `"AuthenticationStrength"`, ``},
	{"f71d3e85-0b8e-4c5d-9b2a-7e6c4d3a8f06", "CA010 No persistent browser", ``, `"PersistentBrowserSessionMode"`},
}

type change struct{ operation, category, service, kind, target string }

var changes = []change{
	{"Update user", "UserManagement", "Core Directory", "Update", "User"},
	{"Add member to group", "GroupManagement", "Core Directory", "Assign", "Group"},
	{"Remove member from group", "GroupManagement", "Core Directory", "Unassign", "Group"},
	{"Reset user password", "UserManagement", "Core Directory", "Update", "User"},
	{"Update application – Certificates and secrets management ", "ApplicationManagement", "Core Directory", "Update", "Application"},
	{"Add member to role", "RoleManagement", "Core Directory", "Assign", "Role"},
	{"Update conditional access policy", "Policy", "Conditional Access", "Update", "Policy"},
	{"User registered security info", "UserManagement", "Authentication Methods", "Add", "User"},
}

var operations = list("MICROSOFT.COMPUTE/VIRTUALMACHINES/WRITE|MICROSOFT.STORAGE/STORAGEACCOUNTS/LISTKEYS/ACTION|MICROSOFT.INSIGHTS/SCHEDULEDQUERYRULES/WRITE|" +
	"MICROSOFT.AUTHORIZATION/ROLEASSIGNMENTS/WRITE|MICROSOFT.RESOURCES/DEPLOYMENTS/WRITE|MICROSOFT.NETWORK/NETWORKSECURITYGROUPS/WRITE")

var calls = list("https://graph.microsoft.com/v1.0/users?$top=999|https://graph.microsoft.com/v1.0/me|https://graph.microsoft.com/v1.0/groups/7f2c/members|" +
	"https://graph.microsoft.com/beta/auditLogs/signIns?$top=50|https://graph.microsoft.com/v1.0/applications")
