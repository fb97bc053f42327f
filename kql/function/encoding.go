package function

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"unicode/utf8"
)

// encodings are hashes, base64 and URL encoding. The hash of an empty text is the empty text.
func encodings() []Func {
	return []Func{
		mapScalar("hash_sha256", "The SHA-256 of the value's text, in hexadecimal.", hashText(func(s string) []byte { h := sha256.Sum256([]byte(s)); return h[:] }), hashSQL("sha256"), example(`hash_sha256("World")`, "78ae647dc5544d227130a0682a51e30bc7777fbb6d8a8f17007463a3ecd1d524")),
		mapScalar("hash_sha1", "The SHA-1 of the value's text, in hexadecimal.", hashText(func(s string) []byte { h := sha1.Sum([]byte(s)); return h[:] }), hashSQL("sha1"), example(`hash_sha1("abc")`, "a9993e364706816aba3e25717850c26c9cd0d89d")),
		mapScalar("hash_md5", "The MD5 of the value's text, in hexadecimal.", hashText(func(s string) []byte { h := md5.Sum([]byte(s)); return h[:] }), hashSQL("md5"), example(`hash_md5("World")`, "f5a7924e621e84c9280a9a27e1bcb7f6"), example(`hash_md5("")`, "")),
		mapString("base64_encode_tostring", "The text in base64.", func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }, "to_base64(encode({0}))", example(`base64_encode_tostring("Kusto")`, "S3VzdG8=")),
		mapString("base64_decode_tostring", "The text that base64 holds; empty where it is not valid UTF-8.", decodeBase64, "coalesce(try(decode(from_base64({0}))), '')", example(`base64_decode_tostring("S3VzdG8=")`, "Kusto"), example(`base64_decode_tostring("%")`, "")),
		mapString("url_encode", "The text as part of a URL: a blank becomes +, other marks %xx.", func(s string) string { return urlEncode(s, true) }, "", example(`url_encode("https://www.bing.com/hello world")`, "https%3a%2f%2fwww.bing.com%2fhello+world")),
		mapString("url_encode_component", "The text as part of a URL: a blank becomes %20, other marks %xx.", func(s string) string { return urlEncode(s, false) }, "", example(`url_encode_component("a b/c")`, "a%20b%2fc")),
		mapString("url_decode", "The text of a URL with %xx and + resolved.", urlDecode, "", example(`url_decode("https%3a%2f%2fwww.bing.com%2f")`, "https://www.bing.com/"), example(`url_decode("a+b%zz")`, "a b%zz")),
	}
}

func hashText(sum func(string) []byte) func(string) string {
	return func(s string) string {
		if s == "" {
			return ""
		}
		return hex.EncodeToString(sum(s))
	}
}

func hashSQL(name string) string {
	return "(CASE WHEN {0} = '' THEN '' ELSE " + name + "({0}) END)"
}

func decodeBase64(s string) string {
	if strings.ContainsAny(s, "\r\n") {
		return ""
	}
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil || !utf8.Valid(b) {
		return ""
	}
	return string(b)
}

// urlEncode keeps letters, digits and - _ . ! * ( ), as .NET does.
func urlEncode(s string, plus bool) string {
	const digits = "0123456789abcdef"
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', strings.IndexByte("-_.!*()", c) >= 0:
			b.WriteByte(c)
		case c == ' ' && plus:
			b.WriteByte('+')
		default:
			b.WriteString("%" + string(digits[c>>4]) + string(digits[c&15]))
		}
	}
	return b.String()
}

// urlDecode leaves a % alone that no two hexadecimal digits follow.
func urlDecode(s string) string {
	if strings.IndexByte(s, '%') < 0 && strings.IndexByte(s, '+') < 0 {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		switch c := s[i]; c {
		case '+':
			b = append(b, ' ')
		case '%':
			if i+2 < len(s) {
				if d, err := hex.DecodeString(s[i+1 : i+3]); err == nil {
					b = append(b, d[0])
					i += 2
					continue
				}
			}
			b = append(b, c)
		default:
			b = append(b, c)
		}
	}
	return strings.ToValidUTF8(string(b), "\ufffd")
}
