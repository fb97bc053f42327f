package value

import "math/big"

// Floor returns the largest whole number that is not greater than d.
func (d Dec) Floor() Dec {
	if d.scale <= 0 {
		return d
	}
	q, r := new(big.Int).QuoRem(d.value(), pow10(d.scale), new(big.Int))
	if r.Sign() < 0 {
		q.Sub(q, big.NewInt(1))
	}
	return Dec{coef: q}
}

// Ceil returns the smallest whole number that is not less than d.
func (d Dec) Ceil() Dec { return d.Neg().Floor().Neg() }

// Round keeps a number of decimals, halves away from zero; a negative number rounds tens and hundreds.
func (d Dec) Round(decimals int) Dec {
	drop := d.scale - decimals
	if drop <= 0 {
		return d
	}
	unit := pow10(drop)
	half := new(big.Int).Rsh(unit, 1)
	if d.Sign() < 0 {
		half.Neg(half)
	}
	q := new(big.Int).Quo(new(big.Int).Add(d.value(), half), unit)
	return Dec{q, decimals}
}
