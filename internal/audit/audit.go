// Package audit is the trail of what was changed in Glasswatch itself, and by whom: rules, groups, accounts, tokens,
// silences, answers to alerts. Entries are chained: each holds the hash of the one before, so that none can be changed or
// taken out unseen. The package is a leaf: it knows no store.
package audit

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Entry is one change.
type Entry struct {
	Sequence int64     `json:"sequence"` // from 1, without gaps
	At       time.Time `json:"at"`       // to the microsecond
	Actor    string    `json:"actor"`    // name of the token, or who loaded the configuration
	Action   string    `json:"action"`   // acknowledge-alert, rule-removed, ...
	Subject  string    `json:"subject"`  // what was changed
	Detail   string    `json:"detail,omitempty"`
	Previous string    `json:"previous"` // hash of the entry before; "" for the first
	Hash     string    `json:"hash"`     // of all fields above, SHA-256 in hex
}

// Seal makes e the entry after last, which is the zero Entry for the first.
func (e Entry) Seal(last Entry) Entry {
	e.Sequence, e.Previous = last.Sequence+1, last.Hash
	e.At = e.At.UTC().Truncate(time.Microsecond)
	e.Hash = e.sum()
	return e
}

// sum hashes the fields, each with its length before it, so that no text can pass over into the next field.
func (e Entry) sum() string {
	h := sha256.New()
	for _, field := range []string{fmt.Sprint(e.Sequence), e.At.UTC().Format(time.RFC3339Nano), e.Actor, e.Action, e.Subject, e.Detail, e.Previous} {
		var length [8]byte
		binary.BigEndian.PutUint64(length[:], uint64(len(field)))
		h.Write(length[:])
		h.Write([]byte(field))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Verifier checks a trail entry by entry. The zero value begins at the first entry.
type Verifier struct{ last Entry }

// Next checks that e follows, unchanged. Its error says where the trail is broken.
func (v *Verifier) Next(e Entry) error {
	switch {
	case e.Sequence != v.last.Sequence+1:
		return fmt.Errorf("entry %d is missing: entry %d follows entry %d", v.last.Sequence+1, e.Sequence, v.last.Sequence)
	case e.Previous != v.last.Hash:
		return fmt.Errorf("entry %d does not follow entry %d: it names another hash; one of the two was replaced", e.Sequence, v.last.Sequence)
	case e.Hash != e.sum():
		return fmt.Errorf("entry %d was changed: its hash is not that of its content", e.Sequence)
	}
	v.last = e
	return nil
}

// Last is the entry checked last; its hash, kept elsewhere, shows later that no entries were cut off at the end.
func (v *Verifier) Last() Entry { return v.last }

// Snapshot is what there is at an instant: fingerprints of its parts by their names, such as "rule/break-glass-sign-in".
type Snapshot map[string]string

// Fingerprint is short for anything that prints the same way when it is the same.
func Fingerprint(text []byte) string {
	sum := sha256.Sum256(text)
	return hex.EncodeToString(sum[:8])
}

// Key makes fingerprints that tell nothing of a text to who does not have the key, however easily the text is guessed. It
// is for secrets.
type Key []byte

// Fingerprint is the same for the same text and key.
func (k Key) Fingerprint(text []byte) string {
	h := hmac.New(sha256.New, k)
	h.Write(text)
	return hex.EncodeToString(h.Sum(nil)[:8])
}

// Change is a part that was added, removed or changed.
type Change struct {
	Kind    string // added, removed, changed
	Subject string
}

// Changes compares two snapshots, in the order of the names.
func (s Snapshot) Changes(now Snapshot) []Change {
	var list []Change
	names := maps.Clone(s)
	maps.Copy(names, now)
	for _, name := range slices.Sorted(maps.Keys(names)) {
		before, was := s[name]
		after, is := now[name]
		switch {
		case !was:
			list = append(list, Change{"added", name})
		case !is:
			list = append(list, Change{"removed", name})
		case before != after:
			list = append(list, Change{"changed", name})
		}
	}
	return list
}
