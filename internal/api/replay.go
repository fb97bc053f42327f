package api

import (
	"context"
	"net/http"

	v1 "github.com/glasswatch/glasswatch/internal/api/v1"
	"github.com/glasswatch/glasswatch/internal/config"
	"github.com/glasswatch/glasswatch/internal/fault"
)

// Replayer runs a rule over records that are stored, and tells nobody.
type Replayer interface {
	Replay(ctx context.Context, r v1.ReplayRequest) (v1.Replay, error)
}

type replayInput struct{ Body v1.ReplayRequest }

func (a *API) replayOperations() {
	register(a, operation{http.MethodPost, "/api/v1/rules/replay", "replay-rule", "Say what a rule would have fired", "rules", config.Read, 200}, a.replay)
}

func (a *API) replay(ctx context.Context, in *replayInput) (*answer[v1.Replay], error) {
	if (in.Body.Rule == "") == (in.Body.Text == "") {
		return nil, fault.New(fault.Invalid, "give the name of a rule, or the text of one")
	}
	out, err := a.Replayer.Replay(ctx, in.Body)
	if err != nil {
		return nil, err
	}
	return &answer[v1.Replay]{Body: out}, nil
}
