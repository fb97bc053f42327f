package function

import (
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/glasswatch/glasswatch/kql/value"
)

// unitConversions are convert_angle, convert_length, ...: a table of units each, in a base unit.
func unitConversions() []Func {
	var out []Func
	for _, quantity := range []struct {
		name, example, want string
		units               func() map[string]float64
	}{
		{"angle", `1.5, "Degree", "Arcminute"`, "90", angleUnits},
		{"energy", `1.5, "WattHour", "Joule"`, "5400", energyUnits},
		{"force", `5.0, "Newton", "Decanewton"`, "0.5", forceUnits},
		{"length", `1.5, "Kilometer", "Meter"`, "1500", lengthUnits},
		{"mass", `1.5, "Tonne", "Kilogram"`, "1500", massUnits},
		{"speed", `1.5, "MeterPerSecond", "MeterPerMinute"`, "90", speedUnits},
		{"volume", `1.5, "CubicMeter", "Liter"`, "1500", volumeUnits},
	} {
		units := quantity.units()
		out = append(out, unitFunc(quantity.name, func(x float64, from, to string) (float64, bool) {
			a, ok := units[from]
			b, ok2 := units[to]
			return x * a / b, ok && ok2
		}, slices.Sorted(maps.Keys(units)), example("convert_"+quantity.name+"("+quantity.example+")", quantity.want)))
	}
	scales := temperatureUnits()
	return append(out, unitFunc("temperature", func(x float64, from, to string) (float64, bool) {
		a, ok := scales[from]
		b, ok2 := scales[to]
		return (a.zero + x*a.degree - b.zero) / b.degree, ok && ok2
	}, slices.Sorted(maps.Keys(scales)), example(`convert_temperature(0.0, "DegreeCelsius", "Kelvin")`, "273.15")))
}

func unitFunc(quantity string, f func(x float64, from, to string) (float64, bool), units []string, examples ...Example) Func {
	name := "convert_" + quantity
	return one(name, "Converts a number from one unit of "+quantity+" to another; null for a unit that is unknown. The units are "+strings.Join(units, ", ")+".",
		Overload{Params: []Param{{Name: "value", Types: []value.Type{value.Real, value.Long, value.Int}, As: value.Real}, plainText("from"), plainText("to")}, Returns: value.Real,
			Eval: func(_ *Context, a []value.Value) value.Value {
				y, ok := f(a[0].Real(), a[1].Text(), a[2].Text())
				if !ok || a[0].IsNull() {
					return value.Null(value.Real)
				}
				return value.NewReal(y)
			}}, append(examples, exampleNull(name+`(1.0, "Furlong", "Fortnight")`))...)
}

// prefixes makes units of a unit with decimal prefixes: prefixes(units, 1, "gram", "Kilo") adds Kilogram. The prefix
// "" is the unit itself with a capital.
func prefixes(units map[string]float64, size float64, name string, list ...string) {
	powers := map[string]float64{"": 1, "Nano": 1e-9, "Micro": 1e-6, "Milli": 1e-3, "Centi": 1e-2, "Deci": 1e-1, "Deca": 10, "Hecto": 100, "Kilo": 1e3, "Mega": 1e6, "Giga": 1e9, "Tera": 1e12}
	for _, prefix := range list {
		full := prefix + name
		if prefix == "" {
			full = strings.ToUpper(name[:1]) + name[1:]
		}
		units[full] = size * powers[prefix]
	}
}

func angleUnits() map[string]float64 {
	u := map[string]float64{"Arcminute": 1.0 / 60, "Arcsecond": 1.0 / 3600, "Gradian": 0.9, "NatoMil": 9.0 / 160, "Revolution": 360}
	prefixes(u, 1, "degree", "", "Micro", "Milli", "Nano")
	prefixes(u, 180/math.Pi, "radian", "", "Centi", "Deci", "Micro", "Milli", "Nano")
	return u
}

func energyUnits() map[string]float64 {
	u := map[string]float64{"Erg": 1e-7, "FootPound": 1.355817948, "HorsepowerHour": 2.6845195377e6}
	prefixes(u, 1055.05585262, "britishThermalUnit", "", "Kilo", "Mega", "Giga")
	prefixes(u, 4.184, "calorie", "", "Kilo", "Mega")
	prefixes(u, 105505585.262, "thermEc", "", "Deca")
	prefixes(u, 1.05505585257348e8, "thermImperial", "", "Deca")
	prefixes(u, 1.054804e8, "thermUs", "", "Deca")
	prefixes(u, 1.602176565e-19, "electronVolt", "", "Kilo", "Mega", "Giga", "Tera")
	prefixes(u, 1, "joule", "", "Milli", "Kilo", "Mega", "Giga")
	prefixes(u, 86400, "wattDay", "", "Kilo", "Mega", "Giga", "Tera")
	prefixes(u, 3600, "wattHour", "", "Kilo", "Mega", "Giga", "Tera")
	return u
}

func forceUnits() map[string]float64 {
	const pound, kilogram = 4.4482216152605, 9.80665
	u := map[string]float64{"Dyn": 1e-5, "KilogramForce": kilogram, "KiloPond": kilogram, "PoundForce": pound, "KilopoundForce": 1000 * pound,
		"OunceForce": pound / 16, "Poundal": 0.138254954376, "ShortTonForce": 2000 * pound, "TonneForce": 1000 * kilogram}
	prefixes(u, 1, "newton", "", "Micro", "Milli", "Deca", "Kilo", "Mega")
	return u
}

func lengthUnits() map[string]float64 {
	const inch = 0.0254
	u := map[string]float64{"Angstrom": 1e-10, "AstronomicalUnit": 1.4959787070e11, "Chain": 20.1168, "DataMile": 1828.8, "DtpPica": inch / 6, "DtpPoint": inch / 72,
		"Fathom": 1.8288, "Foot": 12 * inch, "Hand": 4 * inch, "Mil": inch / 1000, "Mile": 1609.344, "NauticalMile": 1852, "PrinterPica": 12 * inch / 72.27,
		"PrinterPoint": inch / 72.27, "Shackle": 27.432, "SolarRadius": 6.9551e8, "Twip": inch / 1440, "UsSurveyFoot": 1200.0 / 3937, "Yard": 36 * inch}
	prefixes(u, inch, "inch", "", "Micro")
	prefixes(u, 1, "meter", "", "Nano", "Micro", "Milli", "Centi", "Deci", "Deca", "Hecto", "Kilo")
	prefixes(u, 9.46073047258e15, "lightYear", "", "Kilo", "Mega")
	prefixes(u, 3.08567758128e16, "parsec", "", "Kilo", "Mega")
	return u
}

func massUnits() map[string]float64 {
	const pound = 0.45359237
	u := map[string]float64{"EarthMass": 5.9722e24, "Grain": pound / 7000, "LongHundredweight": 112 * pound, "LongTon": 2240 * pound, "Ounce": pound / 16,
		"ShortHundredweight": 100 * pound, "ShortTon": 2000 * pound, "Slug": 1 / 6.852176556196105e-2, "SolarMass": 1.98947e30, "Stone": 14 * pound}
	prefixes(u, 1e-3, "gram", "", "Nano", "Micro", "Milli", "Centi", "Deci", "Deca", "Hecto", "Kilo")
	prefixes(u, pound, "pound", "", "Kilo", "Mega")
	prefixes(u, 1000, "tonne", "", "Kilo", "Mega")
	return u
}

func speedUnits() map[string]float64 {
	u := map[string]float64{"Knot": 1852.0 / 3600, "MilePerHour": 0.44704}
	lengths := lengthUnits()
	for _, name := range []string{"Centimeter", "Foot", "Inch", "Kilometer", "Meter", "Millimeter", "UsSurveyFoot", "Yard"} {
		u[name+"PerHour"] = lengths[name] / 3600
	}
	for _, name := range []string{"Centimeter", "Decimeter", "Foot", "Inch", "Kilometer", "Meter", "Micrometer", "Millimeter", "Nanometer", "UsSurveyFoot", "Yard"} {
		u[name+"PerMinute"], u[name+"PerSecond"] = lengths[name]/60, lengths[name]
	}
	return u
}

func volumeUnits() map[string]float64 {
	const foot, gallon, imperial = 0.028316846592, 0.003785411784, 0.00454609
	u := map[string]float64{"AcreFoot": 1 / 0.000810714, "AuTablespoon": 2e-5, "BoardFoot": foot / 12, "CubicCentimeter": 1e-6, "CubicDecimeter": 1e-3, "CubicFoot": foot,
		"CubicHectometer": 1e6, "CubicInch": 1.6387064e-5, "CubicKilometer": 1e9, "CubicMeter": 1, "CubicMicrometer": 1e-18, "CubicMile": 4.16818182544058e9,
		"CubicMillimeter": 1e-9, "CubicYard": 27 * foot, "ImperialBeerBarrel": 36 * imperial, "ImperialOunce": imperial / 160, "ImperialPint": imperial / 8,
		"MetricCup": 0.00025, "MetricTeaspoon": 5e-6, "OilBarrel": 42 * gallon, "UkTablespoon": 1.5e-5, "UsBeerBarrel": 31 * gallon, "UsCustomaryCup": gallon / 16,
		"UsLegalCup": 0.00024, "UsOunce": gallon / 128, "UsPint": gallon / 8, "UsQuart": gallon / 4, "UsTablespoon": gallon / 256, "UsTeaspoon": gallon / 768}
	prefixes(u, 1e-3, "liter", "", "Micro", "Milli", "Centi", "Deci", "Deca", "Hecto", "Kilo", "Mega")
	prefixes(u, gallon, "usGallon", "", "Deci", "Deca", "Hecto", "Kilo", "Mega")
	prefixes(u, imperial, "imperialGallon", "", "Kilo", "Mega")
	prefixes(u, foot, "cubicFoot", "Hecto", "Kilo", "Mega")
	prefixes(u, 1, "cubicMeter", "Hecto", "Kilo")
	return u
}

// temperature is a scale: its zero and its degree in kelvin.
type temperature struct{ zero, degree float64 }

func temperatureUnits() map[string]temperature {
	const ice = 273.15
	return map[string]temperature{"Kelvin": {0, 1}, "DegreeCelsius": {ice, 1}, "MillidegreeCelsius": {ice, 1e-3}, "DegreeDelisle": {ice + 100, -2.0 / 3},
		"DegreeFahrenheit": {459.67 * 5 / 9, 5.0 / 9}, "DegreeNewton": {ice, 100.0 / 33}, "DegreeRankine": {0, 5.0 / 9}, "DegreeReaumur": {ice, 1.25},
		"DegreeRoemer": {ice - 7.5*40/21, 40.0 / 21}, "SolarTemperature": {0, 5778}}
}
