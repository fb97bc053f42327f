package kql

import "github.com/glasswatch/glasswatch/kql/bind"

type (
	// Watchlists are the lists that _GetWatchlist reads.
	Watchlists = bind.Watchlists
	// Watchlist is a table of texts with a column that it is searched by.
	Watchlist = bind.Watchlist
)

// AnyWatchlist has every watchlist, of which nothing is known: for checking queries that were written for another place.
// They are read as empty, with a warning.
type AnyWatchlist struct{}

var _ Watchlists = AnyWatchlist{}

// Watchlist returns an open list.
func (AnyWatchlist) Watchlist(string) *Watchlist { return &Watchlist{Open: true} }

// WatchlistAliases returns none.
func (AnyWatchlist) WatchlistAliases() []string { return nil }
