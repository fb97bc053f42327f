package function

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"encoding/base64"
	wire "encoding/binary"
	"hash/adler32"
	"hash/crc32"
	"io"
	"unicode/utf8"

	"github.com/glasswatch/glasswatch/kql/value"
)

// maxInflated bounds what a text may unpack to.
const maxInflated = 32 << 20

// compressions pack text into gzip or zlib in base64, and back. What does not unpack gives the empty text.
func compressions() []Func {
	gunzip := func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) }
	unzlib := func(r io.Reader) (io.Reader, error) { return zlib.NewReader(r) }
	return []Func{
		stringTo("gzip_compress_to_base64_string", "The text compressed with gzip, in base64.", packed(gzipped), example(`gzip_compress_to_base64_string("1234567890qwertyuiop")`, "H4sIAAAAAAAA/wEUAOv/MTIzNDU2Nzg5MHF3ZXJ0eXVpb3A6m7f2FAAAAA=="), example(`gzip_compress_to_base64_string("")`, "")),
		stringTo("gzip_decompress_from_base64_string", "The text that was compressed with gzip, from base64.", inflate(gunzip), example(`gzip_decompress_from_base64_string("H4sIAAAAAAAA/wEUAOv/MTIzNDU2Nzg5MHF3ZXJ0eXVpb3A6m7f2FAAAAA==")`, "1234567890qwertyuiop"), example(`gzip_decompress_from_base64_string("x")`, "")),
		stringTo("zlib_compress_to_base64_string", "The text compressed with zlib, in base64.", packed(zlibbed), example(`zlib_compress_to_base64_string("1234567890qwertyuiop")`, "eAEBFADr/zEyMzQ1Njc4OTBxd2VydHl1aW9wOAkGdw==")),
		stringTo("zlib_decompress_from_base64_string", "The text that was compressed with zlib, from base64.", inflate(unzlib), example(`zlib_decompress_from_base64_string("eJwLSS0uUSguKcrMS1cwNDIGACxqBQ4=")`, "Test string 123"), example(`zlib_decompress_from_base64_string("x0x0x0")`, "")),
	}
}

// stringTo is a function from a string to a string.
func stringTo(name, doc string, f func(string) string, examples ...Example) Func {
	return one(name, doc, Overload{Params: []Param{plainText("string")}, Returns: value.String,
		Eval: func(_ *Context, a []value.Value) value.Value { return str(f(a[0].Text())) }}, examples...)
}

func packed(frame func([]byte) []byte) func(string) string {
	return func(s string) string {
		if s == "" {
			return ""
		}
		return base64.StdEncoding.EncodeToString(frame([]byte(s)))
	}
}

// gzipped is RFC 1952 without name and time.
func gzipped(b []byte) []byte {
	out := append([]byte{0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff}, deflated(b)...)
	out = wire.LittleEndian.AppendUint32(out, crc32.ChecksumIEEE(b))
	return wire.LittleEndian.AppendUint32(out, uint32(len(b)))
}

// zlibbed is RFC 1950.
func zlibbed(b []byte) []byte {
	return wire.BigEndian.AppendUint32(append([]byte{0x78, 1}, deflated(b)...), adler32.Checksum(b))
}

// deflated is RFC 1951. Short data that does not get shorter is stored as one block, as the language's engine does.
func deflated(b []byte) []byte {
	var out bytes.Buffer
	w, err := flate.NewWriter(&out, flate.DefaultCompression)
	if err != nil {
		panic("function: BUG: " + err.Error())
	}
	_, _ = w.Write(b) // a buffer takes everything
	_ = w.Close()
	if out.Len() <= len(b) || len(b) > 0xffff {
		return out.Bytes()
	}
	n := uint16(len(b))
	return append([]byte{1, byte(n), byte(n >> 8), ^byte(n), ^byte(n >> 8)}, b...)
}

func inflate(open func(io.Reader) (io.Reader, error)) func(string) string {
	return func(s string) string {
		packed, err := base64.StdEncoding.DecodeString(s)
		if err != nil {
			return ""
		}
		r, err := open(bytes.NewReader(packed))
		if err != nil {
			return ""
		}
		b, err := io.ReadAll(io.LimitReader(r, maxInflated+1))
		if err != nil || len(b) > maxInflated || !utf8.Valid(b) {
			return ""
		}
		return string(b)
	}
}
