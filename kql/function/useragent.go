package function

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/glasswatch/glasswatch/kql/value"
)

// userAgents is parse_user_agent. Its tables know the browsers, systems and devices that make nearly all sign-ins; what
// they do not know is of the family Other.
func userAgents() []Func {
	doc := "What a user-agent text says of the browser, the os or the device, as a bag; the second argument names one of the three, or several in an array; without it all are told."
	return []Func{{Name: "parse_user_agent", Doc: doc,
		Overloads: []Overload{{Params: []Param{plainText("user_agent"), {Name: "look_for", Types: []value.Type{value.String, value.Dynamic}, Optional: true}}, Returns: value.Dynamic, Check: checkLookFor, Eval: parseUserAgent}},
		Examples: []Example{
			example(`parse_user_agent("Mozilla/5.0 (Windows; U; en-US) AppleWebKit/531.9 (KHTML, like Gecko) AdobeAIR/2.5.1", "browser")`, `{"Browser":{"Family":"AdobeAIR","MajorVersion":"2","MinorVersion":"5","Patch":"1"}}`),
			example(`parse_user_agent("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36", dynamic(["os", "device"]))`,
				`{"OperatingSystem":{"Family":"Windows","MajorVersion":"10","MinorVersion":"","Patch":"","PatchMinor":""},"Device":{"Family":"Other","Brand":"","Model":""}}`),
		}}}
}

// agentRule is a family with the pattern that tells it; groups 1 to 4 are the parts of the version. In families of
// devices $1 stands for group 1.
type agentRule struct {
	pattern, family, brand string
}

type agentTable struct {
	rules []agentRule
	res   []*regexp.Regexp
}

// agentTables compiles the patterns when they are first asked for.
var agentTables = sync.OnceValue(func() map[string]agentTable {
	out := map[string]agentTable{}
	for name, rules := range map[string][]agentRule{"browser": browserRules(), "os": systemRules(), "device": deviceRules()} {
		t := agentTable{rules: rules}
		for _, r := range rules {
			t.res = append(t.res, regexp.MustCompile(r.pattern))
		}
		out[name] = t
	}
	return out
})

// version matches up to four numbers.
const agentVersion = `(\d+)(?:[._](\d+))?(?:[._](\d+))?(?:[._](\d+))?`

func browserRules() []agentRule {
	v := func(product, family string) agentRule {
		return agentRule{pattern: product + `/` + agentVersion, family: family}
	}
	return []agentRule{
		v(`AdobeAIR`, "AdobeAIR"), {pattern: `Symbian.*Series60/` + agentVersion, family: "Nokia OSS Browser"},
		v(`Googlebot`, "Googlebot"), v(`bingbot`, "bingbot"), v(`YandexBot`, "YandexBot"), v(`Applebot`, "Applebot"), v(`AhrefsBot`, "AhrefsBot"), v(`SemrushBot`, "SemrushBot"),
		v(`Edg`, "Edge"), v(`Edge`, "Edge"), v(`EdgA`, "Edge Mobile"), v(`EdgiOS`, "Edge Mobile"), v(`OPR`, "Opera"), v(`OPiOS`, "Opera Mobile"), v(`Opera Mini`, "Opera Mini"),
		v(`Vivaldi`, "Vivaldi"), v(`YaBrowser`, "Yandex Browser"), v(`SamsungBrowser`, "Samsung Internet"), v(`UCBrowser`, "UC Browser"), v(`DuckDuckGo`, "DuckDuckGo"),
		v(`Electron`, "Electron"), v(`HeadlessChrome`, "HeadlessChrome"), v(`CriOS`, "Chrome Mobile iOS"), v(`FxiOS`, "Firefox iOS"),
		{pattern: `Android.*Firefox/` + agentVersion, family: "Firefox Mobile"}, {pattern: `Android.*; wv\).*Chrome/` + agentVersion, family: "Chrome Mobile WebView"},
		{pattern: `Chrome/` + agentVersion + `.* Mobile`, family: "Chrome Mobile"}, v(`Chromium`, "Chromium"), v(`Chrome`, "Chrome"),
		v(`SeaMonkey`, "SeaMonkey"), v(`Thunderbird`, "Thunderbird"), v(`Firefox`, "Firefox"),
		{pattern: `MSIE ` + agentVersion, family: "IE"}, {pattern: `Trident/7\.0.*rv:` + agentVersion, family: "IE"},
		{pattern: `(?:iPhone|iPad|iPod).*Version/` + agentVersion + `.*Safari`, family: "Mobile Safari"}, {pattern: `(?:iPhone|iPad|iPod).*AppleWebKit`, family: "Mobile Safari UI/WKWebView"},
		{pattern: `Android.*Version/` + agentVersion + `.*Safari`, family: "Android"}, {pattern: `Version/` + agentVersion + `.*Safari`, family: "Safari"}, {pattern: `Macintosh.*AppleWebKit`, family: "Apple Mail"},
		v(`python-requests`, "Python Requests"), v(`Python-urllib`, "Python-urllib"), v(`aiohttp`, "aiohttp"), v(`curl`, "curl"), v(`Wget`, "Wget"), v(`Go-http-client`, "Go-http-client"),
		v(`okhttp`, "okhttp"), v(`axios`, "axios"), v(`PostmanRuntime`, "PostmanRuntime"), v(`Java`, "Java"), v(`Apache-HttpClient`, "Apache-HttpClient"), {pattern: `PowerShell/` + agentVersion, family: "PowerShell"},
		{pattern: `Microsoft Office.*Outlook[ /]` + agentVersion, family: "Outlook"},
	}
}

func systemRules() []agentRule {
	return []agentRule{
		{pattern: `SymbianOS/` + agentVersion, family: "Symbian OS"}, {pattern: `Windows Phone(?: OS)? ` + agentVersion, family: "Windows Phone"},
		{pattern: `Windows NT (10)\.0`, family: "Windows"}, {pattern: `Windows NT 6\.3()`, family: "Windows", brand: "8.1"}, {pattern: `Windows NT 6\.2()`, family: "Windows", brand: "8"},
		{pattern: `Windows NT 6\.1()`, family: "Windows", brand: "7"}, {pattern: `Windows NT 6\.0()`, family: "Windows", brand: "Vista"}, {pattern: `Windows NT 5\.[12]()`, family: "Windows", brand: "XP"},
		{pattern: `Windows`, family: "Windows"}, {pattern: `(?:CPU|iPhone)(?: iPhone)? OS ` + agentVersion, family: "iOS"}, {pattern: `iPhone|iPad|iPod`, family: "iOS"},
		{pattern: `Android[ /-]?` + agentVersion, family: "Android"}, {pattern: `Android`, family: "Android"}, {pattern: `CrOS \S+ ` + agentVersion, family: "Chrome OS"},
		{pattern: `Mac OS X ` + agentVersion, family: "Mac OS X"}, {pattern: `Macintosh|Mac OS X`, family: "Mac OS X"}, {pattern: `Ubuntu(?:/` + agentVersion + `)?`, family: "Ubuntu"},
		{pattern: `Fedora(?:/` + agentVersion + `)?`, family: "Fedora"}, {pattern: `Debian`, family: "Debian"}, {pattern: `FreeBSD`, family: "FreeBSD"}, {pattern: `Linux`, family: "Linux"},
	}
}

func deviceRules() []agentRule {
	return []agentRule{
		{pattern: `Nokia(N\d+-?\d*)`, family: "Nokia $1", brand: "Nokia"}, {pattern: `Nokia ?([\w.-]+)`, family: "Nokia $1", brand: "Nokia"},
		{pattern: `(?i)(?:Googlebot|bingbot|YandexBot|\bbot\b|crawler|spider)()`, family: "Spider", brand: "Spider"},
		{pattern: `(iPhone)`, family: "iPhone", brand: "Apple"}, {pattern: `(iPad)`, family: "iPad", brand: "Apple"}, {pattern: `(iPod)`, family: "iPod", brand: "Apple"},
		{pattern: `(Mac)intosh`, family: "Mac", brand: "Apple"}, {pattern: `Android.*; ?(?:SAMSUNG )?((?:SM|GT)-\w+)`, family: "Samsung $1", brand: "Samsung"},
		{pattern: `Android.*; ?(Pixel[\w ]*?)(?: Build|\))`, family: "$1", brand: "Google"}, {pattern: `Android.*; ?(Nexus[\w ]*?)(?: Build|\))`, family: "$1", brand: "Google"},
		{pattern: `Android.*; ?(?:HUAWEI )?([A-Z]{3}-[LAT]\w+)`, family: "$1", brand: "Huawei"}, {pattern: `Android.*; ?((?:Redmi|Mi|POCO) [\w ]+?)(?: Build|\))`, family: "XiaoMi $1", brand: "XiaoMi"},
		{pattern: `Android.*; ?(ONEPLUS \w+)`, family: "$1", brand: "OnePlus"}, {pattern: `Android.*; ?([\w ().-]+?) Build/`, family: "$1", brand: "Generic_Android"},
		{pattern: `Android.*Mobile()`, family: "Generic Smartphone", brand: "Generic"},
	}
}

// match returns the rule that fits first, and its groups.
func (t agentTable) match(agent string) (agentRule, []string) {
	for i, re := range t.res {
		if groups := re.FindStringSubmatch(agent); groups != nil {
			return t.rules[i], groups[1:]
		}
	}
	return agentRule{family: "Other"}, nil
}

func agentBag(family string, groups []string, names ...string) *value.Bag {
	bag := &value.Bag{}
	bag.Set("Family", family)
	for i, name := range names {
		part := ""
		if i < len(groups) {
			part = groups[i]
		}
		bag.Set(name, part)
	}
	return bag
}

func lookFor(v value.Value) []string {
	var out []string
	eachItem([]value.Value{v}, func(item value.Value) bool { out = append(out, strings.ToLower(item.ToText())); return true }, func() {})
	return out
}

func checkLookFor(args []*value.Value) error {
	if len(args) < 2 || args[1] == nil {
		return nil
	}
	for _, name := range lookFor(*args[1]) {
		if !slices.Contains([]string{"browser", "os", "device"}, name) {
			return fmt.Errorf("parse_user_agent looks for browser, os and device, not %q", name)
		}
	}
	return nil
}

func parseUserAgent(_ *Context, a []value.Value) value.Value {
	agent := a[0].Text()
	if agent == "" {
		return value.Null(value.Dynamic)
	}
	out := &value.Bag{}
	wanted := []string{"browser", "os", "device"}
	if len(a) > 1 {
		wanted = lookFor(a[1])
	}
	if slices.Contains(wanted, "browser") {
		rule, groups := agentTables()["browser"].match(agent)
		out.Set("Browser", agentBag(rule.family, groups, "MajorVersion", "MinorVersion", "Patch"))
	}
	if slices.Contains(wanted, "os") {
		rule, groups := agentTables()["os"].match(agent)
		if rule.brand != "" { // the name that a version goes by
			groups = []string{rule.brand}
		}
		out.Set("OperatingSystem", agentBag(rule.family, groups, "MajorVersion", "MinorVersion", "Patch", "PatchMinor"))
	}
	if slices.Contains(wanted, "device") {
		rule, groups := agentTables()["device"].match(agent)
		model := strings.Join(groups, "")
		family := strings.ReplaceAll(rule.family, "$1", strings.SplitN(model, "-", 2)[0])
		if rule.brand != "Nokia" {
			family = strings.ReplaceAll(rule.family, "$1", model)
		}
		out.Set("Device", agentBag(family, []string{rule.brand, model}, "Brand", "Model"))
	}
	return value.NewDynamic(out)
}
