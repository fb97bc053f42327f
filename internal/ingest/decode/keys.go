package decode

import (
	"encoding/binary"
	"math/bits"
	"strings"

	"github.com/glasswatch/glasswatch/kql/value"
)

// action is what becomes of a property, beyond being converted to its column's type.
type action uint8

const (
	toColumn    action = iota
	toAddress          // as text; "<null>" is no address
	toCategory         // the category that chose the table: only kept where nothing better is
	toResource         // a resource id: remembered, from which other columns are derived
	toLocalized        // text, or {value, localizedValue}: col takes the value, also the localized text
	toIdentity         // AzureActivity's {authorization, claims}
	toSubstatus        // AzureActivity's resultSignature
	toClaims           // AzureActivity's claims
	toRequest          // AzureActivity's httpRequest
	toDetails          // AzureActivity's properties
)

// field says where a property goes.
type field struct {
	name   string // as records spell it
	folded string
	col    int16
	typ    value.Type
	also   int16 // a second column that takes the same property, or -1
	and    value.Type
	do     action
	// secondary properties only fill a column that is still empty at the end of the record; an unequal value that finds
	// it taken is kept under _Unmapped.
	secondary bool
	// direct has a bit for every kind of value that is stored as it is, by nothing but copying its span.
	direct uint8
}

// setDirect sets direct of a field that is complete.
func (f *field) setDirect() {
	f.direct = 0
	if f.secondary || f.do != toColumn || f.also >= 0 {
		return
	}
	switch f.typ {
	case value.String:
		f.direct = 1<<kindBool | 1<<kindNumber | 1<<kindString | 1<<kindArray | 1<<kindObject
	case value.Dynamic:
		f.direct = 1<<kindBool | 1<<kindNumber | 1<<kindArray | 1<<kindObject
	}
}

// keys finds a field by its name without regard to case. It is immutable: open addressing in a table at most a quarter
// full, by a hash of length, first and last bytes.
type keys struct {
	fields []field
	slots  []uint16 // index into fields, plus 1
	mask   uint32
	byID   []*field // by the id that a worker's shape gives to names; nil when case matters
}

func newKeys(fields []field) *keys {
	size := 64
	for size < 4*len(fields) {
		size *= 2
	}
	k := &keys{fields: fields, slots: make([]uint16, size), mask: uint32(size - 1)}
	for i := range fields {
		f := &fields[i]
		f.folded = strings.ToLower(f.name)
		f.setDirect()
		for at := hashKey([]byte(f.name)) & k.mask; ; at = (at + 1) & k.mask {
			if k.slots[at] == 0 {
				k.slots[at] = uint16(i + 1)
				break
			}
		}
	}
	return k
}

// find returns the field of a key, or nil. Where two names differ in case only (AccountUPN, AccountUpn), the exact one.
func (k *keys) find(key []byte) *field {
	var folded *field
	for at := hashKey(key) & k.mask; ; at = (at + 1) & k.mask {
		slot := k.slots[at]
		if slot == 0 {
			return folded
		}
		f := &k.fields[slot-1]
		if f.name == string(key) {
			return f
		}
		if folded == nil && foldEqual(key, f.folded) {
			folded = f
		}
	}
}

// hashKey is equal for keys that differ in case only.
func hashKey(b []byte) uint32 {
	const fold = 0x2020202020202020
	var first, last uint64
	switch n := len(b); {
	case n >= 8:
		first = binary.LittleEndian.Uint64(b)
		last = binary.LittleEndian.Uint64(b[n-8:])
	case n >= 4:
		first = uint64(binary.LittleEndian.Uint32(b))
		last = uint64(binary.LittleEndian.Uint32(b[n-4:]))
	case n > 0:
		first = uint64(b[0])
		last = uint64(b[n/2])<<8 | uint64(b[n-1])
	}
	hi, lo := bits.Mul64((first|fold)^0x9e3779b97f4a7c15, (last|fold)^uint64(len(b))*0xc2b2ae3d27d4eb4f)
	return uint32(hi ^ lo)
}
