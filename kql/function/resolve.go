package function

import (
	"fmt"
	"slices"
	"strings"

	"github.com/glasswatch/glasswatch/kql/value"
)

// Resolve chooses the overload for arguments of the given types. converted has one entry an argument: the type that
// the argument must be converted to before the call, Invalid where it is taken as it is. result is the type of
// the call.
func (f *Func) Resolve(args []value.Type) (o *Overload, converted []value.Type, result value.Type, err error) {
	if f.resolve != nil {
		return f.resolve(f, args)
	}
	best, conversion := noWay, strictCost
	if f.converts {
		conversion = conversionCost
	}
	for i := range f.Overloads {
		if cost, as := fit(f.Overloads[i].Params, args, conversion); cost < best {
			best, o, converted = cost, &f.Overloads[i], as
		}
	}
	if o == nil {
		params := make([][]Param, len(f.Overloads))
		for i := range f.Overloads {
			params[i] = f.Overloads[i].Params
		}
		return nil, nil, value.Invalid, mismatch(f.Name, params, args)
	}
	return o, converted, o.result(args, converted), nil
}

// Resolve chooses the overload for arguments of the given types, as Func.Resolve does.
func (a *Aggregate) Resolve(args []value.Type) (o *AggOverload, converted []value.Type, result value.Type, err error) {
	best, conversion := noWay, strictCost
	if strings.HasPrefix(a.Name, "percentile") {
		conversion = conversionCost
	}
	for i := range a.Overloads {
		if cost, as := fit(a.Overloads[i].Params, args, conversion); cost < best {
			best, o, converted = cost, &a.Overloads[i], as
		}
	}
	if o == nil {
		params := make([][]Param, len(a.Overloads))
		for i := range a.Overloads {
			params[i] = a.Overloads[i].Params
		}
		return nil, nil, value.Invalid, mismatch(a.Name, params, args)
	}
	result = o.Returns
	if o.Typed != nil {
		result = o.Typed(after(args, converted))
	}
	return o, converted, result, nil
}

func (o *Overload) result(args, converted []value.Type) value.Type {
	if o.Typed != nil {
		return o.Typed(after(args, converted))
	}
	return o.Returns
}

// after returns the argument types once the conversions are made.
func after(args, converted []value.Type) []value.Type {
	out := slices.Clone(args)
	for i, t := range converted {
		if t != value.Invalid {
			out[i] = t
		}
	}
	return out
}

// noWay is the cost of a conversion that the language does not make.
const noWay = 1 << 20

// fit returns what it costs to call a signature with the arguments, and the conversions.
func fit(params []Param, args []value.Type, cost func(from, to value.Type) int) (int, []value.Type) {
	if !countFits(params, len(args)) {
		return noWay, nil
	}
	converted := make([]value.Type, len(args))
	total := 0
	for i, from := range args {
		p := params[min(i, len(params)-1)]
		to, c := p.accept(from, cost)
		if c >= noWay {
			return noWay, nil
		}
		if to != from {
			converted[i] = to
		}
		total += c
	}
	return total, converted
}

func countFits(params []Param, n int) bool {
	least := 0
	for _, p := range params {
		if !p.Optional {
			least++
		}
	}
	if n < least {
		return false
	}
	return n <= len(params) || len(params) > 0 && params[len(params)-1].Variadic
}

// accept returns the type in which the parameter takes an argument, and the cost of getting there.
func (p *Param) accept(from value.Type, conversion func(from, to value.Type) int) (value.Type, int) {
	to, cost := from, 0
	if p.Types != nil && !slices.Contains(p.Types, from) {
		cost = noWay
		for _, t := range p.Types {
			if c := conversion(from, t); c < cost {
				to, cost = t, c
			}
		}
	}
	if p.As != value.Invalid && p.As != from {
		to = p.As
		cost++
	}
	return to, cost
}

// strictCost ranks the conversions that scalar functions make: of a dynamic only that to its text.
func strictCost(from, to value.Type) int {
	if from == value.Dynamic && to != value.String && to != value.Dynamic || to == value.Bool && from != value.Bool {
		return noWay
	}
	return conversionCost(from, to)
}

// conversionCost ranks the silent conversions: a number to a wider one, a dynamic to anything.
func conversionCost(from, to value.Type) int {
	switch {
	case from == to:
		return 0
	case from == value.Int && to == value.Long:
		return 1
	case (from == value.Int || from == value.Long) && to == value.Real:
		return 2
	case from >= value.Int && from <= value.Real && to == value.Decimal:
		return 3
	case from == value.Dynamic && to == value.Real:
		return 4
	case from == value.Dynamic && to != value.Int:
		return 5
	case from == value.Dynamic:
		return 6
	}
	return noWay
}

// mismatch says what was expected and what was given.
func mismatch(name string, signatures [][]Param, args []value.Type) error {
	fits := slices.ContainsFunc(signatures, func(p []Param) bool { return countFits(p, len(args)) })
	if !fits {
		return fmt.Errorf("%s expects %s, not %d; use %s", name, expectedCounts(signatures), len(args), nearestForm(name, signatures, len(args)))
	}
	given := make([]string, len(args))
	for i, t := range args {
		given[i] = t.String()
	}
	var forms []string
	for _, params := range signatures {
		if form := signature(params); !slices.Contains(forms, form) {
			forms = append(forms, form)
		}
	}
	if len(forms) > 4 {
		forms = append(forms[:4], "...")
	}
	return fmt.Errorf("%s does not take (%s); it takes %s", name, strings.Join(given, ", "), strings.Join(forms, " or "))
}

// nearestForm writes the signature whose number of parameters is closest to n.
func nearestForm(name string, signatures [][]Param, n int) string {
	nearest := signatures[0]
	for _, params := range signatures[1:] {
		if distance(len(params), n) < distance(len(nearest), n) {
			nearest = params
		}
	}
	return name + signature(nearest)
}

func distance(a, b int) int { return max(a-b, b-a) }

func expectedCounts(signatures [][]Param) string {
	least, most, open := 1<<30, 0, false
	for _, params := range signatures {
		n := 0
		for _, p := range params {
			if !p.Optional {
				n++
			}
			open = open || p.Variadic
		}
		least, most = min(least, n), max(most, len(params))
	}
	switch {
	case open:
		return fmt.Sprintf("%d or more arguments", least)
	case least == most && least == 1:
		return "1 argument"
	case least == most:
		return fmt.Sprintf("%d arguments", least)
	}
	return fmt.Sprintf("%d to %d arguments", least, most)
}

func signature(params []Param) string {
	parts := make([]string, len(params))
	for i, p := range params {
		names := make([]string, len(p.Types))
		for j, t := range p.Types {
			names[j] = t.String()
		}
		parts[i] = p.Name
		if len(names) > 0 {
			parts[i] += ": " + strings.Join(names, "|")
		}
		if p.Variadic {
			parts[i] += ", ..."
		}
		if p.Optional {
			parts[i] = "[" + parts[i] + "]"
		}
	}
	return "(" + strings.Join(parts, ", ") + ")"
}

// widest returns the wider of two numeric types; int and int give long, as the language promotes them.
func widest(a, b value.Type) value.Type {
	return max(a, b, value.Long)
}

func isNumber(t value.Type) bool { return t >= value.Int && t <= value.Decimal }

// common returns the type that branches of different types share: numbers the widest, a dynamic the other's type.
func common(types []value.Type) (value.Type, bool) {
	out := value.Invalid
	for _, t := range types {
		switch {
		case out == value.Invalid || out == value.Dynamic:
			out = t
		case t == out || t == value.Dynamic:
		case isNumber(t) && isNumber(out):
			out = max(t, out)
		default:
			return value.Invalid, false
		}
	}
	return out, true
}
