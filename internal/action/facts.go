package action

import (
	"fmt"
	"strings"

	"github.com/glasswatch/glasswatch/internal/alert"
)

// Fact is one line of what is known.
type Fact struct {
	Name  string
	Value string
}

// facts lists what the record shows, in the order in which a person asks. Facts without a value are left out.
func facts(a *alert.Alert, r record) []Fact {
	var list []Fact
	add := func(name, value string) {
		if value != "" {
			list = append(list, Fact{name, value})
		}
	}
	account := first(a.Account.UserPrincipalName, a.Account.ObjectID)
	if a.Account.DisplayName != "" && a.Account.DisplayName != account {
		account = join(" · ", account, a.Account.DisplayName)
	}
	add("Account", account)
	switch {
	case a.Rule == UndeliverableRule:
		undeliverableFacts(r, add)
	case a.Outcome.Class != "" || strings.Contains(a.Table, "ignIn"):
		signInFacts(r, add)
	case a.Table == "AuditLogs":
		auditFacts(r, add)
	case a.Table == "AzureActivity":
		activityFacts(r, add)
	}
	add("Log", a.Table)
	add("Correlation id", a.CorrelationID)
	return list
}

func signInFacts(r record, add func(name, value string)) {
	app, resource := first(r.text("AppDisplayName"), r.text("AppId")), r.text("ResourceDisplayName")
	add("App", app)
	if resource != app {
		add("Resource", resource)
	}
	var place struct {
		City    string `json:"city"`
		State   string `json:"state"`
		Country string `json:"countryOrRegion"`
	}
	r.into("LocationDetails", &place)
	if place.State == place.City {
		place.State = ""
	}
	add("Address", join(" · ", r.text("IPAddress"), prefixed("AS", r.text("AutonomousSystemNumber"))))
	add("Place", join(", ", place.City, place.State, first(place.Country, r.text("Location"))))
	add("Method", methodText(r))
	add("MFA", mfaText(r))
	add("Conditional Access", conditionalAccessText(r))
	var device struct {
		OS      string `json:"operatingSystem"`
		Browser string `json:"browser"`
		Name    string `json:"displayName"`
	}
	r.into("DeviceDetail", &device)
	add("Device", join(" · ", device.Name, device.OS, first(device.Browser, r.text("ClientAppUsed"))))
	if risk := r.text("RiskLevelDuringSignIn"); risk != "none" && risk != "hidden" {
		add("Risk", risk)
	}
}

// outcomeText says in plain words what the sign-in proves.
func outcomeText(o alert.Outcome) string {
	proof := map[string]string{
		"Y": "First factor accepted",
		"L": "First factor probably accepted",
		"N": "Not let in, no proof of a right credential",
		"?": "Unclear whether the credential was right",
	}[o.Proof]
	if o.Class == "SUCCESS" {
		proof = "Signed in: the account was used"
	}
	text := join(": ", proof, o.Meaning)
	if o.Class == "SUCCESS" {
		text = proof
	}
	if o.Code != "" {
		text += " (code " + o.Code + ")"
	}
	return text
}

func methodText(r record) string {
	var steps []struct {
		Method    string `json:"authenticationMethod"`
		Detail    string `json:"authenticationMethodDetail"`
		Succeeded bool   `json:"succeeded"`
		Result    string `json:"authenticationStepResultDetail"`
	}
	r.into("AuthenticationDetails", &steps)
	var list []string
	seen := map[string]bool{}
	for _, s := range steps {
		if s.Method == "" {
			continue
		}
		result := s.Result
		switch {
		case result == "" && s.Succeeded:
			result = "succeeded"
		case result == "":
			result = "not passed"
		}
		text := s.Method
		if s.Detail != "" && s.Detail != s.Method {
			text += ", " + s.Detail
		}
		text += ": " + result
		if !seen[text] {
			seen[text] = true
			list = append(list, text)
		}
	}
	return strings.Join(list, "; ")
}

func mfaText(r record) string {
	required := map[string]string{
		"singleFactorAuthentication": "not asked for",
		"multiFactorAuthentication":  "required",
	}[r.text("AuthenticationRequirement")]
	var status struct {
		Details string `json:"additionalDetails"`
	}
	r.into("Status", &status)
	var mfa struct {
		Method string `json:"authMethod"`
		Detail string `json:"authDetail"`
	}
	r.into("MfaDetail", &mfa)
	if !strings.Contains(status.Details, "MFA") {
		status.Details = ""
	}
	return join(" · ", required, status.Details, join(" ", mfa.Method, mfa.Detail))
}

func conditionalAccessText(r record) string {
	text := map[string]string{
		"success":    "satisfied",
		"failure":    "failed",
		"notApplied": "no policy applied",
	}[r.text("ConditionalAccessStatus")]
	text = first(text, r.text("ConditionalAccessStatus"))
	var policies []struct {
		Name   string `json:"displayName"`
		Result string `json:"result"`
	}
	r.into("ConditionalAccessPolicies", &policies)
	var named []string
	for _, p := range policies {
		if p.Result == "failure" || p.Result == "success" {
			named = append(named, fmt.Sprintf("%s (%s)", p.Name, p.Result))
		}
	}
	if more := len(named) - 4; more > 0 {
		named = append(named[:4], fmt.Sprintf("and %d more", more))
	}
	return join(": ", text, strings.Join(named, ", "))
}

func auditFacts(r record, add func(name, value string)) {
	var by struct {
		User struct {
			Name string `json:"userPrincipalName"`
			ID   string `json:"id"`
			IP   string `json:"ipAddress"`
		} `json:"user"`
		App struct {
			Name string `json:"displayName"`
		} `json:"app"`
	}
	r.into("InitiatedBy", &by)
	var targets []struct {
		Name    string `json:"userPrincipalName"`
		Display string `json:"displayName"`
		ID      string `json:"id"`
	}
	r.into("TargetResources", &targets)
	var names []string
	for _, t := range targets {
		names = append(names, first(t.Name, t.Display, t.ID))
	}
	add("Operation", r.text("OperationName"))
	add("Result", join(": ", r.text("Result"), r.text("ResultReason")))
	add("Done by", first(by.User.Name, by.User.ID, by.App.Name, r.text("Identity")))
	add("Done to", join(", ", names...))
	add("Address", strings.TrimPrefix(by.User.IP, "<null>"))
}

func activityFacts(r record, add func(name, value string)) {
	add("Operation", first(r.text("OperationNameValue"), r.text("OperationName")))
	add("Result", first(r.text("ActivityStatusValue"), r.text("ActivityStatus")))
	add("Done by", r.text("Caller"))
	add("Done to", first(r.text("_ResourceId"), r.text("ResourceId")))
	add("Address", r.text("CallerIpAddress"))
}

func undeliverableFacts(r record, add func(name, value string)) {
	add("What it says", r.text("AlertSentence"))
	add("Alert", join(" · ", r.text("AlertRule"), r.text("AlertId")))
	add("Receiver", join(" · ", r.text("Receiver"), r.text("Recipient")))
	add("Action group", r.text("ActionGroup"))
	add("Channel", r.text("Channel"))
	add("Attempts", r.text("Attempts"))
	add("Last error", r.text("LastError"))
}

func prefixed(prefix, text string) string {
	if text == "" || text == "0" {
		return ""
	}
	return prefix + text
}
