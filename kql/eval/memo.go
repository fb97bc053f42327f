package eval

import (
	"fmt"
	"strconv"

	"github.com/glasswatch/glasswatch/kql/plan"
	"github.com/glasswatch/glasswatch/kql/value"
)

// Memo is what the queries of several matchers compute of the same record: a call that several of them have is evaluated
// once a record, whichever comes to it first. Its matchers belong to one goroutine together, and each record is announced
// by Next before any of them gets it.
type Memo struct {
	record uint64
	forms  map[string]*form // nil after Done
}

// form is an expression over the columns of a record by position, the same for all queries that have it.
type form struct {
	number int
	call   fn // remembers the value; nil where nothing is remembered
}

// maxForm bounds the constants of a form in bytes: the text of a form is kept until Done.
const maxForm = 64 << 10

// perRecord keeps the numbers of records apart, because an mv-apply counts on from that of its record.
const perRecord = 1 << 16

// NewMemo returns a memo without matchers.
func NewMemo() *Memo { return &Memo{record: perRecord, forms: map[string]*form{}} }

// NewMatcher is the function NewMatcher for a matcher of the memo.
func (m *Memo) NewMatcher(n plan.Node) (*Matcher, error) { return newMatcher(n, m) }

// Next announces a record.
func (m *Memo) Next() { m.record += perRecord }

// Done frees what is needed to make further matchers.
func (m *Memo) Done() { m.forms = nil }

// call compiles a call, or finds it among those that are there. Remembered are the calls of functions: an operator, and
// most of what gives a bool, is computed sooner than it is found.
func (m *Memo) call(e *env, x *plan.Call) fn {
	if m == nil || x.Typ == value.Bool || !isWord(x.Func.Name) {
		return e.compileCall(x)
	}
	f := m.form(e, x)
	if f == nil {
		return e.compileCall(x)
	}
	if f.call == nil {
		f.call = once(e.compileCall(x))
	}
	return f.call
}

func isWord(name string) bool { return name[0]|0x20 >= 'a' && name[0]|0x20 <= 'z' }

// form finds or makes the form of an expression; nil where its value does not follow from the record alone, and after Done.
func (m *Memo) form(e *env, x plan.Expr) *form {
	if m.forms == nil {
		return nil
	}
	if col, ok := x.(*plan.Col); ok && e.cols[col.Index].base < 0 {
		return e.cols[col.Index].form
	}
	key, ok := m.key(e, x)
	if !ok {
		return nil
	}
	f := m.forms[key]
	if f == nil {
		f = &form{number: len(m.forms)}
		m.forms[key] = f
	}
	return f
}

// key spells an expression by what it does and the numbers of what it does it to.
func (m *Memo) key(e *env, x plan.Expr) (string, bool) {
	switch x := x.(type) {
	case *plan.Const:
		if x.Value.Size() > maxForm {
			return "", false
		}
		text, null := x.Value.Canonical()
		return fmt.Sprintf("constant %v %v %s", x.Value.Type(), null, text), true
	case *plan.Col:
		return fmt.Sprintf("column %d %v", e.cols[x.Index].base, x.Typ), true
	case *plan.Path:
		return m.pathKey(e, x)
	case *plan.Call:
		if x.Func.Volatile || x.Func.Name == "now" || x.Func.Name == "ago" || len(x.Func.Columns) > 0 {
			return "", false
		}
		return m.listKey(e, fmt.Sprintf("call %s %p %v", x.Func.Name, x.Overload, x.Typ), x.Args...)
	}
	return "", false
}

func (m *Memo) pathKey(e *env, x *plan.Path) (string, bool) {
	head, args := "path", []plan.Expr{x.Base}
	for _, s := range x.Steps {
		if s.Index == nil {
			head += " " + strconv.Quote(s.Name)
			continue
		}
		head += " []"
		args = append(args, s.Index)
	}
	return m.listKey(e, head, args...)
}

func (m *Memo) listKey(e *env, head string, list ...plan.Expr) (string, bool) {
	key := []byte(head)
	for _, x := range list {
		f := m.form(e, x)
		if f == nil {
			return "", false
		}
		key = strconv.AppendInt(append(key, ' '), int64(f.number), 10)
	}
	return string(key), true
}
