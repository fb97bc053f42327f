// Package token holds what every later stage of the language points with: the kinds of token, spans of the source
// text, positions for people, and diagnostics.
//
// It is a leaf of kql. The words of the language are not reserved (a column may be called count), so a keyword is an
// Ident here and becomes a keyword by its place, in kql/parser.
package token

// Kind is the lexical class of a token.
type Kind uint8

// The kinds. Word operators with a bang ("!in", "!has_cs") and "in~" are one Ident.
const (
	EOF Kind = iota
	Ident
	String   // any string literal; Text is its value
	Long     // 12, 0x1F
	Real     // 1.5, 1e3
	TimeSpan // 5m, 1.5h
	Typed    // datetime(...), guid(...), long(...): Text is the type, Inner the text between the parentheses
	Pipe
	Comma
	Semicolon
	Colon
	Dot
	DotDot
	Assign
	Equal
	NotEqual
	EqualFold    // =~
	NotEqualFold // !~
	Less
	LessEqual
	Greater
	GreaterEqual
	Plus
	Minus
	Star
	Slash
	Percent
	LeftParen
	RightParen
	LeftBracket
	RightBracket
	LeftBrace
	RightBrace
	Arrow // =>
	Bang  // a ! that negates no operator; never valid, kept for a good message
)

var kindText = [...]string{
	EOF: "the end of the query", Ident: "a name", String: "a string", Long: "a number", Real: "a number",
	TimeSpan: "a timespan", Typed: "a literal", Pipe: "|", Comma: ",", Semicolon: ";", Colon: ":", Dot: ".", DotDot: "..",
	Assign: "=", Equal: "==", NotEqual: "!=", EqualFold: "=~", NotEqualFold: "!~", Less: "<", LessEqual: "<=",
	Greater: ">", GreaterEqual: ">=", Plus: "+", Minus: "-", Star: "*", Slash: "/", Percent: "%", LeftParen: "(",
	RightParen: ")", LeftBracket: "[", RightBracket: "]", LeftBrace: "{", RightBrace: "}", Arrow: "=>", Bang: "!",
}

// String returns the token's text where it has only one, else a phrase for messages ("a name").
func (k Kind) String() string {
	if int(k) < len(kindText) {
		return kindText[k]
	}
	return "unknown"
}

// Token is one token of a query.
type Token struct {
	Kind  Kind
	Plain bool   // the source text can be printed again as it is: nothing in it was read as something else
	Text  string // name, value of a string, digits, or type of a typed literal
	Inner string // content of a typed literal
	Span
}

// Span is a piece of the source text, in byte offsets; End is exclusive. Embedded, it makes a syntax node a Node.
type Span struct{ Start, End int }

// Extent returns s; syntax nodes inherit it.
func (s Span) Extent() Span { return s }

// To returns the span from the start of s to the end of t.
func (s Span) To(t Span) Span { return Span{s.Start, max(s.End, t.End)} }
