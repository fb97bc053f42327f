package app

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/glasswatch/glasswatch/internal/config"
	"github.com/glasswatch/glasswatch/internal/fault"
	"github.com/glasswatch/glasswatch/internal/rule"
	"github.com/glasswatch/glasswatch/kql"
	"github.com/glasswatch/glasswatch/kql/eval"
)

// language is what the configuration adds to the query language.
func language(q config.Queries) (rule.Language, error) {
	lists := watchlists{}
	for alias, w := range q.Watchlists {
		list, err := readWatchlist(w)
		if err != nil {
			return rule.Language{}, fault.New(fault.Invalid, "watchlist %s: %w", alias, err).WithNext("it is a CSV file with the columns' names in its first line")
		}
		lists[alias] = list
	}
	return rule.Language{Functions: q.Functions, Watchlists: lists}, nil
}

// watchlists are lists by alias.
type watchlists map[string]*kql.Watchlist

var _ kql.Watchlists = watchlists{}

// Watchlist returns a list; nil when there is none.
func (w watchlists) Watchlist(alias string) *kql.Watchlist { return w[alias] }

// WatchlistAliases names all lists.
func (w watchlists) WatchlistAliases() []string { return slices.Sorted(maps.Keys(w)) }

// anyWatchlist has the lists of the configuration, and open ones by every other alias: for rules that come from elsewhere.
type anyWatchlist struct {
	kql.AnyWatchlist
	known kql.Watchlists
}

// Watchlist returns a list.
func (w anyWatchlist) Watchlist(alias string) *kql.Watchlist {
	if w.known != nil {
		if list := w.known.Watchlist(alias); list != nil {
			return list
		}
	}
	return w.AnyWatchlist.Watchlist(alias)
}

const maxWatchlist = 64 << 20 // bytes

func readWatchlist(w config.Watchlist) (*kql.Watchlist, error) {
	f, err := os.Open(w.File)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() > maxWatchlist {
		return nil, fmt.Errorf("%s has %d bytes, at most %d are read", w.File, info.Size(), maxWatchlist)
	}
	rows, err := csv.NewReader(f).ReadAll()
	switch {
	case err != nil:
		return nil, err
	case len(rows) == 0:
		return nil, fmt.Errorf("%s is empty", w.File)
	}
	rows[0][0] = strings.TrimPrefix(rows[0][0], "\ufeff")
	key := w.SearchKey
	if key == "" {
		key = rows[0][0]
	}
	if !slices.Contains(rows[0], key) {
		return nil, fmt.Errorf("%s has no column %q; it has %s", w.File, key, strings.Join(rows[0], ", "))
	}
	return &kql.Watchlist{Columns: rows[0], SearchKey: key, Rows: rows[1:], Updated: info.ModTime()}, nil
}

const fetchTime = 30 * time.Second

// fetcher reads what externaldata names, from the hosts that the configuration allows, over HTTPS only.
func fetcher(hosts []string, client *http.Client) eval.Fetch {
	allowed := func(u *url.URL) error {
		switch {
		case u.Scheme != "https":
			return fault.New(fault.Denied, "externaldata reads https addresses only, not %s", u.Scheme)
		case !slices.ContainsFunc(hosts, func(h string) bool { return strings.EqualFold(h, u.Host) }):
			return fault.New(fault.Denied, "externaldata may not read from %s", u.Host).WithNext("add the host to queries.externalHosts of the configuration")
		}
		return nil
	}
	c := *client
	c.Timeout = fetchTime
	c.CheckRedirect = func(req *http.Request, via []*http.Request) error {
		if len(via) > 5 {
			return errors.New("too many redirections")
		}
		return allowed(req.URL)
	}
	return func(ctx context.Context, address string) (io.ReadCloser, error) {
		address, _, _ = strings.Cut(address, ";") // what follows is a key of Azure storage
		u, err := url.Parse(address)
		if err != nil {
			return nil, fault.New(fault.Invalid, "externaldata: the address cannot be read")
		}
		if err := allowed(u); err != nil {
			return nil, err
		}
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
		if err != nil {
			return nil, err
		}
		answer, err := c.Do(req)
		if err != nil {
			var failed *url.Error
			if errors.As(err, &failed) { // its text holds the address, which may hold a signature
				err = failed.Err
			}
			return nil, fmt.Errorf("externaldata from %s: %w", u.Host, err)
		}
		if answer.StatusCode != http.StatusOK {
			_ = answer.Body.Close()
			return nil, fault.New(fault.Unavailable, "externaldata: %s answered %s", u.Host, answer.Status)
		}
		return answer.Body, nil
	}
}
