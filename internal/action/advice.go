package action

import "github.com/glasswatch/glasswatch/internal/alert"

// advice says what to do next, most urgent first, for someone who was just woken.
func advice(a *alert.Alert) []string {
	account := first(a.Account.UserPrincipalName, a.Account.ObjectID, "the account")
	acknowledge := "Tell the others that you have it: glasswatch alert ack " + short(a.ID) + "."
	if a.Rule == UndeliverableRule {
		return []string{
			"Pass the alert on yourself to the person named above: they may not know.",
			"Correct the address or the channel, then try it: glasswatch send-test GROUP.",
			acknowledge,
		}
	}
	switch {
	case a.Outcome.Class == "":
		return []string{
			"Find out who did this and whether it was agreed. Ask by phone, not by mail or chat of the same tenant.",
			"If nobody stands for it, undo it and treat the account that did it as compromised.",
			acknowledge,
		}
	case a.Outcome.Class == "LOCKED" || a.Outcome.Class == "DISABLED":
		return []string{
			"The account may not work when it is needed. Check in the Entra admin center that " + account + " is enabled and not locked.",
			"Ask its custodians by phone whether one of them tried to sign in.",
			acknowledge,
		}
	case a.Outcome.Proof == "N":
		return []string{
			"Nobody got in by this attempt. Ask the custodians by phone whether it was one of them, mistyped.",
			"If not, somebody knows the account's name and tries: watch for more, and check that the sign-in method cannot be guessed.",
			acknowledge,
		}
	}
	return []string{
		"Call the custodians of " + account + " now: is it one of them, for a known emergency or drill? Use the phone, not mail or chat of this tenant.",
		"If nobody stands for it, treat the tenant as under attack: as another Global Administrator, revoke the account's sessions and replace its credentials.",
		"List what the account did since: AuditLogs and AzureActivity, from the sign-in time on.",
		acknowledge,
	}
}

// short is the part of an id that is enough to name an alert on the command line.
func short(id string) string {
	if len(id) > 8 {
		return id[:8]
	}
	return id
}
