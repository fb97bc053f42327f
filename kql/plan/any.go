package plan

// Any reports whether some node of a plan, the tables in its expressions among them, has a property. A node that is used
// several times is looked at once.
func Any(n Node, has func(Node) bool) bool {
	seen := map[Node]bool{}
	var look func(Node) bool
	look = func(n Node) bool {
		if seen[n] {
			return false
		}
		seen[n] = true
		if has(n) {
			return true
		}
		for _, below := range Below(n) {
			if look(below) {
				return true
			}
		}
		return false
	}
	return look(n)
}
