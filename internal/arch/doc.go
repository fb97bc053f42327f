// Package arch holds the tests of the project's shape: who may import whom, that every package says what it is, and
// that the documents name only what exists. It has no code of its own.
package arch
