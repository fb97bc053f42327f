package value

import (
	"math/big"
	"strconv"
	"strings"
)

// decimalDigits is the precision of the language's decimal.
const decimalDigits = 34

// Dec is an exact decimal number of up to 34 digits: coef times ten to the power of -scale.
type Dec struct {
	coef  *big.Int
	scale int
}

// ParseDecimal reads a decimal number, with an optional exponent.
func ParseDecimal(s string) (Dec, bool) {
	s = strings.TrimSpace(s)
	exponent := 0
	if i := strings.IndexAny(s, "eE"); i >= 0 {
		e, err := strconv.Atoi(s[i+1:])
		if err != nil || e > 400 || e < -400 {
			return Dec{}, false
		}
		s, exponent = s[:i], e
	}
	whole, fraction, _ := strings.Cut(s, ".")
	digits := whole + fraction
	body := strings.TrimLeft(digits, "+-")
	if body == "" || len(digits)-len(body) > 1 || len(body) > 400 || strings.Trim(body, "0123456789") != "" {
		return Dec{}, false
	}
	coef, ok := new(big.Int).SetString(digits, 10)
	if !ok {
		return Dec{}, false
	}
	return Dec{coef, len(fraction) - exponent}.round(), true
}

// DecimalOfInt returns n as a decimal.
func DecimalOfInt(n int64) Dec { return Dec{coef: big.NewInt(n)} }

// DecimalOfReal returns the decimal with the shortest text that reads back as f; false for NaN and the infinities.
func DecimalOfReal(f float64) (Dec, bool) {
	return ParseDecimal(strconv.FormatFloat(f, 'e', -1, 64))
}

// NewDecimal returns a decimal value.
func NewDecimal(d Dec) Value { return Value{typ: Decimal, set: true, text: d.String()} }

// Decimal returns the value of a decimal; false when it is null.
func (v Value) Decimal() (Dec, bool) {
	if !v.set {
		return Dec{}, false
	}
	return ParseDecimal(v.text)
}

func (d Dec) String() string {
	if d.coef == nil {
		return "0"
	}
	s := new(big.Int).Abs(d.coef).String()
	if d.scale < 0 {
		s += strings.Repeat("0", -d.scale)
	}
	if d.scale > 0 {
		if n := d.scale + 1 - len(s); n > 0 {
			s = strings.Repeat("0", n) + s
		}
		s = strings.TrimRight(s[:len(s)-d.scale]+"."+s[len(s)-d.scale:], "0")
		s = strings.TrimSuffix(s, ".")
	}
	if d.coef.Sign() < 0 {
		s = "-" + s
	}
	return s
}

// Real returns the nearest real.
func (d Dec) Real() float64 {
	f, _ := strconv.ParseFloat(d.String(), 64)
	return f
}

// Int returns the number without its fraction; false when it does not fit.
func (d Dec) Int() (int64, bool) {
	n := new(big.Int).Set(d.value())
	if d.scale > 0 {
		n.Quo(n, pow10(d.scale))
	} else {
		n.Mul(n, pow10(-d.scale))
	}
	return n.Int64(), n.IsInt64()
}

// Cmp compares two decimals.
func (d Dec) Cmp(e Dec) int {
	a, b, _ := align(d, e)
	return a.Cmp(b)
}

// Sign is -1, 0 or 1.
func (d Dec) Sign() int { return d.value().Sign() }

// Neg returns -d.
func (d Dec) Neg() Dec { return Dec{new(big.Int).Neg(d.value()), d.scale} }

// Add returns d + e.
func (d Dec) Add(e Dec) Dec {
	a, b, scale := align(d, e)
	return Dec{new(big.Int).Add(a, b), scale}.round()
}

// Sub returns d - e.
func (d Dec) Sub(e Dec) Dec { return d.Add(e.Neg()) }

// Mul returns d * e.
func (d Dec) Mul(e Dec) Dec {
	return Dec{new(big.Int).Mul(d.value(), e.value()), d.scale + e.scale}.round()
}

// Quo returns d / e rounded to 34 digits; false when e is zero.
func (d Dec) Quo(e Dec) (Dec, bool) {
	if e.Sign() == 0 {
		return Dec{}, false
	}
	const guard = 2 * decimalDigits
	n := new(big.Int).Mul(d.value(), pow10(guard))
	n.Quo(n, e.value())
	return Dec{n, d.scale - e.scale + guard}.round(), true
}

func (d Dec) value() *big.Int {
	if d.coef == nil {
		return new(big.Int)
	}
	return d.coef
}

// round keeps 34 digits, half to even.
func (d Dec) round() Dec {
	digits := len(new(big.Int).Abs(d.coef).String())
	drop := digits - decimalDigits
	if drop <= 0 {
		return d
	}
	unit := pow10(drop)
	q, r := new(big.Int).QuoRem(d.coef, unit, new(big.Int))
	twice := new(big.Int).Abs(r)
	twice.Lsh(twice, 1)
	if c := twice.Cmp(unit); c > 0 || c == 0 && q.Bit(0) == 1 {
		q.Add(q, big.NewInt(int64(d.coef.Sign())))
	}
	return Dec{q, d.scale - drop}
}

func align(d, e Dec) (a, b *big.Int, scale int) {
	a, b = d.value(), e.value()
	switch {
	case d.scale < e.scale:
		return new(big.Int).Mul(a, pow10(e.scale-d.scale)), b, e.scale
	case d.scale > e.scale:
		return a, new(big.Int).Mul(b, pow10(d.scale-e.scale)), d.scale
	}
	return a, b, d.scale
}

func pow10(n int) *big.Int {
	return new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(n)), nil)
}
