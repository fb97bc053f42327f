package arch

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/glasswatch/glasswatch"

// pkg is one package as its files say, test files left out.
type pkg struct {
	path    string // relative to the module: "internal/rule"
	doc     string
	imports []string // of this module, relative; sorted
	other   []string // third-party, full path
}

// packages parses every Go file of the module, in this process: the go command would answer from its cache.
func packages(t *testing.T) map[string]*pkg {
	t.Helper()
	pkgs := map[string]*pkg{}
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(file string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() {
			if file != root && (strings.HasPrefix(name, ".") || name == "testdata" || name == "node_modules") {
				return filepath.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly|parser.ParseComments)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(root, filepath.Dir(file))
		if err != nil {
			return err
		}
		add(pkgs, filepath.ToSlash(rel), f)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(pkgs) < 20 {
		t.Fatalf("found %d packages: the walk did not see the module", len(pkgs))
	}
	return pkgs
}

func add(pkgs map[string]*pkg, dir string, f *ast.File) {
	p := pkgs[dir]
	if p == nil {
		p = &pkg{path: dir}
		pkgs[dir] = p
	}
	if f.Doc != nil {
		p.doc = f.Doc.Text()
	}
	for _, spec := range f.Imports {
		imp := strings.Trim(spec.Path.Value, `"`)
		switch {
		case imp == module:
			p.imports = append(p.imports, ".")
		case strings.HasPrefix(imp, module+"/"):
			p.imports = append(p.imports, strings.TrimPrefix(imp, module+"/"))
		case strings.Contains(strings.SplitN(imp, "/", 2)[0], "."):
			p.other = append(p.other, imp)
		}
	}
}

// The groups that the rules speak of.
var (
	nouns   = []string{"internal/source", "internal/table", "internal/alert", "internal/channel"}
	engines = map[string][]string{ // an engine and the nouns on either side of it
		"internal/ingest": {"internal/source", "internal/table"},
		"internal/rule":   {"internal/table", "internal/alert"},
		"internal/action": {"internal/alert", "internal/channel"},
	}
	leaves = []string{"internal/fault", "internal/secret", "content"}
	above  = []string{"internal/state", "internal/config", "internal/api", "internal/web", "internal/client", "internal/app", "internal/cli", "internal/demo", "cmd"}
	stages = map[string]int{"internal/source": 1, "internal/ingest": 2, "internal/table": 3, "internal/rule": 4,
		"internal/alert": 5, "internal/action": 6, "internal/channel": 7}
)

func in(p, group string) bool { return p == group || strings.HasPrefix(p, group+"/") }

func inAny(p string, groups []string) bool {
	return slices.ContainsFunc(groups, func(g string) bool { return in(p, g) })
}

func TestNounsAndLeaves(t *testing.T) {
	pkgs := packages(t)
	for _, p := range pkgs {
		for _, imp := range p.imports {
			switch {
			case inAny(p.path, leaves):
				t.Errorf("%s is a leaf and imports %s", p.path, imp)
			case slices.Contains(nouns, p.path) && !inAny(imp, leaves) && !(p.path == "internal/table" && (imp == "kql/value" || imp == "kql/plan")):
				t.Errorf("%s is a noun and imports %s", p.path, imp)
			}
		}
	}
}

func TestEngines(t *testing.T) {
	pkgs := packages(t)
	for engine, sides := range engines {
		for _, p := range pkgs {
			if !in(p.path, engine) || p.path == "internal/rule/ruletest" { // ruletest is a tool that runs the stages 1 to 5
				continue
			}
			for _, imp := range p.imports {
				switch {
				case inAny(imp, leaves), slices.Contains(sides, imp), in(imp, engine):
				case engine == "internal/rule" && in(imp, "kql"), engine == "internal/ingest" && (imp == "kql/value"):
				default:
					t.Errorf("%s imports %s: an engine imports its two neighbours %v and leaves", p.path, imp, sides)
				}
			}
		}
	}
}

func TestImplementations(t *testing.T) {
	pkgs := packages(t)
	for _, noun := range nouns {
		for _, p := range pkgs {
			if !strings.HasPrefix(p.path, noun+"/") || path.Base(p.path) == "all" || strings.HasSuffix(p.path, "test") {
				continue
			}
			for _, imp := range p.imports {
				ok := imp == noun || inAny(imp, leaves) || in(imp, p.path) || noun == "internal/table" && in(imp, "kql")
				if !ok {
					t.Errorf("%s imports %s: an implementation imports its parent %s and leaves", p.path, imp, noun)
				}
			}
		}
	}
	for _, p := range pkgs {
		for _, imp := range p.imports {
			if strings.HasSuffix(imp, "/all") && !inAny(p.path, []string{"internal/app", "internal/config"}) {
				t.Errorf("%s imports %s: only app and config know the whole list", p.path, imp)
			}
		}
	}
}

func TestLanguageKnowsNothingOfTheProduct(t *testing.T) {
	for _, p := range packages(t) {
		if !in(p.path, "kql") {
			continue
		}
		for _, imp := range p.imports {
			if !in(imp, "kql") {
				t.Errorf("%s imports %s: kql imports only itself and the standard library", p.path, imp)
			}
		}
		for _, imp := range p.other {
			if !strings.HasPrefix(p.path, "kql/kqltest") {
				t.Errorf("%s imports %s: kql imports only itself and the standard library", p.path, imp)
			}
		}
	}
}

func TestNothingImportsWhatIsAbove(t *testing.T) {
	for _, p := range packages(t) {
		for _, imp := range p.imports {
			if inAny(imp, above) && !inAny(p.path, append(above, "e2e", "bench")) {
				t.Errorf("%s imports %s, which is above it", p.path, imp)
			}
		}
	}
}

func TestPackageComments(t *testing.T) {
	for _, p := range packages(t) {
		if !strings.HasPrefix(p.doc, "Package ") && !strings.HasPrefix(p.doc, "Command ") {
			t.Errorf("%s has no package comment", p.path)
		}
		if n, ok := stages[p.path]; ok {
			want := "Package " + path.Base(p.path) + " is stage " + string(rune('0'+n)) + " of 7: "
			if !strings.HasPrefix(p.doc, want) {
				t.Errorf("%s: the package comment begins %q, want %q", p.path, head(p.doc), want)
			}
		}
	}
}

func head(s string) string { return s[:min(len(s), 50)] }

// docPath finds paths of this repository in the documents: `internal/rule`, `docs/ADDING.md`.
var docPath = regexp.MustCompile("`((?:internal|kql|cmd|content|bench|docs|e2e)(?:/[A-Za-z0-9_.-]+)*/?)`")

func TestDocumentsNameWhatExists(t *testing.T) {
	root := filepath.Join("..", "..")
	files, err := filepath.Glob(filepath.Join(root, "docs", "*.md"))
	if err != nil {
		t.Fatal(err)
	}
	decisions, _ := filepath.Glob(filepath.Join(root, "docs", "decisions", "*.md"))
	files = append(append(files, decisions...), filepath.Join(root, "README.md"))
	found := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range docPath.FindAllStringSubmatch(string(text), -1) {
			found++
			if strings.Contains(m[1], "NAME") { // stands for any name
				continue
			}
			if _, err := os.Stat(filepath.Join(root, m[1])); err != nil {
				t.Errorf("%s names %s, which does not exist", filepath.Base(file), m[1])
			}
		}
	}
	if found == 0 {
		t.Error("no document names a path: the pattern is broken")
	}
}
