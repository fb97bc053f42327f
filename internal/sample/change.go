package sample

import "strconv"

// audit writes a change of the directory; target is the user it is about, drawn when nil.
func (w *writer) audit(target *Account) {
	g := w.g
	c := &changes[g.r.IntN(len(changes))]
	by := &g.users[g.r.IntN(min(20, len(g.users)))]
	if target == nil {
		target = &g.users[g.zipf.draw()]
	}
	p := &places[g.r.IntN(len(places))]
	ip, correlation := w.address(p), g.guid()
	w.envelope("AuditLogs", c.operation, ip, correlation)
	w.raw(`,"resultSignature":"None","durationMs":0,"identity":"","Level":4,"properties":{"tenantId":"`)
	w.raw(g.o.TenantID)
	w.raw(`","resultType":"","resultDescription":""`)
	w.put("operationName", c.operation)
	w.raw(`,"identity":"","tenantGeo":"EU","id":"Directory_`)
	w.raw(correlation)
	w.raw(`_7XK2P_`)
	w.number(10_000_000 + g.r.IntN(89_999_999))
	w.raw(`"`)
	w.put("category", c.category)
	w.put("correlationId", correlation)
	w.raw(`,"result":"success","resultReason":""`)
	w.put("activityDisplayName", c.operation)
	w.putTime("activityDateTime", w.at, offset)
	w.put("loggedByService", c.service)
	w.put("operationType", c.kind)
	w.raw(`,"userAgent":null,"initiatedBy":{"user":{"id":"`)
	w.raw(by.ObjectID)
	w.raw(`","displayName":null`)
	w.put("userPrincipalName", by.UserPrincipalName)
	w.put("ipAddress", ip)
	w.raw(`,"roles":[]}},"targetResources":[{"id":"`)
	w.raw(target.ObjectID)
	w.raw(`","displayName":null,"type":"User"`)
	w.put("userPrincipalName", target.UserPrincipalName)
	w.raw(`,"modifiedProperties":[{"displayName":"Included Updated Properties","oldValue":null,"newValue":"\"AccountEnabled\""}],"administrativeUnits":[]}`)
	if c.target != "User" {
		w.raw(`,{"id":"`)
		w.raw(g.guid())
		w.raw(`","displayName":null`)
		w.put("type", c.target)
		w.raw(`,"modifiedProperties":[],"administrativeUnits":[]}`)
	}
	w.raw(`],"additionalDetails":[{"key":"User-Agent","value":"`)
	w.raw(userAgents[0])
	w.raw(`"}]}}`)
}

// activity writes an operation on Azure resources.
func (w *writer) activity() {
	g := w.g
	u := &g.users[g.zipf.draw()]
	p := &places[g.r.IntN(len(places))]
	operation, ip := operations[g.r.IntN(len(operations))], w.address(p)
	name := "RES-" + strconv.Itoa(g.r.IntN(500))
	w.raw(`{"time":"`)
	w.dst = w.published.UTC().AppendFormat(w.dst, zulu)
	w.raw(`","resourceId":"/SUBSCRIPTIONS/11111111-1111-1111-1111-111111111111/RESOURCEGROUPS/RG-WORKLOADS/PROVIDERS/MICROSOFT.RESOURCES/DEPLOYMENTS/`)
	w.raw(name)
	w.raw(`"`)
	w.put("operationName", operation)
	w.raw(`,"category":"Administrative","resultType":"Success","resultSignature":"Succeeded.OK"`)
	w.put("durationMs", strconv.Itoa(g.r.IntN(3000)))
	w.put("callerIpAddress", ip)
	w.put("correlationId", g.guid())
	w.raw(`,"identity":{"authorization":{"scope":"/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups/rg-workloads"`)
	w.put("action", operation)
	w.raw(`,"evidence":{"role":"Contributor"`)
	w.put("principalId", u.ObjectID)
	w.raw(`,"principalType":"User"}},"claims":{"aud":"https://management.core.windows.net/","appid":"c44b4083-3bb0-49c1-b47d-974e53cbdf3c"`)
	w.put("ipaddr", ip)
	w.put("name", u.DisplayName)
	w.put("http://schemas.microsoft.com/identity/claims/objectidentifier", u.ObjectID)
	w.put("http://schemas.xmlsoap.org/ws/2005/05/identity/claims/upn", u.UserPrincipalName)
	w.raw(`,"ver":"1.0"}},"level":"Information","location":"global"`)
	w.put("tenantId", g.o.TenantID)
	w.raw(`,"properties":{"statusCode":"OK"`)
	w.put("serviceRequestId", g.guid())
	w.raw(`,"eventCategory":"Administrative"`)
	w.put("message", operation)
	w.put("hierarchy", g.o.TenantID+"/11111111-1111-1111-1111-111111111111")
	w.raw(`}}`)
}

// graphActivity writes a call of Microsoft Graph.
func (w *writer) graphActivity() {
	g := w.g
	u := &g.users[g.zipf.draw()]
	a := &g.apps[g.r.IntN(len(g.apps))]
	ip, request := w.address(&places[g.r.IntN(len(places))]), g.guid()
	duration := 1000 + g.r.IntN(900_000)
	w.envelope("MicrosoftGraphActivityLogs", "Microsoft Graph Activity", ip, request)
	w.raw(`,"resultSignature":"200"`)
	w.put("durationMs", strconv.Itoa(duration))
	w.raw(`,"level":"Informational","location":"West Europe","properties":{"timeGenerated":"`)
	w.dst = w.at.UTC().AppendFormat(w.dst, zulu)
	w.raw(`","location":"West Europe"`)
	w.put("requestId", request)
	w.put("operationId", request)
	w.put("clientRequestId", g.guid())
	w.raw(`,"apiVersion":"v1.0","requestMethod":"GET","responseStatusCode":200`)
	w.put("tenantId", g.o.TenantID)
	w.putInt("durationMs", duration)
	w.putInt("responseSizeBytes", 200+g.r.IntN(100_000))
	w.put("signInActivityId", w.token())
	w.put("roles", "")
	w.put("appId", a.id)
	w.put("UserPrincipalObjectID", u.ObjectID)
	w.raw(`,"scopes":"AuditLog.Read.All openid profile User.Read","identityProvider":"","clientAuthMethod":"0","wids":"62e90394-69f5-4237-9190-012177145e10","C_Idtyp":"user"`)
	w.put("ipAddress", ip)
	w.put("userAgent", userAgents[0])
	w.put("requestUri", calls[g.r.IntN(len(calls))])
	w.put("userId", u.ObjectID)
	w.putTime("tokenIssuedAt", w.at, zulu)
	w.raw(`}}`)
}
