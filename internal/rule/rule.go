// Package rule is stage 4 of 7: it judges records. Stream rules are KQL queries that can be decided a record at a time;
// they are compiled once, indexed over all rules, and run on every batch before it is stored. What they find becomes
// alerts (stage 5) that a Sink makes durable. It reads batches of table (stage 3) and knows nothing of channels.
package rule

import (
	"bytes"
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/goccy/go-yaml"

	"github.com/glasswatch/glasswatch/content"
	"github.com/glasswatch/glasswatch/internal/alert"
)

// Stream is the mode of rules that are judged on arrival, the only mode there is yet.
const Stream = "stream"

// Rule is one alert rule as its file says it. Names follow Azure Monitor's scheduledQueryRules.
type Rule struct {
	Name           string            `yaml:"name" json:"name"`
	Description    string            `yaml:"description" json:"description,omitempty"`
	Severity       alert.Severity    `yaml:"severity" json:"severity"`
	Enabled        *bool             `yaml:"enabled" json:"enabled,omitempty"` // nil: yes
	Mode           string            `yaml:"mode" json:"mode,omitempty"`       // "" means stream
	Query          string            `yaml:"query" json:"query"`
	SeverityColumn string            `yaml:"severityColumn" json:"severityColumn,omitempty"` // column of the result that holds "Sev0" to "Sev4"
	TitleColumn    string            `yaml:"titleColumn" json:"titleColumn,omitempty"`       // column of the result that holds the alert's sentence
	ActionGroups   []string          `yaml:"actionGroups" json:"actionGroups,omitempty"`     // none: all groups
	Properties     map[string]string `yaml:"customProperties" json:"customProperties,omitempty"`

	File string `yaml:"-" json:"file"` // where it was read, for messages; "shipped:..." for content/rules
}

// On reports whether the rule is enabled.
func (r Rule) On() bool { return r.Enabled == nil || *r.Enabled }

// Parse reads one rule file. Unknown keys are errors with line and column.
func Parse(data []byte, file string) (Rule, error) {
	r := Rule{File: file}
	dec := yaml.NewDecoder(bytes.NewReader(data), yaml.Strict())
	if err := dec.Decode(&r); err != nil {
		return Rule{}, fmt.Errorf("rule file %s: %w", file, err)
	}
	if err := r.validate(); err != nil {
		return Rule{}, fmt.Errorf("rule file %s: %w", file, err)
	}
	return r, nil
}

func (r Rule) validate() error {
	var errs []error
	if r.Name == "" || strings.ContainsAny(r.Name, `#<>%&:\?/{}*`) || len(r.Name) > 260 {
		errs = append(errs, fmt.Errorf(`name %q: want 1 to 260 characters without # < > %% & : \ ? / { } *`, r.Name))
	}
	if strings.TrimSpace(r.Query) == "" {
		errs = append(errs, errors.New("query is missing"))
	}
	if r.Mode != "" && r.Mode != Stream {
		errs = append(errs, fmt.Errorf("mode %q: this version runs rules of mode stream only", r.Mode))
	}
	if len(r.Description) > 4096 {
		errs = append(errs, fmt.Errorf("description has %d characters, at most 4096 are allowed", len(r.Description)))
	}
	return errors.Join(errs...)
}

// Shipped returns the rules that come with the binary.
func Shipped() ([]Rule, error) {
	entries, err := content.FS.ReadDir("rules")
	if err != nil {
		return nil, fmt.Errorf("read shipped rules: %w", err)
	}
	var rules []Rule
	for _, entry := range entries {
		if strings.HasSuffix(entry.Name(), ".test.yaml") {
			continue
		}
		data, err := content.FS.ReadFile(path.Join("rules", entry.Name()))
		if err != nil {
			return nil, fmt.Errorf("read shipped rule: %w", err)
		}
		r, err := Parse(data, "shipped:"+entry.Name())
		if err != nil {
			return nil, err
		}
		rules = append(rules, r)
	}
	return rules, nil
}
