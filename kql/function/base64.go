package function

import (
	"encoding/base64"
	"encoding/hex"

	"github.com/glasswatch/glasswatch/kql/value"
)

// base64s convert base64 to and from arrays of bytes and guids.
func base64s() []Func {
	return []Func{
		one("base64_decode_toarray", "The bytes that base64 holds, as an array of numbers; null where it is not valid.", Overload{Params: []Param{plainText("base64_string")}, Returns: value.Dynamic,
			Eval: func(_ *Context, a []value.Value) value.Value {
				b, err := base64.StdEncoding.DecodeString(a[0].Text())
				if err != nil {
					return value.Null(value.Dynamic)
				}
				list := make([]any, len(b))
				for i, c := range b {
					list[i] = int64(c)
				}
				return value.NewDynamic(list)
			}}, example(`base64_decode_toarray("S3VzdG8=")`, "[75,117,115,116,111]"), exampleNull(`base64_decode_toarray("%")`)),
		one("base64_encode_fromarray", "Base64 of an array of bytes; empty where an element is no byte.", Overload{Params: []Param{array("bytes")}, Returns: value.String,
			Eval: func(_ *Context, a []value.Value) value.Value {
				list, ok := arrayOf(a[0])
				b := make([]byte, len(list))
				for i, node := range list {
					n, isWhole := node.(int64)
					if ok = ok && isWhole && n >= 0 && n <= 255; ok {
						b[i] = byte(n)
					}
				}
				if !ok {
					return str("")
				}
				return str(base64.StdEncoding.EncodeToString(b))
			}}, example(`base64_encode_fromarray(dynamic([75, 117, 115, 116, 111]))`, "S3VzdG8="), example(`base64_encode_fromarray(dynamic([300]))`, "")),
		one("base64_decode_toguid", "The guid whose 16 bytes base64 holds; null where it does not hold that many.", Overload{Params: []Param{plainText("base64_string")}, Returns: value.GUID,
			Eval: func(_ *Context, a []value.Value) value.Value {
				b, err := base64.StdEncoding.DecodeString(a[0].Text())
				if err != nil || len(b) != 16 {
					return value.Null(value.GUID)
				}
				swapGUID(b)
				g, _ := value.ParseGUID(hex.EncodeToString(b))
				return value.NewText(value.GUID, g)
			}}, example(`base64_decode_toguid("8jMxriJurkmwahbmqbIS6w==")`, "ae3133f2-6e22-49ae-b06a-16e6a9b212eb"), exampleNull(`base64_decode_toguid("abc")`)),
		one("base64_encode_fromguid", "The 16 bytes of a guid in base64.", Overload{Params: []Param{param("guid", value.GUID)}, Returns: value.String,
			Eval: func(_ *Context, a []value.Value) value.Value {
				return str(base64.StdEncoding.EncodeToString(guidBytes(a[0].Text())))
			}}, example(`base64_encode_fromguid(toguid("ae3133f2-6e22-49ae-b06a-16e6a9b212eb"))`, "8jMxriJurkmwahbmqbIS6w==")),
	}
}
