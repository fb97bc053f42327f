package function

import (
	wire "encoding/binary"
	"encoding/hex"
	"fmt"
	"math/bits"
	"strings"

	"github.com/glasswatch/glasswatch/kql/value"
)

// hashes are hash and hash_xxhash64: xxHash64 over the bytes of the value, as the language documents it.
func hashes() []Func {
	f := Func{Name: "hash", Doc: "A hash of the value (xxHash64), optionally modulo a number. It does not change between versions.", resolve: refuseDynamic,
		Examples: []Example{example(`hash("World")`, "1846988464401551951"), example(`hash("World", 100)`, "51"), example(`hash(datetime(2015-01-01))`, "1380966698541616202")}}
	for _, t := range comparableTypes() {
		if t != value.Dynamic {
			f.Overloads = append(f.Overloads, Overload{Params: []Param{param("source", t), optional(whole("mod"))}, Returns: value.Long, Eval: hashValue})
		}
	}
	return []Func{f, alias(f, "hash_xxhash64", example(`hash_xxhash64("World")`, "1846988464401551951"))}
}

// refuseDynamic resolves a function whose first argument cannot be a dynamic.
func refuseDynamic(f *Func, args []value.Type) (*Overload, []value.Type, value.Type, error) {
	if len(args) > 0 && args[0] == value.Dynamic {
		return nil, nil, value.Invalid, fmt.Errorf("%s does not take a dynamic; use tostring() or dynamic_to_json()", f.Name)
	}
	return generalResolve(f, args)
}

func hashValue(_ *Context, a []value.Value) value.Value {
	n := int64(xxHash64(hashBytes(a[0])))
	if len(a) > 1 {
		r, ok := remainder(n, a[1].Int())
		if !ok || a[1].IsNull() {
			return value.Null(value.Long)
		}
		n = r
	}
	return value.NewLong(n)
}

// hashBytes is the value as it lies in memory: little-endian numbers, ticks, UTF-8.
func hashBytes(v value.Value) []byte {
	if v.IsNull() {
		return nil
	}
	switch v.Type() {
	case value.Bool:
		return []byte{byte(v.Int())}
	case value.Int:
		return wire.LittleEndian.AppendUint32(nil, uint32(v.Int()))
	case value.Long, value.DateTime, value.TimeSpan, value.Real:
		return wire.LittleEndian.AppendUint64(nil, uint64(v.Int()))
	case value.GUID:
		return guidBytes(v.Text())
	}
	return []byte(v.Text())
}

// guidBytes is the form of .NET and COM: the first three groups are little-endian.
func guidBytes(text string) []byte {
	b, err := hex.DecodeString(strings.ReplaceAll(text, "-", ""))
	if err != nil || len(b) != 16 {
		return nil
	}
	swapGUID(b)
	return b
}

// swapGUID turns the first three groups round, there or back.
func swapGUID(b []byte) {
	b[0], b[1], b[2], b[3] = b[3], b[2], b[1], b[0]
	b[4], b[5] = b[5], b[4]
	b[6], b[7] = b[7], b[6]
}

// The primes of xxHash64, see https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md.
const (
	prime1 uint64 = 0x9E3779B185EBCA87
	prime2 uint64 = 0xC2B2AE3D27D4EB4F
	prime3 uint64 = 0x165667B19E3779F9
	prime4 uint64 = 0x85EBCA77C2B2AE63
	prime5 uint64 = 0x27D4EB2F165667C5
)

func xxRound(acc, lane uint64) uint64 {
	return bits.RotateLeft64(acc+lane*prime2, 31) * prime1
}

// xxHash64 has the seed 0.
func xxHash64(b []byte) uint64 {
	n := uint64(len(b))
	h := prime5
	if n >= 32 {
		one, two := prime1, prime2 // variables, so that the sums wrap
		acc := [4]uint64{one + two, two, 0, -one}
		for ; len(b) >= 32; b = b[32:] {
			for i := range acc {
				acc[i] = xxRound(acc[i], wire.LittleEndian.Uint64(b[8*i:]))
			}
		}
		h = bits.RotateLeft64(acc[0], 1) + bits.RotateLeft64(acc[1], 7) + bits.RotateLeft64(acc[2], 12) + bits.RotateLeft64(acc[3], 18)
		for _, lane := range acc {
			h = (h^xxRound(0, lane))*prime1 + prime4
		}
	}
	h += n
	for ; len(b) >= 8; b = b[8:] {
		h = bits.RotateLeft64(h^xxRound(0, wire.LittleEndian.Uint64(b)), 27)*prime1 + prime4
	}
	if len(b) >= 4 {
		h = bits.RotateLeft64(h^uint64(wire.LittleEndian.Uint32(b))*prime1, 23)*prime2 + prime3
		b = b[4:]
	}
	for _, c := range b {
		h = bits.RotateLeft64(h^uint64(c)*prime5, 11) * prime1
	}
	h = (h ^ h>>33) * prime2
	h = (h ^ h>>29) * prime3
	return h ^ h>>32
}
