package decode

import (
	"encoding/binary"
	"math/bits"
	"unsafe"
)

// A stop is a byte at which the scan of a string has to look: a quote, a backslash or a control character. All stops of
// a text are found first, many bytes at a time, as one bit a byte; the end of a string is then the next bit that is set.

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// index sets src and finds its stops. It reports whether src is ASCII.
func (s *scanner) index(src []byte) bool {
	s.src = src
	words := len(src)/64 + 3 // one for the tail, two so that a load may begin in any byte
	if cap(s.bits) < words {
		s.bits = make([]uint64, words+words/2)
	}
	s.bits = s.bits[:words]
	full := len(src) / 64
	high := 0
	if full > 0 {
		high = stops64(unsafe.SliceData(src), full, unsafe.SliceData(s.bits))
	}
	var tail [64]byte
	for i := copy(tail[:], src[full*64:]); i < 64; i++ {
		tail[i] = ' '
	}
	tailHigh := stops64(&tail[0], 1, &s.bits[full])
	s.bits[full] |= 1 << (len(src) & 63) // ends every string
	s.bits[full+1], s.bits[full+2] = 0, 0
	s.stops = unsafe.Pointer(unsafe.SliceData(s.bits))
	return high|tailHigh == 0
}

// stop returns the first stop at or after i, or len(src). i is at most len(src).
func (s *scanner) stop(i int) int {
	if w := *(*uint64)(unsafe.Add(s.stops, i>>3)) >> (i & 7); w != 0 {
		return i + bits.TrailingZeros64(w)
	}
	return s.farStop(i)
}

func (s *scanner) farStop(i int) int {
	i = i&^7 + 64
	for i <= len(s.src) {
		if w := *(*uint64)(unsafe.Add(s.stops, i>>3)); w != 0 {
			return i + bits.TrailingZeros64(w)
		}
		i += 64
	}
	return len(s.src)
}

// stops64Go finds the stops of blocks of 64 bytes.
func stops64Go(src *byte, blocks int, out *uint64) (high int) {
	text := unsafe.Slice(src, 64*blocks)
	words := unsafe.Slice(out, blocks)
	var seen uint64
	for b := range words {
		var stops uint64
		for j := 0; j < 64; j += 8 {
			w := binary.LittleEndian.Uint64(text[64*b+j:])
			seen |= w
			// In bytes of seven bits no borrow crosses: bit 7 of each byte says "c >= limit" exactly.
			low := w &^ highs
			quote := (low ^ ones*'"') + ones*0x7f
			slash := (low ^ ones*'\\') + ones*0x7f
			control := low + ones*0x60
			t := ^(quote & slash & control) &^ w & highs
			stops |= (t >> 7 * 0x0102040810204080 >> 56) << j
		}
		words[b] = stops
	}
	return int(seen & highs >> 1)
}
