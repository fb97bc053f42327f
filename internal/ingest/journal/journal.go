// Package journal is the ingest log: an append-only record of bodies as they came, in segment files, synced to disk
// before anyone is told that a body was taken.
//
// One goroutine writes. Everything that waits when it comes round is written together and shares one fdatasync. After
// a failed write the file is cut back to its last synced byte; after a failed sync nothing of the file's end is
// trusted any more, and the log goes on in a new segment. Frames carry a checksum that is bound to their place, so
// that neither old bytes nor a frame hidden in a body can pass for one.
package journal

import (
	"errors"
	"log/slog"
	"os"
	"sync"

	"github.com/glasswatch/glasswatch/internal/fault"
)

// Position is the end of a frame. The zero Position lies before everything.
type Position struct {
	Segment uint64
	Offset  int64
}

// Less orders positions.
func (p Position) Less(q Position) bool {
	return p.Segment < q.Segment || p.Segment == q.Segment && p.Offset < q.Offset
}

// Options of a journal. Zero fields mean the defaults.
type Options struct {
	SegmentSize int64  // a segment that has grown to this is followed by a new one; 64 MB
	MaxFrame    int    // header and body of one frame; 256 MB
	Limit       int64  // all segments together; more is refused until the store has caught up; 16 GB
	After       uint64 // segments up to this number have been used before, even if their files are gone
	Logger      *slog.Logger

	open func(name string, flag int) (file, error) // for tests that make the disk fail
}

// file is what the journal needs of *os.File.
type file interface {
	WriteAt(p []byte, off int64) (int, error)
	Truncate(size int64) error
	Sync() error
	Close() error
}

// Journal is an open log. Its methods may be called from any goroutine.
type Journal struct {
	dir string
	opt Options

	mu      sync.Mutex
	queue   []*Ticket // what the writer has not taken yet
	closed  bool
	wake    chan struct{} // 1: there is something in queue, or closed is set
	stopped chan struct{}
	bytes   int64 // of all segments
	oldest  uint64
	end     Position // of the last synced frame
	failure error    // of the last write, nil when it succeeded

	// The writer's own.
	out     file
	salt    uint64
	segment uint64
	offset  int64  // end of the last synced frame in out
	length  int64  // of the file when it was begun; what lies behind offset is of a segment that is no more
	frames  uint64 // appended since Open
	buffer  []byte
	written int64 // up to where the buffer has been written
}

// Ticket is an append under way.
type Ticket struct {
	header, body []byte
	done         chan struct{}

	Sequence uint64   // 1, 2, ... of the frames appended since Open, without gaps; 0 when it failed
	Start    Position // end of the frame before; valid after Wait
	End      Position // end of this frame
	err      error
}

// Wait blocks until the frame is on disk, or is known not to be.
func (t *Ticket) Wait() error {
	<-t.done
	return t.err
}

// Done is closed when Wait would not block.
func (t *Ticket) Done() <-chan struct{} { return t.done }

// Size is the number of bytes of the frame in the log, before the ticket is done.
func (t *Ticket) Size() int { return frameHeader + len(t.header) + len(t.body) }

// ErrClosed is the error of an append to a closed journal.
var ErrClosed = errors.New("ingest log is closed")

// Append queues one frame. header and body must not change until the ticket is done. It never blocks.
func (j *Journal) Append(header, body []byte) *Ticket {
	t := &Ticket{header: header, body: body, done: make(chan struct{})}
	if n := len(header) + len(body); n > j.opt.MaxFrame {
		return t.refused(fault.New(fault.TooLarge, "frame of %d bytes: the ingest log takes %d", n, j.opt.MaxFrame))
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.closed {
		return t.refused(ErrClosed)
	}
	j.queue = append(j.queue, t)
	if len(j.queue) == 1 {
		j.wake <- struct{}{}
	}
	return t
}

func (t *Ticket) refused(err error) *Ticket {
	t.err = err
	close(t.done)
	return t
}

// State is the health of the journal.
type State struct {
	Bytes int64    // of all segments
	End   Position // of the last frame on disk
	Err   error    // why the last append failed; nil when it did not
}

// State returns the present health.
func (j *Journal) State() State {
	j.mu.Lock()
	defer j.mu.Unlock()
	return State{Bytes: j.bytes, End: j.end, Err: j.failure}
}

// Close writes what is queued and closes the files.
func (j *Journal) Close() error {
	j.mu.Lock()
	already := j.closed
	j.closed = true
	if !already && len(j.queue) == 0 {
		j.wake <- struct{}{}
	}
	j.mu.Unlock()
	<-j.stopped
	if already || j.out == nil {
		return nil
	}
	return errors.Join(j.finish(), j.out.Close())
}

func openFile(name string, flag int) (file, error) {
	f, err := os.OpenFile(name, flag, 0o600)
	if err != nil {
		return nil, err
	}
	return diskFile{f}, nil
}
