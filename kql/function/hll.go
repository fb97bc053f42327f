package function

import (
	"hash/fnv"
	"math"
	"math/bits"
	"slices"
	"strconv"

	"github.com/glasswatch/glasswatch/kql/value"
)

// maxHashes is how many hashes a sketch keeps exactly; with more it becomes registers.
const maxHashes = 1024

// sketch counts distinct values by HyperLogLog: the hashes of the values while there are few, else one register for
// each of 2^precision parts of the hashes. Its dynamic form is [[1024,precision],[hashes],[registers]].
type sketch struct {
	precision int
	hashes    map[uint64]struct{}
	registers []uint8
}

// precisions are the bits of the accuracies 0 to 4.
var precisions = [...]int{12, 14, 16, 17, 18}

// accuracy sets the precision of a sketch that has none yet.
func (s *sketch) accuracy(v value.Value) {
	if s.precision == 0 {
		s.precision = 14
		if n := v.Int(); !v.IsNull() && n >= 0 && n < int64(len(precisions)) {
			s.precision = precisions[n]
		}
	}
}

// hashOf is FNV-1a over the grouping key, its bits mixed.
func hashOf(v value.Value) uint64 {
	h := fnv.New64a()
	h.Write(v.AppendKey(nil))
	x := h.Sum64()
	x = (x ^ x>>33) * 0xff51afd7ed558ccd
	x = (x ^ x>>33) * 0xc4ceb9fe1a85ec53
	return x ^ x>>33
}

func (s *sketch) add(hash uint64) {
	if s.registers != nil {
		s.register(hash)
		return
	}
	if s.hashes == nil {
		s.hashes = map[uint64]struct{}{}
	}
	if s.hashes[hash] = struct{}{}; len(s.hashes) > maxHashes {
		s.spread()
	}
}

// spread turns hashes into registers.
func (s *sketch) spread() {
	s.registers = make([]uint8, 1<<s.precision)
	for h := range s.hashes {
		s.register(h)
	}
	s.hashes = nil
}

// register notes the place of the first set bit behind those that choose the register.
func (s *sketch) register(hash uint64) {
	i := hash >> (64 - s.precision)
	n := uint8(min(bits.LeadingZeros64(hash<<s.precision), 64-s.precision) + 1)
	s.registers[i] = max(s.registers[i], n)
}

// reduce lowers the precision of registers, as merging with a coarser sketch needs it.
func (s *sketch) reduce(precision int) {
	if s.registers == nil || precision >= s.precision {
		s.precision = min(s.precision, precision)
		return
	}
	drop := s.precision - precision
	out := make([]uint8, 1<<precision)
	for i, n := range s.registers {
		if n == 0 {
			continue
		}
		low := uint64(i) & (1<<drop - 1)
		if low != 0 {
			n = uint8(drop - bits.Len64(low) + 1)
		} else {
			n += uint8(drop)
		}
		out[i>>drop] = max(out[i>>drop], n)
	}
	s.precision, s.registers = precision, out
}

func (s *sketch) merge(other *sketch) {
	if s.precision == 0 {
		s.precision = other.precision
	}
	precision := min(s.precision, other.precision)
	s.reduce(precision)
	other.reduce(precision)
	if other.registers == nil {
		for h := range other.hashes {
			s.add(h)
		}
		return
	}
	if s.registers == nil {
		s.spread()
	}
	for i, n := range other.registers {
		s.registers[i] = max(s.registers[i], n)
	}
}

// count is exact for hashes; for registers it is the estimate of HyperLogLog, by empty registers where many are.
func (s *sketch) count() int64 {
	if s.registers == nil {
		return int64(len(s.hashes))
	}
	m, sum, empty := float64(len(s.registers)), 0.0, 0.0
	for _, n := range s.registers {
		sum += math.Ldexp(1, -int(n))
		if n == 0 {
			empty++
		}
	}
	e := 0.7213 / (1 + 1.079/m) * m * m / sum
	if e <= 2.5*m && empty > 0 {
		e = m * math.Log(m/empty)
	}
	return int64(math.Round(e))
}

// value is the dynamic form, null of a sketch of nothing.
func (s *sketch) value() value.Value {
	if s.registers == nil && len(s.hashes) == 0 {
		return value.Null(value.Dynamic)
	}
	hashes, registers := []any{}, []any{}
	for h := range s.hashes {
		hashes = append(hashes, strconv.FormatInt(int64(h), 10))
	}
	slices.SortFunc(hashes, func(a, b any) int { return value.Compare(value.NewDynamic(a), value.NewDynamic(b)) })
	for _, n := range s.registers {
		registers = append(registers, int64(n))
	}
	return value.NewDynamic([]any{[]any{int64(maxHashes), int64(s.precision)}, hashes, registers})
}

// sketchOf reads the dynamic form; false where it is none.
func sketchOf(v value.Value) (*sketch, bool) {
	parts, _ := arrayOf(v)
	if len(parts) != 3 {
		return nil, false
	}
	head, _ := parts[0].([]any)
	precision, _ := at(head, 1).(int64)
	hashes, _ := parts[1].([]any)
	registers, _ := parts[2].([]any)
	if precision < 4 || precision > 18 || len(registers) != 0 && len(registers) != 1<<precision {
		return nil, false
	}
	s := &sketch{precision: int(precision)}
	if len(registers) > 0 {
		s.registers = make([]uint8, len(registers))
	}
	for i, node := range registers {
		n, _ := node.(int64)
		s.registers[i] = uint8(max(0, min(n, 65)))
	}
	for _, node := range hashes {
		text, _ := node.(string)
		h, err := strconv.ParseInt(text, 10, 64)
		if err != nil {
			return nil, false
		}
		s.add(uint64(h))
	}
	return s, true
}
