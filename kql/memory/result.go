package memory

import (
	"encoding"
	"encoding/json"
	"fmt"
	"reflect"
	"time"

	"github.com/glasswatch/glasswatch/kql"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// Result is all that a query gave.
type Result struct {
	Columns []plan.Column
	Rows    [][]value.Value
	Notes   kql.Diagnostics // warnings and notes about the query
}

// Decode writes the rows into a slice of structs, whose fields take the columns of their names. Null leaves a field at
// its zero value. A field without a column, or with a column of another type, is an error.
func (r *Result) Decode(into any) error {
	slice := reflect.ValueOf(into)
	if slice.Kind() != reflect.Pointer || slice.IsNil() || slice.Elem().Kind() != reflect.Slice {
		return fmt.Errorf("decode into a pointer to a slice of structs, not a %T", into)
	}
	slice = slice.Elem()
	list, err := fields(slice.Type().Elem())
	if err != nil {
		return err
	}
	at := make([]int, len(list))
	for i, f := range list {
		if at[i] = r.column(f.name); at[i] < 0 {
			return fmt.Errorf("the result has no column %s", f.name)
		}
	}
	slice.Set(reflect.MakeSlice(slice.Type(), len(r.Rows), len(r.Rows)))
	for i, row := range r.Rows {
		for j, f := range list {
			if err := f.set(slice.Index(i), row[at[j]]); err != nil {
				return fmt.Errorf("row %d: %s: %w", i, f.name, err)
			}
		}
	}
	return nil
}

func (r *Result) column(name string) int {
	for i, c := range r.Columns {
		if c.Name == name {
			return i
		}
	}
	return -1
}

// set writes a value into the field of a row.
func (f *field) set(row reflect.Value, v value.Value) error {
	if v.IsNull() {
		return nil
	}
	for n := 1; n < len(f.index); n++ { // make embedded pointers
		if e := row.FieldByIndex(f.index[:n]); e.Kind() == reflect.Pointer && e.IsNil() {
			e.Set(reflect.New(e.Type().Elem()))
		}
	}
	field := row.FieldByIndex(f.index)
	if field.Kind() == reflect.Pointer {
		field.Set(reflect.New(f.typ))
		field = field.Elem()
	}
	t := v.Type()
	switch {
	case field.Kind() == reflect.Interface && field.NumMethod() == 0:
		field.Set(reflect.ValueOf(Go(v)))
		return nil
	case field.Type() == timeType && t == value.DateTime:
		field.Set(reflect.ValueOf(value.Time(v.Int())))
		return nil
	case field.Type() == durationType && t == value.TimeSpan:
		field.SetInt(v.Int() * 100)
		return nil
	case f.kind == value.String:
		return setText(field, v)
	case f.kind == value.Bool && t == value.Bool:
		field.SetBool(v.Bool())
		return nil
	case f.kind == value.Real && t == value.Real:
		field.SetFloat(v.Real())
		return nil
	case f.kind == value.Real && (t == value.Int || t == value.Long):
		field.SetFloat(float64(v.Int()))
		return nil
	case (f.kind == value.Int || f.kind == value.Long) && (t == value.Int || t == value.Long):
		return setWhole(field, v.Int())
	case f.kind == value.Dynamic && t == value.Dynamic:
		return json.Unmarshal(v.AppendJSON(nil), field.Addr().Interface())
	}
	return fmt.Errorf("a %s does not go into a %s", t, field.Type())
}

func setText(field reflect.Value, v value.Value) error {
	if u, ok := field.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return u.UnmarshalText([]byte(v.ToText()))
	}
	if field.Kind() != reflect.String {
		return fmt.Errorf("a %s does not go into a %s", v.Type(), field.Type())
	}
	field.SetString(v.ToText())
	return nil
}

func setWhole(field reflect.Value, n int64) error {
	switch {
	case field.CanInt() && !field.OverflowInt(n):
		field.SetInt(n)
	case field.CanUint() && n >= 0 && !field.OverflowUint(uint64(n)):
		field.SetUint(uint64(n))
	default:
		return fmt.Errorf("%d does not fit into a %s", n, field.Type())
	}
	return nil
}

// Go returns a value as Go holds it: nil for null, bool, int64, float64, string, time.Time, time.Duration; decimals and
// GUIDs as their text, a dynamic as encoding/json reads it.
func Go(v value.Value) any {
	if v.IsNull() {
		return nil
	}
	switch v.Type() {
	case value.Bool:
		return v.Bool()
	case value.Int, value.Long:
		return v.Int()
	case value.Real:
		return v.Real()
	case value.DateTime:
		return value.Time(v.Int())
	case value.TimeSpan:
		return time.Duration(v.Int() * 100)
	case value.Dynamic:
		var out any
		if json.Unmarshal(v.AppendJSON(nil), &out) == nil {
			return out
		}
	}
	return v.ToText()
}
