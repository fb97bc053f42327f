package api

import (
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"net/http"
	"slices"
	"strings"

	"github.com/glasswatch/glasswatch/internal/config"
	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/internal/secret"
	"github.com/glasswatch/glasswatch/internal/source/push"
)

// Token is a bearer token as the server keeps it: hashed.
type Token struct {
	Name   string
	Scopes []config.Scope
	hash   [sha256.Size]byte
}

// NewToken hashes a token. Tokens are long and random, so a plain hash is enough.
func NewToken(name string, text secret.Value, scopes []config.Scope) Token {
	return Token{Name: name, Scopes: scopes, hash: sha256.Sum256([]byte(text.Reveal()))}
}

type tokens []Token

// find returns the token whose text is given. It looks at all of them in any case, and compares in constant time.
func (t tokens) find(text string) (found Token, ok bool) {
	hash := sha256.Sum256([]byte(text))
	for _, token := range t {
		if subtle.ConstantTimeCompare(hash[:], token.hash[:]) == 1 {
			found, ok = token, true
		}
	}
	return found, ok
}

func (t Token) allows(want config.Scope) bool {
	return slices.ContainsFunc(t.Scopes, func(s config.Scope) bool { return s.Allows(want) })
}

// unauthenticated is a denial that the right token would lift.
type unauthenticated struct{ error }

func (u unauthenticated) Unwrap() error { return u.error }

// check finds who asks and whether they may. An error is fault.Denied.
func (t tokens) check(r *http.Request, want config.Scope) (Token, error) {
	kind, text, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(kind, "Bearer") || text == "" {
		return Token{}, unauthenticated{fault.New(fault.Denied, "a token is needed").
			WithNext("send the header Authorization: Bearer TOKEN, with a token that has the scope %s", want)}
	}
	token, ok := t.find(strings.TrimSpace(text))
	if !ok {
		return Token{}, unauthenticated{fault.New(fault.Denied, "the token is not known here").
			WithNext("use a token from server.tokens of the configuration; after a change there the server needs a reload")}
	}
	if !token.allows(want) {
		return token, fault.New(fault.Denied, "token %q lacks the scope %s", token.Name, want).
			WithNext("add %s to its scopes in server.tokens of the configuration, or use another token", want)
	}
	return token, nil
}

// tokenKey carries the token from the check to the handler and the request log; nothing else travels in contexts.
type tokenKey struct{}

// holder is put into the context before the check, so that the request log outside sees who it was.
type holder struct{ name string }

func tokenName(ctx context.Context) string {
	if h, ok := ctx.Value(tokenKey{}).(*holder); ok {
		return h.name
	}
	return ""
}

func remember(ctx context.Context, t Token) {
	if h, ok := ctx.Value(tokenKey{}).(*holder); ok {
		h.name = t.Name
	}
}

// authorize lets requests with a token of that scope through to next and answers others with deny.
func (a *API) authorize(want config.Scope, deny func(http.ResponseWriter, *http.Request, error), next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token, err := a.tokens.Load().check(r, want)
		remember(r.Context(), token)
		if err != nil {
			a.metrics.denied.Inc()
			deny(w, r, err)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// azureDenied answers as Azure does.
func azureDenied(w http.ResponseWriter, r *http.Request, err error) {
	if _, missing := err.(unauthenticated); missing {
		w.Header().Set("WWW-Authenticate", "Bearer")
		push.AzureError(w, http.StatusUnauthorized, "InvalidToken", err.Error()+". "+fault.NextOf(err))
		return
	}
	push.AzureFail(w, r, err)
}
