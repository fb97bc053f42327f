package journal

import (
	"crypto/rand"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"

	"github.com/glasswatch/glasswatch/internal/fault"
)

const (
	gather   = 256 << 10 // small frames are gathered to writes of this size
	maxGroup = 32 << 20  // bytes that may wait for one sync
)

// run is the writer. It ends when the journal is closed and nothing is queued.
func (j *Journal) run() {
	defer close(j.stopped)
	for {
		<-j.wake
		j.mu.Lock()
		tickets, closed := j.queue, j.closed
		j.queue = nil
		j.mu.Unlock()
		for len(tickets) > 0 {
			n := groupLength(tickets)
			err := j.write(tickets[:n])
			j.mu.Lock()
			j.failure = err
			j.mu.Unlock()
			for _, t := range tickets[:n] {
				close(t.done)
			}
			tickets = tickets[n:]
		}
		if closed {
			return
		}
	}
}

// groupLength is how many of the first tickets may share a sync, at least one.
func groupLength(tickets []*Ticket) int {
	size := 0
	for i, t := range tickets {
		if size += t.Size(); size > maxGroup && i > 0 {
			return i
		}
	}
	return len(tickets)
}

// write makes the frames durable, or fails all of them and leaves the log as it was.
func (j *Journal) write(tickets []*Ticket) error {
	err := j.tryWrite(tickets)
	if err == nil {
		return nil
	}
	err = fault.New(fault.Unavailable, "write ingest log: %w", err).WithNext("send again; check that the disk of the data folder has space and is healthy")
	for _, t := range tickets {
		t.Sequence, t.err = 0, err
	}
	return err
}

func (j *Journal) tryWrite(tickets []*Ticket) error {
	size := int64(0)
	for _, t := range tickets {
		size += int64(t.Size())
	}
	if total := j.State().Bytes; total+size > j.opt.Limit {
		return fmt.Errorf("it has grown to its limit of %d bytes because the store does not take its records", j.opt.Limit)
	}
	if err := j.rotate(); err != nil {
		return err
	}
	if err := j.writeFrames(tickets); err != nil {
		j.retreat(err)
		return err
	}
	if err := j.out.Sync(); err != nil {
		j.abandon(err)
		return err
	}
	end := j.offset
	for _, t := range tickets {
		j.frames++
		t.Sequence = j.frames
		t.Start = Position{Segment: j.segment, Offset: end}
		end += int64(t.Size())
		t.End = Position{Segment: j.segment, Offset: end}
	}
	j.mu.Lock()
	j.bytes += end - j.offset
	j.end = Position{Segment: j.segment, Offset: end}
	j.mu.Unlock()
	j.offset = end
	return nil
}

func (j *Journal) writeFrames(tickets []*Ticket) error {
	j.buffer, j.written = j.buffer[:0], j.offset
	at := j.offset
	for _, t := range tickets {
		j.buffer = appendFrameHeader(j.buffer, j.salt, at, j.offset, t.header, t.body)
		j.buffer = append(j.buffer, t.header...)
		if len(t.body) < gather {
			j.buffer = append(j.buffer, t.body...)
		} else if err := j.flush(t.body); err != nil {
			return err
		}
		if len(j.buffer) >= gather {
			if err := j.flush(nil); err != nil {
				return err
			}
		}
		at += int64(t.Size())
	}
	return j.flush(nil)
}

// flush writes the buffer, and then body.
func (j *Journal) flush(body []byte) error {
	for _, b := range [2][]byte{j.buffer, body} {
		if len(b) == 0 {
			continue
		}
		n, err := j.out.WriteAt(b, j.written)
		j.written += int64(n)
		if err != nil {
			return err
		}
	}
	j.buffer = j.buffer[:0]
	return nil
}

// retreat cuts a half-written group off. Where even that fails, the segment is given up.
func (j *Journal) retreat(cause error) {
	j.opt.Logger.Error("ingest log: write failed, the records were refused", "segment", j.segment, "error", cause)
	if err := j.out.Truncate(j.offset); err != nil {
		j.abandon(err)
	}
}

// abandon gives the segment up: after a failed sync the system may show bytes that are not on disk, and forget about
// the failure. What was synced before stays; the rest is cut off now or, being unacknowledged, on the next start.
func (j *Journal) abandon(cause error) {
	j.opt.Logger.Error("ingest log: sync failed, going on in a new segment", "segment", j.segment, "error", cause)
	if err := j.out.Truncate(j.offset); err == nil {
		_ = j.out.Sync()
	}
	_ = j.out.Close()
	j.out = nil
}

// rotate makes sure that there is a segment to write to.
func (j *Journal) rotate() error {
	if j.out != nil && j.offset < j.opt.SegmentSize {
		return nil
	}
	if j.out == nil && j.oldest > 0 {
		if err := j.settle(); err != nil {
			return err
		}
	}
	if err := j.finish(); err != nil {
		return err
	}
	n, salt := j.segment+1, newSalt()
	f, length, err := j.begin(segmentName(j.dir, n), salt)
	if err != nil {
		return err
	}
	if j.out != nil {
		_ = j.out.Close()
	}
	j.out, j.salt, j.segment, j.offset, j.length = f, salt, n, segmentHeader, length
	j.mu.Lock()
	j.bytes += segmentHeader
	if j.oldest == 0 {
		j.oldest = n
	}
	j.end = Position{Segment: n, Offset: segmentHeader}
	j.mu.Unlock()
	return nil
}

// begin makes the file of a segment, out of the spare one where there is one. The new salt makes frames that are in it void
// before it becomes part of the log.
func (j *Journal) begin(name string, salt uint64) (f file, length int64, err error) {
	from, flag := name, os.O_CREATE|os.O_TRUNC|os.O_RDWR
	spare := filepath.Join(j.dir, spareName)
	if info, err := os.Stat(spare); err == nil {
		from, flag, length = spare, os.O_RDWR, info.Size()
	}
	if f, err = j.opt.open(from, flag); err != nil {
		return nil, 0, err
	}
	_, err = f.WriteAt(appendSegmentHeader(nil, salt), 0)
	if err == nil {
		err = f.Sync()
	}
	if err == nil && from != name {
		err = os.Rename(from, name)
	}
	if err == nil {
		err = syncFolder(j.dir)
	}
	if err != nil {
		_ = f.Close()
		_ = os.Remove(from)
		_ = os.Remove(name)
		return nil, 0, err
	}
	return f, length, nil
}

// finish ends the current segment with its last frame. Only the last segment of a log may have something behind it.
func (j *Journal) finish() error {
	if j.out == nil || j.length <= j.offset {
		return nil
	}
	if err := j.out.Truncate(j.offset); err != nil {
		return err
	}
	if err := j.out.Sync(); err != nil {
		return err
	}
	j.length = j.offset
	return nil
}

// settle makes sure that the segment before a new one ends with its last acknowledged frame, whatever an earlier
// failure has left behind it. Only the last segment of a log may have an unfinished end.
func (j *Journal) settle() error {
	j.mu.Lock()
	end := j.end
	j.mu.Unlock()
	f, err := j.opt.open(segmentName(j.dir, end.Segment), os.O_RDWR)
	if err != nil {
		return err
	}
	if err := f.Truncate(end.Offset); err != nil {
		_ = f.Close()
		return err
	}
	if err := f.Sync(); err != nil {
		_ = f.Close()
		return err
	}
	return f.Close()
}

func newSalt() uint64 {
	var b [8]byte
	_, _ = rand.Read(b[:]) // never fails
	return binary.LittleEndian.Uint64(b[:])
}

func syncFolder(dir string) error {
	d, err := os.Open(filepath.Clean(dir))
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
