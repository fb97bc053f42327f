// Package config is the one configuration tree: its types, its defaults, and loading with all problems at once, each
// with file, line, column and the next step. It knows the names of channels, tables and rules only through Known.
// app turns a Config into the options of the packages below.
package config

import (
	"time"

	"github.com/glasswatch/glasswatch/internal/alert"
	"github.com/glasswatch/glasswatch/internal/secret"
)

// Config is the configuration file. The doc tags appear in the JSON schema and in docs/config.
type Config struct {
	DataDir         string                    `yaml:"dataDir" doc:"Folder for everything Glasswatch keeps: ingest log, event tables, alerts, self-signed certificate. A relative path counts from the folder of this file."`
	TimeZone        string                    `yaml:"timeZone" doc:"Time zone of the times in notifications, such as Europe/Oslo; the first time in a message is always UTC."`
	Server          Server                    `yaml:"server" doc:"The server's address, certificate and tokens."`
	Tenants         []Tenant                  `yaml:"tenants" doc:"The tenants and the accounts that are guarded in them."`
	Sources         map[string]Source         `yaml:"sources" doc:"Where records come from, by name. A source needs no entry; one that has it is in Heartbeat from the start, as silent until it delivers."`
	Tables          Tables                    `yaml:"tables" doc:"How long records are kept."`
	Rules           Rules                     `yaml:"rules" doc:"Alert rules beyond the shipped ones, and changes to the shipped ones."`
	Queries         Queries                   `yaml:"queries" doc:"What queries and rules may use beside the tables."`
	ActionGroups    map[string]ActionGroup    `yaml:"actionGroups" doc:"Who is told, by group name."`
	Channels        map[string]Channel        `yaml:"channels" doc:"How people and systems are reached, by channel name."`
	ProcessingRules map[string]ProcessingRule `yaml:"processingRules" doc:"Who is told otherwise for a time, by name: silences and additional groups. They are announced to those they silence, and cannot be ended elsewhere."`
	Limits          Limits                    `yaml:"limits" doc:"Bounds on bodies, queries and the memory of rules."`
	Log             Log                       `yaml:"log" doc:"The server's own log, on standard error."`

	doc *document
}

// Server is the HTTP door.
type Server struct {
	Listen         string  `yaml:"listen" doc:"Address and port, such as 127.0.0.1:8443 or :8443."`
	ExternalURL    string  `yaml:"externalURL" doc:"How others reach this server, such as https://glasswatch.example.com; for links in notifications."`
	TLS            TLS     `yaml:"tls" doc:"Certificate. Official Azure clients send tokens over HTTPS only."`
	AllowPlainHTTP bool    `yaml:"allowPlainHTTP" doc:"Serve plain HTTP on an address that is not loopback, for a proxy in front that does TLS."`
	Tokens         []Token `yaml:"tokens" doc:"Who may use the API."`
}

// TLS says where the certificate comes from; the zero value is plain HTTP.
type TLS struct {
	Certificate string `yaml:"certificate" doc:"PEM file with the certificate chain; read again when it changes."`
	Key         string `yaml:"key" doc:"PEM file with the private key."`
	SelfSigned  bool   `yaml:"selfSigned" doc:"Make a self-signed certificate in the data folder and use it."`
}

// On reports whether the server speaks TLS.
func (t TLS) On() bool { return t.SelfSigned || t.Certificate != "" }

// Token is a bearer token of the API.
type Token struct {
	Name   string     `yaml:"name" doc:"For the log and for \"acknowledged by\"." required:"true"`
	Secret secret.Ref `yaml:"secret" doc:"Where the token is read: env:NAME or file:path; at least 16 characters." required:"true"`
	Scopes []Scope    `yaml:"scopes" doc:"What the token may do: ingest, read, write, admin. admin includes all, write includes read." required:"true"`
}

// Tenant is an Entra ID tenant.
type Tenant struct {
	ID       string    `yaml:"id" doc:"Directory (tenant) id, a GUID." required:"true"`
	Name     string    `yaml:"name" doc:"Name for messages."`
	Accounts []Account `yaml:"accounts" doc:"The break-glass accounts: give the object id, the user principal name, or better both."`
	Guarded  Guarded   `yaml:"guarded" doc:"What protects the accounts and their alarm: a change to it is reported as one to the accounts themselves."`
}

// Guarded is what is watched with the accounts.
type Guarded struct {
	Objects   []string `yaml:"objects" doc:"Object ids of the accounts' groups, restricted management administrative units and Conditional Access policies."`
	Apps      []string `yaml:"apps" doc:"Ids of Glasswatch's own app registration: application id, and the object ids of application and service principal."`
	Resources []string `yaml:"resources" doc:"Azure resource ids of what carries the alarm (workspace, event hub, key vault, resource group), or what they begin with."`
}

// Account is a break-glass account.
type Account struct {
	ObjectID          string `yaml:"objectId" doc:"Object id of the user, a GUID."`
	UserPrincipalName string `yaml:"userPrincipalName" doc:"Sign-in name, such as bg-north@contoso.onmicrosoft.com."`
	DisplayName       string `yaml:"displayName" doc:"Name for messages."`
}

// Source is what is known of a source.
type Source struct {
	Kind string `yaml:"kind" doc:"push: this server's own HTTP door." required:"true" enum:"push"`
}

// Tables holds retention.
type Tables struct {
	Retention Duration         `yaml:"retention" doc:"How long records of every table are kept, such as 90d; forever: 0."`
	PerTable  map[string]Table `yaml:"perTable" doc:"Other retention for single tables, by table name."`
}

// Table is what can be set for one table.
type Table struct {
	Retention Duration `yaml:"retention" doc:"How long records of this table are kept." required:"true"`
}

// Rules says which rules run, and how.
type Rules struct {
	Directories []string            `yaml:"directories" doc:"Folders of rule files (*.yaml); a relative path counts from the folder of this file."`
	Disabled    []string            `yaml:"disabled" doc:"Names of rules that do not run."`
	Overrides   map[string]Override `yaml:"overrides" doc:"Changes to single rules, by rule name."`
}

// Queries is what queries may use beside the tables.
type Queries struct {
	ExternalHosts []string             `yaml:"externalHosts" doc:"Hosts that externaldata may read from, over HTTPS, such as raw.githubusercontent.com; none: it reads nothing."`
	Functions     map[string]string    `yaml:"functions" doc:"Stored functions by name, as (who: string) { SigninLogs | where UserId == who }; not the name of a table or of a built-in function."`
	Watchlists    map[string]Watchlist `yaml:"watchlists" doc:"Lists that _GetWatchlist reads, by alias."`
}

// Watchlist is a list in a file.
type Watchlist struct {
	File      string `yaml:"file" doc:"CSV file with the columns' names in its first line; a relative path counts from the folder of this file." required:"true"`
	SearchKey string `yaml:"searchKey" doc:"Column that becomes SearchKey; the first without it."`
}

// Override changes one rule.
type Override struct {
	Severity     *alert.Severity `yaml:"severity" doc:"Fixed severity, Sev0 to Sev4, instead of what the rule finds."`
	ActionGroups []string        `yaml:"actionGroups" doc:"Who is told about this rule's alerts."`
}

// ActionGroup is a list of receivers.
type ActionGroup struct {
	Receivers []Receiver `yaml:"receivers" doc:"Who is told; each gets a message of his own." required:"true"`
}

// Receiver is one recipient on one channel.
type Receiver struct {
	Name      string `yaml:"name" doc:"Name for the delivery log."`
	Channel   string `yaml:"channel" doc:"Name of a channel of this file." required:"true"`
	Recipient string `yaml:"recipient" doc:"What the channel's kind calls a recipient: a mail address, a URL, nothing for console."`
}

// Channel is one way to reach people: a kind and that kind's own options, which stand beside kind in the file.
type Channel struct {
	Kind    string
	Options any // pointer to the kind's options struct, filled
}

// Limits bound requests, and what rules keep in memory.
type Limits struct {
	Body         Size     `yaml:"body" doc:"Largest body of a push, as sent; larger ones are answered 413."`
	Decompressed Size     `yaml:"decompressed" doc:"Largest body of a push after decompression."`
	InFlight     Size     `yaml:"inFlight" doc:"Bytes of bodies under way at once; beyond it pushes are answered 429."`
	QueryTime    Duration `yaml:"queryTime" doc:"Longest run of a query."`
	QueryRows    int64    `yaml:"queryRows" doc:"Most rows of a query's result." minimum:"1"`
	RuleMemory   Size     `yaml:"ruleMemory" doc:"Memory, roughly, for what scheduled rules keep of past minutes; a rule that finds no room asks the store for whole windows."`
}

// Log says how the server logs.
type Log struct {
	Level  string `yaml:"level" doc:"debug, info, warn or error." enum:"debug,info,warn,error"`
	Format string `yaml:"format" doc:"text or json." enum:"text,json"`
}

// Default returns the configuration that an empty file means.
func Default() Config {
	return Config{
		DataDir:  "data",
		TimeZone: "UTC",
		Server:   Server{Listen: "127.0.0.1:8443"},
		Tables:   Tables{Retention: Duration(90 * 24 * time.Hour)},
		Limits: Limits{
			Body:         32 << 20,
			Decompressed: 128 << 20,
			InFlight:     48 << 20,
			QueryTime:    Duration(3 * time.Minute),
			QueryRows:    500_000,
			RuleMemory:   320 << 20,
		},
		Log: Log{Level: "info", Format: "text"},
	}
}
