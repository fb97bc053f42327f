package bind

import (
	"hash/fnv"
	"slices"
	"strings"
	"time"

	"github.com/glasswatch/glasswatch/kql/ast"
	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// Watchlists are the lists that _GetWatchlist reads, as Sentinel has them.
type Watchlists interface {
	// Watchlist returns a list by its alias, nil when there is none.
	Watchlist(alias string) *Watchlist
	// WatchlistAliases names all lists.
	WatchlistAliases() []string
}

// Watchlist is a table of texts with a column that it is searched by.
type Watchlist struct {
	Columns   []string
	SearchKey string     // one of Columns
	Rows      [][]string // as many cells as Columns
	Updated   time.Time
	// Open says that nothing is known of the list: it has no rows and every column that a query asks it for, as strings. A
	// query that uses them as something else compiles, but does not run.
	Open bool
}

// openWatchlist is an open list with the columns that it was asked for so far.
func (b *binder) openWatchlist(x *ast.Call) plan.Node {
	if !b.vague {
		b.warn(x.Span, "GW062", "", "the watchlist %s is not known here: it is read as empty", ast.Text(x.Args[0]))
	}
	return b.without(&plan.Values{Cols: watchlistColumns()})
}

// watchlistColumns are the columns of every watchlist; the list's own follow.
func watchlistColumns() []plan.Column {
	return []plan.Column{{Name: "_DTItemId", Type: value.String}, {Name: "LastUpdatedTimeUTC", Type: value.DateTime},
		{Name: "SearchKey", Type: value.String}, {Name: "WatchlistItem", Type: value.Dynamic}}
}

// watchlist binds _GetWatchlist("alias") and _GetWatchlist("alias", keys).
func (b *binder) watchlist(x *ast.Call, e env) plan.Node {
	if len(x.Args) < 1 || len(x.Args) > 2 {
		b.errorf(x.Span, "KS119", `write _GetWatchlist("alias")`, "_GetWatchlist expects the alias of a watchlist and, if you like, an array of search keys")
		return nil
	}
	alias := b.expr(unnamed(x.Args[0]), env{names: e.names})
	if isBroken(alias) {
		return nil
	}
	name, ok := constant(alias)
	if !ok || name.Type() != value.String {
		b.errorf(x.Args[0].Extent(), "KS120", "", "the alias of the watchlist must be a constant string")
		return nil
	}
	keys, ok := b.watchlistKeys(x, e)
	if !ok {
		return nil
	}
	if b.Watchlists == nil {
		b.errorf(x.Name.Span, "GW020", "write the list as let Name = datatable(...)[...]", "there are no watchlists here")
		return nil
	}
	w := b.Watchlists.Watchlist(name.Text())
	switch {
	case w == nil:
		b.errorf(x.Args[0].Extent(), "KS204", didYouMean(name.Text(), b.Watchlists.WatchlistAliases()), "there is no watchlist %q", name.Text())
		return nil
	case w.Open:
		return b.openWatchlist(x)
	}
	return w.values(keys)
}

// watchlistKeys reads the search keys that the call asks for; nil for all.
func (b *binder) watchlistKeys(x *ast.Call, e env) ([]string, bool) {
	if len(x.Args) < 2 {
		return nil, true
	}
	bound := b.expr(unnamed(x.Args[1]), env{names: e.names})
	if isBroken(bound) {
		return nil, false
	}
	v, ok := constant(bound)
	list, isList := v.Tree().([]any)
	if !ok || v.Type() != value.Dynamic || !isList && !v.IsNull() {
		b.errorf(x.Args[1].Extent(), "KS120", `write dynamic(["key"])`, "the search keys must be a constant array")
		return nil, false
	}
	var keys []string
	for _, n := range list {
		keys = append(keys, value.NewDynamic(n).DynamicText())
	}
	return keys, true
}

// values is the watchlist as a table.
func (w *Watchlist) values(keys []string) *plan.Values {
	out := &plan.Values{Cols: watchlistColumns()}
	for _, c := range w.Columns {
		out.Cols = append(out.Cols, plan.Column{Name: c, Type: value.String})
	}
	updated, _ := value.Ticks(w.Updated)
	at := slices.Index(w.Columns, w.SearchKey)
	for _, cells := range w.Rows {
		key := ""
		if at >= 0 {
			key = cells[at]
		}
		if keys != nil && !slices.Contains(keys, key) {
			continue
		}
		item := &value.Bag{}
		for i, c := range w.Columns {
			item.Set(c, cells[i])
		}
		row := []value.Value{value.NewString(itemID(cells)), value.NewDateTime(updated), value.NewString(key), value.NewDynamic(item)}
		for _, cell := range cells {
			row = append(row, value.NewString(cell))
		}
		out.Rows = append(out.Rows, row)
	}
	return out
}

// itemID tells items apart by what they hold, in the form of a GUID.
func itemID(cells []string) string {
	h := fnv.New128a()
	for _, c := range cells {
		h.Write([]byte(c))
		h.Write([]byte{0})
	}
	const digits = "0123456789abcdef"
	var out []byte
	for i, c := range h.Sum(nil) {
		if i == 4 || i == 6 || i == 8 || i == 10 {
			out = append(out, '-')
		}
		out = append(out, digits[c>>4], digits[c&15])
	}
	return string(out)
}

// watchlistAliases binds _GetWatchlistAlias().
func (b *binder) watchlistAliases(x *ast.Call) plan.Node {
	if len(x.Args) > 0 {
		b.errorf(x.Span, "KS119", "", "_GetWatchlistAlias expects no arguments")
		return nil
	}
	if b.Watchlists == nil {
		b.errorf(x.Name.Span, "GW020", "", "there are no watchlists here")
		return nil
	}
	out := &plan.Values{Cols: []plan.Column{{Name: "WatchlistAlias", Type: value.String}}}
	for _, alias := range b.Watchlists.WatchlistAliases() {
		out.Rows = append(out.Rows, []value.Value{value.NewString(alias)})
	}
	return out
}

// isParserFunction reports the names of Sentinel's normalizing parsers (ASIM): _Im_Dns, _ASim_Authentication, imDns,
// vimProcessEvent..., ASimNetworkSession....
func isParserFunction(name string) bool {
	for _, prefix := range []string{"_Im_", "_ASim_", "ASim", "vim", "im"} {
		rest, ok := strings.CutPrefix(name, prefix)
		if ok && rest != "" && rest[0] >= 'A' && rest[0] <= 'Z' {
			return true
		}
	}
	return false
}

// parserFunction refuses one.
func (b *binder) parserFunction(name *ast.Name) {
	b.errorf(name.Span, "GW020", "query the table itself, such as SigninLogs", "the normalizing parser %s (ASIM) is not supported", name.Text)
}
