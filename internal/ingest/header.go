package ingest

import (
	"encoding/binary"
	"errors"
	"time"

	"github.com/glasswatch/glasswatch/internal/source"
)

const headerVersion = 1

var errHeader = errors.New("header of a frame is of an unknown version or too short")

// appendHeader writes what the log keeps of a delivery beside its body: version, encoding, CSV, time of arrival (ns since
// 1970), then the names of table and source, each after its length.
func appendHeader(b []byte, d *source.Delivery) []byte {
	csv := byte(0)
	if d.CSV {
		csv = 1
	}
	b = append(b, headerVersion, byte(d.Encoding), csv)
	b = binary.LittleEndian.AppendUint64(b, uint64(d.ReceivedAt.UnixNano()))
	for _, s := range []string{d.Table, d.Source} {
		s = s[:min(len(s), 1<<16-1)]
		b = binary.LittleEndian.AppendUint16(b, uint16(len(s)))
		b = append(b, s...)
	}
	return b
}

// parseHeader is the inverse of appendHeader.
func parseHeader(b []byte) (source.Delivery, error) {
	if len(b) < 11 || b[0] != headerVersion {
		return source.Delivery{}, errHeader
	}
	d := source.Delivery{Encoding: source.Encoding(b[1]), CSV: b[2] == 1}
	d.ReceivedAt = time.Unix(0, int64(binary.LittleEndian.Uint64(b[3:]))).UTC()
	b = b[11:]
	for _, s := range []*string{&d.Table, &d.Source} {
		if len(b) < 2 {
			return source.Delivery{}, errHeader
		}
		n := int(binary.LittleEndian.Uint16(b))
		if len(b) < 2+n {
			return source.Delivery{}, errHeader
		}
		*s, b = string(b[2:2+n]), b[2+n:]
	}
	return d, nil
}
