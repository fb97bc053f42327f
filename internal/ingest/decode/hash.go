package decode

import (
	"math/bits"
	"unsafe"

	"github.com/zeebo/xxh3"
)

// hash is a 64-bit hash of text: for short ones wyhash's way of folding products, for long ones XXH3. It is the same on
// every machine, for it is kept on disk.
func hash(text []byte, seed uint64) uint64 {
	return hashAt(unsafe.Pointer(unsafe.SliceData(text)), len(text), seed)
}

func hashAt(p unsafe.Pointer, n int, seed uint64) uint64 {
	const s0, s1, s2, s3 = 0x2d358dccaa6c78a5, 0x8bb84b93962eacc9, 0x4b33a62ed433d4a3, 0x4d5a2da51de1aa47
	if n > 512 {
		return xxh3.HashSeed(unsafe.Slice((*byte)(p), n), seed)
	}
	var a, b uint64
	switch {
	case n > 64:
		a, b, c, d := seed, seed, seed, seed
		rest := n
		for ; rest > 64; rest -= 64 {
			a = fold(load8(p)^s0, load8(unsafe.Add(p, 8))^a)
			b = fold(load8(unsafe.Add(p, 16))^s1, load8(unsafe.Add(p, 24))^b)
			c = fold(load8(unsafe.Add(p, 32))^s2, load8(unsafe.Add(p, 40))^c)
			d = fold(load8(unsafe.Add(p, 48))^s3, load8(unsafe.Add(p, 56))^d)
			p = unsafe.Add(p, 64)
		}
		return hashAt(p, rest, a^b^c^d^uint64(n))
	case n > 16:
		last := unsafe.Add(p, n-16)
		for rest := n; rest > 16; rest -= 16 {
			seed = fold(load8(p)^s0, load8(unsafe.Add(p, 8))^seed)
			p = unsafe.Add(p, 16)
		}
		a, b = load8(last), load8(unsafe.Add(last, 8))
	case n >= 8:
		a, b = load8(p), load8(unsafe.Add(p, n-8))
	case n >= 4:
		a, b = uint64(load4(p)), uint64(load4(unsafe.Add(p, n-4)))
	case n > 0:
		a = uint64(*(*byte)(p))<<16 | uint64(*(*byte)(unsafe.Add(p, n/2)))<<8 | uint64(*(*byte)(unsafe.Add(p, n-1)))
	}
	return fold(s1^uint64(n), fold(a^s1, b^seed))
}

func fold(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

func load8(p unsafe.Pointer) uint64 {
	b := (*[8]byte)(p)
	return uint64(b[0]) | uint64(b[1])<<8 | uint64(b[2])<<16 | uint64(b[3])<<24 | uint64(b[4])<<32 | uint64(b[5])<<40 | uint64(b[6])<<48 | uint64(b[7])<<56
}

func load4(p unsafe.Pointer) uint32 {
	b := (*[4]byte)(p)
	return uint32(b[0]) | uint32(b[1])<<8 | uint32(b[2])<<16 | uint32(b[3])<<24
}
