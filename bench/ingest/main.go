// Command ingest measures the way of a record from an HTTP request into the event store, and what it is compared with:
//
//	bare    the same bodies decoded and inserted in bulk into the same DuckDB tables: no HTTP, no log, no acknowledgement
//	http    POST with bodies of 1,000 records, one client: log, de-duplication, judgement, durable acknowledgement, store
//	single  one record a POST, one client, next to one append and fdatasync of the same bytes
//
// Each runs in a process of its own, in turns; CPU and memory are those of that process. It ends by itself.
//
//	go run ./bench/ingest -records 200000 -rounds 3
package main

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/glasswatch/glasswatch/internal/sample"
)

type config struct {
	role    string
	dir     string
	records int
	body    int
	rounds  int
	profile string
	load    int
}

// figures are what one run measured. Times are microseconds.
type figures struct {
	Records  int
	CPU      float64 // user and system, a record
	Wall     float64 // seconds
	PeakRSS  float64 // MB
	PeakFile float64 // MB of resident memory before the comparison with DuckDB's defaults was made
	Disk     float64 // bytes a record, of the store
	P50, P99 float64 // of an acknowledgement
	Max      float64
	Rows     int
	Floor50  float64
}

func main() {
	log.SetFlags(0)
	var c config
	flag.StringVar(&c.role, "role", "", "internal: what a child process does")
	flag.StringVar(&c.dir, "dir", "", "folder for bodies and stores; a temporary one, removed afterwards, by default")
	flag.IntVar(&c.records, "records", 100_000, "records of a run")
	flag.IntVar(&c.body, "body", 1000, "records of a body")
	flag.IntVar(&c.rounds, "rounds", 3, "rounds of each measurement, in turns")
	flag.StringVar(&c.profile, "profile", "", "write a CPU profile of the http run to this file")
	flag.IntVar(&c.load, "singles", 300, "single records pushed, alone and beside the load")
	flag.Parse()
	switch c.role {
	case "bare":
		bare(c)
	case "serve":
		serve(c)
	case "compact":
		compact(c)
	default:
		parent(c)
	}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func parent(c config) {
	if c.dir == "" {
		dir, err := os.MkdirTemp("", "glasswatch-bench-")
		check(err)
		defer os.RemoveAll(dir)
		c.dir = dir
	}
	makeBodies(c)
	var bares, https, loaded []figures
	for round := range c.rounds {
		bares = append(bares, child(c, "bare", nil))
		https = append(https, child(c, "serve", func(url string) figures { return push(c, url, false) }))
		loaded = append(loaded, child(c, "serve", func(url string) figures { return push(c, url, true) }))
		fmt.Printf("round %d: bare %.1f us/rec, http %.1f us/rec (%.2fx), %.0f rec/s\n", round+1, bares[round].CPU, https[round].CPU,
			https[round].CPU/bares[round].CPU, float64(https[round].Records)/https[round].Wall)
	}
	single := child(c, "serve", func(url string) figures { return singles(c, url) })
	moved := child(c, "compact", nil)
	fmt.Printf("\n%-34s %10s %10s %10s %10s %10s %10s\n", "median of "+fmt.Sprint(c.rounds), "CPU us/rec", "rec/s", "B/rec disk", "peak MB", "ack p50 ms", "ack p99 ms")
	row := func(name string, list []figures) {
		m := median(list)
		fmt.Printf("%-34s %10.1f %10.0f %10.0f %10.0f %10.2f %10.2f\n", name, m.CPU, float64(m.Records)/m.Wall, m.Disk, m.PeakRSS, m.P50/1000, m.P99/1000)
	}
	row("bare insert", bares)
	row("http, bodies of "+fmt.Sprint(c.body), https)
	row("singles beside that load", loaded)
	row("single records, alone", []figures{single})
	fmt.Printf("append + fdatasync of a record: p50 %.3f ms; single acknowledged in %.2f times that\n", single.Floor50/1000, single.P50/single.Floor50)
	fmt.Printf("disk: fresh %.0f, compacted %.0f, DuckDB's defaults %.0f B/rec: ratios %.2f and %.2f (moving: %.1f us/rec, peak %.0f MB)\n",
		median(bares).Disk, moved.Disk, moved.Floor50, median(bares).Disk/moved.Floor50, moved.Disk/moved.Floor50, moved.CPU, moved.PeakFile)
}

func median(list []figures) figures {
	list = slices.Clone(list)
	slices.SortFunc(list, func(a, b figures) int { return int(a.CPU*1000 - b.CPU*1000) })
	return list[len(list)/2]
}

func bodyFile(c config, i int) string { return filepath.Join(c.dir, fmt.Sprintf("body-%05d.json", i)) }

func makeBodies(c config) {
	g := sample.New(1, sample.Options{Records: c.records})
	size := 0
	var b []byte
	for i := range c.records / c.body {
		b = g.AppendEnvelope(b[:0], c.body)
		size += len(b)
		check(os.WriteFile(bodyFile(c, i), b, 0o600))
	}
	fmt.Printf("%d records, %d bytes each, bodies of %d\n", c.records, size/c.records, c.body)
}

// child runs this program in another role. drive, when given, is called with the address it serves on.
func child(c config, role string, drive func(url string) figures) figures {
	exe, err := os.Executable()
	check(err)
	cmd := exec.Command(exe, "-role", role, "-dir", c.dir, "-records", fmt.Sprint(c.records), "-body", fmt.Sprint(c.body), "-profile", c.profile)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	check(err)
	in, err := cmd.StdinPipe()
	check(err)
	check(cmd.Start())
	dec := json.NewDecoder(out)
	var f figures
	if drive != nil {
		var url string
		check(dec.Decode(&url))
		f = drive(url)
	}
	check(in.Close()) // tells the child to finish
	var end figures
	check(dec.Decode(&end))
	check(cmd.Wait())
	usage := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	end.PeakRSS = float64(usage.Maxrss) / 1024
	if drive != nil {
		end.Records, end.Wall, end.P50, end.P99, end.Max, end.Floor50 = f.Records, f.Wall, f.P50, f.P99, f.Max, f.Floor50
		end.CPU = cpu(usage) / float64(f.Records)
		if end.Rows != f.Records {
			log.Fatalf("%d rows in the store, %d records acknowledged", end.Rows, f.Records)
		}
	}
	return end
}

func cpu(u *syscall.Rusage) float64 {
	return float64(u.Utime.Sec+u.Stime.Sec)*1e6 + float64(u.Utime.Usec+u.Stime.Usec)
}

// push sends all bodies, one after the other; with beside set, single records are sent at the same time, 20 a second,
// and the acknowledgements of those are what is measured.
func push(c config, url string, beside bool) figures {
	var acks []time.Duration
	stop := make(chan struct{})
	var side []time.Duration
	var wg sync.WaitGroup
	if beside {
		wg.Go(func() {
			g := sample.New(99, sample.Options{})
			for {
				select {
				case <-stop:
					return
				case <-time.After(50 * time.Millisecond):
				}
				side = append(side, post(url, g.AppendEnvelope(nil, 1)))
			}
		})
	}
	begin := time.Now()
	for i := range c.records / c.body {
		b, err := os.ReadFile(bodyFile(c, i))
		check(err)
		acks = append(acks, post(url, b))
	}
	wall := time.Since(begin)
	close(stop)
	wg.Wait()
	n := c.records / c.body * c.body
	if beside {
		n += len(side)
		acks = side
	}
	return summary(n, wall, acks)
}

func singles(c config, url string) figures {
	g := sample.New(98, sample.Options{})
	file, err := os.Create(filepath.Join(c.dir, "floor"))
	check(err)
	defer file.Close()
	var acks, floor []time.Duration
	begin := time.Now()
	for range c.load {
		b := g.AppendEnvelope(nil, 1)
		acks = append(acks, post(url, b))
		t := time.Now()
		_, err := file.Write(b)
		check(err)
		check(syscall.Fdatasync(int(file.Fd())))
		floor = append(floor, time.Since(t))
	}
	f := summary(c.load, time.Since(begin), acks)
	f.Floor50 = summary(1, 1, floor).P50
	return f
}

func post(url string, body []byte) time.Duration {
	t := time.Now()
	res, err := http.Post(url, "application/json", bytes.NewReader(body))
	check(err)
	text, _ := io.ReadAll(res.Body)
	res.Body.Close()
	if res.StatusCode != http.StatusOK {
		log.Fatalf("%s: %s", res.Status, strings.TrimSpace(string(text)))
	}
	return time.Since(t)
}

func summary(n int, wall time.Duration, acks []time.Duration) figures {
	slices.Sort(acks)
	us := func(q float64) float64 { return float64(acks[int(q*float64(len(acks)-1))].Microseconds()) }
	return figures{Records: n, Wall: wall.Seconds(), P50: us(0.5), P99: us(0.99), Max: us(1)}
}
