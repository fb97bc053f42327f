package exchange

import (
	"fmt"
	"strings"
)

// call is a call of a template function (learn.microsoft.com/azure/azure-resource-manager/templates/template-functions).
// What depends on the deployment is unknown.
func call(name string, args []computed) computed {
	return func(t *template) (any, error) {
		low := strings.ToLower(name)
		if t.r.calls++; t.r.calls > maxCalls {
			return nil, fmt.Errorf("the template needs more than %d calls", maxCalls)
		}
		if lazy, ok := lazyFunctions[low]; ok {
			return lazy(t, args)
		}
		values := make([]any, len(args))
		for i, a := range args {
			v, err := a(t)
			if err != nil {
				return nil, err
			}
			values[i] = v
		}
		switch low {
		case "parameters", "variables":
			if len(values) != 1 {
				return nil, fmt.Errorf("%s() takes one name", low)
			}
			return t.named(low, scalar(values[0]))
		case "copyindex":
			return t.index(values)
		}
		if f, ok := deploymentFunctions[low]; ok {
			return f(values), nil
		}
		f, ok := valueFunctions[low]
		if !ok {
			return nil, fmt.Errorf("function %s", name)
		}
		if len(values) < f.min || len(values) > f.max {
			return nil, fmt.Errorf("%s() with %d arguments", name, len(values))
		}
		v, err := f.run(values)
		if text, ok := v.(string); ok && len(text) > maxText {
			return nil, fmt.Errorf("%s() gives %d bytes", name, len(text))
		}
		return v, err
	}
}

// lazyFunctions look only at the arguments that decide.
var lazyFunctions = map[string]func(t *template, args []computed) (any, error){
	"if": func(t *template, args []computed) (any, error) {
		if len(args) != 3 {
			return nil, fmt.Errorf("if() with %d arguments", len(args))
		}
		test, err := args[0](t)
		if err != nil {
			return nil, err
		}
		if isTrue(test) {
			return args[1](t)
		}
		return args[2](t)
	},
	"coalesce": func(t *template, args []computed) (any, error) {
		for _, a := range args {
			if v, err := a(t); err != nil || v != nil {
				return v, err
			}
		}
		return nil, nil
	},
	"and": func(t *template, args []computed) (any, error) { return allAre(t, args, true) },
	"or": func(t *template, args []computed) (any, error) {
		none, err := allAre(t, args, false)
		return !none, err
	},
}

// allAre reports whether all arguments are the truth value.
func allAre(t *template, args []computed, want bool) (bool, error) {
	for _, a := range args {
		if v, err := a(t); err != nil || isTrue(v) != want {
			return false, err
		}
	}
	return true, nil
}

// deploymentFunctions ask for the place of the deployment.
var deploymentFunctions = map[string]func(args []any) any{
	"subscription": func([]any) any {
		return map[string]any{"subscriptionId": unknown("subscriptionId"), "id": "/subscriptions/{subscriptionId}", "tenantId": unknown("tenantId"), "displayName": unknown("subscription")}
	},
	"resourcegroup": func([]any) any {
		return map[string]any{"name": unknown("resourceGroup"), "location": unknown("location"), "id": "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroup}", "tags": map[string]any{}}
	},
	"resourceid": resourceID, "subscriptionresourceid": resourceID, "tenantresourceid": resourceID, "extensionresourceid": resourceID, "managementgroupresourceid": resourceID,
	"uniquestring": placeholder("uniqueString"), "guid": placeholder("guid"), "newguid": placeholder("newGuid"), "utcnow": placeholder("utcNow"),
	"datetimeadd": placeholder("dateTimeAdd"), "reference": placeholder("reference"), "deployment": placeholder("deployment"),
	"environment": placeholder("environment"), "tenant": placeholder("tenant"), "managementgroup": placeholder("managementGroup"), "deployer": placeholder("deployer"),
}

func placeholder(name string) func([]any) any { return func([]any) any { return unknown(name) } }

// resourceID writes an id of the type among the arguments and the names behind it.
func resourceID(args []any) any {
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
