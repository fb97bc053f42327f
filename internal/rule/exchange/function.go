package exchange

import (
	"fmt"
	"strconv"
	"strings"
)

// call computes a template function. What depends on the deployment becomes a placeholder in braces where any text
// serves (names, ids), else an error.
func (t *template) call(name string, args []any, depth int) (any, error) {
	switch strings.ToLower(name) {
	case "parameters", "variables":
		return t.named(strings.ToLower(name), args)
	case "subscription":
		return map[string]any{"subscriptionId": "{subscriptionId}", "id": "/subscriptions/{subscriptionId}", "tenantId": "{tenantId}"}, nil
	case "resourcegroup":
		return map[string]any{"name": "{resourceGroup}", "location": "{location}", "id": "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroup}"}, nil
	case "resourceid", "subscriptionresourceid", "tenantresourceid", "extensionresourceid":
		return resourceID(args), nil
	case "uniquestring", "guid", "newguid":
		return "{" + strings.ToLower(name) + "}", nil
	case "if":
		if len(args) == 3 {
			if strings.EqualFold(scalar(args[0]), "true") {
				return args[1], nil
			}
			return args[2], nil
		}
	case "true", "false":
		return strings.EqualFold(name, "true"), nil
	case "null":
		return nil, nil
	case "createarray":
		return args, nil
	}
	return textFunction(name, args)
}

// named returns a parameter or variable. Its own expressions are computed where it is used.
func (t *template) named(kind string, args []any) (any, error) {
	if len(args) != 1 {
		return nil, fmt.Errorf("%s() takes one name", kind)
	}
	from := t.parameters
	if kind == "variables" {
		from = t.variables
	}
	v := from.value(scalar(args[0]))
	if v == nil {
		return nil, fmt.Errorf("%s %q has no value here", strings.TrimSuffix(kind, "s"), scalar(args[0]))
	}
	if t.depth++; t.depth > 10*maxDepth {
		return nil, fmt.Errorf("%s %q refers to itself", strings.TrimSuffix(kind, "s"), scalar(args[0]))
	}
	defer func() { t.depth-- }()
	return t.compute(v), nil
}

func textFunction(name string, args []any) (any, error) {
	parts := texts(args)
	switch low := strings.ToLower(name); {
	case low == "concat":
		if len(args) > 0 {
			if _, ok := args[0].([]any); ok {
				var all []any
				for _, a := range args {
					list, _ := a.([]any)
					all = append(all, list...)
				}
				return all, nil
			}
		}
		return strings.Join(parts, ""), nil
	case low == "format" && len(parts) > 0:
		out := parts[0]
		for i, p := range parts[1:] {
			out = strings.ReplaceAll(out, "{"+strconv.Itoa(i)+"}", p)
		}
		return out, nil
	case low == "tolower" && len(parts) == 1:
		return strings.ToLower(parts[0]), nil
	case low == "toupper" && len(parts) == 1:
		return strings.ToUpper(parts[0]), nil
	case low == "string" && len(parts) == 1, low == "int" && len(parts) == 1, low == "bool" && len(parts) == 1:
		return parts[0], nil
	case low == "replace" && len(parts) == 3:
		return strings.ReplaceAll(parts[0], parts[1], parts[2]), nil
	case low == "equals" && len(parts) == 2:
		return strings.EqualFold(parts[0], parts[1]), nil
	case low == "not" && len(parts) == 1:
		return !strings.EqualFold(parts[0], "true"), nil
	case low == "empty" && len(args) == 1:
		list, isList := args[0].([]any)
		return isList && len(list) == 0 || !isList && parts[0] == "", nil
	case low == "split" && len(parts) == 2:
		var list []any
		for _, s := range strings.Split(parts[0], parts[1]) {
			list = append(list, s)
		}
		return list, nil
	case low == "join" && len(args) == 2:
		list, _ := args[0].([]any)
		return strings.Join(texts(list), parts[1]), nil
	}
	return nil, fmt.Errorf("function %s", name)
}

// resourceID writes an id of the type among the arguments and the names behind it.
func resourceID(args []any) string {
	parts := texts(args)
	for i, p := range parts {
		provider, rest, ok := strings.Cut(p, "/")
		if !ok || !strings.Contains(provider, ".") {
			continue
		}
		id := "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroup}/providers/" + provider
		for k, typ := range strings.Split(rest, "/") {
			name := "{name}"
			if i+1+k < len(parts) {
				name = parts[i+1+k]
			}
			id += "/" + typ + "/" + name
		}
		return id
	}
	return "{" + strings.Join(parts, "/") + "}"
}
