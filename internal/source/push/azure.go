package push

import (
	"encoding/json"
	"errors"
	"net/http"
	"strconv"
	"strings"

	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/internal/source"
)

// AzurePath is where the Logs Ingestion API is: the official clients append it to the endpoint they are given.
const AzurePath = "/dataCollectionRules/{rule}/streams/{stream}"

// Azure is the Logs Ingestion API (learn.microsoft.com/azure/azure-monitor/logs/logs-ingestion-api-overview): a JSON
// array, usually gzip, for the table that the stream names; 204 when it is taken. The rule's id is not looked at: the
// token says who may push. Refused records are in DeadLetter, as Azure drops them, and counted in a header.
type Azure struct{ *Door }

func (a Azure) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	table, err := a.table(r.PathValue("stream"))
	if err != nil {
		AzureFail(w, r, err)
		return
	}
	receipt, err := a.put(w, r, source.Delivery{Source: "logs-ingestion", Table: table})
	if err != nil {
		AzureFail(w, r, err)
		return
	}
	if receipt.Refused > 0 {
		w.Header().Set("Glasswatch-Refused", strconv.Itoa(receipt.Refused))
		w.Header().Set("Glasswatch-Refused-Reason", printable(receipt.Refusals))
	}
	w.WriteHeader(http.StatusNoContent)
}

// table returns the table of a stream: Microsoft-<Table>, Custom-<Table> or Custom-<Table>_CL.
func (a Azure) table(stream string) (string, error) {
	name, ok := strings.CutPrefix(stream, "Microsoft-")
	if !ok {
		name, ok = strings.CutPrefix(stream, "Custom-")
		name = strings.TrimSuffix(name, "_CL")
	}
	if !ok || !a.HasTable(name) {
		return "", fault.New(fault.NotFound, "stream %q names no table", stream).
			WithNext("name it Microsoft-<Table> or Custom-<Table>_CL, such as Microsoft-SigninLogs")
	}
	return name, nil
}

// azureCodes are the status and code of the error object for each of ours.
var azureCodes = map[fault.Code]struct {
	status int
	code   string
}{
	fault.Invalid:     {http.StatusBadRequest, "InvalidPayload"},
	fault.NotFound:    {http.StatusNotFound, "InvalidStream"},
	fault.Conflict:    {http.StatusConflict, "Conflict"},
	fault.Denied:      {http.StatusForbidden, "AuthorizationFailed"},
	fault.TooLarge:    {http.StatusRequestEntityTooLarge, "ContentLengthLimitExceeded"},
	fault.Unavailable: {http.StatusServiceUnavailable, "ServiceUnavailable"},
	fault.Internal:    {http.StatusInternalServerError, "InternalServerError"},
}

// AzureFail writes an error as Azure does: {"error":{"code","message"}}.
func AzureFail(w http.ResponseWriter, _ *http.Request, err error) {
	made := azureCodes[fault.CodeOf(err)]
	message := err.Error()
	switch {
	case errors.Is(err, ErrBusy):
		made.status, made.code = http.StatusTooManyRequests, "TooManyRequests"
	case made.status == http.StatusInternalServerError:
		message = "an error inside Glasswatch; its log has the details"
	}
	AzureError(w, made.status, made.code, strings.TrimSpace(message+". "+fault.NextOf(err)))
}

// AzureError writes the error object with a status and code of its own.
func AzureError(w http.ResponseWriter, status int, code, message string) {
	if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
		w.Header().Set("Retry-After", "1")
	}
	var body struct {
		Error struct {
			Code    string `json:"code"`
			Message string `json:"message"`
		} `json:"error"`
	}
	body.Error.Code, body.Error.Message = code, message
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.Header().Set("x-ms-error-code", code)
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body) // the sender is gone
}

// printable returns the first reason in the letters that a header may have.
func printable(refusals []source.Refusal) string {
	if len(refusals) == 0 {
		return ""
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, refusals[0].Reason)
}
