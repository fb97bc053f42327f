package config

import (
	"fmt"
	"io"
	"maps"
	"net"
	"net/url"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/glasswatch/glasswatch/internal/channel"
	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/internal/secret"
)

// validator checks what the types alone cannot say. Each check stands on its own and adds what it finds.
type validator struct {
	*document
	cfg   *Config
	known Known
}

func (v validator) all() {
	v.general()
	v.server()
	v.tokens()
	v.tenants()
	v.tables()
	v.rules()
	v.queries()
	v.actionGroups()
	v.processingRules()
	v.limits()
}

func (v validator) general() {
	if v.cfg.DataDir == "" {
		v.problem("dataDir", "name a folder on a local disk", "dataDir is empty")
	}
	if _, err := time.LoadLocation(v.cfg.TimeZone); err != nil || v.cfg.TimeZone == "Local" {
		v.problem("timeZone", "use a name of the IANA time zone database, such as Europe/Oslo or UTC", "unknown time zone %q", v.cfg.TimeZone)
	}
}

func (v validator) server() {
	s := v.cfg.Server
	host, port, err := net.SplitHostPort(s.Listen)
	if err != nil || port == "" {
		v.problem("server.listen", "write address:port, such as 127.0.0.1:8443, or :8443 for all addresses", "%q is no address and port", s.Listen)
	} else if !s.TLS.On() && !s.AllowPlainHTTP && !Loopback(host) {
		v.problem("server.listen", "add server.tls with selfSigned: true or a certificate; or allowPlainHTTP: true when a proxy in front does TLS",
			"plain HTTP on %s would send tokens in clear", s.Listen)
	}
	tls := s.TLS
	if (tls.Certificate == "") != (tls.Key == "") {
		v.problem("server.tls", "give both server.tls.certificate and server.tls.key", "certificate and key belong together")
	}
	if tls.SelfSigned && tls.Certificate != "" {
		v.problem("server.tls.selfSigned", "remove one of them", "selfSigned and certificate exclude each other")
	}
	for path, file := range map[string]string{"server.tls.certificate": tls.Certificate, "server.tls.key": tls.Key} {
		if file == "" {
			continue
		}
		if _, err := os.Stat(file); err != nil {
			v.problem(path, "check the path and that this user may read it", "%v", err)
		}
	}
	if s.ExternalURL != "" {
		if u, err := url.Parse(s.ExternalURL); err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
			v.problem("server.externalURL", "write it as https://host:port", "%q is no URL of a server", s.ExternalURL)
		}
	}
}

// Loopback reports whether a listen host is reached from this machine only.
func Loopback(host string) bool {
	if host == "localhost" {
		return true
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}

func (v validator) tokens() {
	seen := map[string]bool{}
	for i, t := range v.cfg.Server.Tokens {
		path := fmt.Sprintf("server.tokens[%d]", i)
		if t.Name != "" && seen[t.Name] {
			v.problem(path+".name", "give each token its own name", "token %q is named twice", t.Name)
		}
		seen[t.Name] = true
		if v.keys[path+".scopes"] != nil && len(t.Scopes) == 0 {
			v.problem(path+".scopes", "give at least one of ingest, read, write, admin", "token %q may do nothing", t.Name)
		}
	}
	if len(v.cfg.Server.Tokens) == 0 {
		v.warn("server", "add server.tokens", "there is no token: nobody can push records or use the API")
	}
}

var guid = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

func (v validator) tenants() {
	const guidHint = "copy the id from the Entra admin centre; it looks like 72f988bf-86f1-41af-91ab-2d7cd011db47"
	tenants, accounts, watched := map[string]bool{}, map[string]bool{}, 0
	for i, t := range v.cfg.Tenants {
		path := fmt.Sprintf("tenants[%d]", i)
		id := strings.ToLower(t.ID)
		if t.ID != "" && !guid.MatchString(t.ID) {
			v.problem(path+".id", guidHint, "%q is no GUID", t.ID)
		}
		if t.ID != "" && tenants[id] {
			v.problem(path+".id", "put all accounts of a tenant into one entry", "tenant %s stands here twice", t.ID)
		}
		tenants[id] = true
		for j, a := range t.Accounts {
			v.account(a, fmt.Sprintf("%s.accounts[%d]", path, j), guidHint, accounts)
			watched++
		}
		v.guarded(t.Guarded, path+".guarded", guidHint)
	}
	if watched == 0 {
		v.warn("tenants", "add tenants with their accounts", "no break-glass account is named: the shipped rules watch nobody")
	}
}

func (v validator) guarded(g Guarded, path, guidHint string) {
	for key, ids := range map[string][]string{".objects": g.Objects, ".apps": g.Apps} {
		for i, id := range ids {
			if !guid.MatchString(id) {
				v.problem(fmt.Sprintf("%s%s[%d]", path, key, i), guidHint, "%q is no GUID", id)
			}
		}
	}
	for i, id := range g.Resources {
		if !strings.HasPrefix(id, "/") || len(id) < 2 {
			v.problem(fmt.Sprintf("%s.resources[%d]", path, i), "it looks like /subscriptions/.../resourceGroups/rg-breakglass", "%q is no resource id", id)
		}
	}
}

func (v validator) account(a Account, path, guidHint string, seen map[string]bool) {
	if a.ObjectID == "" && a.UserPrincipalName == "" {
		v.problem(path, "give objectId, userPrincipalName, or better both", "the account has no name to look for")
	}
	if a.ObjectID != "" && !guid.MatchString(a.ObjectID) {
		v.problem(path+".objectId", guidHint, "%q is no GUID", a.ObjectID)
	}
	if a.UserPrincipalName != "" && !userPrincipalName(a.UserPrincipalName) {
		v.problem(path+".userPrincipalName", "it looks like bg-north@contoso.onmicrosoft.com", "%q is no user principal name", a.UserPrincipalName)
	}
	for key, name := range map[string]string{".objectId": a.ObjectID, ".userPrincipalName": a.UserPrincipalName} {
		if name = strings.ToLower(name); name != "" {
			if seen[name] {
				v.problem(path+key, "remove one of them", "account %q stands here twice", name)
			}
			seen[name] = true
		}
	}
}

func userPrincipalName(s string) bool {
	user, domain, ok := strings.Cut(s, "@")
	return ok && user != "" && strings.Contains(domain, ".") && !strings.ContainsAny(s, " \t<>\"(),;:\\") && !strings.Contains(domain, "@")
}

func (v validator) tables() {
	if len(v.known.Tables) == 0 {
		return
	}
	for _, name := range slices.Sorted(maps.Keys(v.cfg.Tables.PerTable)) {
		if !slices.Contains(v.known.Tables, name) {
			v.problem("tables.perTable."+name, fault.DidYouMean(name, v.known.Tables), "unknown table %q", name)
		}
	}
}

func (v validator) rules() {
	for i, dir := range v.cfg.Rules.Directories {
		if info, err := os.Stat(dir); err != nil || !info.IsDir() {
			v.problem(fmt.Sprintf("rules.directories[%d]", i), "make the folder, or remove the line", "%s is no folder that can be read", dir)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(v.cfg.Rules.Overrides)) {
		v.groups("rules.overrides."+name+".actionGroups", v.cfg.Rules.Overrides[name].ActionGroups)
	}
}

func (v validator) groups(path string, names []string) {
	known := slices.Sorted(maps.Keys(v.cfg.ActionGroups))
	for i, name := range names {
		if _, ok := v.cfg.ActionGroups[name]; !ok {
			v.problem(fmt.Sprintf("%s[%d]", path, i), fault.DidYouMean(name, known), "unknown action group %q", name)
		}
	}
}

// channels makes every channel once, without a connection, to hear what is wrong with its options. A channel whose
// options did not decode is not asked: the problem is already told.
func (v validator) channels() {
	for _, name := range slices.Sorted(maps.Keys(v.cfg.Channels)) {
		c := v.cfg.Channels[name]
		kind, ok := v.known.kind(c.Kind)
		if !ok || v.hasProblemBelow("channels."+name) {
			continue
		}
		made, err := kind.New(c.Options, channel.Deps{Name: name, Out: io.Discard})
		for _, err := range unjoin(err) {
			v.problem(v.mentioned("channels."+name, err), fault.NextOf(err), "channel %s: %v", name, err)
		}
		if closer, ok := made.(channel.Closer); ok && err == nil {
			_ = closer.Close()
		}
	}
}

// hasProblemBelow reports whether a problem stands between the lines of a path's keys.
func (v validator) hasProblemBelow(path string) bool {
	lines := map[int]bool{}
	for key, tk := range v.keys {
		if key == path || strings.HasPrefix(key, path+".") {
			lines[tk.Position.Line] = true
		}
	}
	return slices.ContainsFunc(v.document.problems, func(p Problem) bool { return lines[p.Line] })
}

// mentioned returns the path of the option that the error's text names, or path.
func (v validator) mentioned(path string, err error) string {
	text := err.Error()
	best := ""
	for key := range v.keys {
		name, ok := strings.CutPrefix(key, path+".")
		if ok && (strings.HasPrefix(text, name+" ") || strings.HasPrefix(text, name+":") || strings.Contains(text, strconv.Quote(name))) && name > best {
			best = name
		}
	}
	if best == "" {
		return path
	}
	return path + "." + best
}

func unjoin(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	if err == nil {
		return nil
	}
	return []error{err}
}

func (v validator) actionGroups() {
	channels := slices.Sorted(maps.Keys(v.cfg.Channels))
	for _, name := range slices.Sorted(maps.Keys(v.cfg.ActionGroups)) {
		path := "actionGroups." + name
		group := v.cfg.ActionGroups[name]
		if len(group.Receivers) == 0 && v.keys[path+".receivers"] != nil {
			v.problem(path, "add receivers, each with channel and recipient", "action group %q has no receivers: nobody would be told", name)
		}
		seen := map[string]bool{}
		for i, r := range group.Receivers {
			at := fmt.Sprintf("%s.receivers[%d]", path, i)
			if _, ok := v.cfg.Channels[r.Channel]; !ok && r.Channel != "" {
				v.problem(at+".channel", fault.DidYouMean(r.Channel, channels), "unknown channel %q", r.Channel)
			}
			if kind, ok := v.known.kind(v.cfg.Channels[r.Channel].Kind); ok && kind.CheckRecipient != nil {
				if err := kind.CheckRecipient(r.Recipient); err != nil {
					v.problem(at+".recipient", fault.NextOf(err), "%v", err)
				}
			}
			if same := r.Channel + "\x00" + strings.ToLower(r.Recipient); seen[same] {
				v.problem(at, "remove one of them", "receiver %q on channel %q stands here twice", r.Recipient, r.Channel)
			} else {
				seen[same] = true
			}
		}
	}
	if len(v.cfg.ActionGroups) == 0 {
		v.warn("actionGroups", "add actionGroups and channels", "there is no action group: alerts are kept, but nobody is told")
	}
}

func (v validator) limits() {
	l := v.cfg.Limits
	if l.QueryRows < 1 {
		v.problem("limits.queryRows", "use at least 1", "queryRows is %d", l.QueryRows)
	}
	if l.QueryTime <= 0 {
		v.problem("limits.queryTime", "use at least 1s", "queryTime is %s", l.QueryTime)
	}
	if l.RuleMemory < 1<<20 {
		v.problem("limits.ruleMemory", "use at least 1MiB", "ruleMemory is %s", l.RuleMemory)
	}
	if l.Decompressed < l.Body {
		v.problem("limits.decompressed", "a decompressed body is at least as large as the body", "decompressed (%s) is smaller than body (%s)", l.Decompressed, l.Body)
	}
	if l.InFlight < l.Body {
		v.problem("limits.inFlight", "allow at least one body of full size", "inFlight (%s) is smaller than body (%s)", l.InFlight, l.Body)
	}
}

// secrets reads every reference once. Files that others may read are a warning.
func (v validator) secrets(refs map[string]secret.Ref) {
	tokens := map[string]string{}
	for _, path := range slices.Sorted(maps.Keys(refs)) {
		ref := refs[path]
		got, err := ref.Resolve()
		if err != nil {
			v.problem(path, "set the variable or write the file; only the server's user needs to read it", "%v", err)
			continue
		}
		if strings.HasPrefix(path, "server.tokens[") && len(got.Reveal()) < 16 {
			v.problem(path, "make one with: openssl rand -hex 32", "the token has fewer than 16 characters")
		}
		if strings.HasPrefix(path, "server.tokens[") {
			if other := tokens[got.Reveal()]; other != "" {
				v.problem(path, "make another with: openssl rand -hex 32", "the same token as %s", other)
			}
			tokens[got.Reveal()] = path
		}
		if name, ok := strings.CutPrefix(string(ref), "file:"); ok {
			if info, err := os.Stat(name); err == nil && info.Mode().Perm()&0o007 != 0 {
				v.warn(path, "chmod 600 "+name, "secret file %s can be read by every user of this machine", name)
			}
		}
	}
}
