package state

import (
	"errors"
	"fmt"
	"sync"
	"unsafe"

	"golang.org/x/sys/unix"
	"modernc.org/libc"
	sqlite3 "modernc.org/sqlite/lib"
)

// dataSync registers an SQLite file layer that syncs with fdatasync, as SQLite does wherever it is built with
// HAVE_FDATASYNC, and returns its name. The build in Go has fsync, which waits for the file's time stamp too, and with it for the
// journal of the file system, behind all that others write at that moment: a body of the ingest log, a commit of the
// event store. The fdatasync of a file that does not grow waits for its own bytes.
var dataSync = sync.OnceValues(registerLayer)

// layer is the one registered file layer. What SQLite points to lies in its memory and is never freed.
var layer struct {
	open openFile // the standard layer's
	sync syncFile // the standard layer's

	mu      sync.Mutex
	methods map[uintptr]uintptr // ours by the standard layer's, of which it has a few
}

const layerName = "datasync"

type (
	openFile func(tls *libc.TLS, vfs, path, file uintptr, flags int32, out uintptr) int32
	syncFile func(tls *libc.TLS, file uintptr, flags int32) int32
)

func registerLayer() (string, error) {
	tls := libc.NewTLS()
	defer tls.Close()
	if rc := sqlite3.Xsqlite3_initialize(tls); rc != sqlite3.SQLITE_OK {
		return "", fmt.Errorf("initialize SQLite: code %d", rc)
	}
	standard := sqlite3.Xsqlite3_vfs_find(tls, 0)
	if standard == 0 {
		return "", errors.New("SQLite has no file layer")
	}
	name, err := libc.CString(layerName)
	if err != nil {
		return "", err
	}
	layer.methods = map[uintptr]uintptr{}
	vfs := *at[sqlite3.Tsqlite3_vfs](standard)
	layer.open = *at[openFile](address(&vfs.FxOpen))
	own := openFile(openData)
	vfs.FpNext, vfs.FzName, vfs.FxOpen = 0, name, *at[uintptr](address(&own))
	if rc := sqlite3.Xsqlite3_vfs_register(tls, keep(tls, vfs), 0); rc != sqlite3.SQLITE_OK {
		return "", fmt.Errorf("register a file layer of SQLite: code %d", rc)
	}
	return layerName, nil
}

// openData opens a file as the standard layer does. A database and its write-ahead log get our way of syncing.
func openData(tls *libc.TLS, vfs, path, file uintptr, flags int32, out uintptr) int32 {
	rc := layer.open(tls, vfs, path, file, flags, out)
	f := at[sqlite3.Tsqlite3_file](file)
	if rc != sqlite3.SQLITE_OK || f.FpMethods == 0 || flags&(sqlite3.SQLITE_OPEN_MAIN_DB|sqlite3.SQLITE_OPEN_WAL) == 0 {
		return rc
	}
	layer.mu.Lock()
	defer layer.mu.Unlock()
	m := layer.methods[f.FpMethods]
	if m == 0 {
		methods := *at[sqlite3.Tsqlite3_io_methods](f.FpMethods)
		if layer.sync == nil { // all its files are synced by one function
			layer.sync = *at[syncFile](address(&methods.FxSync))
		}
		own := syncFile(syncData)
		methods.FxSync = *at[uintptr](address(&own))
		m = keep(tls, methods)
		layer.methods[f.FpMethods] = m
	}
	f.FpMethods = m
	return rc
}

// syncData syncs a file. The first sync of one that was just made is the standard layer's: it syncs the folder too.
func syncData(tls *libc.TLS, file uintptr, flags int32) int32 {
	f := at[sqlite3.TunixFile](file)
	if f.FctrlFlags&sqlite3.UNIXFILE_DIRSYNC != 0 {
		return layer.sync(tls, file, flags)
	}
	for {
		err := unix.Fdatasync(int(f.Fh))
		if err == nil {
			return sqlite3.SQLITE_OK
		}
		if err != unix.EINTR {
			return sqlite3.SQLITE_IOERR_FSYNC
		}
	}
}

// keep copies v to where SQLite may point.
func keep[T any](tls *libc.TLS, v T) uintptr {
	p := libc.Xmalloc(tls, libc.Tsize_t(unsafe.Sizeof(v)))
	if p == 0 {
		panic("state: out of memory")
	}
	*at[T](p) = v
	return p
}

// at is what lies at an address of SQLite's; address is where SQLite finds what is ours.
func at[T any](address uintptr) *T { return (*T)(*(*unsafe.Pointer)(unsafe.Pointer(&address))) }

func address[T any](v *T) uintptr { return uintptr(unsafe.Pointer(v)) }
