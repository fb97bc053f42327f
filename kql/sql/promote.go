package sql

import (
	"strings"

	"github.com/glasswatch/glasswatch/kql/value"
)

// Promoted names the columns that a store keeps of the value at one path of a dynamic column, beside that column: what
// queries ask of it then needs no JSON parser, and is compared as the database compares its own columns.
type Promoted struct {
	Text   string // VARCHAR, never NULL: the value as tostring gives it
	Quoted string // BOOLEAN: whether the value is a string; NULL for null and where there is none
	// Whole is the value as toreal gives it where that is a whole number of at most 15 digits, else NULL; BIGINT. It is "" where
	// the store does not keep it.
	Whole string
}

// Promote writes what the columns of a path hold, as expressions over the JSON text of the dynamic column.
func (d Dialect) Promote(document string, steps ...string) (Promoted, error) {
	c := &compiler{dialect: d}
	path := make([]step, len(steps))
	for i, name := range steps {
		path[i] = step{name: name}
	}
	v := c.readPath(document, path)
	p, err := c.promote(v)
	if err != nil {
		return Promoted{}, err
	}
	number, err := c.convert(v, value.Real)
	p.Whole = d.whole(number.sql)
	return p, err
}

func (c *compiler) readPath(document string, steps []step) expr {
	return c.constantPath(expr{sql: document, typ: value.Dynamic, nullable: true}, steps)
}

// promote writes text and kind of v.
func (c *compiler) promote(v expr) (Promoted, error) {
	text, err := c.convert(v, value.String)
	return Promoted{Text: text.sql, Quoted: "(" + c.dialect.kindOf(v.sql) + " = 'VARCHAR')"}, err
}

// json is the value as JSON text, NULL for null.
func (p Promoted) json() string {
	return "(CASE WHEN " + p.Quoted + " THEN to_json(" + p.Text + ")::VARCHAR WHEN NOT " + p.Quoted + " THEN " + p.Text + " END)"
}

// textOrNull is the value as text, NULL for null.
func (p Promoted) textOrNull() string {
	return "(CASE WHEN " + p.Quoted + " IS NOT NULL THEN " + p.Text + " END)"
}

// keptValue is the dynamic value whose columns are p.
func keptValue(p Promoted) expr {
	return expr{sql: p.json(), typ: value.Dynamic, nullable: true, simple: true, of: &origin{kept: &p}}
}

// plainWhole is the pattern of the texts of whole numbers that have one spelling and that a real holds exactly.
const plainWhole = "0|-?[1-9][0-9]{0,14}"

// fromKept converts the value of a promoted path by its columns; out is the conversion by a JSON parser.
func (c *compiler) fromKept(out expr, name string, args []expr) expr {
	if len(args) != 1 || args[0].origin().kept == nil {
		return out
	}
	p := args[0].origin().kept
	switch name {
	case "tostring":
		return expr{sql: p.Text, typ: value.String, simple: true}
	case "toreal", "todouble", "tolong":
		of := origin{text: out.origin().text, number: p.Text}
		if name != "tolong" {
			of.whole = p.Whole
		}
		out.of = &of
		out.sql = "(CASE WHEN " + c.dialect.matches(p.Text, plainWhole) + " THEN try_cast(" + p.Text + " AS " + c.dialect.types[out.typ] + ") ELSE " + out.sql + " END)"
	}
	return out
}

// promotedThrough finds the columns of a path below column i of a subquery, and hands them out as extra outputs; absent is as
// in outputs.
func (c *compiler) promotedThrough(from source, i int, absent bool) func([]step) (Promoted, bool) {
	known := map[string]*Promoted{}
	return func(steps []step) (Promoted, bool) {
		key := pathKey(steps)
		p, ok := known[key]
		if !ok {
			if p = c.handOut(from, i, steps); p != nil && absent {
				p.Text = "coalesce(" + p.Text + ", '')"
			}
			known[key] = p
		}
		if p == nil {
			return Promoted{}, false
		}
		return *p, true
	}
}

func pathKey(steps []step) string {
	var b strings.Builder
	for _, s := range steps {
		b.WriteString(s.name + "\x00")
	}
	return b.String()
}

// handOut is nil where no input has columns of the path; where only some have, the others read it.
func (c *compiler) handOut(from source, i int, steps []step) *Promoted {
	parts, found, whole := make([]Promoted, len(from.inner)), false, true
	for k, r := range from.inner {
		ok := false
		if p := r.cols[i].origin().promoted; p != nil && !r.grouped {
			parts[k], ok = p(steps)
		}
		if !ok {
			var err error
			if parts[k], err = c.promote(c.readPath(r.cols[i].arg(), steps)); err != nil {
				return nil
			}
		}
		found, whole = found || ok, whole && parts[k].Whole != ""
	}
	if !found {
		return nil
	}
	var out Promoted
	for k, r := range from.inner {
		if !whole {
			parts[k].Whole = ""
		}
		out = r.handOut(from.alias, parts[k])
	}
	return &out
}

// handOut makes the columns of p outputs of r, and returns them as the relation around sees them.
func (r *relation) handOut(alias string, p Promoted) Promoted {
	out := Promoted{Text: alias + "." + r.addExtra(p.Text), Quoted: alias + "." + r.addExtra(p.Quoted)}
	if p.Whole != "" {
		out.Whole = alias + "." + r.addExtra(p.Whole)
	}
	return out
}
