package config

import (
	"fmt"
	"reflect"
	"strings"
)

// Reference returns the documentation of every key as Markdown, made from the same tags as the schema.
func Reference(known Known) string {
	var b strings.Builder
	b.WriteString("# Configuration\n\n" +
		"Made from the code; do not edit. One YAML file; `glasswatch init` writes a commented one, `glasswatch config check` says\n" +
		"everything that is wrong with it, and [glasswatch.schema.json](glasswatch.schema.json) tells editors its keys.\n\n" +
		"Durations are written `90d`, `12h`, `30s`; sizes `32MiB`; secrets `env:NAME` or `file:path`, never in clear. Relative\n" +
		"paths count from the folder of the file. A change takes effect with a restart; rules, accounts, action groups, channels\n" +
		"and tokens also with SIGHUP.\n")
	sections(&b, reflect.TypeFor[Config](), "", reflect.ValueOf(Default()))
	b.WriteString("\n## Kinds of channels\n\nBeside `kind`, a channel has the keys of its kind.\n")
	for _, kind := range known.Channels {
		fmt.Fprintf(&b, "\n### kind: %s\n\n%s\n\n", kind.Name, kind.Doc)
		options := reflect.ValueOf(kind.NewConfig()).Elem()
		rows(&b, options.Type(), options)
	}
	return b.String()
}

// ReferenceFor returns the documentation of the keys of another kind of file, made from the tags of a struct.
func ReferenceFor(t reflect.Type, head string) string {
	var b strings.Builder
	b.WriteString(head)
	sections(&b, t, "", reflect.Value{})
	return b.String()
}

// sections writes a table for the struct and one for every struct in it.
func sections(b *strings.Builder, t reflect.Type, path string, defaults reflect.Value) {
	title := path
	if path == "" {
		title = "Top level"
	}
	fmt.Fprintf(b, "\n## %s\n\n", title)
	rows(b, t, defaults)
	for _, f := range fieldsOf(t) {
		inner, suffix := f.typ, ""
		if inner.Kind() == reflect.Pointer {
			inner = inner.Elem()
		}
		var value reflect.Value
		switch inner.Kind() {
		case reflect.Map:
			inner, suffix = inner.Elem(), ".NAME"
		case reflect.Slice:
			inner, suffix = inner.Elem(), "[]"
		default:
			if defaults.IsValid() && f.typ.Kind() != reflect.Pointer {
				value = defaults.FieldByIndex(f.index)
			}
		}
		if inner.Kind() == reflect.Struct && inner != channelType && !reflect.PointerTo(inner).Implements(textUnmarshaler) {
			sections(b, inner, join(path, f.name)+suffix, value)
		}
	}
}

func rows(b *strings.Builder, t reflect.Type, defaults reflect.Value) {
	list := fieldsOf(t)
	if len(list) == 0 {
		b.WriteString("No keys.\n")
		return
	}
	b.WriteString("| key | default | meaning |\n|---|---|---|\n")
	for _, f := range list {
		value := ""
		switch {
		case f.required:
			value = "required"
		case defaults.IsValid():
			value = shown(defaults.FieldByIndex(f.index))
		}
		fmt.Fprintf(b, "| `%s` | %s | %s |\n", f.name, value, strings.ReplaceAll(f.doc, "|", "\\|"))
	}
}

// shown is a default as one writes it; nothing for what is empty or has keys of its own.
func shown(v reflect.Value) string {
	switch v.Kind() {
	case reflect.Struct, reflect.Map, reflect.Slice, reflect.Pointer:
		return ""
	}
	if v.IsZero() && v.Kind() != reflect.Bool {
		return ""
	}
	return fmt.Sprintf("`%v`", v.Interface())
}
