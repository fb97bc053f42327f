package config

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"strconv"

	"github.com/glasswatch/glasswatch/internal/alert"
)

// Patterns of scalars that the schema can say.
const (
	durationPattern = `^([0-9]+d)?([0-9.]+(h|m|s|ms))*$|^0$`
	sizePattern     = `^[0-9]+ ?([kKmMgG][iI]?)?[bB]?$`
	refPattern      = `^(env|file):.+$`
	guidPattern     = `^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`
)

// object is a JSON object; encoding/json writes its keys in order, so the schema's text is stable.
type object map[string]any

// Schema returns the JSON schema (draft 7, which editors know best) of the configuration file, indented.
func Schema(known Known) []byte {
	return schemaText(reflect.TypeFor[Config](), known, "Glasswatch configuration")
}

// SchemaFor returns the JSON schema of another kind of file, made from the tags of a struct.
func SchemaFor(t reflect.Type, title string) []byte { return schemaText(t, Known{}, title) }

func schemaText(t reflect.Type, known Known, title string) []byte {
	root := schemaOf(t, known)
	root["$schema"] = "http://json-schema.org/draft-07/schema#"
	root["title"] = title
	text, err := json.MarshalIndent(root, "", "  ")
	if err != nil {
		panic("config: BUG: schema: " + err.Error())
	}
	return append(text, '\n')
}

func schemaOf(t reflect.Type, known Known) object {
	switch t {
	case channelType:
		return channelSchema(known)
	case refType:
		return object{"type": "string", "pattern": refPattern, "description": "env:NAME or file:path; never the secret itself"}
	case durationType, reflect.TypeFor[Duration]():
		return object{"type": []string{"string", "integer"}, "pattern": durationPattern}
	case reflect.TypeFor[Size]():
		return object{"type": []string{"string", "integer"}, "pattern": sizePattern}
	case reflect.TypeFor[Scope]():
		return object{"enum": Scopes()}
	case reflect.TypeFor[alert.Severity]():
		return object{"enum": []string{"Sev0", "Sev1", "Sev2", "Sev3", "Sev4"}}
	}
	if reflect.PointerTo(t).Implements(textUnmarshaler) {
		return object{"type": []string{"string", "number"}}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return schemaOf(t.Elem(), known)
	case reflect.Struct:
		return structSchema(t, known)
	case reflect.Map:
		s := object{"type": []string{"object", "null"}, "additionalProperties": schemaOf(t.Elem(), known)}
		if t.Elem() == reflect.TypeFor[Table]() && len(known.Tables) > 0 {
			s["propertyNames"] = object{"enum": slices.Sorted(slices.Values(known.Tables))}
		}
		return s
	case reflect.Slice:
		return object{"type": []string{"array", "null"}, "items": schemaOf(t.Elem(), known)}
	case reflect.Bool:
		return object{"type": "boolean"}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return object{"type": "integer"}
	case reflect.Float64:
		return object{"type": "number"}
	}
	return object{"type": []string{"string", "number", "boolean"}}
}

func structSchema(t reflect.Type, known Known) object {
	properties, required := object{}, []string{}
	for _, f := range fieldsOf(t) {
		s := schemaOf(f.typ, known)
		if f.doc != "" {
			s["description"] = f.doc
		}
		if len(f.enum) > 0 {
			s = object{"enum": f.enum, "description": f.doc}
		}
		for key, text := range map[string]string{"minimum": f.minimum, "maximum": f.maximum} {
			if n, err := strconv.ParseInt(text, 10, 64); err == nil {
				s[key] = n
			}
		}
		if f.name == "id" && t == reflect.TypeFor[Tenant]() || f.name == "objectId" {
			s["pattern"] = guidPattern
		}
		properties[f.name] = s
		if f.required {
			required = append(required, f.name)
		}
	}
	s := object{"type": []string{"object", "null"}, "properties": properties, "additionalProperties": false}
	if len(required) > 0 {
		s["type"], s["required"] = "object", required
	}
	return s
}

// channelSchema allows kind and, for each kind, that kind's options.
func channelSchema(known Known) object {
	kinds := known.kinds()
	var cases []object
	for _, kind := range known.Channels {
		s := structSchema(reflect.TypeOf(kind.NewConfig()).Elem(), known)
		maps.Copy(s["properties"].(object), object{"kind": object{"const": kind.Name, "description": kind.Doc}})
		required, _ := s["required"].([]string)
		s["required"], s["type"] = append([]string{"kind"}, required...), "object"
		cases = append(cases, object{"if": object{"properties": object{"kind": object{"const": kind.Name}}}, "then": s})
	}
	return object{"type": "object", "required": []string{"kind"},
		"properties": object{"kind": object{"enum": kinds, "description": "How the channel reaches people."}}, "allOf": cases}
}
