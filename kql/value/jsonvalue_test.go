package value_test

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/glasswatch/glasswatch/kql/value"
)

func TestAppendJSON(t *testing.T) {
	f := func(v value.Value, want string) {
		t.Helper()
		got := string(v.AppendJSON(nil))
		if got != want {
			t.Errorf("got %s, want %s", got, want)
		}
		if !json.Valid([]byte(got)) {
			t.Errorf("%s is not valid JSON", got)
		}
	}
	f(value.Null(value.Long), "null")
	f(value.Null(value.Dynamic), "null")
	f(value.NewString(""), `""`)
	f(value.NewString("a\"b\n"), `"a\"b\n"`)
	f(value.NewBool(true), "true")
	f(value.NewLong(-5), "-5")
	f(value.NewReal(1.5), "1.5")
	f(value.NewReal(1e300), "1e+300")
	f(value.NewReal(math.NaN()), `"NaN"`)
	f(value.NewReal(math.Inf(-1)), `"-Infinity"`)
	f(value.NewText(value.Dynamic, `"Oslo"`), `"Oslo"`)
	f(value.NewText(value.Dynamic, `{"a": [1, "x"]}`), `{"a":[1,"x"]}`)
	f(value.NewDateTime(value.UnixEpoch), `"1970-01-01T00:00:00.0000000Z"`)
}
