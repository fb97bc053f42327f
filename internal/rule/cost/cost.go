// Package cost says what a rule costs a month in Azure Monitor, beside what it costs here. Prices are a dated table
// (content/prices.json) of list prices; the formulas are those of the price pages. It belongs to rule (stage 4).
package cost

import (
	"encoding/json"
	"fmt"
	"time"

	"github.com/glasswatch/glasswatch/content"
	"github.com/glasswatch/glasswatch/internal/rule"
)

// Prices are what Azure asks, in Currency.
type Prices struct {
	AsOf     string `json:"asOf"`
	Currency string `json:"currency"`
	Source   string `json:"source"`
	LogAlert []struct {
		Frequency      rule.Span `json:"frequency"` // and all shorter ones down to the entry before
		Base           float64   `json:"base"`
		PerExtraSeries float64   `json:"perExtraSeries"`
	} `json:"logAlert"`
	Email     Units `json:"email"`
	SMS       Units `json:"sms"`
	Ingestion struct {
		FreeGB float64 `json:"freeGB"` // of a billing account
		PerGB  float64 `json:"perGB"`
	} `json:"ingestion"`
	RecordsPerUserDay map[string]float64 `json:"recordsPerUserDay"`
	RecordBytes       map[string]float64 `json:"recordBytes"`
	BilledShare       float64            `json:"billedShare"` // of the JSON's size
}

// Units is the price of things that are counted by the month.
type Units struct {
	Free float64 `json:"free"`
	Each float64 `json:"each"`
}

func (u Units) month(n float64) float64 { return max(0, n-u.Free) * u.Each }

// Load reads the shipped prices.
func Load() (Prices, error) {
	var p Prices
	if err := json.Unmarshal(content.Prices, &p); err != nil {
		return p, fmt.Errorf("read prices: %w", err)
	}
	return p, nil
}

// Usage is what the bill depends on beside the rules.
type Usage struct {
	Users  int `json:"users"`  // of the tenant: their records are what the workspace takes in
	Series int `json:"series"` // combinations of dimensions that a rule with dimensions watches
	Mails  int `json:"mails"`  // a month
	SMS    int `json:"sms"`    // a month
}

// Line is one line of the bill; amounts are a month's.
type Line struct {
	What      string  `json:"what"`
	Frequency string  `json:"frequency,omitempty"`
	Series    int     `json:"series,omitempty"`
	Azure     float64 `json:"azure"`
	Here      float64 `json:"here"`
	Note      string  `json:"note,omitempty"`
}

// shortest is how often Azure Monitor evaluates a rule at most.
const shortest = rule.Span(time.Minute)

// Rule is what the rule costs. Azure evaluates at intervals only; what is judged on arrival here is priced there at its
// shortest interval, which is the nearest to it.
func (p Prices) Rule(r rule.Rule, u Usage) Line {
	l := Line{What: r.Name, Series: 1}
	full := r.WithDefaults()
	frequency := full.EvaluationFrequency
	if len(r.Dimensions) > 0 {
		l.Series = max(1, u.Series)
	}
	switch {
	case !r.On():
		l.Note = "not enabled"
		return l
	case r.Mode == rule.Stream || r.Mode == rule.NRT:
		frequency, l.Note = shortest, "judged on arrival here; priced at Azure's shortest interval"
	case frequency < shortest:
		frequency, l.Note = shortest, "Azure's shortest interval"
	}
	l.Frequency = frequency.String()
	for _, price := range p.LogAlert {
		l.Azure = price.Base + float64(l.Series-1)*price.PerExtraSeries
		if frequency <= price.Frequency {
			break
		}
	}
	return l
}

// Rest are the lines that do not depend on the rules: data and messages.
func (p Prices) Rest(u Usage) []Line {
	bytes := 0.0
	for table, n := range p.RecordsPerUserDay {
		bytes += n * p.RecordBytes[table]
	}
	gb := float64(u.Users) * bytes * 30 * p.BilledShare / 1e9
	return []Line{
		{What: "ingestion", Azure: gb * p.Ingestion.PerGB,
			Note: fmt.Sprintf("%.1f GB a month of %d users; the first %.0f GB of a billing account are free", gb, u.Users, p.Ingestion.FreeGB)},
		{What: "mails", Azure: p.Email.month(float64(u.Mails)), Note: fmt.Sprintf("%d a month", u.Mails)},
		{What: "SMS", Azure: p.SMS.month(float64(u.SMS)), Note: fmt.Sprintf("%d a month; here your provider's price", u.SMS)},
	}
}
