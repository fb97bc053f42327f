package decode

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/internal/table"
)

// portalColumns are the columns of the Entra portal's sign-in exports, in lower case and with single spaces, and the
// properties of a Graph sign-in that they show. A dot leads into an object. Columns that are not here are kept under
// _Unmapped.
var portalColumns = map[string]string{
	"date (utc)":                         "createdDateTime",
	"request id":                         "id",
	"user agent":                         "userAgent",
	"correlation id":                     "correlationId",
	"user id":                            "userId",
	"user":                               "userDisplayName",
	"username":                           "userPrincipalName",
	"user type":                          "userType",
	"cross tenant access type":           "crossTenantAccessType",
	"incoming token type":                "incomingTokenType",
	"authentication protocol":            "authenticationProtocol",
	"unique token identifier":            "uniqueTokenIdentifier",
	"original transfer method":           "originalTransferMethod",
	"client credential type":             "clientCredentialType",
	"token protection - sign in session": "tokenProtectionStatusDetails.signInSessionStatus",
	"token protection - sign in session statuscode": "tokenProtectionStatusDetails.signInSessionStatusCode",
	"application":                            "appDisplayName",
	"application id":                         "appId",
	"app owner tenant id":                    "appOwnerTenantId",
	"resource":                               "resourceDisplayName",
	"resource id":                            "resourceId",
	"resource tenant id":                     "resourceTenantId",
	"resource owner tenant id":               "resourceOwnerTenantId",
	"home tenant id":                         "homeTenantId",
	"home tenant name":                       "homeTenantName",
	"ip address":                             "ipAddress",
	"ip address (seen by resource)":          "ipAddressFromResourceProvider",
	"location":                               "location",
	"sign-in error code":                     "status.errorCode",
	"failure reason":                         "status.failureReason",
	"client app":                             "clientAppUsed",
	"device id":                              "deviceDetail.deviceId",
	"browser":                                "deviceDetail.browser",
	"operating system":                       "deviceDetail.operatingSystem",
	"compliant":                              "deviceDetail.isCompliant",
	"managed":                                "deviceDetail.isManaged",
	"join type":                              "deviceDetail.trustType",
	"multifactor authentication result":      "status.additionalDetails",
	"multifactor authentication auth method": "mfaDetail.authMethod",
	"multifactor authentication auth detail": "mfaDetail.authDetail",
	"authentication requirement":             "authenticationRequirement",
	"sign-in identifier":                     "signInIdentifier",
	"session id":                             "sessionId",
	"through global secure access":           "isThroughGlobalSecureAccess",
	"global secure access ip address":        "globalSecureAccessIpAddress",
	"autonomous system number":               "autonomousSystemNumber",
	"flagged for review":                     "flaggedForReview",
	"token issuer type":                      "tokenIssuerType",
	"token issuer name":                      "tokenIssuerName",
	"latency":                                "processingTimeInMilliseconds",
	"conditional access":                     "conditionalAccessStatus",
	"service principal id":                   "servicePrincipalId",
	"service principal name":                 "servicePrincipalName",
	"credential key id":                      "servicePrincipalCredentialKeyId",
	"credential thumbprint":                  "servicePrincipalCredentialThumbprint",
	"resource service principal id":          "resourceServicePrincipalId",
	"managed identity type":                  "managedServiceIdentity.msiType",
	"associated resource id":                 "managedServiceIdentity.associatedResourceId",
	"federated token id":                     "managedServiceIdentity.federatedTokenId",
	"federated token issuer":                 "managedServiceIdentity.federatedTokenIssuer",
	"federated credential id":                "federatedCredentialId",
}

// csvHeader says what the columns of one file are.
type csvHeader struct {
	names      []string // as they are written
	properties []string // "" where there is none
	unknown    int      // how many have none
	byColumn   bool     // a table's own columns, as Log Analytics exports them
	mapping    *mapping
}

// csv reads the portal's export of sign-ins, or the CSV export of a Log Analytics query. Every line becomes JSON in the
// Arena and goes the way of the other forms from there.
func (w *work) csv() error {
	body := w.b.Body
	r := csv.NewReader(bytes.NewReader(body))
	r.FieldsPerRecord = -1
	r.LazyQuotes = true
	r.ReuseRecord = true
	first, err := r.Read()
	if errors.Is(err, io.EOF) {
		return nil
	}
	if err != nil {
		return fault.New(fault.Invalid, "CSV header: %w", err)
	}
	h, err := w.csvHeader(first)
	if err != nil {
		return err
	}
	w.shapely = true
	for {
		from := int(r.InputOffset())
		line, err := r.Read()
		to := int(r.InputOffset())
		if errors.Is(err, io.EOF) {
			return nil
		}
		if w.tooMany() {
			return w.errTooMany()
		}
		for from < to && (body[from] == '\n' || body[from] == '\r') { // blank lines before it
			from++
		}
		for to > from && (body[to-1] == '\n' || body[to-1] == '\r') {
			to--
		}
		w.csvLine(h, line, err, from, to)
	}
}

func (w *work) csvLine(h *csvHeader, line []string, err error, from, to int) {
	switch {
	case err != nil:
		w.refuse(from, to, "offset "+itoa(from)+": CSV: "+err.Error(), "")
		return
	case len(line) != len(h.names):
		w.refuse(from, to, "offset "+itoa(from)+": the line has "+itoa(len(line))+" fields, the header "+itoa(len(h.names)), "")
		return
	case to-from > w.d.options.MaxRecord:
		w.refuse(from, to, "the record exceeds "+itoa(w.d.options.MaxRecord)+" bytes", "")
		return
	case w.dirty && !utf8.Valid(w.b.Body[from:to]):
		w.refuse(from, to, "the record is not valid UTF-8", "")
		return
	}
	start := len(w.b.Arena)
	w.b.Arena = h.appendObject(w.b.Arena, line)
	s := &w.side
	s.index(w.b.Arena[start:])
	s.base = table.ArenaCell(start, 0)
	end, list := s.members(0, w.list[:0], nil)
	if w.list = list; end < 0 {
		w.refuse(from, to, "offset "+itoa(from)+": "+s.want, "")
		return
	}
	as := roadBare
	if h.byColumn {
		as = roadRow
	} else {
		for i := len(list) - h.unknown; i < len(list); i++ {
			list[i].id = 0 // "Status" is not the column of that name
		}
	}
	w.row(h.mapping, as, list, table.TextCell(from, to-from))
}

func (w *work) csvHeader(first []string) (*csvHeader, error) {
	h := &csvHeader{}
	known := map[string]bool{}
	for _, name := range first {
		name = strings.TrimSpace(name)
		folded := strings.ToLower(strings.Join(strings.Fields(name), " "))
		property := portalColumns[folded]
		if known[property] {
			property = "" // the second of two columns of one name
		}
		known[property] = property != ""
		if name == "TimeGenerated" || name == "TimeGenerated [UTC]" {
			h.byColumn = true
		}
		h.names = append(h.names, name)
		h.properties = append(h.properties, property)
	}
	for _, p := range h.properties {
		if p == "" {
			h.unknown++
		}
	}
	switch {
	case w.del.Table != "":
		h.mapping = w.d.byTable[w.del.Table]
		if h.mapping == nil {
			return nil, fault.New(fault.Invalid, "table %q is unknown", w.del.Table).WithNext("name one of the tables that the documentation lists")
		}
	case h.byColumn:
		return nil, fault.New(fault.Invalid, "a CSV export of a query does not say its table").WithNext("name the table")
	case known["managedServiceIdentity.msiType"] && !known["userPrincipalName"]:
		h.mapping = w.d.byTable["AADManagedIdentitySignInLogs"]
	case known["servicePrincipalId"] && !known["userPrincipalName"]:
		h.mapping = w.d.byTable["AADServicePrincipalSignInLogs"]
	default:
		h.mapping = w.d.byTable["SigninLogs"]
	}
	if !h.byColumn && (!known["createdDateTime"] || !known["id"]) {
		return nil, fault.New(fault.Invalid, `the CSV has no columns "Date (UTC)" and "Request ID"`).
			WithNext("import the portal's sign-in export, or name the table of a Log Analytics export")
	}
	if h.byColumn {
		for i, name := range h.names {
			h.properties[i] = strings.TrimSuffix(name, " [UTC]")
		}
	}
	return h, nil
}

// appendObject appends a line as a JSON object. Properties of one object need not stand together in the header.
func (h *csvHeader) appendObject(dst []byte, line []string) []byte {
	dst = append(dst, '{')
	comma := func() {
		if dst[len(dst)-1] != '{' {
			dst = append(dst, ',')
		}
	}
	done := map[string]bool{}
	for i, p := range h.properties {
		object, _, nested := strings.Cut(p, ".")
		switch {
		case h.byColumn:
			if line[i] == "" {
				continue
			}
			comma()
			dst = append(appendText(dst, p), ':')
			dst = appendText(dst, line[i])
		case p == "": // at the end
		case p == "location":
			comma()
			dst = append(dst, `"location":`...)
			dst = appendPlace(dst, line[i])
		case !nested:
			if line[i] == "" {
				continue
			}
			comma()
			dst = append(appendText(dst, p), ':')
			dst = appendText(dst, line[i])
		case !done[object]:
			done[object] = true
			comma()
			dst = append(appendText(dst, object), `:{`...)
			for j, q := range h.properties {
				if name, ok := strings.CutPrefix(q, object+"."); ok && line[j] != "" {
					comma()
					dst = append(appendText(dst, name), ':')
					dst = appendScalar(dst, line[j])
				}
			}
			dst = append(dst, '}')
		}
	}
	for i, p := range h.properties {
		if p == "" {
			comma()
			dst = append(appendText(dst, h.names[i]), ':')
			dst = appendText(dst, line[i])
		}
	}
	return append(dst, '}')
}

func appendText(dst []byte, s string) []byte { return table.AppendQuoted(dst, []byte(s)) }

// appendScalar writes numbers and truth values as JSON has them.
func appendScalar(dst []byte, s string) []byte {
	switch {
	case strings.EqualFold(s, "true"), strings.EqualFold(s, "yes"):
		return append(dst, "true"...)
	case strings.EqualFold(s, "false"), strings.EqualFold(s, "no"):
		return append(dst, "false"...)
	case len(s) < 16 && s != "0" && s[0] == '0', len(s) > 15, !allDigits([]byte(s)):
		return appendText(dst, s)
	}
	return append(dst, s...)
}

// appendPlace writes "Oslo, Oslo, NO" as a location. Cities may have commas.
func appendPlace(dst []byte, s string) []byte {
	parts := strings.Split(s, ", ")
	var city, state, country string
	switch n := len(parts); {
	case n >= 3:
		city, state, country = strings.Join(parts[:n-2], ", "), parts[n-2], parts[n-1]
	case n == 2:
		city, country = parts[0], parts[1]
	default:
		country = s
	}
	dst = append(appendText(append(dst, `{"city":`...), city), `,"state":`...)
	dst = append(appendText(dst, state), `,"countryOrRegion":`...)
	return append(appendText(dst, country), '}')
}
