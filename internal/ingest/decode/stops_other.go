//go:build !amd64

package decode

func stops64(src *byte, blocks int, out *uint64) (high int) { return stops64Go(src, blocks, out) }
