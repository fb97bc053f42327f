package decode

import (
	"math/rand/v2"
	"testing"

	"golang.org/x/sys/cpu"
)

// TestStopsOfBothKinds: an older processor finds the same.
func TestStopsOfBothKinds(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	text := make([]byte, 64*50)
	for i := range text {
		text[i] = byte(r.Uint32())
	}
	want := make([]uint64, 50)
	high := stops64Go(&text[0], 50, &want[0])
	f := func(name string, stops func(*byte, int, *uint64) int) {
		got := make([]uint64, 50)
		if h := stops(&text[0], 50, &got[0]); (h == 0) != (high == 0) {
			t.Errorf("%s: high %x, want %x", name, h, high)
		}
		for i := range got {
			if got[i] != want[i] {
				t.Errorf("%s: block %d: %x, want %x", name, i, got[i], want[i])
			}
		}
	}
	f("SSE2", stops64SSE2)
	if cpu.X86.HasAVX2 {
		f("AVX2", stops64AVX2)
	}
}
