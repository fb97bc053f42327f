package config

import (
	"reflect"
	"strings"
)

// field is one key of a struct, from its tags: yaml (or json) names it, doc describes it, required, enum, minimum and maximum bound it.
type field struct {
	name     string
	doc      string
	required bool
	enum     []string
	minimum  string
	maximum  string
	index    []int
	typ      reflect.Type
}

type fields []field

// fieldsOf returns the keys of a struct in order; embedded structs count as part of it.
func fieldsOf(t reflect.Type) fields {
	var list fields
	for _, f := range reflect.VisibleFields(t) {
		if !f.IsExported() || f.Anonymous {
			continue
		}
		tag, ok := f.Tag.Lookup("yaml")
		if !ok {
			tag, ok = f.Tag.Lookup("json")
		}
		name, _, _ := strings.Cut(tag, ",")
		if !ok || name == "-" || name == "" {
			continue
		}
		made := field{name: name, doc: f.Tag.Get("doc"), required: f.Tag.Get("required") == "true",
			minimum: f.Tag.Get("minimum"), maximum: f.Tag.Get("maximum"), index: f.Index, typ: f.Type}
		if words := f.Tag.Get("enum"); words != "" {
			made.enum = strings.Split(words, ",")
		}
		list = append(list, made)
	}
	return list
}

func (l fields) named(name string) (field, bool) {
	for _, f := range l {
		if f.name == name {
			return f, true
		}
	}
	return field{}, false
}

func (l fields) names() []string {
	names := make([]string, len(l))
	for i, f := range l {
		names[i] = f.name
	}
	return names
}
