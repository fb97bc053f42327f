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
	words, masks [4]uint64 // the first 32 bytes of text; without branches, for how long keys are is hard to predict
	text         string    // with the quote that ends it
	id           uint16    // of the name, 0 for a property that no table has
	next, other  uint16    // keys that came after it
}

func newKnownKey(key []byte, id uint16) knownKey {
	k := knownKey{text: string(key) + `"`, id: id}
	for i := range min(len(k.text), 32) {
		k.words[i/8] |= uint64(k.text[i]) << (i % 8 * 8)
		k.masks[i/8] |= 0xff << (i % 8 * 8)
	}
	return k
}

// at reports whether the key stands at p, from where at least 32 bytes and the key's length may be read.
func (k *knownKey) at(p unsafe.Pointer) bool {
	differ := (load8(p)^k.words[0])&k.masks[0] | (load8(unsafe.Add(p, 8))^k.words[1])&k.masks[1] |
		(load8(unsafe.Add(p, 16))^k.words[2])&k.masks[2] | (load8(unsafe.Add(p, 24))^k.words[3])&k.masks[3]
	return differ == 0 && (len(k.text) <= 32 || unsafe.String((*byte)(p), len(k.text)) == k.text)
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
			s.follow(after, at)
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
	s.follow(after, at)
	return at, id
}

// follow remembers that at came after the key at after. The first one seen keeps its place: in the long run it is the usual one.
func (s *shape) follow(after, at uint16) {
	if k := &s.known[after]; k.next == 0 {
		k.next = at
	} else {
		k.other = at
	}
}

// expected returns the key at i that is one of the two that came after the one at after, or 0.
func (s *scanner) expected(i int, after uint16) uint16 {
	if i+32 > len(s.src) {
		return 0
	}
	known, p := s.shape.known, unsafe.Pointer(&s.src[i])
	k := &known[after]
	if next := k.next; next != 0 {
		if k := &known[next]; i+len(k.text) <= len(s.src) && k.at(p) {
			return next
		}
	}
	if other := k.other; other != 0 {
		if k := &known[other]; i+len(k.text) <= len(s.src) && k.at(p) {
			return other
		}
	}
	return 0
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
