package sample

import "strconv"

// signIn writes a user's sign-in, interactive or not.
func (w *writer) signIn(e Event) {
	g, u := w.g, e.Account
	p := &places[g.r.IntN(len(places))]
	a := &g.apps[g.r.IntN(len(g.apps))]
	agent := g.r.IntN(len(userAgents))
	ip, correlation, id := w.address(p), g.guid(), g.guid()
	interactive := e.Kind == SignIn
	category := "NonInteractiveUserSignInLogs"
	if interactive {
		category = "SignInLogs"
	}
	w.envelope(category, "Sign-in activity", ip, correlation)
	w.put("resultType", strconv.Itoa(e.Result))
	if e.Result == 0 {
		w.put("resultSignature", "SUCCESS")
	} else {
		w.put("resultSignature", "FAILURE")
		w.put("resultDescription", reasonOf(e.Result))
	}
	w.putInt("durationMs", 0)
	w.put("identity", u.DisplayName)
	w.putInt("Level", 4)
	w.put("location", p.country)

	w.raw(`,"properties":{"id":"`)
	w.raw(id)
	w.raw(`"`)
	w.putTime("createdDateTime", w.at, offset)
	w.put("userDisplayName", u.DisplayName)
	w.put("userPrincipalName", u.UserPrincipalName)
	w.put("userId", u.ObjectID)
	if interactive {
		w.put("signInIdentifier", u.UserPrincipalName)
		w.put("signInIdentifierType", "userPrincipalName")
	}
	w.raw(`,"agent":{"agentType":"notAgentic","parentAppId":""}`)
	w.put("appId", a.id)
	w.put("appDisplayName", a.name)
	w.put("ipAddress", ip)
	w.status(e.Result)
	w.put("clientAppUsed", "Browser")
	w.put("userAgent", userAgents[agent])
	w.raw(`,"deviceDetail":{"deviceId":"`)
	managed := w.chance(60)
	if managed {
		w.raw(g.guid())
	}
	w.raw(`"`)
	w.put("operatingSystem", systems[agent])
	w.put("browser", browsers[agent])
	if managed {
		w.raw(`,"isCompliant":true,"isManaged":true,"trustType":"Azure AD joined"`)
	}
	w.raw(`}`)
	w.place(p)
	if e.Result == 0 && w.chance(40) {
		w.raw(`,"mfaDetail":{"authMethod":"Mobile app notification","authDetail":""}`)
	} else {
		w.raw(`,"mfaDetail":{}`)
	}
	w.put("correlationId", correlation)
	w.conditionalAccess(e.Result)
	w.raw(`,"authenticationContextClassReferences":[]`)
	w.put("originalRequestId", id)
	w.raw(`,"isInteractive":`)
	w.raw(strconv.FormatBool(interactive))
	w.put("tokenIssuerName", "")
	w.put("tokenIssuerType", "AzureAD")
	w.raw(`,"authenticationProcessingDetails":[{"key":"Legacy TLS (TLS 1.0, 1.1, 3DES)","value":"False"},{"key":"Oauth Scope Info","value":"[\"user_impersonation\"]"},{"key":"Is CAE Token","value":"False"}]`)
	if w.chance(30) {
		w.raw(`,"networkLocationDetails":[{"networkType":"namedNetwork","networkNames":["Offices"]}]`)
	} else {
		w.raw(`,"networkLocationDetails":[]`)
	}
	w.put("clientCredentialType", "none")
	w.putInt("processingTimeInMilliseconds", 40+g.r.IntN(400))
	w.risk(e.Result)
	w.put("resourceDisplayName", "Windows Azure Service Management API")
	w.put("resourceId", "797f4846-ba00-4fd7-ba43-dac1f8f63013")
	w.put("resourceTenantId", g.o.TenantID)
	w.put("homeTenantId", g.o.TenantID)
	w.put("tenantId", g.o.TenantID)
	w.steps(e.Result, interactive)
	w.raw(`,"authenticationRequirementPolicies":[],"sessionLifetimePolicies":[]`)
	w.put("authenticationRequirement", "multiFactorAuthentication")
	w.put("alternateSignInName", u.UserPrincipalName)
	w.put("servicePrincipalId", "")
	w.put("userType", "Member")
	w.raw(`,"flaggedForReview":false,"isTenantRestricted":false`)
	w.putInt("autonomousSystemNumber", p.asn)
	w.put("crossTenantAccessType", "none")
	w.raw(`,"privateLinkDetails":{},"ssoExtensionVersion":""`)
	w.put("uniqueTokenIdentifier", w.token())
	w.raw(`,"authenticationStrengths":[],"incomingTokenType":"none","authenticationProtocol":"none","appServicePrincipalId":null`)
	w.put("resourceServicePrincipalId", "e8ee80a2-585b-4afd-b9b3-81d65b64009f")
	w.raw(`,"rngcStatus":0,"signInTokenProtectionStatus":"none","tokenProtectionStatusDetails":{"signInSessionStatus":"unbound","signInSessionStatusCode":1002},"originalTransferMethod":"none","isThroughGlobalSecureAccess":false,"globalSecureAccessIpAddress":"","conditionalAccessAudiences":["797f4846-ba00-4fd7-ba43-dac1f8f63013"]`)
	w.put("sessionId", g.guid())
	w.put("appOwnerTenantId", "f8cdef31-a31e-4b4a-93e4-5f571e91255a")
	w.put("resourceOwnerTenantId", "f8cdef31-a31e-4b4a-93e4-5f571e91255a")
	w.raw(`}}`)
}

func (w *writer) status(code int) {
	w.raw(`,"status":{"errorCode":`)
	w.number(code)
	if code == 0 {
		w.put("additionalDetails", "MFA requirement satisfied by claim in the token")
	} else {
		w.put("failureReason", reasonOf(code))
	}
	w.raw(`}`)
}

func (w *writer) place(p *place) {
	w.raw(`,"location":{"city":"`)
	w.raw(p.city)
	w.raw(`"`)
	w.put("state", p.state)
	w.put("countryOrRegion", p.country)
	w.raw(`,"geoCoordinates":{"latitude":`)
	w.raw(p.latitude)
	w.raw(`,"longitude":`)
	w.raw(p.longitude)
	w.raw(`}}`)
}

// conditionalAccess writes three to eight policies that were looked at.
func (w *writer) conditionalAccess(code int) {
	status := "success"
	if code == 53003 {
		status = "failure"
	}
	w.put("conditionalAccessStatus", status)
	w.raw(`,"appliedConditionalAccessPolicies":[`)
	first := w.g.r.IntN(len(policies))
	for i := range 3 + min(w.g.r.IntN(6), w.g.r.IntN(6), w.g.r.IntN(6)) {
		if i > 0 {
			w.raw(`,`)
		}
		p := &policies[(first+i)%len(policies)]
		result := "notApplied"
		if i == 0 {
			result = status
		}
		w.raw(`{"id":"`)
		w.raw(p.id)
		w.raw(`"`)
		w.put("displayName", p.name)
		w.raw(`,"enforcedGrantControls":[`)
		w.raw(p.grant)
		w.raw(`],"enforcedSessionControls":[`)
		w.raw(p.session)
		w.raw(`]`)
		w.put("result", result)
		w.putInt("conditionsSatisfied", 1<<w.g.r.IntN(5)-1)
		w.putInt("conditionsNotSatisfied", 1<<w.g.r.IntN(4))
		w.raw(`}`)
	}
	w.raw(`]`)
}

func (w *writer) risk(code int) {
	level, state := "none", "none"
	if code == 50126 && w.chance(20) || w.chance(1) {
		level, state = "medium", "atRisk"
	}
	w.put("riskDetail", "none")
	w.put("riskLevelAggregated", level)
	w.put("riskLevelDuringSignIn", level)
	w.put("riskState", state)
	if level == "none" {
		w.raw(`,"riskEventTypes":[],"riskEventTypes_v2":[]`)
	} else {
		w.raw(`,"riskEventTypes":["unfamiliarFeatures"],"riskEventTypes_v2":["unfamiliarFeatures"]`)
	}
}

// steps writes the authentication steps: the first factor, and the second where it came to that.
func (w *writer) steps(code int, interactive bool) {
	if !interactive {
		w.raw(`,"authenticationDetails":[]`)
		return
	}
	w.raw(`,"authenticationDetails":[{"authenticationStepDateTime":"`)
	w.dst = w.at.UTC().AppendFormat(w.dst, offset)
	w.raw(`","authenticationMethod":"Password","authenticationMethodDetail":"Password in the cloud","succeeded":`)
	w.raw(strconv.FormatBool(code != 50126 && code != 50053))
	if code == 50126 || code == 50053 {
		w.raw(`,"authenticationStepResultDetail":"Invalid username or password or Invalid on-premise username or password."`)
	} else {
		w.raw(`,"authenticationStepResultDetail":"Correct password"`)
	}
	w.raw(`,"authenticationStepRequirement":"Primary authentication","StatusSequence":0,"RequestSequence":1}`)
	if code == 0 && w.chance(45) {
		w.raw(`,{"authenticationStepDateTime":"`)
		w.dst = w.at.UTC().AppendFormat(w.dst, offset)
		w.raw(`","authenticationMethod":"Mobile app notification","succeeded":true,"authenticationStepResultDetail":"MFA requirement satisfied by claim in the token","authenticationStepRequirement":"Multifactor authentication","StatusSequence":0,"RequestSequence":0}`)
	}
	w.raw(`]`)
}

// servicePrincipal writes the sign-in of an application or of a managed identity.
func (w *writer) servicePrincipal(managed bool) {
	g := w.g
	p := &places[g.r.IntN(len(places))]
	a := &g.apps[g.r.IntN(len(g.apps))]
	category, ip := "ServicePrincipalSignInLogs", w.address(p)
	if managed {
		category, ip = "ManagedIdentitySignInLogs", ""
	}
	correlation := g.guid()
	w.envelope(category, "Sign-in activity", ip, correlation)
	w.raw(`,"resultType":"0","resultSignature":"SUCCESS","durationMs":0,"Level":4,"properties":{"id":"`)
	w.raw(g.guid())
	w.raw(`"`)
	w.putTime("createdDateTime", w.at, offset)
	w.raw(`,"userId":null,"agent":{"agentType":"notAgentic","parentAppId":""}`)
	w.put("appId", a.id)
	w.put("ipAddress", ip)
	w.raw(`,"status":{"errorCode":0},"userAgent":""`)
	if managed {
		p = &place{latitude: "0.0", longitude: "0.0"}
	}
	w.place(p)
	w.put("correlationId", correlation)
	w.raw(`,"conditionalAccessStatus":"notApplied","appliedConditionalAccessPolicies":[],"authenticationContextClassReferences":[],"isInteractive":false,"tokenIssuerType":"AzureAD","authenticationProcessingDetails":[{"key":"Azure AD App Authentication Library","value":""}],"networkLocationDetails":[],"clientCredentialType":"certificate","processingTimeInMilliseconds":0,"riskDetail":"none","riskLevelAggregated":"none","riskLevelDuringSignIn":"none","riskState":"none"`)
	w.put("resourceDisplayName", "Microsoft Graph")
	w.put("resourceId", "00000003-0000-0000-c000-000000000000")
	w.put("resourceTenantId", g.o.TenantID)
	w.put("homeTenantId", g.o.TenantID)
	w.put("servicePrincipalName", a.name)
	w.put("servicePrincipalId", a.id)
	if managed {
		w.raw(`,"managedServiceIdentity":{"msiType":"systemAssigned","associatedResourceId":"","federatedTokenId":"","federatedTokenIssuer":""}`)
	}
	w.putInt("autonomousSystemNumber", p.asn)
	w.put("servicePrincipalCredentialKeyId", g.guid())
	w.put("uniqueTokenIdentifier", w.token())
	w.raw(`,"conditionalAccessAudiences":["00000003-0000-0000-c000-000000000000"],"sessionId":""}}`)
}
