package value

import (
	"fmt"
	"strings"
	"testing"
)

// TestBagOfAnySize: small and large bags find the same properties, of several with one name the first.
func TestBagOfAnySize(t *testing.T) {
	for _, n := range []int{0, 1, fewKeys, fewKeys + 1, 1000} {
		built := &Bag{}
		var text strings.Builder
		for i := range n {
			built.Set(fmt.Sprint("k", i), int64(-1))
			built.Set(fmt.Sprint("k", i), int64(i))
			fmt.Fprintf(&text, `"k%d": %d, `, i, i)
		}
		parsed, ok := ParseJSON("{" + text.String() + `"k0": 0, "last": true}`)
		if !ok {
			t.Fatal("not parsed")
		}
		read := parsed.Tree().(*Bag)
		if built.Len() != n || read.Len() != n+2 {
			t.Errorf("%d: built %d, read %d", n, built.Len(), read.Len())
		}
		for i := range n {
			for _, b := range []*Bag{built, read} {
				if v, ok := b.Lookup(fmt.Sprint("k", i)); !ok || v != int64(i) {
					t.Errorf("%d: k%d is %v", n, i, v)
				}
			}
		}
		if v, ok := read.Lookup("last"); !ok || v != true {
			t.Errorf("%d: last is %v", n, v)
		}
		if _, ok := read.Lookup("K0"); ok {
			t.Errorf("%d: found by another case", n)
		}
	}
}
