package journal

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"slices"

	"github.com/glasswatch/glasswatch/internal/fault"
)

// formatError is a file that is no segment of this version.
type formatError struct {
	name  string
	found []byte
}

func (e *formatError) Error() string {
	return fmt.Sprintf("%s is not an ingest log of this version (it begins with %q)", e.name, e.found)
}

// Open opens the journal in dir, which it makes when missing. An unfinished frame at the very end, as a crash leaves
// it, is cut off; it was never acknowledged. Damage anywhere else is an error, found here for the last segment and by
// Replay for the others. Appending begins a new segment.
func Open(dir string, o Options) (*Journal, error) {
	if o.SegmentSize <= 0 {
		o.SegmentSize = 64 << 20
	}
	if o.MaxFrame <= 0 {
		o.MaxFrame = 256 << 20
	}
	if o.Limit <= 0 {
		o.Limit = 16 << 30
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.open == nil {
		o.open = openFile
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("make folder of the ingest log: %w", err)
	}
	segments, err := list(dir)
	if err != nil {
		return nil, err
	}
	j := &Journal{dir: dir, opt: o, wake: make(chan struct{}, 1), stopped: make(chan struct{})}
	if len(segments) > 0 {
		j.segment, j.oldest = segments[len(segments)-1].n, segments[0].n
		if j.end, err = j.mend(j.segment); err != nil {
			return nil, err
		}
	}
	if j.segment < o.After && len(segments) > 0 {
		return nil, fault.New(fault.Conflict, "ingest log %s ends with segment %d, but the store has records up to segment %d", dir, j.segment, o.After).
			WithNext("restore log and store from the same backup; or move the old files of the log away to go on with what the store has")
	}
	j.segment = max(j.segment, o.After)
	for _, s := range segments {
		if info, err := os.Stat(segmentName(dir, s.n)); err == nil {
			j.bytes += info.Size()
		}
	}
	go j.run()
	return j, nil
}

type segment struct {
	n    uint64
	size int64
}

// list returns the segments in order. A gap between them is an error: a file is missing.
func list(dir string) ([]segment, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, fmt.Errorf("list ingest log: %w", err)
	}
	var segments []segment
	for _, e := range entries {
		n, ok := segmentNumber(e.Name())
		if !ok {
			continue
		}
		info, err := e.Info()
		if err != nil {
			return nil, fmt.Errorf("list ingest log: %w", err)
		}
		segments = append(segments, segment{n: n, size: info.Size()})
	}
	slices.SortFunc(segments, func(a, b segment) int { return int(int64(a.n) - int64(b.n)) })
	for i := 1; i < len(segments); i++ {
		if segments[i].n != segments[i-1].n+1 {
			return nil, fault.New(fault.Internal, "ingest log: file %s is missing", segmentName(dir, segments[i-1].n+1)).
				WithNext("put the file back from a backup, or move the older %s and those before it away to go on without their records", segmentName(dir, segments[i-1].n))
		}
	}
	return segments, nil
}

// mend checks the last segment and cuts an unfinished frame off its end. It returns the end of the last whole frame.
func (j *Journal) mend(n uint64) (Position, error) {
	r, err := openReader(j.dir, n, j.opt.MaxFrame)
	if errors.Is(err, io.ErrUnexpectedEOF) { // made, but never written to
		j.opt.Logger.Warn("ingest log: last segment has no header yet, nothing in it was acknowledged", "file", segmentName(j.dir, n))
		return Position{Segment: n, Offset: segmentHeader}, rewriteHeader(segmentName(j.dir, n))
	}
	if err != nil {
		return Position{}, withAdvice(err)
	}
	defer r.Close()
	at := int64(segmentHeader)
	for at < r.size {
		f, err := r.at(at)
		if errors.Is(err, errBadFrame) {
			return j.cut(r, n, at)
		}
		if err != nil {
			return Position{}, err
		}
		at += f.size
	}
	return Position{Segment: n, Offset: at}, nil
}

func (j *Journal) cut(r *reader, n uint64, at int64) (Position, error) {
	bad, err := r.damaged(at)
	if err != nil {
		return Position{}, err
	}
	if bad {
		return Position{}, damage(r.name, at)
	}
	j.opt.Logger.Warn("ingest log: cut off an unfinished frame at the end; it was never acknowledged", "file", r.name, "offset", at, "bytes", r.size-at)
	f, err := os.OpenFile(r.name, os.O_RDWR, 0)
	if err != nil {
		return Position{}, fmt.Errorf("mend ingest log: %w", err)
	}
	defer f.Close()
	if err := f.Truncate(at); err != nil {
		return Position{}, fmt.Errorf("mend ingest log: %w", err)
	}
	if err := f.Sync(); err != nil {
		return Position{}, fmt.Errorf("mend ingest log: %w", err)
	}
	return Position{Segment: n, Offset: at}, nil
}

// rewriteHeader makes an empty segment of a file whose header never reached the disk.
func rewriteHeader(name string) error {
	if err := os.WriteFile(name, appendSegmentHeader(nil, newSalt()), 0o600); err != nil {
		return fmt.Errorf("mend ingest log: %w", err)
	}
	return nil
}

func damage(name string, at int64) error {
	return fault.New(fault.Internal, "ingest log %s is damaged at byte %d, before frames that were synced later", name, at).
		WithNext("restore the file from a backup; or, to go on without the records from there to its end, stop the server and cut it with: truncate -s %d %s", at, name)
}

func withAdvice(err error) error {
	var f *formatError
	if errors.As(err, &f) {
		return fault.New(fault.Conflict, "%w", err).WithNext("start the version that wrote it, or move the file away")
	}
	return err
}

// Frame is one frame of a replay; its slices are valid during the call.
type Frame struct {
	Start, End   Position
	Header, Body []byte
}

// Replay calls f for every frame after from, in order, up to the end as it was at the call. It may run while frames
// are appended.
func (j *Journal) Replay(from Position, f func(Frame) error) error {
	j.mu.Lock()
	end := j.end
	j.mu.Unlock()
	return j.Read(from, end, f)
}

// Read is Replay up to the frame that ends at end.
func (j *Journal) Read(from, end Position, f func(Frame) error) error {
	segments, err := list(j.dir)
	if err != nil {
		return err
	}
	if len(segments) > 0 && from.Segment != 0 && from.Segment+1 < segments[0].n {
		return fault.New(fault.Internal, "ingest log: the store has the records up to segment %d, but the oldest file is %s", from.Segment, segmentName(j.dir, segments[0].n)).
			WithNext("put the missing files of the log back, or restore the store and the log from the same backup")
	}
	for _, s := range segments {
		if s.n < from.Segment || s.n > end.Segment {
			continue
		}
		start := Position{Segment: s.n, Offset: segmentHeader}
		if s.n == from.Segment {
			start.Offset = max(from.Offset, segmentHeader)
		}
		if err := j.replaySegment(start, s.size, end, f); err != nil {
			return err
		}
	}
	return nil
}

func (j *Journal) replaySegment(at Position, size int64, end Position, f func(Frame) error) error {
	r, err := openReader(j.dir, at.Segment, j.opt.MaxFrame)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return damage(segmentName(j.dir, at.Segment), 0)
	}
	if err != nil {
		return withAdvice(err)
	}
	defer r.Close()
	stop := size
	if at.Segment == end.Segment {
		stop = end.Offset
	}
	for at.Offset < stop {
		fr, err := r.at(at.Offset)
		if errors.Is(err, errBadFrame) {
			return damage(r.name, at.Offset)
		}
		if err != nil {
			return err
		}
		next := Position{Segment: at.Segment, Offset: at.Offset + fr.size}
		if err := f(Frame{Start: at, End: next, Header: fr.header, Body: fr.body}); err != nil {
			return err
		}
		at = next
	}
	return nil
}

// discard keeps one file for the next segment: what is written over bytes that are there is synced without the journal of the file
// system, in less time. Others are deleted.
func (j *Journal) discard(name string, size int64) error {
	spare := filepath.Join(j.dir, spareName)
	if _, err := os.Stat(spare); errors.Is(err, os.ErrNotExist) && size >= j.opt.SegmentSize && size < 2*j.opt.SegmentSize {
		return os.Rename(name, spare)
	}
	return os.Remove(name)
}

// Release deletes segments all of whose frames lie at or before upTo: the store has them.
func (j *Journal) Release(upTo Position) error {
	for {
		j.mu.Lock()
		n := j.oldest
		current := j.end.Segment
		j.mu.Unlock()
		if n == 0 || n >= upTo.Segment || n >= current {
			return nil
		}
		name := segmentName(j.dir, n)
		info, err := os.Stat(name)
		if err == nil {
			err = j.discard(name, info.Size())
		}
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return fmt.Errorf("delete segment of the ingest log: %w", err)
		}
		j.mu.Lock()
		j.oldest = n + 1
		if info != nil {
			j.bytes -= info.Size()
		}
		j.mu.Unlock()
	}
}
