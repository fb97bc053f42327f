package journal

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/glasswatch/glasswatch/internal/fault"
)

func open(t *testing.T, dir string, o Options) *Journal {
	t.Helper()
	j, err := Open(dir, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { j.Close() })
	return j
}

func add(t *testing.T, j *Journal, bodies ...string) {
	t.Helper()
	for _, b := range bodies {
		if err := j.Append([]byte("h"), []byte(b)).Wait(); err != nil {
			t.Fatalf("append %.20q: %v", b, err)
		}
	}
}

func replay(t *testing.T, j *Journal, from Position) []string {
	t.Helper()
	var got []string
	err := j.Replay(from, func(f Frame) error {
		if string(f.Header) != "h" {
			t.Errorf("header %q", f.Header)
		}
		got = append(got, string(f.Body))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return got
}

func TestReplayGivesBackWhatWasAppended(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, Options{SegmentSize: 200})
	var want []string
	var positions []Position
	for i := range 40 {
		body := strings.Repeat(fmt.Sprint(i, " "), i)
		tk := j.Append([]byte("h"), []byte(body))
		if err := tk.Wait(); err != nil {
			t.Fatal(err)
		}
		if tk.Sequence != uint64(i+1) {
			t.Errorf("sequence %d, want %d", tk.Sequence, i+1)
		}
		want = append(want, body)
		positions = append(positions, tk.End)
	}
	big := strings.Repeat("x", 3*gather)
	add(t, j, big)
	want = append(want, big)
	check := func(j *Journal) {
		t.Helper()
		if diff := cmp.Diff(want, replay(t, j, Position{})); diff != "" {
			t.Fatal(diff)
		}
		for i, p := range positions {
			if got := replay(t, j, p); len(got) != len(want)-i-1 {
				t.Fatalf("after frame %d: %d frames, want %d", i, len(got), len(want)-i-1)
			}
		}
	}
	check(j)
	j.Close()
	j = open(t, dir, Options{})
	check(j)
	add(t, j, "more")
	want = append(want, "more")
	check(j)

	if err := j.Release(positions[30]); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want[31:], replay(t, j, positions[30])); diff != "" {
		t.Error("after release:", diff)
	}
	if s, err := list(dir); err != nil || s[0].n != positions[30].Segment {
		t.Errorf("oldest segment %v, %v; want %d", s, err, positions[30].Segment)
	}
}

func TestConcurrentAppendsKeepOrderAndLoseNothing(t *testing.T) {
	j := open(t, t.TempDir(), Options{SegmentSize: 4 << 10})
	const writers, each = 8, 50
	var wg sync.WaitGroup
	for w := range writers {
		wg.Go(func() {
			for i := range each {
				if err := j.Append([]byte("h"), fmt.Appendf(nil, "%d-%03d", w, i)).Wait(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	last := map[string]string{}
	got := replay(t, j, Position{})
	for _, b := range got {
		w, n, _ := strings.Cut(b, "-")
		if n <= last[w] {
			t.Errorf("writer %s: %s after %s", w, n, last[w])
		}
		last[w] = n
	}
	if len(got) != writers*each {
		t.Errorf("%d frames, want %d", len(got), writers*each)
	}
}

// Every length to which a crash can cut the last group leaves the frames before it, and a log that can be written to.
func TestTornTail(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, Options{})
	add(t, j, "first", "second")
	kept := j.State().End.Offset
	add(t, j, "the last one")
	j.Close()
	whole, err := os.ReadFile(segmentName(dir, 1))
	if err != nil {
		t.Fatal(err)
	}
	for n := kept; n < int64(len(whole)); n++ {
		for name, tail := range map[string][]byte{"cut": nil, "zeros": make([]byte, int64(len(whole))-n), "noise": bytes.Repeat([]byte{0xa5}, 99)} {
			dir := t.TempDir()
			if err := os.WriteFile(segmentName(dir, 1), append(whole[:n:n], tail...), 0o600); err != nil {
				t.Fatal(err)
			}
			j, err := Open(dir, Options{})
			if err != nil {
				t.Fatalf("%s at %d: %v", name, n, err)
			}
			add(t, j, "after")
			if diff := cmp.Diff([]string{"first", "second", "after"}, replay(t, j, Position{})); diff != "" {
				t.Errorf("%s at %d: %s", name, n, diff)
			}
			j.Close()
		}
	}
}

// A file that is used again never gives back what it held: not while the log runs, and not after a crash at any moment.
func TestFilesAreUsedAgain(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, Options{SegmentSize: 400})
	var kept []string
	var from Position
	again := 0
	for n := range 120 {
		// Bodies of several lengths, so that old frames lie at, before and behind the places of new ones.
		body := fmt.Sprint("body ", n, strings.Repeat(".", n*37%90))
		tk := j.Append([]byte("h"), []byte(body))
		if err := tk.Wait(); err != nil {
			t.Fatal(err)
		}
		kept = append(kept, body)
		if n%9 == 8 {
			from, kept = tk.End, nil
			if err := j.Release(from); err != nil {
				t.Fatal(err)
			}
		}
		if info, err := os.Stat(segmentName(dir, tk.End.Segment)); err == nil && info.Size() > tk.End.Offset {
			again++
		}
		if diff := cmp.Diff(kept, replay(t, j, from)); diff != "" {
			t.Fatalf("after %d appends: %s", n+1, diff)
		}
		crashed := t.TempDir()
		if err := os.CopyFS(crashed, os.DirFS(dir)); err != nil {
			t.Fatal(err)
		}
		after := open(t, crashed, Options{SegmentSize: 400, After: from.Segment})
		add(t, after, "after")
		if diff := cmp.Diff(append(slices.Clone(kept), "after"), replay(t, after, from)); diff != "" {
			t.Fatalf("crash after %d appends: %s", n+1, diff)
		}
		after.Close()
	}
	if again == 0 {
		t.Error("no file was used again")
	}
	j.Close()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) > 4 {
		t.Errorf("%d files are left", len(entries))
	}
	if diff := cmp.Diff(kept, replay(t, open(t, dir, Options{SegmentSize: 400, After: from.Segment}), from)); diff != "" {
		t.Errorf("after reopening: %s", diff)
	}
}

func TestHeaderNeverWritten(t *testing.T) {
	for n := range segmentHeader {
		dir := t.TempDir()
		if err := os.WriteFile(segmentName(dir, 1), []byte(segmentMagic + "saltsalt")[:n], 0o600); err != nil {
			t.Fatal(err)
		}
		j := open(t, dir, Options{})
		add(t, j, "a")
		if diff := cmp.Diff([]string{"a"}, replay(t, j, Position{})); diff != "" {
			t.Errorf("%d bytes: %s", n, diff)
		}
	}
}

// A changed byte before a frame that was synced later is damage, in the last segment and in any other.
func TestDamageIsNamed(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, Options{})
	add(t, j, "first")
	at := j.State().End.Offset
	add(t, j, "second", "third")
	j.Close()
	name := segmentName(dir, 1)
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range []int64{0, 4, 8, 12, 16, frameHeader, frameHeader + 1} {
		broken := bytes.Clone(b)
		broken[at+i] ^= 1
		if err := os.WriteFile(name, broken, 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := Open(dir, Options{})
		if err == nil || !strings.Contains(err.Error(), name) || !strings.Contains(err.Error(), fmt.Sprint(at)) || fault.NextOf(err) == "" {
			t.Errorf("byte %d: error %v with next step %q, want one naming %s and %d", i, err, fault.NextOf(err), name, at)
		}
	}
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
	j = open(t, dir, Options{})
	add(t, j, "fourth") // in segment 2
	b[at+frameHeader+2] ^= 1
	if err := os.WriteFile(name, b, 0o600); err != nil {
		t.Fatal(err)
	}
	err = j.Replay(Position{}, func(Frame) error { return nil })
	if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("%s is damaged at byte %d", name, at)) {
		t.Errorf("replay: %v", err)
	}
}

// A body that holds a whole frame of this very log, sent by someone who wants a torn tail to look like damage or like
// another record, is nothing but a body.
func TestFrameInsideABody(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir, Options{})
	add(t, j, "first")
	evil, err := os.ReadFile(segmentName(dir, 1))
	if err != nil {
		t.Fatal(err)
	}
	kept := j.State().End.Offset
	add(t, j, string(evil[segmentHeader:])+strings.Repeat("z", 100))
	j.Close()
	if err := os.Truncate(segmentName(dir, 1), j.State().End.Offset-50); err != nil {
		t.Fatal(err)
	}
	j = open(t, dir, Options{})
	if diff := cmp.Diff([]string{"first"}, replay(t, j, Position{})); diff != "" {
		t.Error(diff)
	}
	if j.end.Offset != kept {
		t.Errorf("cut at %d, want %d", j.end.Offset, kept)
	}
}

func TestMissingAndForeignFiles(t *testing.T) {
	f := func(what, want string, spoil func(dir string)) {
		t.Helper()
		dir := t.TempDir()
		j := open(t, dir, Options{SegmentSize: 1})
		add(t, j, "1", "2", "3", "4")
		j.Close()
		spoil(dir)
		_, err := Open(dir, Options{After: 4})
		if err == nil || !strings.Contains(err.Error(), want) || fault.NextOf(err) == "" {
			t.Errorf("%s: %v (next: %s), want %q and a next step", what, err, fault.NextOf(err), want)
		}
	}
	f("gap", "is missing", func(dir string) { os.Remove(segmentName(dir, 2)) })
	f("older log", "ends with segment 3", func(dir string) { os.Remove(segmentName(dir, 4)) })
	f("foreign", "not an ingest log of this version", func(dir string) {
		os.WriteFile(segmentName(dir, 4), []byte("gwlog\x00\x00\x02saltsalt"), 0o600)
	})

	// The whole log is gone, the store is not: numbers go on, so that no position is used twice.
	j := open(t, t.TempDir(), Options{After: 7})
	tk := j.Append(nil, []byte("x"))
	if err := tk.Wait(); err != nil || tk.End.Segment != 8 {
		t.Errorf("segment %d, %v; want 8", tk.End.Segment, err)
	}
}

// badDisk fails writes or syncs as long as it is told to, after letting some bytes through.
type badDisk struct {
	write, sync, truncate, open atomic.Bool
}

type badFile struct {
	file
	d *badDisk
}

func (d *badDisk) openFile(name string, flag int) (file, error) {
	if d.open.Load() {
		return nil, syscall.ENOSPC
	}
	f, err := openFile(name, flag)
	return &badFile{f, d}, err
}

func (f *badFile) WriteAt(p []byte, off int64) (int, error) {
	if f.d.write.Load() {
		n, _ := f.file.WriteAt(p[:len(p)/2], off)
		return n, syscall.ENOSPC
	}
	return f.file.WriteAt(p, off)
}

func (f *badFile) Sync() error {
	if f.d.sync.Load() {
		return syscall.EIO
	}
	return f.file.Sync()
}

func (f *badFile) Truncate(n int64) error {
	if f.d.truncate.Load() {
		return syscall.EIO
	}
	return f.file.Truncate(n)
}

func TestBadDisk(t *testing.T) {
	one := func(name string, switches func(d *badDisk) []*atomic.Bool, released int) {
		t.Run(fmt.Sprint(name, ", released ", released), func(t *testing.T) {
			dir, d := t.TempDir(), &badDisk{}
			j := open(t, dir, Options{open: d.openFile, SegmentSize: 120})
			for range released { // the files of the next segments are used again
				add(t, j, strings.Repeat("released", 9))
				if err := j.Release(j.State().End); err != nil {
					t.Fatal(err)
				}
			}
			from := j.State().End
			add(t, j, "before")
			for _, s := range switches(d) {
				s.Store(true)
			}
			for range 3 {
				err := j.Append([]byte("h"), []byte("refused")).Wait()
				if fault.CodeOf(err) != fault.Unavailable || fault.NextOf(err) == "" {
					t.Fatalf("error %v, want unavailable with a next step", err)
				}
			}
			if j.State().Err == nil {
				t.Error("state does not tell of the failure")
			}
			for _, s := range switches(d) {
				s.Store(false)
			}
			add(t, j, "after", "and on")
			if j.State().Err != nil {
				t.Error("state still tells of the failure:", j.State().Err)
			}
			want := []string{"before", "after", "and on"}
			if diff := cmp.Diff(want, replay(t, j, from)); diff != "" {
				t.Error(diff)
			}
			j.Close()
			if diff := cmp.Diff(want, replay(t, open(t, dir, Options{}), from)); diff != "" {
				t.Error("after reopening:", diff)
			}
		})
	}
	f := func(name string, switches func(d *badDisk) []*atomic.Bool) {
		one(name, switches, 0)
		one(name, switches, 7)
	}
	f("no space", func(d *badDisk) []*atomic.Bool { return []*atomic.Bool{&d.write} })
	f("no space and no truncation", func(d *badDisk) []*atomic.Bool { return []*atomic.Bool{&d.write, &d.truncate} })
	f("sync fails", func(d *badDisk) []*atomic.Bool { return []*atomic.Bool{&d.sync} })
	f("everything fails", func(d *badDisk) []*atomic.Bool { return []*atomic.Bool{&d.write, &d.sync, &d.truncate, &d.open} })
}

// A real full disk: a file system of 1 MB.
func TestFullFileSystem(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("needs root to mount a file system")
	}
	dir := t.TempDir()
	if err := syscall.Mount("tmpfs", dir, "tmpfs", 0, "size=1m"); err != nil {
		t.Skip("mount a small file system:", err)
	}
	defer syscall.Unmount(dir, syscall.MNT_DETACH)
	filler := dir + "/filler"
	if err := os.WriteFile(filler, make([]byte, 512<<10), 0o600); err != nil {
		t.Fatal(err)
	}
	j := open(t, dir, Options{})
	body := strings.Repeat("r", 50<<10)
	var taken []string
	for i := 0; ; i++ {
		b := fmt.Sprint(i, body)
		if err := j.Append([]byte("h"), []byte(b)).Wait(); err != nil {
			if !errors.Is(err, syscall.ENOSPC) || fault.CodeOf(err) != fault.Unavailable {
				t.Fatal(err)
			}
			break
		}
		taken = append(taken, b)
	}
	os.Remove(filler)
	add(t, j, "space again")
	if diff := cmp.Diff(append(taken, "space again"), replay(t, j, Position{})); diff != "" {
		t.Error(diff)
	}
	j.Close()
}

func TestLimit(t *testing.T) {
	j := open(t, t.TempDir(), Options{SegmentSize: 500, Limit: 2000})
	var last Position
	for {
		tk := j.Append([]byte("h"), make([]byte, 300))
		if err := tk.Wait(); err != nil {
			if fault.CodeOf(err) != fault.Unavailable {
				t.Error(err)
			}
			break
		}
		last = tk.End
	}
	if err := j.Release(last); err != nil {
		t.Fatal(err)
	}
	add(t, j, "fits again")
}

func BenchmarkAppend(b *testing.B) {
	for _, size := range []int{500, 5000, 5_000_000} {
		body := make([]byte, size)
		b.Run(fmt.Sprint("journal/", size), func(b *testing.B) {
			j, err := Open(b.TempDir(), Options{})
			if err != nil {
				b.Fatal(err)
			}
			defer j.Close()
			b.SetBytes(int64(size))
			for b.Loop() {
				tk := j.Append(nil, body)
				if err := tk.Wait(); err != nil {
					b.Fatal(err)
				}
				j.Release(tk.End)
			}
		})
		b.Run(fmt.Sprint("bare/", size), func(b *testing.B) {
			f, err := os.Create(b.TempDir() + "/f")
			if err != nil {
				b.Fatal(err)
			}
			defer f.Close()
			b.SetBytes(int64(size))
			for b.Loop() {
				if _, err := f.Write(body); err != nil {
					b.Fatal(err)
				}
				if err := syscall.Fdatasync(int(f.Fd())); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
