package journal

import (
	"os"
	"syscall"
)

// diskFile syncs the data and the size of a file, but not its times.
type diskFile struct{ *os.File }

// Sync is fdatasync.
func (f diskFile) Sync() error {
	for {
		err := syscall.Fdatasync(int(f.Fd()))
		if err != syscall.EINTR {
			return os.NewSyscallError("fdatasync", err)
		}
	}
}
