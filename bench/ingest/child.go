package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime/pprof"
	"strconv"
	"syscall"
	"time"

	bind "github.com/duckdb/duckdb-go-bindings"

	"github.com/glasswatch/glasswatch/internal/app"
	"github.com/glasswatch/glasswatch/internal/ingest"
	"github.com/glasswatch/glasswatch/internal/ingest/decode"
	"github.com/glasswatch/glasswatch/internal/source"
	"github.com/glasswatch/glasswatch/internal/table"
	"github.com/glasswatch/glasswatch/internal/table/duckdb"
	"github.com/glasswatch/glasswatch/kql/value"
)

func storeDir(c config) string { return filepath.Join(c.dir, "data") }

func openStore(c config) (*table.Catalog, *duckdb.Store) {
	catalog, err := table.NewCatalog()
	check(err)
	s, err := duckdb.Open(storeDir(c), catalog, duckdb.Options{Threads: 1, Memory: memory()})
	check(err)
	return catalog, s
}

// memory is the engine's bound, from the environment, in MB; 0: the store's default.
func memory() int64 {
	n, _ := strconv.ParseInt(os.Getenv("BENCH_MEMORY"), 10, 64)
	return n << 20
}

func fresh(c config) {
	check(os.RemoveAll(storeDir(c)))
}

func report(c config, f figures, s *duckdb.Store) {
	rows := s.Health().Rows
	check(s.Close())
	size := int64(0)
	for _, name := range []string{"fresh", "closed"} {
		if info, err := os.Stat(filepath.Join(storeDir(c), name+".duckdb")); err == nil {
			size += info.Size()
		}
	}
	f.Rows = int(rows)
	f.Disk = float64(size) / float64(max(rows, 1))
	check(json.NewEncoder(os.Stdout).Encode(f))
}

// bare decodes and inserts on one goroutine.
func bare(c config) {
	fresh(c)
	catalog, s := openStore(c)
	d := decode.New(catalog, decode.Options{})
	var before, after syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &before))
	begin := time.Now()
	b := &table.Batch{}
	var body []byte
	n := 0
	commit := func() { check(s.Commit(table.Position{Segment: 1, Offset: int64(n)})) }
	for i := range c.records / c.body {
		body = readInto(body, bodyFile(c, i))
		b.Reset()
		_, err := d.Decode(source.Delivery{Body: body, Source: "bench", ReceivedAt: time.Now()}, b)
		check(err)
		n += len(b.Rows)
		for row := 0; ; {
			_, next, err := s.Stage([]*table.Batch{b}, row)
			check(err)
			if next == 0 {
				break
			}
			row = next
			commit()
		}
	}
	commit()
	check(s.Checkpoint(context.Background()))
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &after))
	f := figures{Records: n, CPU: (cpu(&after) - cpu(&before)) / float64(n), Wall: time.Since(begin).Seconds()}
	report(c, f, s)
}

func readInto(b []byte, name string) []byte {
	f, err := os.Open(name)
	check(err)
	defer f.Close()
	info, err := f.Stat()
	check(err)
	if int64(cap(b)) < info.Size() {
		b = make([]byte, info.Size())
	}
	b = b[:info.Size()]
	_, err = io.ReadFull(f, b)
	check(err)
	return b
}

// serve is a server with nothing but ingest, until its standard input ends.
func serve(c config) {
	app.SpareMemory()
	fresh(c)
	catalog, s := openStore(c)
	in, err := ingest.Open(ingest.Options{Dir: filepath.Join(storeDir(c), "log"), Store: s, Decoder: decode.New(catalog, decode.Options{})})
	check(err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- in.Run(ctx) }()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	if c.profile != "" {
		f, err := os.Create(c.profile)
		check(err)
		check(pprof.StartCPUProfile(f))
		defer pprof.StopCPUProfile()
	}
	pool := make(chan []byte, 4)
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var body []byte
		select {
		case body = <-pool:
		default:
		}
		body, err := readBody(body[:0], r)
		if err == nil {
			_, err = in.Put(r.Context(), source.Delivery{Body: body, Source: "bench"})
		}
		select {
		case pool <- body:
		default:
		}
		if err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
		}
	})}
	go func() { _ = server.Serve(l) }()
	check(json.NewEncoder(os.Stdout).Encode("http://" + l.Addr().String()))
	_, _ = io.Copy(io.Discard, os.Stdin)
	check(server.Close())
	cancel()
	check(<-done)
	check(in.Close())
	if os.Getenv("BENCH_VERBOSE") != "" {
		status, _ := os.ReadFile("/proc/self/status")
		fmt.Fprintf(os.Stderr, "%s\n%+v\n", status, s.Health())
	}
	report(c, figures{}, s)
}

func readBody(b []byte, r *http.Request) ([]byte, error) {
	n, _ := strconv.Atoi(r.Header.Get("Content-Length"))
	if cap(b) < n {
		b = make([]byte, 0, n)
	}
	for {
		if len(b) == cap(b) {
			b = append(b, 0)[:len(b)]
		}
		n, err := r.Body.Read(b[len(b):cap(b)])
		b = b[:len(b)+n]
		if err == io.EOF {
			return b, nil
		}
		if err != nil {
			return b, err
		}
	}
}

// compact moves all rows as if their day were over, and copies them to a file with all of DuckDB's defaults.
func compact(c config) {
	fresh(c)
	bareQuiet(c)
	catalog, err := table.NewCatalog()
	check(err)
	later := time.Now().Add(48 * time.Hour)
	s, err := duckdb.Open(storeDir(c), catalog, duckdb.Options{Threads: 1, Clock: func() time.Time { return later }})
	check(err)
	var before, after syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &before))
	moved := int64(0)
	for {
		n, err := s.Compact(context.Background())
		check(err)
		check(s.Checkpoint(context.Background()))
		if moved += n; n == 0 {
			break
		}
	}
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &after))
	check(s.Close())
	f := figures{CPU: (cpu(&after) - cpu(&before)) / float64(moved), Rows: int(moved)}
	if info, err := os.Stat(filepath.Join(storeDir(c), "closed.duckdb")); err == nil {
		f.Disk = float64(info.Size()) / float64(moved)
	}
	f.PeakFile = peak()
	f.Floor50 = defaults(c, catalog.Schema("SigninLogs")) / float64(moved)
	check(json.NewEncoder(os.Stdout).Encode(f))
}

// peak is the largest resident memory of this process so far, in MB.
func peak() float64 {
	var u syscall.Rusage
	check(syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return float64(u.Maxrss) / 1024
}

// bareQuiet fills the store.
func bareQuiet(c config) {
	out := os.Stdout
	os.Stdout, _ = os.Open(os.DevNull)
	null, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	check(err)
	os.Stdout = null
	bare(c)
	os.Stdout = out
}

// defaults is the size of the visible columns in a file made with no options.
func defaults(c config, schema *table.Schema) float64 {
	name := filepath.Join(c.dir, "defaults.duckdb")
	_ = os.Remove(name)
	var db bind.Database
	var text string
	var cfg bind.Config
	bind.CreateConfig(&cfg)
	bind.SetConfig(cfg, "memory_limit", "1GB")
	if bind.OpenExt(name, &db, cfg, &text) != bind.StateSuccess {
		check(fmt.Errorf("%s", text))
	}
	var conn bind.Connection
	bind.Connect(db, &conn)
	cols := ""
	for _, col := range schema.Columns {
		if col.Name == table.ItemID {
			continue
		}
		if cols != "" {
			cols += ", "
		}
		cols += `"` + col.Name + `"`
		if col.Type == value.Invalid {
			check(fmt.Errorf("column %s", col.Name))
		}
	}
	for _, statement := range []string{
		"ATTACH '" + filepath.Join(storeDir(c), "closed.duckdb") + "' AS closed (READ_ONLY)",
		"CREATE TABLE t AS SELECT " + cols + " FROM closed.rows.SigninLogs",
		"CHECKPOINT",
	} {
		var res bind.Result
		if bind.Query(conn, statement, &res) != bind.StateSuccess {
			check(fmt.Errorf("%s", bind.ResultError(&res)))
		}
		bind.DestroyResult(&res)
	}
	bind.Disconnect(&conn)
	bind.Close(&db)
	info, err := os.Stat(name)
	check(err)
	return float64(info.Size())
}
