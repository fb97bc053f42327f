package config

import (
	"encoding"
	"fmt"
	"math"
	"path/filepath"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"

	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/internal/secret"
)

// decoder fills structs from a syntax tree. It goes on after a problem, so that one run finds all of them. A scalar
// fills a string as it is written, so that phone numbers keep their plus sign.
type decoder struct {
	*document
	known   Known
	anchors map[string]ast.Node
	visits  int // values looked at, aliases counted each time
}

// maxVisits bounds the work for a file in which aliases multiply or go round.
const maxVisits = 100_000

var (
	textUnmarshaler = reflect.TypeFor[encoding.TextUnmarshaler]()
	refType         = reflect.TypeFor[secret.Ref]()
	channelType     = reflect.TypeFor[Channel]()
	durationType    = reflect.TypeFor[time.Duration]()
)

func (d *decoder) decode(node ast.Node, v reflect.Value, path string) {
	node = d.resolve(node)
	if d.visits++; d.visits == maxVisits {
		d.add(d.at(nil, "the file has too many values, or aliases that contain themselves"), "write the values out")
	}
	if node == nil || d.visits >= maxVisits || strings.Count(path, ".")+strings.Count(path, "[") > 50 {
		return
	}
	if tk := node.GetToken(); tk != nil {
		switch node.(type) {
		case *ast.MappingNode, *ast.MappingValueNode: // the key is the better place
		default:
			d.values[path] = tk
		}
	}
	if _, null := node.(*ast.NullNode); null {
		return // a key without a value keeps its default
	}
	before := len(d.problems)
	defer func() { d.unread[path] = len(d.problems) > before }()
	switch {
	case v.Type() == channelType:
		d.channel(node, v, path)
	case v.Type() == refType:
		d.secretRef(node, v, path)
	case v.Type() == durationType:
		d.span(node, v)
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.decode(node, v.Elem(), path)
	case reflect.PointerTo(v.Type()).Implements(textUnmarshaler):
		if text, ok := d.scalar(node, "a word"); ok {
			if err := v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText([]byte(text)); err != nil {
				d.add(d.at(node.GetToken(), "%v", err), "")
			}
		}
	default:
		d.kind(node, v, path)
	}
}

func (d *decoder) kind(node ast.Node, v reflect.Value, path string) {
	switch v.Kind() {
	case reflect.Struct:
		d.structure(node, v, path, nil)
	case reflect.Map:
		d.mapping(node, v, path)
	case reflect.Slice:
		d.sequence(node, v, path)
	case reflect.String:
		if text, ok := d.scalar(node, "text"); ok {
			v.SetString(text)
		}
	case reflect.Bool:
		text, ok := d.scalar(node, "true or false")
		if ok && text != "true" && text != "false" {
			d.add(d.at(node.GetToken(), "%q is neither true nor false", text), "")
		} else if ok {
			v.SetBool(text == "true")
		}
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		if text, ok := d.scalar(node, "a number"); ok {
			n, err := strconv.ParseInt(text, 10, v.Type().Bits())
			if err != nil {
				d.add(d.at(node.GetToken(), "%q is not a whole number", text), "")
			}
			v.SetInt(n)
		}
	case reflect.Float64:
		if text, ok := d.scalar(node, "a number"); ok {
			n, err := strconv.ParseFloat(text, 64)
			if err != nil || math.IsNaN(n) || math.IsInf(n, 0) {
				d.add(d.at(node.GetToken(), "%q is not a number", text), "")
			}
			v.SetFloat(n)
		}
	default:
		panic(fmt.Sprintf("config: BUG: %s has a field of type %s", path, v.Type()))
	}
}

// resolve follows anchors, aliases and tags to the value.
func (d *decoder) resolve(node ast.Node) ast.Node {
	for range 100 {
		switch n := node.(type) {
		case *ast.AnchorNode:
			d.anchors[n.Name.String()] = n.Value
			node = n.Value
		case *ast.AliasNode:
			target, ok := d.anchors[n.Value.String()]
			if !ok {
				d.add(d.at(n.GetToken(), "alias *%s has no anchor before it", n.Value.String()), "")
				return nil
			}
			node = target
		case *ast.TagNode:
			node = n.Value
		default:
			return node
		}
	}
	d.add(d.at(node.GetToken(), "aliases are nested too deeply"), "")
	return nil
}

// pairs returns the keys and values of a mapping; ok is false, and the problem noted, when node is something else.
func (d *decoder) pairs(node ast.Node, path string) (list []*ast.MappingValueNode, ok bool) {
	switch n := node.(type) {
	case *ast.MappingNode:
		list = n.Values
	case *ast.MappingValueNode:
		list = []*ast.MappingValueNode{n}
	default:
		d.add(d.at(node.GetToken(), "%s wants keys and values, found %s", last(path), what(node)), "write key: value, indented below it")
		return nil, false
	}
	seen := map[string]*token.Token{}
	for _, pair := range list {
		name, tk := keyText(pair)
		if first := seen[name]; first != nil {
			d.add(d.at(tk, "key %q is written twice, first in line %d", name, first.Position.Line), "remove one of them")
		}
		if pair.Key.IsMergeKey() {
			d.add(d.at(tk, "merge keys are not supported"), "write the keys out, or use an alias for the whole value")
		}
		seen[name] = tk
	}
	return list, true
}

func keyText(pair *ast.MappingValueNode) (string, *token.Token) {
	tk := pair.Key.GetToken()
	return tk.Value, tk
}

// structure fills a struct; skip names keys that the caller has read.
func (d *decoder) structure(node ast.Node, v reflect.Value, path string, skip []string) {
	pairs, ok := d.pairs(node, path)
	if !ok {
		return
	}
	fields := fieldsOf(v.Type())
	present := map[string]bool{}
	for _, pair := range pairs {
		name, tk := keyText(pair)
		if slices.Contains(skip, name) || pair.Key.IsMergeKey() {
			continue
		}
		d.keys[join(path, name)] = tk
		f, ok := fields.named(name)
		if !ok {
			d.add(d.at(tk, "unknown key %q", name), "%s", fault.DidYouMean(name, append(fields.names(), skip...)))
			continue
		}
		present[name] = true
		d.decode(pair.Value, v.FieldByIndex(f.index), join(path, name))
		d.enum(f, v.FieldByIndex(f.index), join(path, name))
		d.file(f, v.FieldByIndex(f.index), join(path, name))
	}
	for _, f := range fields {
		if f.required && !present[f.name] {
			d.problem(path, f.doc, "%s: %q is missing", last(path), f.name)
			d.unread[join(path, f.name)] = true
		}
	}
}

// file lets paths in channel options (caFile, ...) count from the file's folder, and keeps where they stand.
func (d *decoder) file(f field, v reflect.Value, path string) {
	if !strings.HasSuffix(f.name, "File") || v.Kind() != reflect.String || v.Type() == refType || v.String() == "" {
		return
	}
	if !filepath.IsAbs(v.String()) {
		v.SetString(filepath.Join(d.dir, v.String()))
	}
	d.files[path] = v.String()
}

// enum checks a string field that allows certain words only.
func (d *decoder) enum(f field, v reflect.Value, path string) {
	if len(f.enum) == 0 || v.Kind() != reflect.String || v.String() == "" || slices.Contains(f.enum, v.String()) {
		return
	}
	d.problem(path, fault.DidYouMean(v.String(), f.enum), "%q is not one of %s", v.String(), strings.Join(f.enum, ", "))
	d.unread[path] = true
}

func (d *decoder) mapping(node ast.Node, v reflect.Value, path string) {
	pairs, ok := d.pairs(node, path)
	if !ok {
		return
	}
	v.Set(reflect.MakeMap(v.Type()))
	for _, pair := range pairs {
		name, tk := keyText(pair)
		d.keys[join(path, name)] = tk
		element := reflect.New(v.Type().Elem()).Elem()
		d.decode(pair.Value, element, join(path, name))
		v.SetMapIndex(reflect.ValueOf(name).Convert(v.Type().Key()), element)
	}
}

func (d *decoder) sequence(node ast.Node, v reflect.Value, path string) {
	seq, ok := node.(*ast.SequenceNode)
	if !ok {
		d.add(d.at(node.GetToken(), "%s wants a list, found %s", last(path), what(node)), "start each item with a dash: - item")
		return
	}
	list := reflect.MakeSlice(v.Type(), len(seq.Values), len(seq.Values))
	for i, item := range seq.Values {
		d.decode(item, list.Index(i), fmt.Sprintf("%s[%d]", path, i))
	}
	v.Set(list)
}

// scalar returns the text of a scalar as it is written.
func (d *decoder) scalar(node ast.Node, want string) (string, bool) {
	switch n := node.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return node.GetToken().Value, true
	}
	d.add(d.at(node.GetToken(), "want %s, found %s", want, what(node)), "")
	return "", false
}

// span fills a time.Duration, which channel options use.
func (d *decoder) span(node ast.Node, v reflect.Value) {
	text, ok := d.scalar(node, "a duration")
	if !ok {
		return
	}
	var span Duration
	if err := span.UnmarshalText([]byte(text)); err != nil {
		d.add(d.at(node.GetToken(), "%v", err), "")
	}
	v.SetInt(int64(span))
}

// secretRef fills a reference and makes a relative file path absolute. What stands in the file may be a secret in
// clear, so its line never prints.
func (d *decoder) secretRef(node ast.Node, v reflect.Value, path string) {
	if tk := node.GetToken(); tk != nil {
		d.secrets[tk.Position.Line] = true
	}
	text, ok := d.scalar(node, "env:NAME or file:path")
	if !ok {
		return
	}
	if name, ok := strings.CutPrefix(text, "file:"); ok && !filepath.IsAbs(name) && name != "" {
		text = "file:" + filepath.Join(d.dir, name)
	}
	v.SetString(text)
	d.refs[path] = secret.Ref(text)
}

// channel reads kind, then the options of that kind from the other keys.
func (d *decoder) channel(node ast.Node, v reflect.Value, path string) {
	pairs, ok := d.pairs(node, path)
	if !ok {
		return
	}
	var c Channel
	for _, pair := range pairs {
		if name, tk := keyText(pair); name == "kind" {
			d.keys[path+".kind"] = tk
			d.decode(pair.Value, reflect.ValueOf(&c.Kind).Elem(), path+".kind")
		}
	}
	kinds := d.known.kinds()
	kind, known := d.known.kind(c.Kind)
	switch {
	case c.Kind == "":
		d.problem(path, "known here: "+strings.Join(kinds, ", "), "%s: %q is missing", last(path), "kind")
		return
	case !known:
		d.problem(path+".kind", fault.DidYouMean(c.Kind, kinds), "unknown kind of channel %q", c.Kind)
		return
	}
	c.Options = kind.NewConfig()
	d.structure(node, reflect.ValueOf(c.Options).Elem(), path, []string{"kind"})
	v.Set(reflect.ValueOf(c))
}

func what(node ast.Node) string {
	switch node.(type) {
	case *ast.MappingNode, *ast.MappingValueNode:
		return "keys and values"
	case *ast.SequenceNode:
		return "a list"
	case *ast.NullNode:
		return "nothing"
	}
	return "a single value"
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func last(path string) string {
	if path == "" {
		return "the file"
	}
	return path
}
