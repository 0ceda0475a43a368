package main

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// row is one line of the table. Without a limit it is there for the record.
type row struct {
	what       string
	limit, got float64
	unit       func(float64) string
}

func (r row) ok() bool { return r.limit == 0 || r.got <= r.limit }

func milliseconds(f float64) string { return fmt.Sprintf("%.0f ms", f) }
func times(f float64) string        { return fmt.Sprintf("%.2f ×", f) }
func mebibytes(f float64) string    { return fmt.Sprintf("%.0f MiB", f) }
func megabytes(f float64) string    { return fmt.Sprintf("%.1f MB", f) }

func ms(d time.Duration) float64       { return float64(d) / float64(time.Millisecond) }
func ratio(a, b time.Duration) float64 { return float64(a) / float64(b) }

// median is the one in the middle; a few slow runs do not move it.
func median(took []time.Duration) time.Duration {
	sorted := slices.Sorted(slices.Values(took))
	return sorted[len(sorted)/2]
}

const preface = `# Benchmarks

What the plugin costs. This page is written by

    make bench

on a lab (see [development.md](development.md)): a real API server on the same machine. Times are of whole
processes, from start to end, the median of %d runs each. The question is that of a caller without a sidecar
(` + "`deploy/sleep`" + `) about a Service with two endpoints and one policy, with an empty home directory each time.
"Fetching the same objects" is a program of client-go and nothing else (` + "`test/bench/fetch`" + `): the same GETs as
the question, in the same rounds, each answer decoded into an object. The two run in turn.

%s

| what | limit | measured | |
|---|--:|--:|---|
`

// page is the Markdown of the results.
func page(rows []row, opts options) string {
	var out strings.Builder
	fmt.Fprintf(&out, preface, opts.runs, machine())
	for _, r := range rows {
		limit, verdict := r.unit(r.limit), "ok"
		switch {
		case r.limit == 0:
			limit, verdict = "", ""
		case !r.ok():
			verdict = "**too much**"
		}
		fmt.Fprintf(&out, "| %s | %s | %s | %s |\n", r.what, limit, r.unit(r.got), verdict)
	}
	return out.String()
}
