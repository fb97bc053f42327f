//go:build !linux

package state

// dataSync returns the name of SQLite's file layer; "" is the standard one.
func dataSync() (string, error) { return "", nil }
