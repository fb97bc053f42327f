package journal

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// A segment begins with: magic, version, salt. A frame is: magic, checksum, length of the header, length of the body,
// offset of its group, header, body. All numbers are little endian. The checksum covers everything after itself and
// begins with the salt and the frame's own offset. The group's offset tells on opening what had been synced when the
// frame was written: a bad frame below it is damage, a bad frame at or after it was never acknowledged.
const (
	segmentMagic  = "gwlog\x00\x00\x01" // the last byte is the version of the format
	segmentHeader = 16
	frameMagic    = 0x31664757 // "GWf1"
	frameHeader   = 24

	spareName = "spare.gwlog" // a file to be used again; what it holds is no longer part of the log
)

func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

func segmentName(dir string, n uint64) string {
	return filepath.Join(dir, fmt.Sprintf("%016d.gwlog", n))
}

func segmentNumber(name string) (uint64, bool) {
	base, ok := strings.CutSuffix(name, ".gwlog")
	if !ok || len(base) != 16 {
		return 0, false
	}
	n, err := strconv.ParseUint(base, 10, 64)
	return n, err == nil && n > 0
}

func appendSegmentHeader(b []byte, salt uint64) []byte {
	return binary.LittleEndian.AppendUint64(append(b, segmentMagic...), salt)
}

func seed(salt uint64, offset int64) uint32 {
	var b [16]byte
	binary.LittleEndian.PutUint64(b[:], salt)
	binary.LittleEndian.PutUint64(b[8:], uint64(offset))
	return crc32.Update(0, castagnoli(), b[:])
}

// appendFrameHeader writes the 24 bytes before header and body of a frame that will lie at offset.
func appendFrameHeader(b []byte, salt uint64, offset, groupAt int64, header, body []byte) []byte {
	n := len(b)
	b = binary.LittleEndian.AppendUint32(b, frameMagic)
	b = binary.LittleEndian.AppendUint32(b, 0)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(header)))
	b = binary.LittleEndian.AppendUint32(b, uint32(len(body)))
	b = binary.LittleEndian.AppendUint64(b, uint64(groupAt))
	sum := crc32.Update(seed(salt, offset), castagnoli(), b[n+8:])
	sum = crc32.Update(sum, castagnoli(), header)
	sum = crc32.Update(sum, castagnoli(), body)
	binary.LittleEndian.PutUint32(b[n+4:], sum)
	return b
}

// frame is one frame as read.
type frame struct {
	header, body []byte
	groupAt      int64
	size         int64
}

// errBadFrame says that the bytes at an offset are no frame.
var errBadFrame = errors.New("no valid frame")

// reader reads one segment.
type reader struct {
	name   string
	f      *os.File
	salt   uint64
	size   int64
	max    int
	buffer []byte
}

// openReader opens segment n; io.ErrUnexpectedEOF when not even its header is whole.
func openReader(dir string, n uint64, maxFrame int) (*reader, error) {
	name := segmentName(dir, n)
	f, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("open segment of the ingest log: %w", err)
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, fmt.Errorf("open segment of the ingest log: %w", err)
	}
	r := &reader{name: name, f: f, size: info.Size(), max: maxFrame}
	var head [segmentHeader]byte
	if _, err := io.ReadFull(f, head[:]); err != nil {
		f.Close()
		return nil, io.ErrUnexpectedEOF
	}
	if string(head[:8]) != segmentMagic {
		f.Close()
		return nil, &formatError{name: name, found: head[:8]}
	}
	r.salt = binary.LittleEndian.Uint64(head[8:])
	return r, nil
}

func (r *reader) Close() error { return r.f.Close() }

// at reads the frame at offset. Its slices are valid until the next call.
func (r *reader) at(offset int64) (frame, error) {
	var head [frameHeader]byte
	if r.size-offset < frameHeader {
		return frame{}, errBadFrame
	}
	if _, err := r.f.ReadAt(head[:], offset); err != nil {
		return frame{}, fmt.Errorf("read ingest log %s at byte %d: %w", r.name, offset, err)
	}
	nh, nb := int64(binary.LittleEndian.Uint32(head[8:])), int64(binary.LittleEndian.Uint32(head[12:]))
	if binary.LittleEndian.Uint32(head[:]) != frameMagic || nh+nb > int64(r.max) || r.size-offset < frameHeader+nh+nb {
		return frame{}, errBadFrame
	}
	if int64(cap(r.buffer)) < nh+nb {
		r.buffer = make([]byte, nh+nb)
	}
	b := r.buffer[:nh+nb]
	if _, err := r.f.ReadAt(b, offset+frameHeader); err != nil && !(err == io.EOF && nh+nb == 0) {
		return frame{}, fmt.Errorf("read ingest log %s at byte %d: %w", r.name, offset, err)
	}
	sum := crc32.Update(seed(r.salt, offset), castagnoli(), head[8:])
	if crc32.Update(sum, castagnoli(), b) != binary.LittleEndian.Uint32(head[4:]) {
		return frame{}, errBadFrame
	}
	return frame{header: b[:nh:nh], body: b[nh:], groupAt: int64(binary.LittleEndian.Uint64(head[16:])), size: frameHeader + nh + nb}, nil
}

// damaged reports whether the bad frame at offset had been synced: a later whole frame says so.
func (r *reader) damaged(offset int64) (bool, error) {
	const step = 1 << 20
	chunk := make([]byte, step+4)
	var magic [4]byte
	binary.LittleEndian.PutUint32(magic[:], frameMagic)
	for at := offset + 1; at < r.size; at += step {
		n, err := r.f.ReadAt(chunk, at)
		if err != nil && err != io.EOF {
			return false, fmt.Errorf("read ingest log %s at byte %d: %w", r.name, at, err)
		}
		for i := 0; i+4 <= n && i < step; i++ {
			if chunk[i] != magic[0] || string(chunk[i:i+4]) != string(magic[:]) {
				continue
			}
			if f, err := r.at(at + int64(i)); err == nil && f.groupAt > offset {
				return true, nil
			}
		}
	}
	return false, nil
}
