package plan

// Walk calls visit for n and every node below it, those inside expressions included, each once, a node before what is
// below it. visit returns false to leave out what is below.
func Walk(n Node, visit func(Node) bool) {
	seen := map[Node]bool{}
	var walk func(Node)
	walk = func(n Node) {
		if seen[n] {
			return
		}
		seen[n] = true
		if !visit(n) {
			return
		}
		for _, below := range Below(n) {
			walk(below)
		}
	}
	walk(n)
}
