package decode_test

import (
	"encoding/json"
	"testing"

	"github.com/glasswatch/glasswatch/internal/ingest/decode"
	"github.com/glasswatch/glasswatch/internal/sample"
	"github.com/glasswatch/glasswatch/internal/source"
	"github.com/glasswatch/glasswatch/internal/table"
	"github.com/valyala/fastjson"
)

// benchRecords is the number of records of one body in the benchmarks: 5 MB.
const benchRecords = 1000

func benchBody() []byte { return sample.New(1, sample.Options{}).Envelope(benchRecords) }

// perRecord reports the time of one record of n in every operation.
func perRecord(b *testing.B, n, bytes int) {
	b.SetBytes(int64(bytes))
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(n), "ns/record")
}

// BenchmarkDecode: check, map to all columns, hash.
func BenchmarkDecode(b *testing.B) {
	body, d := benchBody(), newDecoder(b)
	var batch table.Batch
	b.ReportAllocs()
	for b.Loop() {
		batch.Reset()
		if _, err := d.Decode(source.Delivery{Source: "bench", Body: body, ReceivedAt: received}, &batch); err != nil || len(batch.Rows) != benchRecords {
			b.Fatal(len(batch.Rows), err)
		}
	}
	perRecord(b, benchRecords, len(body))
}

// BenchmarkFastJSON builds the tree of the same body.
func BenchmarkFastJSON(b *testing.B) {
	body := benchBody()
	var p fastjson.Parser
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.ParseBytes(body); err != nil {
			b.Fatal(err)
		}
	}
	perRecord(b, benchRecords, len(body))
}

// BenchmarkFastJSONRecord builds the tree of one record after the other, which its cache likes better.
func BenchmarkFastJSONRecord(b *testing.B) {
	g := sample.New(1, sample.Options{})
	var records [][]byte
	size := 0
	for range benchRecords {
		records = append(records, g.AppendRecord(nil))
		size += len(records[len(records)-1])
	}
	var p fastjson.Parser
	b.ReportAllocs()
	for b.Loop() {
		for _, r := range records {
			if _, err := p.ParseBytes(r); err != nil {
				b.Fatal(err)
			}
		}
	}
	perRecord(b, benchRecords, size)
}

// BenchmarkEncodingJSON fills structs of the main columns.
func BenchmarkEncodingJSON(b *testing.B) {
	body := benchBody()
	b.ReportAllocs()
	for b.Loop() {
		var envelope struct{ Records []signIn }
		if err := json.Unmarshal(body, &envelope); err != nil || len(envelope.Records) != benchRecords {
			b.Fatal(err)
		}
	}
	perRecord(b, benchRecords, len(body))
}

// signIn is an Event Hub record as a program with encoding/json would declare it.
type signIn struct {
	Time, ResourceID, OperationName, OperationVersion, Category, TenantID, ResultType, ResultSignature, ResultDescription string
	DurationMs                                                                                                            int64
	CallerIPAddress, CorrelationID, Identity, Location                                                                    string
	Level                                                                                                                 json.Number
	Properties                                                                                                            struct {
		ID, CreatedDateTime, UserDisplayName, UserPrincipalName, UserID, SignInIdentifier, SignInIdentifierType, AppID, AppDisplayName,
		IPAddress, ClientAppUsed, UserAgent, CorrelationID, ConditionalAccessStatus, OriginalRequestID, TokenIssuerName, TokenIssuerType,
		ClientCredentialType, RiskDetail, RiskLevelAggregated, RiskLevelDuringSignIn, RiskState, ResourceDisplayName, ResourceID,
		ResourceTenantID, HomeTenantID, TenantID, AuthenticationRequirement, AlternateSignInName, ServicePrincipalID, UserType,
		CrossTenantAccessType, UniqueTokenIdentifier, IncomingTokenType, AuthenticationProtocol, ResourceServicePrincipalID,
		OriginalTransferMethod, GlobalSecureAccessIPAddress, SessionID, AppOwnerTenantID, ResourceOwnerTenantID string
		IsInteractive, FlaggedForReview, IsTenantRestricted, IsThroughGlobalSecureAccess bool
		ProcessingTimeInMilliseconds, AutonomousSystemNumber                             json.Number
		Agent, Status, DeviceDetail, MfaDetail, AppliedConditionalAccessPolicies, AuthenticationContextClassReferences,
		AuthenticationProcessingDetails, NetworkLocationDetails, RiskEventTypes, AuthenticationDetails, AuthenticationRequirementPolicies,
		SessionLifetimePolicies, TokenProtectionStatusDetails, ConditionalAccessAudiences json.RawMessage
		RiskEventTypesV2 json.RawMessage `json:"riskEventTypes_v2"`
		Place            json.RawMessage `json:"location"`
	}
}

// BenchmarkDecodeOne: a body of one record, as a push of one event is.
func BenchmarkDecodeOne(b *testing.B) {
	body, d := sample.New(1, sample.Options{}).Envelope(1), newDecoder(b)
	var batch table.Batch
	b.ReportAllocs()
	for b.Loop() {
		batch.Reset()
		if _, err := d.Decode(source.Delivery{Source: "bench", Body: body, ReceivedAt: received}, &batch); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(int64(len(body)))
}

var _ = decode.Options{}
