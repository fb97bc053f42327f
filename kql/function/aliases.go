package function

import (
	"github.com/glasswatch/glasswatch/kql/value"
)

// aliases are the names that the language keeps for old queries.
func aliases() []Func {
	of := func(family []Func, name, old string, examples ...Example) Func {
		for _, f := range family {
			if f.Name == name {
				return alias(f, old, examples...)
			}
		}
		panic("function: BUG: no function " + name)
	}
	oldReplace := one("replace", "Replaces every match of a regular expression; the arguments are in another order than those of replace_regex.",
		Overload{Params: []Param{constant(plainText("regex")), constant(plainText("rewrite")), plainText("source")}, Returns: value.String, Check: checkRegex(0),
			SQLFunc: sqlFunc(func(args []SQLArg) (string, bool) { return replaceSQL([]SQLArg{args[2], args[0], args[1]}) }),
			Eval: func(c *Context, a []value.Value) value.Value {
				return replaceRegex(c, a[2], a[0].Text(), a[1].Text())
			}}, example(`replace(@"(\d)", @"<\1>", "a1")`, "a<1>"))
	return []Func{
		oldReplace,
		of(conversions(), "totimespan", "totime", example(`totime("1h")`, "01:00:00")),
		of(conditionals(), "isnotnull", "notnull", example(`notnull(1)`, "true")),
		of(conditionals(), "isnotempty", "notempty", example(`notempty("")`, "false")),
		of(datetimes(), "week_of_year", "weekofyear", example(`weekofyear(datetime(2020-12-31))`, "53")),
		of(datetimes(), "datetime_part", "datepart", example(`datepart("month", datetime(2017-10-30))`, "10")),
		of(regexes(), "extract_all", "extractall", example(`extractall(@"(\d)", "1 2")`, `["1","2"]`)),
		of(urls(), "parse_url", "parseurl", example(`parseurl("https://a/b").Host`, `"a"`)),
		of(urls(), "parse_urlquery", "parseurlquery", example(`parseurlquery("a=b")`, `{"Query Parameters":{"a":"b"}}`)),
		of(encodings(), "base64_encode_tostring", "base64_encodestring", example(`base64_encodestring("Kusto")`, "S3VzdG8=")),
		of(encodings(), "base64_decode_tostring", "base64_decodestring", example(`base64_decodestring("S3VzdG8=")`, "Kusto")),
		of(arrays(), "strcat_array", "array_strcat", example(`array_strcat(dynamic([1, 2]), "-")`, "1-2")),
		of(arrays(), "array_length", "arraylength", example(`arraylength(dynamic([1, 2]))`, "2")),
	}
}
