package api

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/glasswatch/glasswatch/internal/source"
)

// metrics are the numbers of the HTTP side.
type metrics struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	denied   prometheus.Counter
	panics   prometheus.Counter
	bytes    *prometheus.CounterVec
	records  *prometheus.CounterVec
}

func newMetrics(r *prometheus.Registry) metrics {
	m := metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "glasswatch_http_requests_total",
			Help: "Requests answered, by route and status."}, []string{"route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "glasswatch_http_request_seconds",
			Help: "Time to answer, by route.", Buckets: prometheus.ExponentialBuckets(0.0005, 2.5, 12)}, []string{"route"}),
		denied: prometheus.NewCounter(prometheus.CounterOpts{Name: "glasswatch_http_denied_total",
			Help: "Requests without the token they need."}),
		panics: prometheus.NewCounter(prometheus.CounterOpts{Name: "glasswatch_http_panics_total",
			Help: "Requests whose handler panicked."}),
		bytes: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "glasswatch_push_bytes_total",
			Help: "Bytes of bodies pushed, as sent, by source."}, []string{"source"}),
		records: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "glasswatch_push_records_total",
			Help: "Records pushed, by source and what became of them."}, []string{"source", "result"}),
	}
	r.MustRegister(m.requests, m.seconds, m.denied, m.panics, m.bytes, m.records)
	return m
}

func (m metrics) gauge(r *prometheus.Registry, inUse func() int64) {
	r.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: "glasswatch_push_bytes_under_way",
		Help: "Bytes of bodies being received or stored."}, func() float64 { return float64(inUse()) }))
}

// count wraps a sink so that what passes is counted.
func (m metrics) count(next source.Sink) source.Sink { return counting{metrics: m, next: next} }

type counting struct {
	metrics
	next source.Sink
}

func (c counting) Put(ctx context.Context, d source.Delivery) (source.Receipt, error) {
	receipt, err := c.next.Put(ctx, d)
	if err != nil {
		c.records.WithLabelValues(d.Source, "failed").Inc()
		return receipt, err
	}
	c.bytes.WithLabelValues(d.Source).Add(float64(len(d.Body)))
	c.records.WithLabelValues(d.Source, "taken").Add(float64(receipt.Taken))
	c.records.WithLabelValues(d.Source, "repeated").Add(float64(receipt.Repeated))
	c.records.WithLabelValues(d.Source, "refused").Add(float64(receipt.Refused))
	return receipt, nil
}
