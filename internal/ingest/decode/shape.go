package decode

import "unsafe"

// Records of one source have the same keys in nearly the same order. A shape remembers which key followed which, so that
// most keys are compared with the one that is expected instead of being looked up. It belongs to one worker and is a
// mere cache: what it holds never changes what a key means.
type shape struct {
	names *keys // of all known properties; a field's place is its id
	known []knownKey
	slots []uint16 // of known, by hash
}

// knownKey is a key as it was spelled.
type knownKey struct {
	text                string // with the quote that ends it
	first, second, last uint64 // its words at 0, 8 and len-8; of a text under 8 bytes only first counts, under mask
	mask                uint64
	id                  uint16 // of the name, 0 for a property that no table has
	next                uint16 // the key that came after it last time
}

func newKnownKey(key []byte, id uint16) knownKey {
	var padded [32]byte
	n := copy(padded[:], key)
	if n < len(padded) {
		padded[n] = '"'
	}
	k := knownKey{text: string(key) + `"`, id: id, mask: ^uint64(0)}
	k.first, k.second = load8(unsafe.Pointer(&padded)), load8(unsafe.Pointer(&padded[8]))
	if n = len(k.text); n < 8 {
		k.mask >>= 64 - 8*n
		k.last = k.first
	} else {
		k.last = load8(unsafe.Pointer(unsafe.SliceData([]byte(k.text)[n-8:])))
	}
	return k
}

// at reports whether the key stands at p, from where at least 32 bytes may be read.
func (k *knownKey) at(p unsafe.Pointer) bool {
	n := len(k.text)
	if n < 8 {
		return (load8(p)^k.first)&k.mask == 0
	}
	differ := (load8(p) ^ k.first) | (load8(unsafe.Add(p, n-8)) ^ k.last)
	if n > 16 {
		differ |= load8(unsafe.Add(p, 8)) ^ k.second
	}
	if n > 24 {
		return differ == 0 && unsafe.String((*byte)(p), n) == k.text
	}
	return differ == 0
}

// maxKnown bounds a shape against sources with ever new keys.
const maxKnown = 4096

// The first two known keys are no keys: they stand for the beginnings of a record and of its "properties".
const (
	atRecord uint16 = iota
	atProperties
	starts
)

func newShape(names *keys) *shape {
	return &shape{names: names, known: make([]knownKey, starts, 256), slots: make([]uint16, 4*maxKnown)}
}

// learn finds the key between its quotes, which followed the one at after, and returns its place and id. A key with a
// backslash, and one too many, is at after's own place.
func (s *shape) learn(after uint16, key []byte, escaped bool) (at, id uint16) {
	if escaped {
		return after, 0
	}
	mask := uint32(len(s.slots) - 1)
	h := hashKey(key) & mask
	for ; s.slots[h] != 0; h = (h + 1) & mask {
		at := s.slots[h]
		if k := &s.known[at]; len(k.text) == len(key)+1 && k.text[:len(key)] == string(key) {
			s.known[after].next = at
			return at, k.id
		}
	}
	id = s.names.id(key)
	if len(s.known) == maxKnown {
		return after, id
	}
	at = uint16(len(s.known))
	s.known = append(s.known, newKnownKey(key, id))
	s.slots[h] = at
	s.known[after].next = at
	return at, id
}

// id returns the place of a name, from 1; 0 when it is unknown.
func (k *keys) id(key []byte) uint16 {
	for at := hashKey(key) & k.mask; ; at = (at + 1) & k.mask {
		slot := k.slots[at]
		if slot == 0 || foldEqual(key, k.fields[slot-1].folded) {
			return slot
		}
	}
}

// number makes byID, for the ids of names.
func (k *keys) number(names *keys) {
	k.byID = make([]*field, len(names.fields)+1)
	for i := range k.fields {
		id := names.id([]byte(k.fields[i].name))
		if k.byID[id] != nil {
			k.byID = nil // two names that differ in case only
			return
		}
		k.byID[id] = &k.fields[i]
	}
}
