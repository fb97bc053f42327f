package app

import (
	"os"
	"syscall"

	"github.com/glasswatch/glasswatch/internal/fault"
)

// lock takes the data folder for this process: two servers in one folder would send everything twice.
func lock(file string) (unlock func() error, err error) {
	f, err := os.OpenFile(file, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fault.New(fault.Unavailable, "%w", err).WithNext("the server's user must be able to write the folder of dataDir")
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		return nil, fault.New(fault.Conflict, "another server uses this data folder (%s)", file).
			WithNext("stop it first, or set another dataDir")
	}
	return f.Close, nil
}
