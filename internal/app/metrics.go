package app

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"github.com/glasswatch/glasswatch/internal/action"
	"github.com/glasswatch/glasswatch/internal/alert"
)

// metrics registers the numbers of the parts that have none of their own.
func (a *App) metrics() {
	gauge := func(name, help string, f func() float64) prometheus.Collector {
		return prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: name, Help: help}, f)
	}
	failing := func(err error) float64 {
		if err != nil {
			return 1
		}
		return 0
	}
	a.opt.Registry.MustRegister(
		collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}),
		gauge("glasswatch_store_bytes", "Size of the table files.", func() float64 { return float64(a.store.Health().Bytes) }),
		gauge("glasswatch_store_failing", "1 when the last commit to the tables failed.", func() float64 { return failing(a.store.Health().Err) }),
		gauge("glasswatch_store_last_commit_seconds", "Unix time of the last commit to the tables.", func() float64 {
			if t := a.store.Health().Committed; !t.IsZero() {
				return float64(t.UnixMilli()) / 1000
			}
			return 0
		}),
		gauge("glasswatch_ingest_waiting_bytes", "Bytes of decoded bodies that wait for the tables.", func() float64 { return float64(a.ingest.Health().Store.Bytes) }),
		gauge("glasswatch_ingest_waiting_rows", "Rows that wait for the tables.", func() float64 { return float64(a.ingest.Health().Store.Rows) }),
		prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "glasswatch_build_info", Help: "Always 1; the label is the version.",
			ConstLabels: prometheus.Labels{"version": a.opt.Version}}, func() float64 { return 1 }),
	)
}

// hooks counts what the actions do, and passes it on to a watcher. The collectors are made once and stay over reloads.
func (a *App) hooks() action.Hooks {
	r := a.opt.Registry
	fired := once(r, prometheus.NewCounterVec(prometheus.CounterOpts{Name: "glasswatch_alerts_total",
		Help: "Alerts, by rule, severity and what the firing was: created, revised, worsened, unchanged."}, []string{"rule", "severity", "change"}))
	attempts := once(r, prometheus.NewCounterVec(prometheus.CounterOpts{Name: "glasswatch_notification_attempts_total",
		Help: "Attempts to deliver a notification, by channel and outcome."}, []string{"channel", "outcome"}))
	delay := once(r, prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "glasswatch_notification_seconds",
		Help: "From the receipt of the record to the delivery of the notification.", Buckets: prometheus.ExponentialBuckets(0.001, 3, 12)}, []string{"channel"}))
	pending := once(r, prometheus.NewGauge(prometheus.GaugeOpts{Name: "glasswatch_notifications_pending", Help: "Notifications that are owed."}))
	next := a.opt.Hooks
	return action.Hooks{
		Fired: func(rule string, s alert.Severity, c action.Change) {
			fired.WithLabelValues(rule, s.String(), c.String()).Inc()
			if next.Fired != nil {
				next.Fired(rule, s, c)
			}
		},
		Attempted: func(channel, outcome string, took time.Duration) {
			attempts.WithLabelValues(channel, outcome).Inc()
			if next.Attempted != nil {
				next.Attempted(channel, outcome, took)
			}
		},
		Delivered: func(channel string, sinceFired, sinceReceived time.Duration) {
			delay.WithLabelValues(channel).Observe(sinceReceived.Seconds())
			if next.Delivered != nil {
				next.Delivered(channel, sinceFired, sinceReceived)
			}
		},
		Pending: func(count int) {
			pending.Set(float64(count))
			if next.Pending != nil {
				next.Pending(count)
			}
		},
	}
}

// once registers a collector, or returns the one that is registered under its name.
func once[C prometheus.Collector](r *prometheus.Registry, c C) C {
	err := r.Register(c)
	if known, ok := err.(prometheus.AlreadyRegisteredError); ok {
		return known.ExistingCollector.(C)
	}
	if err != nil {
		panic("app: BUG: metric: " + err.Error())
	}
	return c
}
