package decode

import "golang.org/x/sys/cpu"

// stops64 is stops64Go in vector instructions.
func stops64(src *byte, blocks int, out *uint64) (high int) {
	if cpu.X86.HasAVX2 {
		return stops64AVX2(src, blocks, out)
	}
	return stops64SSE2(src, blocks, out)
}

//go:noescape
func stops64SSE2(src *byte, blocks int, out *uint64) (high int)

//go:noescape
func stops64AVX2(src *byte, blocks int, out *uint64) (high int)
