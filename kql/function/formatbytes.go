package function

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/glasswatch/glasswatch/kql/value"
)

// byteUnits are the units of format_bytes, each 1024 of the one before.
func byteUnits() []string { return []string{"Bytes", "KB", "MB", "GB", "TB", "PB", "EB"} }

// byteFormats is format_bytes.
func byteFormats() []Func {
	return []Func{one("format_bytes", "A number of bytes as text with a unit (Bytes, KB, MB, ... EB), chosen by its size unless given, and with a precision of decimals.",
		Overload{Params: []Param{number("size"), optional(number("precision")), optional(plainText("units"))}, Returns: value.String, Eval: formatBytes, Check: checkByteUnit},
		example(`format_bytes(564)`, "564 Bytes"), example(`format_bytes(10332, 1)`, "10.1 KB"), example(`format_bytes(20010332, 2)`, "19.08 MB"), example(`format_bytes(20010332, 0, "KB")`, "19541 KB"))}
}

func checkByteUnit(args []*value.Value) error {
	if len(args) < 3 || args[2] == nil || args[2].Text() == "" || byteUnit(args[2].Text()) >= 0 {
		return nil
	}
	return fmt.Errorf("format_bytes knows the units %s, not %q", strings.Join(byteUnits(), ", "), args[2].Text())
}

func byteUnit(name string) int {
	for i, unit := range byteUnits() {
		if strings.EqualFold(unit, name) {
			return i
		}
	}
	return -1
}

func formatBytes(_ *Context, a []value.Value) value.Value {
	if a[0].IsNull() {
		return str("")
	}
	size, unit, precision := a[0].Real(), 0, 0.0
	if len(a) > 1 && !a[1].IsNull() {
		precision = max(0, min(15, math.Trunc(a[1].Real())))
	}
	if len(a) > 2 && a[2].Text() != "" {
		if unit = byteUnit(a[2].Text()); unit < 0 {
			return str("")
		}
		size /= math.Pow(1024, float64(unit))
	} else {
		for math.Abs(size) >= 1024 && unit < len(byteUnits())-1 {
			size /= 1024
			unit++
		}
	}
	scale := math.Pow(10, precision)
	if r := math.Round(size*scale) / scale; !math.IsInf(r, 0) && !math.IsNaN(r) {
		size = r
	}
	return str(strconv.FormatFloat(size, 'f', -1, 64) + " " + byteUnits()[unit])
}
