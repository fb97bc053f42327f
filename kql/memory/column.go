package memory

import (
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"reflect"
	"time"

	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// field is a field of a struct that is a column.
type field struct {
	name  string
	index []int
	typ   reflect.Type // without pointer
	kind  value.Type
}

var (
	timeType     = reflect.TypeFor[time.Time]()
	durationType = reflect.TypeFor[time.Duration]()
	rawType      = reflect.TypeFor[json.RawMessage]()
	textType     = reflect.TypeFor[encoding.TextMarshaler]()
)

// fields lists the columns of a struct, those of embedded structs among them.
func fields(t reflect.Type) ([]field, error) {
	if t.Kind() != reflect.Struct {
		return nil, fmt.Errorf("a row is a struct, not a %s", t)
	}
	var out []field
	seen := map[string]bool{}
	for _, f := range reflect.VisibleFields(t) {
		if !f.IsExported() || f.Anonymous && f.Tag.Get("kql") == "" && indirect(f.Type).Kind() == reflect.Struct {
			continue
		}
		name := f.Name
		if tag := f.Tag.Get("kql"); tag == "-" {
			continue
		} else if tag != "" {
			name = tag
		}
		if seen[name] {
			return nil, fmt.Errorf("two fields are called %s", name)
		}
		seen[name] = true
		typ := indirect(f.Type)
		out = append(out, field{name: name, index: f.Index, typ: typ, kind: kindOf(typ)})
	}
	if len(out) == 0 {
		return nil, fmt.Errorf("%s has no exported fields", t)
	}
	return out, nil
}

func indirect(t reflect.Type) reflect.Type {
	if t.Kind() == reflect.Pointer {
		return t.Elem()
	}
	return t
}

// kindOf returns the type of the language that holds a type of Go.
func kindOf(t reflect.Type) value.Type {
	switch {
	case t == timeType:
		return value.DateTime
	case t == durationType:
		return value.TimeSpan
	case t == rawType:
		return value.Dynamic
	case t.Implements(textType) || reflect.PointerTo(t).Implements(textType):
		return value.String
	}
	switch t.Kind() {
	case reflect.String:
		return value.String
	case reflect.Bool:
		return value.Bool
	case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Uint8, reflect.Uint16:
		return value.Int
	case reflect.Int, reflect.Int64, reflect.Uint, reflect.Uint32, reflect.Uint64:
		return value.Long
	case reflect.Float32, reflect.Float64:
		return value.Real
	}
	return value.Dynamic
}

func tableOf(name string, rows any) (*table, error) {
	v := reflect.ValueOf(rows)
	if v.Kind() != reflect.Slice {
		return nil, fmt.Errorf("the rows are a slice of structs, not a %T", rows)
	}
	list, err := fields(indirect(v.Type().Elem()))
	if err != nil {
		return nil, err
	}
	t := &table{schema: &plan.Table{Name: name, Time: -1}, rows: make([][]value.Value, v.Len())}
	for _, f := range list {
		t.schema.Columns = append(t.schema.Columns, plan.Column{Name: f.name, Type: f.kind})
	}
	for i := range t.rows {
		row := reflect.Indirect(v.Index(i))
		if !row.IsValid() {
			return nil, fmt.Errorf("row %d is nil", i)
		}
		t.rows[i] = make([]value.Value, len(list))
		for j, f := range list {
			if t.rows[i][j], err = f.value(row); err != nil {
				return nil, fmt.Errorf("row %d: %s: %w", i, f.name, err)
			}
		}
	}
	return t, nil
}

// value reads the field of a row.
func (f *field) value(row reflect.Value) (value.Value, error) {
	v, err := row.FieldByIndexErr(f.index)
	if err != nil { // an embedded pointer is nil
		return value.Null(f.kind), nil
	}
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return value.Null(f.kind), nil
		}
		v = v.Elem()
	}
	switch f.kind {
	case value.Bool:
		return value.NewBool(v.Bool()), nil
	case value.Int:
		n, err := whole(v)
		return value.NewInt(int32(n)), err
	case value.Long:
		n, err := whole(v)
		return value.NewLong(n), err
	case value.Real:
		return value.NewReal(v.Float()), nil
	case value.TimeSpan:
		return value.NewTimeSpan(v.Int() / 100), nil
	case value.DateTime:
		return instant(v.Interface().(time.Time))
	case value.String:
		return textOf(v)
	}
	return dynamicOf(v)
}

func whole(v reflect.Value) (int64, error) {
	if v.CanInt() {
		return v.Int(), nil
	}
	if v.Uint() > math.MaxInt64 {
		return 0, errors.New("the number is too large for a long")
	}
	return int64(v.Uint()), nil
}

func instant(t time.Time) (value.Value, error) {
	if t.IsZero() {
		return value.Null(value.DateTime), nil
	}
	ticks, ok := value.Ticks(t)
	if !ok {
		return value.Value{}, fmt.Errorf("%s is no datetime", t)
	}
	return value.NewDateTime(ticks), nil
}

func textOf(v reflect.Value) (value.Value, error) {
	if v.Kind() == reflect.String && !v.Type().Implements(textType) {
		return value.NewString(v.String()), nil
	}
	m, ok := v.Interface().(encoding.TextMarshaler)
	if !ok { // the method is the pointer's
		p := reflect.New(v.Type())
		p.Elem().Set(v)
		m, ok = p.Interface().(encoding.TextMarshaler)
		if !ok {
			return value.NewString(v.String()), nil
		}
	}
	text, err := m.MarshalText()
	return value.NewString(string(text)), err
}

func dynamicOf(v reflect.Value) (value.Value, error) {
	text, err := json.Marshal(v.Interface())
	if err != nil {
		return value.Value{}, err
	}
	parsed, ok := value.ParseJSON(string(text))
	if !ok {
		return value.Value{}, errors.New("not JSON")
	}
	return parsed, nil
}
