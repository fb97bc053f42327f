package decode

// stops64 is stops64Go in SSE2.
//
//go:noescape
func stops64(src *byte, blocks int, out *uint64) (high int)
