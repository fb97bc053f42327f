//go:build !linux

package journal

import "os"

type diskFile struct{ *os.File }
