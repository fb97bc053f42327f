package duckdb

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/glasswatch/glasswatch/internal/fault"
)

// lockFolder takes the data folder for this process, or says who has it. The lock ends with the process.
func lockFolder(dir string) (*os.File, error) {
	name := filepath.Join(dir, "lock")
	f, err := os.OpenFile(name, os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock data folder: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		who := "another process"
		if b, err := os.ReadFile(name); err == nil && len(b) > 0 {
			who = "process " + strings.TrimSpace(string(b))
		}
		_ = f.Close()
		return nil, fault.New(fault.Conflict, "data folder %s is in use by %s", dir, who).WithNext("stop that server, or use another data folder")
	}
	if err := f.Truncate(0); err == nil {
		_, err = f.WriteAt(fmt.Appendf(nil, "%d\n", os.Getpid()), 0)
		if err != nil {
			_ = f.Close()
			return nil, fmt.Errorf("lock data folder: %w", err)
		}
	}
	return f, nil
}
