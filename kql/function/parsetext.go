package function

import (
	"fmt"
	"strings"

	"github.com/glasswatch/glasswatch/kql/value"
)

// parsers take texts of well-known forms apart.
func parsers() []Func {
	return []Func{
		one("parse_csv", "The fields of the first line of comma-separated values, as an array; quotes protect commas, line ends and, doubled, quotes.", Overload{Params: []Param{stringOrDynamic("csv_text")}, Returns: value.Dynamic,
			Eval: func(_ *Context, a []value.Value) value.Value { return value.NewDynamic(parseCSV(a[0].Text())) }},
			example(`parse_csv('aa,"b,""b",c')`, `["aa","b,\"b","c"]`), example(`parse_csv("1,2\n3,4")`, `["1","2"]`)),
		one("parse_version", "A version of one to four parts of up to eight digits as a decimal, so that versions compare; null for what is none.", Overload{Params: []Param{plainText("version")}, Returns: value.Decimal, Eval: parseVersion},
			example(`parse_version("1.2.3.4")`, "1000000020000000300000004"), example(`parse_version("0.2")`, "20000000000000000"), exampleNull(`parse_version("1.x")`)),
		one("parse_path", "The parts of a file path as a bag: Scheme, RootPath, DirectoryPath, DirectoryName, Filename, Extension, AlternateDataStreamName.", Overload{Params: []Param{plainText("path")}, Returns: value.Dynamic,
			Eval: func(_ *Context, a []value.Value) value.Value { return parsePathParts(a[0].Text()) }},
			example(`parse_path(@"C:\temp\file.txt")`, `{"Scheme":"","RootPath":"C:","DirectoryPath":"C:\\temp","DirectoryName":"temp","Filename":"file.txt","Extension":"txt","AlternateDataStreamName":""}`)),
		one("parse_command_line", "The arguments of a command line as an array, cut as Windows does.", Overload{Params: []Param{text("command"), constant(plainText("parser"))}, Returns: value.Dynamic, Check: checkCommandParser,
			Eval: func(_ *Context, a []value.Value) value.Value {
				if a[0].Text() == "" {
					return value.Null(value.Dynamic)
				}
				return value.NewDynamic(windowsArguments(a[0].Text()))
			}}, example(`parse_command_line('echo "hello world!"', "windows")`, `["echo","hello world!"]`), example(`parse_command_line('a "b\\"c" d', "windows")`, `["a","b\"c","d"]`)),
	}
}

func parseCSV(s string) []any {
	out := []any{}
	for {
		var field strings.Builder
		if strings.HasPrefix(s, `"`) {
			s = s[1:]
			for {
				i := strings.IndexByte(s, '"')
				if i < 0 {
					field.WriteString(s)
					s = ""
					break
				}
				field.WriteString(s[:i])
				if s = s[i+1:]; !strings.HasPrefix(s, `"`) {
					break
				}
				field.WriteByte('"')
				s = s[1:]
			}
		}
		i := strings.IndexAny(s, ",\r\n")
		if i < 0 {
			i = len(s)
		}
		field.WriteString(s[:i])
		out = append(out, field.String())
		if i == len(s) || s[i] != ',' {
			return out
		}
		s = s[i+1:]
	}
}

func parseVersion(_ *Context, a []value.Value) value.Value {
	parts := strings.Split(a[0].Text(), ".")
	if len(parts) > 4 {
		return value.Null(value.Decimal)
	}
	digits := ""
	for i := range 4 {
		part := "0"
		if i < len(parts) {
			part = parts[i]
		}
		if part == "" || len(part) > 8 || strings.Trim(part, "0123456789") != "" {
			return value.Null(value.Decimal)
		}
		digits += strings.Repeat("0", 8-len(part)) + part
	}
	d, _ := value.ParseDecimal(digits)
	return value.NewDecimal(d)
}

func parsePathParts(path string) value.Value {
	var scheme, root, directory, name, file, extension, stream string
	rest := path
	if before, after, ok := strings.Cut(path, "://"); ok && !strings.ContainsAny(before, `/\`) {
		scheme, rest = before, after
	}
	if len(rest) >= 2 && rest[1] == ':' && rest[0]|0x20 >= 'a' && rest[0]|0x20 <= 'z' {
		root = rest[:2]
	}
	file = rest
	if i := strings.LastIndexAny(rest, `/\`); i >= 0 {
		directory, file = rest[:i], rest[i+1:]
	}
	if root != "" && directory == "" {
		file = strings.TrimPrefix(file, root)
	}
	name = directory[strings.LastIndexAny(directory, `/\`)+1:]
	file, stream, _ = strings.Cut(file, ":")
	if i := strings.LastIndexByte(file, '.'); i >= 0 {
		extension = file[i+1:]
	}
	bag := &value.Bag{}
	for _, part := range [...][2]string{{"Scheme", scheme}, {"RootPath", root}, {"DirectoryPath", directory}, {"DirectoryName", name},
		{"Filename", file}, {"Extension", extension}, {"AlternateDataStreamName", stream}} {
		bag.Set(part[0], part[1])
	}
	return value.NewDynamic(bag)
}

func checkCommandParser(args []*value.Value) error {
	if args[1] == nil || strings.EqualFold(args[1].Text(), "windows") {
		return nil
	}
	return fmt.Errorf("parse_command_line knows the parser windows, not %q", args[1].Text())
}

// windowsArguments cuts as CommandLineToArgvW: backslashes before a quote count in pairs, in the program's name not at all.
// See https://learn.microsoft.com/windows/win32/api/shellapi/nf-shellapi-commandlinetoargvw.
func windowsArguments(s string) []any {
	out := []any{}
	if rest, ok := strings.CutPrefix(s, `"`); ok {
		program, after, _ := strings.Cut(rest, `"`)
		out, s = append(out, program), after
	} else {
		i := strings.IndexAny(s, " \t")
		if i < 0 {
			i = len(s)
		}
		out, s = append(out, s[:i]), s[i:]
	}
	for {
		s = strings.TrimLeft(s, " \t")
		if s == "" {
			return out
		}
		var argument string
		argument, s = windowsArgument(s)
		out = append(out, argument)
	}
}

// windowsArgument reads one argument and returns it with what follows.
func windowsArgument(s string) (argument, rest string) {
	var b strings.Builder
	quoted := false
	for i := 0; i < len(s); {
		slashes := 0
		for i+slashes < len(s) && s[i+slashes] == '\\' {
			slashes++
		}
		i += slashes
		if i < len(s) && s[i] == '"' {
			b.WriteString(strings.Repeat(`\`, slashes/2))
			i++
			switch {
			case slashes%2 == 1:
				b.WriteByte('"')
			case quoted && i < len(s) && s[i] == '"':
				b.WriteByte('"')
				i++
				quoted = false
			default:
				quoted = !quoted
			}
			continue
		}
		b.WriteString(strings.Repeat(`\`, slashes))
		if i == len(s) || !quoted && (s[i] == ' ' || s[i] == '\t') {
			return b.String(), s[i:]
		}
		b.WriteByte(s[i])
		i++
	}
	return b.String(), ""
}
