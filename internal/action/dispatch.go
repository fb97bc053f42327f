package action

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/glasswatch/glasswatch/internal/alert"
)

// job is a notification on its way.
type job struct {
	n      Notification
	alert  *alert.Alert // nil: read it from the store
	warned bool         // an alert that it is late was raised
	timer  *time.Timer  // while it waits for its next attempt
}

// verdict says how an attempt ended.
type verdict struct {
	done bool
	hold time.Time // the recipient wants nothing before
}

// dispatcher starts attempts. A recipient has a lane of its own: what happens to it holds no other lane back. A lane
// runs a few attempts at once, the most severe alerts first, but one at a time per alert, so that the messages about one
// alert arrive in order. A channel bounds the attempts of all its lanes; lanes take turns. Nothing polls: an attempt starts
// in add, when a timer ends, or when another attempt ends.
type dispatcher struct {
	attempt func(context.Context, *job) verdict
	now     func() time.Time
	pending func(int)
	lanes   int // attempts at once per lane
	workers int // and per channel

	mu      sync.Mutex
	running bool
	ctx     context.Context // of attempts
	cancel  context.CancelFunc
	known   map[string]*job // everything owed, by id
	lane    map[destination]*lane
	pools   map[string]*pool
	wait    sync.WaitGroup
}

// lane is one recipient's queue.
type lane struct {
	to      destination
	due     []*job
	busy    []string // ids of the alerts with an attempt under way
	hold    time.Time
	release *time.Timer // ends hold
	queued  bool        // waits for a worker of the channel
}

// pool bounds a channel's attempts.
type pool struct {
	busy  int
	queue []*lane
}

func newDispatcher(e *Engine) *dispatcher {
	pending := e.hooks.Pending
	if pending == nil {
		pending = func(int) {}
	}
	return &dispatcher{attempt: e.attempt, now: e.now, pending: pending, lanes: e.policy.LaneWorkers, workers: e.policy.Workers,
		known: map[string]*job{}, lane: map[destination]*lane{}, pools: map[string]*pool{}}
}

func (d *dispatcher) start() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.running = true
	d.ctx, d.cancel = context.WithCancel(context.Background())
}

// stop starts no more attempts, and ends those under way after grace.
func (d *dispatcher) stop(grace time.Duration) {
	d.mu.Lock()
	d.running = false
	for _, j := range d.known {
		if j.timer != nil {
			j.timer.Stop()
		}
	}
	for _, l := range d.lane {
		if l.release != nil {
			l.release.Stop()
		}
	}
	clear(d.known)
	clear(d.lane)
	clear(d.pools)
	d.mu.Unlock()
	end := time.AfterFunc(grace, d.cancel)
	d.wait.Wait()
	end.Stop()
	d.cancel()
}

// add takes a job unless it is here already. Before start and after stop it does nothing: the store has it.
func (d *dispatcher) add(j *job) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.running || d.known[j.n.ID] != nil {
		return
	}
	d.known[j.n.ID] = j
	d.pending(len(d.known))
	d.schedule(j)
}

// ahead runs f beside, when the dispatcher runs; stop waits for it.
func (d *dispatcher) ahead(f func(context.Context)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.running {
		ctx := d.ctx
		d.wait.Go(func() { f(ctx) })
	}
}

// schedule puts the job into its lane now or when its time comes. d.mu is held, here and in the methods below.
func (d *dispatcher) schedule(j *job) {
	if wait := j.n.NextAt.Sub(d.now()); wait > 0 {
		j.alert = nil // it may be long; the store has it
		j.timer = time.AfterFunc(wait, func() {
			d.mu.Lock()
			defer d.mu.Unlock()
			if d.running && d.known[j.n.ID] == j {
				d.due(j)
			}
		})
		return
	}
	d.due(j)
}

func (d *dispatcher) due(j *job) {
	j.timer = nil
	l := d.lane[j.n.destination()]
	if l == nil {
		l = &lane{to: j.n.destination()}
		d.lane[l.to] = l
	}
	at, _ := slices.BinarySearchFunc(l.due, j, func(have, j *job) int {
		if have.n.Severity <= j.n.Severity { // behind those that came before
			return -1
		}
		return 1
	})
	l.due = slices.Insert(l.due, at, j)
	d.pump(l)
	if len(d.known) > keepAlerts && slices.Contains(l.due, j) {
		j.alert = nil
	}
}

// keepAlerts is how many jobs may keep their alert in memory while they wait for a worker.
const keepAlerts = 256

// pump starts what the lane may start.
func (d *dispatcher) pump(l *lane) {
	p := d.pools[l.to.channel]
	if p == nil {
		p = &pool{}
		d.pools[l.to.channel] = p
	}
	for d.running && len(l.busy) < d.lanes && !d.now().Before(l.hold) {
		i := slices.IndexFunc(l.due, func(j *job) bool { return !slices.Contains(l.busy, j.n.AlertID) })
		if i < 0 {
			break
		}
		if p.busy >= d.workers {
			if !l.queued {
				l.queued = true
				p.queue = append(p.queue, l)
			}
			return
		}
		j := l.due[i]
		l.due = slices.Delete(l.due, i, i+1)
		l.busy = append(l.busy, j.n.AlertID)
		p.busy++
		d.wait.Add(1)
		go d.run(d.ctx, l, p, j)
	}
	if len(l.due) == 0 && len(l.busy) == 0 && l.release == nil {
		delete(d.lane, l.to)
	}
}

func (d *dispatcher) run(ctx context.Context, l *lane, p *pool, j *job) {
	defer d.wait.Done()
	v := d.attempt(ctx, j)
	d.mu.Lock()
	defer d.mu.Unlock()
	if !d.running {
		return
	}
	p.busy--
	l.busy = slices.DeleteFunc(l.busy, func(id string) bool { return id == j.n.AlertID })
	if v.done {
		delete(d.known, j.n.ID)
		d.pending(len(d.known))
	} else {
		d.schedule(j)
	}
	if v.hold.After(l.hold) {
		d.holdBack(l, v.hold)
	}
	d.pump(l)
	for len(p.queue) > 0 && p.busy < d.workers {
		next := p.queue[0]
		p.queue = slices.Delete(p.queue, 0, 1)
		next.queued = false
		d.pump(next)
	}
}

// holdBack lets a lane start nothing before an instant.
func (d *dispatcher) holdBack(l *lane, until time.Time) {
	l.hold = until
	if l.release != nil {
		l.release.Stop()
	}
	l.release = time.AfterFunc(until.Sub(d.now()), func() {
		d.mu.Lock()
		defer d.mu.Unlock()
		if d.lane[l.to] == l {
			l.release = nil
			d.pump(l)
		}
	})
}
