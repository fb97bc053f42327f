package plan

import (
	"github.com/glasswatch/glasswatch/kql/function"
	"github.com/glasswatch/glasswatch/kql/plugin"
	"github.com/glasswatch/glasswatch/kql/value"
)

// JoinKind is a kind of join, all that the language has.
type JoinKind uint8

// The kinds. InnerUnique keeps one row of the left side for each key before it joins; which one is open in the
// language, here it is the first.
const (
	InnerUnique JoinKind = iota
	Inner
	LeftOuter
	RightOuter
	FullOuter
	LeftSemi
	RightSemi
	LeftAnti
	RightAnti
)

var joinNames = [...]string{"innerunique", "inner", "leftouter", "rightouter", "fullouter", "leftsemi", "rightsemi", "leftanti", "rightanti"}

// String returns the kind as the language spells it.
func (k JoinKind) String() string { return joinNames[k] }

// OneSided is the side whose columns alone a semi or anti join returns: "left", "right", or "" for both.
func (k JoinKind) OneSided() string {
	switch k {
	case LeftSemi, LeftAnti:
		return "left"
	case RightSemi, RightAnti:
		return "right"
	}
	return ""
}

// Join pairs the rows of two tables whose keys are equal. LeftKeys are over the columns of Left, RightKeys over those of
// Right; they are equal in number and, pair by pair, in type. Output: the columns of Left, then those of Right, names
// made distinct by the binder; for a semi or anti join those of one side.
type Join struct {
	Left, Right         Node
	Kind                JoinKind
	LeftKeys, RightKeys []Expr
	Cols                []Column
}

// Expand is mv-expand: a row for every element of the Items' values, in step; the other columns repeat. Output: Cols,
// which are the columns of Input, some replaced by items (Item.Column), then new ones, then the index where wanted.
type Expand struct {
	Input Node
	Items []ExpandItem
	Bags  bool  // bagexpansion=array: a bag gives arrays [key, value] instead of bags of one property
	Limit int64 // most rows of one input row; -1: all
	Index int   // position in Cols of the column that with_itemindex names; -1 without one
	Cols  []Column
}

// ExpandItem is one value that is expanded.
type ExpandItem struct {
	X      Expr // dynamic, over the columns of Input
	Column int  // position in Cols that the elements get
	Type   value.Type
}

// Given is the leaf of a body (of Apply, Partition): the rows that the operator around hands in. A body names the
// Given of its own operator by pointer.
type Given struct{ Cols []Column }

// Apply is mv-apply: every row of Input is expanded as by Expand, the expanded rows go through Body, which reads them
// from Given, and each row that Body returns is put behind the columns of Input that are kept. Output: Input's columns
// at the positions Keep, then Body's columns; Cols names them.
type Apply struct {
	Input  Node
	Expand *Expand // its Input is Input; its columns are those of Given
	Given  *Given
	Body   Node
	Keep   []int
	Cols   []Column
}

// Partition runs Body once for each value of Key and concatenates the results. Given has the columns of Input.
type Partition struct {
	Input Node
	Key   Expr
	Given *Given
	Body  Node
}

// Range is a table of one column: From, From+Step, ... up to To, or down to it with a negative Step. The expressions
// have no columns; the values have the type of Col.
type Range struct {
	Col            Column
	From, To, Step Expr
}

// ParseKind says how a Parse reads its pattern.
type ParseKind uint8

// The kinds of parse. Simple and Relaxed match texts as they are; with Relaxed a value that does not convert to its
// type becomes null, with the others the whole row does not match. Regex reads the texts as regular expressions.
const (
	ParseSimple ParseKind = iota
	ParseRelaxed
	ParseRegex
)

// Parse reads columns out of a text by a pattern. Regex is the whole pattern as one regular expression of package
// regexp, tied to both ends of the text, with a group for each of Fields, in order. Texts, which a Regex kind does not
// have, are what occurs in every text that matches, one after the other. Where a row does not match, the fields are null (an empty string
// for strings), and with Where the row is dropped. Output: Cols, the columns of Input, some replaced by fields, then
// new ones.
type Parse struct {
	Input  Node
	X      Expr // string, over the columns of Input
	Kind   ParseKind
	Regex  string
	Texts  []string
	Fields []ParseField
	Where  bool
	Cols   []Column
}

// ParseField is what one group of the pattern gives.
type ParseField struct {
	Column int // position in Cols
	Type   value.Type
}

// ParseKV reads pairs of a key and a value out of a text. With Regex, a regular expression of two groups, these are its
// matches; else they are told apart by the delimiters, or, without any, by every character that is no letter and no digit.
// Of a key that occurs several times the first counts, a missing one is null. Output: Cols, the columns of Input, some
// replaced by fields, then new ones.
type ParseKV struct {
	Input    Node
	X        Expr // string, over the columns of Input
	Regex    string
	Pair, KV string // delimiters between pairs and behind a key
	Quotes   []KVQuote
	Escapes  string // characters that take the meaning from a quote behind them
	Greedy   bool   // a value without quotes ends before the next key, not at the next delimiter
	Fields   []KVField
	Cols     []Column
}

// KVQuote are the characters around a quoted key or value.
type KVQuote struct{ Open, Close rune }

// KVField is the value of one key.
type KVField struct {
	Key    string
	Column int // position in Cols
	Type   value.Type
}

// Window computes values that depend on other rows of an ordered table: row_number, prev, next, row_cumsum, row_rank_*,
// row_window_session. Output: the columns of Input, then one for each call, in the order of the rows, which is kept.
type Window struct {
	Input Node
	Calls []WindowCall
	Cols  []Column
}

// WindowCall is one call of a window function.
type WindowCall struct {
	Func *function.Window
	Args []Expr // over the columns of Input; all arguments of the function, defaults included
	Type value.Type
}

// Serialize fixes the order in which the rows of Input come, so that functions over the rows before and behind have a
// meaning. It changes nothing else.
type Serialize struct{ Input Node }

// Shared is a table that is computed once however often it is used, as materialize asks for. All uses have the same
// pointer.
type Shared struct{ Input Node }

// Evaluate runs a plugin over Input, whose columns are those of Call.Input and Call.Extra computed ones behind them.
// Where Open is set the run returns more columns than Cols; such a node is found in no plan that runs: the compiler
// hands it to whoever discovers the columns, and goes on with the rows.
type Evaluate struct {
	Input  Node
	Plugin *plugin.Plugin
	Call   *plugin.Call
	Late   []LateArg
	Tables map[int]Node // tabular arguments by position
	Cols   []Column
	Open   bool
	Look   bool // of an open one: only the columns are wanted that the plugin's Look finds
}

// LateArg is a constant argument whose value is known when the plan runs; X reads no columns.
type LateArg struct {
	Arg int // position in Call.Args
	X   Expr
}

// Open is a table that may have more columns than it shows, which follow from data that the compiler did not ask for. A
// plan that holds one shows what is certain; back ends refuse it.
type Open struct {
	Input Node
	Cols  []Column
}

// External is externaldata: rows of files at addresses outside. Format is csv, tsv, psv, scsv, sohsv, json, multijson, txt
// or raw; IgnoreFirst drops the first record of each file.
type External struct {
	Cols        []Column
	URIs        []string
	Format      string
	IgnoreFirst bool
}

// Subquery is toscalar(Table): the first column of the first row of a table that reads nothing of the row around; null
// when the table is empty. It is computed once.
type Subquery struct {
	Table Node
	Typ   value.Type
}

// InTable is X in (Table), also in~, with Not the negations: whether X is among the values of Table's first column,
// which has the type of X. The table reads nothing of the row around and is computed once.
type InTable struct {
	X     Expr
	Table Node
	Fold  bool // in~: case does not count
	Not   bool
}

func (n *Join) Columns() []Column      { return n.Cols }
func (n *Expand) Columns() []Column    { return n.Cols }
func (n *Given) Columns() []Column     { return n.Cols }
func (n *Apply) Columns() []Column     { return n.Cols }
func (n *Partition) Columns() []Column { return n.Body.Columns() }
func (n *Range) Columns() []Column     { return []Column{n.Col} }
func (n *Parse) Columns() []Column     { return n.Cols }
func (n *ParseKV) Columns() []Column   { return n.Cols }
func (n *Window) Columns() []Column    { return n.Cols }
func (n *Serialize) Columns() []Column { return n.Input.Columns() }
func (n *Shared) Columns() []Column    { return n.Input.Columns() }
func (n *Evaluate) Columns() []Column  { return n.Cols }
func (n *External) Columns() []Column  { return n.Cols }
func (n *Open) Columns() []Column      { return n.Cols }

func (*Join) node()      {}
func (*Expand) node()    {}
func (*Given) node()     {}
func (*Apply) node()     {}
func (*Partition) node() {}
func (*Range) node()     {}
func (*Parse) node()     {}
func (*ParseKV) node()   {}
func (*Window) node()    {}
func (*Serialize) node() {}
func (*Shared) node()    {}
func (*Evaluate) node()  {}
func (*External) node()  {}
func (*Open) node()      {}

func (e *Subquery) Type() value.Type { return e.Typ }
func (e *InTable) Type() value.Type  { return value.Bool }

func (*Subquery) expr() {}
func (*InTable) expr()  {}
