package app

import (
	"os"
	"runtime/debug"
)

// SpareMemory has Go's heap grow by half between two collections, not to twice its size, unless the environment (GOGC) says
// otherwise: a server shares its machine with what it guards, and most of what it holds is the store's, outside of the heap.
func SpareMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(50)
	}
}
