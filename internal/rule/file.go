package rule

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"unicode/utf8"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"

	"github.com/glasswatch/glasswatch/internal/fault"
)

// Parse reads one rule file. The error is a fault.Invalid that wraps fault.Problems: all that is wrong, each with its line
// and a caret.
func Parse(data []byte, file string) (Rule, error) {
	f := &ruleFile{name: file, lines: strings.Split(strings.ReplaceAll(string(data), "\r\n", "\n"), "\n"), places: map[string]*token.Token{}}
	r := Rule{File: file}
	f.read(data, &r)
	if len(f.problems) == 0 {
		if f.key != nil {
			r.QueryAt = placeOf(r.Query, f.lines, f.key.Position.Line)
		}
		r.validate(f.report)
	}
	if len(f.problems) > 0 {
		return Rule{}, &fault.Error{Code: fault.Invalid, Err: f.problems}
	}
	return r, nil
}

// Validate checks what a file alone can tell, for a rule that was made otherwise.
func (r Rule) Validate() error {
	f := &ruleFile{name: r.File}
	r.validate(f.report)
	if len(f.problems) > 0 {
		return &fault.Error{Code: fault.Invalid, Err: f.problems}
	}
	return nil
}

// ruleFile is the text of a rule file and where its keys stand.
type ruleFile struct {
	name     string
	lines    []string
	places   map[string]*token.Token // path such as "dimensions[1].values" -> its value, or its key
	key      *token.Token            // of the query
	problems fault.Problems
}

// read fills the rule key by key, and goes on after a key that is wrong.
func (f *ruleFile) read(data []byte, r *Rule) {
	tree, err := parser.ParseBytes(data, 0)
	if err != nil {
		f.yamlError(err, nil)
		return
	}
	if len(tree.Docs) != 1 || tree.Docs[0].Body == nil {
		f.report("", "a rule file holds one rule", "the file has %d documents, want one", len(tree.Docs))
		return
	}
	pairs, ok := pairsOf(tree.Docs[0].Body)
	if !ok {
		f.add(tree.Docs[0].Body.GetToken(), "", "a rule file holds keys and values, such as name: and query:")
		return
	}
	fields := map[string]int{}
	var names []string
	for i, field := range reflect.VisibleFields(reflect.TypeFor[Rule]()) {
		if name := field.Tag.Get("yaml"); name != "-" {
			fields[name] = i
			names = append(names, name)
		}
	}
	for _, pair := range pairs {
		key := pair.Key.GetToken()
		i, ok := fields[key.Value]
		if !ok {
			f.add(key, fault.DidYouMean(key.Value, names), "unknown key %q", key.Value)
			continue
		}
		if key.Value == "query" {
			f.key = key
		}
		f.locate(key.Value, key, pair.Value)
		into := reflect.ValueOf(r).Elem().Field(i)
		if into.Kind() == reflect.Pointer {
			into.Set(reflect.New(into.Type().Elem()))
			into = into.Elem()
		}
		if err := yaml.NodeToValue(pair.Value, into.Addr().Interface(), yaml.Strict()); err != nil {
			f.yamlError(err, f.places[key.Value])
		}
	}
}

func pairsOf(n ast.Node) ([]*ast.MappingValueNode, bool) {
	switch n := n.(type) {
	case *ast.MappingNode:
		return n.Values, true
	case *ast.MappingValueNode:
		return []*ast.MappingValueNode{n}, true
	}
	return nil, false
}

// locate remembers where a value and what is in it stand.
func (f *ruleFile) locate(path string, key *token.Token, n ast.Node) {
	f.places[path] = key
	if pairs, ok := pairsOf(n); ok {
		for _, p := range pairs {
			f.locate(path+"."+p.Key.GetToken().Value, p.Key.GetToken(), p.Value)
		}
		return
	}
	switch n := n.(type) {
	case *ast.SequenceNode:
		for i, item := range n.Values {
			f.locate(fmt.Sprintf("%s[%d]", path, i), item.GetToken(), item)
		}
	case *ast.LiteralNode, nil: // a block of text: its key is the better place
	default:
		f.places[path] = n.GetToken()
	}
}

// yamlError notes an error of the YAML library at its place, or else at the given one.
func (f *ruleFile) yamlError(err error, place *token.Token) {
	var located yaml.Error
	if !errors.As(err, &located) {
		f.add(place, "", "%v", err)
		return
	}
	message, _, _ := strings.Cut(located.GetMessage(), "\n")
	f.add(located.GetToken(), "", "%s", message)
}

// report notes a problem at a path; where the path has no place, at the nearest parent that has one.
func (f *ruleFile) report(path, next, format string, args ...any) {
	for f.places[path] == nil && path != "" {
		path = path[:max(0, strings.LastIndexAny(path, ".["))]
	}
	f.add(f.places[path], next, format, args...)
}

func (f *ruleFile) add(tk *token.Token, next, format string, args ...any) {
	p := fault.Problem{File: f.name, Message: fmt.Sprintf(format, args...), Next: next}
	if tk != nil && tk.Position != nil && tk.Position.Line <= len(f.lines) && tk.Position.Line > 0 {
		p.Line, p.Column, p.Source = tk.Position.Line, tk.Position.Column, f.lines[tk.Position.Line-1]
		first, _, _ := strings.Cut(strings.TrimSpace(tk.Origin), "\n")
		p.Width = max(1, min(utf8.RuneCountInString(first), utf8.RuneCountInString(p.Source)-p.Column+1))
	}
	f.problems = append(f.problems, p)
}
