package function

import (
	"slices"
	"strings"

	"github.com/glasswatch/glasswatch/kql/value"
)

// urls take URLs apart. Nothing is decoded.
func urls() []Func {
	return []Func{
		one("parse_url", "The parts of a URL as a bag: Scheme, Host, Port, Path, Username, Password, Query Parameters, Fragment. What is no URL gives empty parts.",
			Overload{Params: []Param{plainText("url")}, Returns: value.Dynamic, Eval: func(_ *Context, a []value.Value) value.Value { return parseURL(a[0].Text()) }},
			example(`parse_url("https://u:p@h.io:443/Path?k2=v2&k1=v1#frag")`, `{"Scheme":"https","Host":"h.io","Port":"443","Path":"/Path","Username":"u","Password":"p","Query Parameters":{"k1":"v1","k2":"v2"},"Fragment":"frag"}`)),
		one("parse_urlquery", "The parameters of a URL's query as a bag.", Overload{Params: []Param{plainText("query")}, Returns: value.Dynamic, Eval: func(_ *Context, a []value.Value) value.Value {
			bag := &value.Bag{}
			bag.Set("Query Parameters", queryParameters(a[0].Text()))
			return value.NewDynamic(bag)
		}}, example(`parse_urlquery("k1=v1&k2=v2")`, `{"Query Parameters":{"k1":"v1","k2":"v2"}}`)),
	}
}

// parseURL follows the measured rules of the language: a user is split off only with a password, a lone / at the end
// is no path, and a query's names are sorted.
func parseURL(s string) value.Value {
	var host, port, path, user, password, query, fragment string
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok || scheme == "" || strings.ContainsAny(scheme, "/?# ") {
		scheme, rest = "", ""
	}
	rest, fragment, hasFragment := strings.Cut(rest, "#")
	rest, query, hasQuery := strings.Cut(rest, "?")
	authority := rest
	if i := strings.IndexByte(rest, '/'); i >= 0 {
		authority, path = rest[:i], rest[i:]
	}
	if path == "/" && !hasQuery && !hasFragment {
		path = ""
	}
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		if u, p, ok := strings.Cut(authority[:i], ":"); ok {
			user, password, authority = u, p, authority[i+1:]
		}
	}
	host = authority
	if i := strings.LastIndexByte(authority, ':'); i > strings.LastIndexByte(authority, ']') {
		host, port = authority[:i], authority[i+1:]
	}
	bag := &value.Bag{}
	for _, part := range [...][2]string{{"Scheme", scheme}, {"Host", host}, {"Port", port}, {"Path", path}, {"Username", user}, {"Password", password}} {
		bag.Set(part[0], part[1])
	}
	bag.Set("Query Parameters", queryParameters(query))
	bag.Set("Fragment", fragment)
	return value.NewDynamic(bag)
}

// queryParameters is a bag sorted by name; a name that repeats has an array, one without a value is left out.
func queryParameters(query string) *value.Bag {
	values := map[string][]any{}
	var names []string
	for pair := range strings.SplitSeq(query, "&") {
		name, v, _ := strings.Cut(pair, "=")
		if name == "" || v == "" {
			continue
		}
		if values[name] == nil {
			names = append(names, name)
		}
		values[name] = append(values[name], v)
	}
	slices.Sort(names)
	bag := &value.Bag{}
	for _, name := range names {
		if list := values[name]; len(list) > 1 {
			bag.Set(name, list)
		} else {
			bag.Set(name, list[0])
		}
	}
	return bag
}
