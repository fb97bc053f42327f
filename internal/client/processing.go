package client

import (
	"context"
	"net/http"
	"net/url"

	v1 "github.com/glasswatch/glasswatch/internal/api/v1"
)

// ProcessingRules lists processing rules, the latest first.
func (c *Client) ProcessingRules(ctx context.Context) ([]v1.ProcessingRule, error) {
	var out v1.ProcessingRuleList
	err := c.call(ctx, http.MethodGet, "/api/v1/processing-rules", nil, &out)
	return out.ProcessingRules, err
}

// AddProcessingRule silences alerts, or tells further groups, for a time.
func (c *Client) AddProcessingRule(ctx context.Context, p v1.NewProcessingRule) (out v1.ProcessingRule, err error) {
	return out, c.call(ctx, http.MethodPost, "/api/v1/processing-rules", p, &out)
}

// EndProcessingRule ends a processing rule before its time.
func (c *Client) EndProcessingRule(ctx context.Context, id string) (out v1.ProcessingRule, err error) {
	return out, c.call(ctx, http.MethodPost, "/api/v1/processing-rules/"+url.PathEscape(id)+"/end", struct{}{}, &out)
}
