package function

import (
	"encoding/xml"
	"io"
	"strings"

	"github.com/glasswatch/glasswatch/kql/value"
)

// maxXML is the language's bound of the text.
const maxXML = 1 << 20

// xmls is parse_xml.
func xmls() []Func {
	return []Func{one("parse_xml", "XML text as a bag: attributes as @name, text beside them as #text, repeated elements as an array; null for what is not well-formed.",
		Overload{Params: []Param{stringOrDynamic("xml_text")}, Returns: value.Dynamic,
			Eval: func(_ *Context, a []value.Value) value.Value { return parseXML(a[0].Text()) }},
		example(`parse_xml('<e name="v"> text <a>1</a><a>x</a><b/></e>')`, `{"e":{"@name":"v","#text":"text","a":[1,"x"],"b":null}}`), example(`parse_xml("<e>text</e>")`, `{"e":"text"}`), exampleNull(`parse_xml("<e>")`))}
}

func parseXML(s string) value.Value {
	if len(s) > maxXML {
		return value.Null(value.Dynamic)
	}
	d := xml.NewDecoder(strings.NewReader(s))
	d.CharsetReader = func(_ string, r io.Reader) (io.Reader, error) { return r, nil } // the text is decoded already
	root := &value.Bag{}
	for {
		token, err := d.RawToken()
		if err != nil {
			if err != io.EOF || root.Len() == 0 {
				return value.Null(value.Dynamic)
			}
			return value.NewDynamic(root)
		}
		switch token := token.(type) {
		case xml.StartElement:
			node, ok := xmlElement(d, token, 0)
			if !ok || root.Len() > 0 {
				return value.Null(value.Dynamic)
			}
			root.Set(xmlName(token.Name), node)
		case xml.EndElement:
			return value.Null(value.Dynamic)
		case xml.CharData:
			if strings.TrimSpace(string(token)) != "" {
				return value.Null(value.Dynamic)
			}
		}
	}
}

func xmlName(n xml.Name) string {
	if n.Space != "" {
		return n.Space + ":" + n.Local
	}
	return n.Local
}

// xmlElement reads to the end of an element.
func xmlElement(d *xml.Decoder, start xml.StartElement, depth int) (any, bool) {
	bag := &value.Bag{}
	for _, attribute := range start.Attr {
		bag.Set("@"+xmlName(attribute.Name), attribute.Value)
	}
	text := ""
	for depth < 256 {
		token, err := d.RawToken()
		if err != nil {
			return nil, false
		}
		switch token := token.(type) {
		case xml.StartElement:
			if text = strings.TrimSpace(text); text != "" {
				bag.Set("#text", text)
			}
			node, ok := xmlElement(d, token, depth+1)
			if !ok {
				return nil, false
			}
			addXML(bag, xmlName(token.Name), node)
		case xml.CharData:
			text += string(token)
		case xml.EndElement:
			return xmlNode(bag, strings.TrimSpace(text)), token.Name == start.Name
		}
	}
	return nil, false
}

// xmlNode is what an element holds: a bag, its text alone, or null.
func xmlNode(bag *value.Bag, text string) any {
	switch {
	case bag.Len() == 0 && text == "":
		return nil
	case bag.Len() == 0:
		return xmlText(text)
	case text != "":
		bag.Set("#text", xmlText(text))
	}
	return bag
}

// xmlText is a number where the text is exactly how one is written.
func xmlText(s string) any {
	if v, ok := value.ParseJSON(s); ok {
		switch node := v.Tree().(type) {
		case int64, float64:
			if string(value.AppendJSON(nil, node)) == s {
				return node
			}
		}
	}
	return s
}

// addXML makes an array of elements of one name.
func addXML(bag *value.Bag, name string, node any) {
	old, taken := bag.Lookup(name)
	if list, ok := old.([]any); ok {
		node = append(list, node)
	} else if taken {
		node = []any{old, node}
	}
	bag.Set(name, node)
}
