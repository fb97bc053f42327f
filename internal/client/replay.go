package client

import (
	"context"
	"net/http"

	v1 "github.com/glasswatch/glasswatch/internal/api/v1"
)

// Replay says what a rule would have fired.
func (c *Client) Replay(ctx context.Context, r v1.ReplayRequest) (out v1.Replay, err error) {
	return out, c.call(ctx, http.MethodPost, "/api/v1/rules/replay", r, &out)
}
