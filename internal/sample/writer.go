package sample

import (
	"strconv"
	"time"
)

// writer appends the JSON of one record.
type writer struct {
	dst           []byte
	g             *Generator
	at, published time.Time
}

func (w *writer) raw(s string)      { w.dst = append(w.dst, s...) }
func (w *writer) number(n int)      { w.dst = strconv.AppendInt(w.dst, int64(n), 10) }
func (w *writer) chance(n int) bool { return w.g.r.IntN(100) < n }

// put appends ,"key":"value"; the values need no escapes.
func (w *writer) put(key, value string) {
	w.dst = append(w.dst, `,"`...)
	w.dst = append(w.dst, key...)
	w.dst = append(w.dst, `":"`...)
	w.dst = append(w.dst, value...)
	w.dst = append(w.dst, '"')
}

func (w *writer) putInt(key string, n int) {
	w.dst = append(w.dst, `,"`...)
	w.dst = append(w.dst, key...)
	w.dst = append(w.dst, `":`...)
	w.number(n)
}

func (w *writer) putTime(key string, t time.Time, layout string) {
	w.dst = append(w.dst, `,"`...)
	w.dst = append(w.dst, key...)
	w.dst = append(w.dst, `":"`...)
	w.dst = t.UTC().AppendFormat(w.dst, layout)
	w.dst = append(w.dst, '"')
}

const (
	zulu   = "2006-01-02T15:04:05.0000000Z"
	offset = "2006-01-02T15:04:05.0000000+00:00"
)

// token appends a 22-character token id.
func (w *writer) token() string {
	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	var b [22]byte
	x := w.g.r.Uint64()
	for i := range b {
		if i == 10 {
			x = w.g.r.Uint64()
		}
		b[i] = letters[x&63]
		x >>= 6
	}
	return string(b[:])
}

func (w *writer) address(p *place) string {
	return p.address + strconv.Itoa(1+w.g.r.IntN(254))
}

// envelope begins a record and leaves it open before "properties".
func (w *writer) envelope(category, operation, ip, correlation string) {
	w.raw(`{"time":"`)
	w.dst = w.published.UTC().AppendFormat(w.dst, zulu)
	w.raw(`","resourceId":"/tenants/`)
	w.raw(w.g.o.TenantID)
	w.raw(`/providers/Microsoft.aadiam"`)
	w.put("operationName", operation)
	w.put("operationVersion", "1.0")
	w.put("category", category)
	w.put("tenantId", w.g.o.TenantID)
	if ip != "" {
		w.put("callerIpAddress", ip)
	}
	w.put("correlationId", correlation)
}
