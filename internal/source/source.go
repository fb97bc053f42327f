// Package source is stage 1 of 7: where log records come from. A source hands bodies, as they came, to a Sink and
// acknowledges to its sender only what the Sink has taken. Implementations live in folders below; ingest (stage 2)
// is the Sink.
package source

import (
	"context"
	"time"
)

// Encoding is how the bytes of a body are compressed.
type Encoding uint8

// The encodings that a body may have.
const (
	Identity Encoding = iota
	Gzip
	Zstd
)

// Delivery is one body as it came. The Sink does not keep Body after Put returns, and does not change it.
type Delivery struct {
	Source     string // name of the source, for Heartbeat and for messages: "push", "import"
	Body       []byte
	Encoding   Encoding
	Table      string // where the sender names the table (Logs Ingestion API, CSV import); else "" and the records say
	CSV        bool   // the portal's CSV export; all other forms are recognised by content
	ReceivedAt time.Time
}

// Refusal is one record, or one whole body, that could not be taken; it is kept in DeadLetter.
type Refusal struct {
	Index  int    // position of the record in the body, from 0
	Reason string // for a reader: what is wrong, and where
}

// Receipt says what became of the records of one body.
type Receipt struct {
	Taken    int       // new records, and new revisions of known ones
	Repeated int       // records that were here before, byte for byte the same in meaning
	Refused  int       // malformed or unknown records, kept in DeadLetter
	Refusals []Refusal // the first 20
}

// Sink takes bodies. When Put returns nil, every record that the receipt counts is durable and judged, and the alerts
// it fired and the notifications these owe are durable too. On an error nothing of the body may be acknowledged; a
// fault.Invalid error says that the same body will never be taken.
type Sink interface {
	Put(ctx context.Context, d Delivery) (Receipt, error)
}

// Source is a running source, such as an Event Hub reader. Push is not one: its handler calls the Sink itself.
type Source interface {
	// Run delivers until ctx ends and then returns nil; another error is an alarm.
	Run(ctx context.Context, sink Sink) error
}
