package rule

import (
	"strings"

	"github.com/glasswatch/glasswatch/internal/alert"
)

// sentence says in one line what happened, for a reader who was just woken:
// "bg-north@contoso.onmicrosoft.com signed in to Azure Portal from 203.0.113.7, Oslo, NO: password accepted, MFA satisfied".
func sentence(rec record, acc alert.Account, out alert.Outcome) string {
	switch rec.row.Schema.Name {
	case "SigninLogs", "AADNonInteractiveUserSignInLogs", "AADServicePrincipalSignInLogs", "AADManagedIdentitySignInLogs":
		return signInSentence(rec, acc, out)
	case "AuditLogs":
		return auditSentence(rec)
	case "AzureActivity":
		return activitySentence(rec)
	}
	return "a record of " + rec.row.Schema.Name + " matched"
}

func signInSentence(rec record, acc alert.Account, out alert.Outcome) string {
	var b strings.Builder
	b.WriteString(first(acc.UserPrincipalName, acc.DisplayName, acc.ObjectID, rec.text("ServicePrincipalName"), "an account"))
	b.WriteByte(' ')
	b.WriteString(verb(out))
	b.WriteByte(' ')
	b.WriteString(first(rec.text("AppDisplayName"), rec.text("ResourceDisplayName"), "an unnamed app ("+first(rec.text("AppId"), "no id")+")"))
	if from := place(rec); from != "" {
		b.WriteString(" from ")
		b.WriteString(from)
	}
	b.WriteString(": ")
	b.WriteString(strings.Join(proof(rec, out), ", "))
	return b.String()
}

// verb follows from what the result proves.
func verb(out alert.Outcome) string {
	switch {
	case out.Class == "SUCCESS":
		return "signed in to"
	case out.Proof == "Y":
		return "got past the first factor to"
	default:
		return "failed to sign in to"
	}
}

// place is the address, then the town and country where the record has them.
func place(rec record) string {
	var loc struct {
		City    string `json:"city"`
		Country string `json:"countryOrRegion"`
	}
	rec.json("LocationDetails", &loc)
	return join(rec.text("IPAddress"), loc.City, first(loc.Country, rec.text("Location")))
}

// step is one entry of AuthenticationDetails.
type step struct {
	Method      string `json:"authenticationMethod"`
	Succeeded   bool   `json:"succeeded"`
	Detail      string `json:"authenticationStepResultDetail"`
	Requirement string `json:"authenticationStepRequirement"`
}

// proof lists what the record shows of the factors, then, where it was no success, what the result code means.
func proof(rec record, out alert.Outcome) []string {
	var steps []step
	rec.json("AuthenticationDetails", &steps)
	var parts []string
	for _, s := range steps {
		if text := s.String(); text != "" {
			parts = appendNew(parts, text)
		}
	}
	var status struct {
		Details string `json:"additionalDetails"`
	}
	rec.json("Status", &status)
	switch {
	case strings.HasPrefix(status.Details, "MFA completed"):
		parts = appendNew(parts, "MFA completed")
	case strings.HasPrefix(status.Details, "MFA requirement satisfied"):
		parts = appendNew(parts, "MFA satisfied")
	case out.Class == "SUCCESS" && rec.text("AuthenticationRequirement") == "singleFactorAuthentication":
		parts = appendNew(parts, "no MFA asked for")
	}
	if out.Class != "SUCCESS" {
		return append(parts, plain(out.Meaning)+" (code "+first(out.Code, "missing")+")")
	}
	if len(parts) == 0 {
		return []string{"sign-in succeeded"}
	}
	return parts
}

// plain leaves out the identifier that a meaning may begin with ("UserDisabled: account is disabled").
func plain(meaning string) string {
	if name, rest, ok := strings.Cut(meaning, ": "); ok && !strings.Contains(name, " ") {
		return rest
	}
	return meaning
}

// String says what a step proves; "" for one that says nothing yet.
func (s step) String() string {
	switch {
	case strings.HasPrefix(s.Detail, "MFA requirement satisfied"):
		return "MFA satisfied"
	case strings.HasPrefix(s.Detail, "MFA successfully completed"), strings.HasPrefix(s.Detail, "MFA completed"):
		return "MFA completed"
	case s.Method == "Previously satisfied":
		return "first factor satisfied by a token"
	case s.Detail == "Correct password":
		return "password accepted"
	case s.Method == "":
		return ""
	case s.Succeeded:
		return method(s.Method) + " accepted"
	case s.Detail == "Authentication in progress":
		return method(s.Method) + " asked for"
	default:
		return method(s.Method) + " refused"
	}
}

// method writes a method's name as it stands within a sentence.
func method(name string) string {
	switch {
	case strings.HasPrefix(name, "Passkey"), strings.HasPrefix(name, "Password"), strings.HasPrefix(name, "Mobile"):
		return strings.ToLower(name[:1]) + name[1:]
	}
	return name
}

func auditSentence(rec record) string {
	var by struct {
		User struct {
			Name string `json:"userPrincipalName"`
			ID   string `json:"id"`
			IP   string `json:"ipAddress"`
		} `json:"user"`
		App struct {
			Name string `json:"displayName"`
			ID   string `json:"appId"`
		} `json:"app"`
	}
	rec.json("InitiatedBy", &by)
	var targets []struct {
		Name    string `json:"userPrincipalName"`
		Display string `json:"displayName"`
		ID      string `json:"id"`
	}
	rec.json("TargetResources", &targets)
	text := first(by.User.Name, by.User.ID, by.App.Name, by.App.ID, "somebody") + ": " +
		first(strings.TrimSpace(rec.text("OperationName")), "an operation without a name")
	if len(targets) > 0 {
		if on := first(targets[0].Name, targets[0].Display, targets[0].ID); on != "" {
			text += " on " + on
		}
	}
	if ip := by.User.IP; ip != "" && ip != "<null>" {
		text += " from " + ip
	}
	return text + result(rec.text("Result"))
}

func activitySentence(rec record) string {
	text := first(rec.text("Caller"), "somebody") + ": " + first(rec.text("OperationNameValue"), rec.text("OperationName"), "an operation")
	if on := first(rec.text("_ResourceId"), rec.text("ResourceId")); on != "" {
		text += " on " + on
	}
	if ip := rec.text("CallerIpAddress"); ip != "" {
		text += " from " + ip
	}
	return text + result(rec.text("ActivityStatusValue"))
}

func result(text string) string {
	if text == "" {
		return ""
	}
	return " (" + strings.ToLower(text) + ")"
}

// first returns the first text that is not empty.
func first(texts ...string) string {
	for _, t := range texts {
		if t != "" {
			return t
		}
	}
	return ""
}

// join puts the texts that are not empty in a row.
func join(texts ...string) string {
	var parts []string
	for _, t := range texts {
		if t != "" {
			parts = append(parts, t)
		}
	}
	return strings.Join(parts, ", ")
}

// appendNew appends text unless list has it.
func appendNew(list []string, text string) []string {
	for _, have := range list {
		if have == text {
			return list
		}
	}
	return append(list, text)
}
