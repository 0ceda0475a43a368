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
	least      bool // the limit is the least that it must be, not the most
	limited    bool // there is a limit, even if it is 0
}

// ok reports whether the limit holds, if there is one.
func (r row) ok() bool {
	switch {
	case r.limit == 0 && !r.limited:
		return true
	case r.least:
		return r.got >= r.limit
	}
	return r.got <= r.limit
}

// bound is the limit in words.
func (r row) bound() string {
	if r.least {
		return "at least " + r.unit(r.limit)
	}
	return "at most " + r.unit(r.limit)
}

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

<!-- elsewhere: test/bench: it takes half an hour and the whole machine -->
    make bench

on a lab (see [development.md](development.md)): a real API server on the same machine. Times are of whole
processes, from start to end, the median of %d runs each. The question is that of a caller without a sidecar
(` + "`deploy/sleep`" + `) about a Service with two endpoints and one policy, with an empty home directory each time.
"Fetching the same objects" is a program of client-go and nothing else (` + "`test/bench/fetch`" + `): the same GETs as
the question, in the same rounds, each answer decoded into an object. The two run in turn. So do reading all Pods
and ` + "`test/bench/list`" + `, which lists them with client-go, page by page, both as JSON and 500 at a time; and lint and
` + "`test/bench/decode`" + `, which decodes the same files with sigs.k8s.io/yaml on all cores. What takes a second is run
%d times.

%s

`

// evaluatorHeading begins the part of the page that is of the evaluator.
const evaluatorHeading = "## The evaluator\n"

const evaluatorPreface = evaluatorHeading + `
What a question costs beyond the cluster's part: Go benchmarks, the best of %d runs each, for what else a
machine does only makes them worse. A decision and a compilation take one core. ` + "`diagnose/authz/bench_test.go`, `diagnose/traffic/bench_test.go` and `fix/bench_test.go`" + ` say
what is asked; the decisions are about requests of all kinds in turn. This part alone, without a lab, is written by

<!-- elsewhere: test/bench: it takes two minutes and the whole machine -->
    make bench-authz

%s

`

// wholePage is the Markdown of all results.
func wholePage(rows, evaluated []row, opts options) string {
	return fmt.Sprintf(preface, opts.runs, min(opts.runs, whole), machine()) + table(rows) + "\n" + evaluatorPart(evaluated, opts)
}

// evaluatorPage is the page as it was, with the evaluator's part new.
func evaluatorPage(old string, evaluated []row, opts options) string {
	before, _, _ := strings.Cut(old, evaluatorHeading)
	if before = strings.TrimRight(before, "\n"); before != "" {
		before += "\n\n"
	}
	return before + evaluatorPart(evaluated, opts)
}

func evaluatorPart(rows []row, opts options) string {
	return fmt.Sprintf(evaluatorPreface, opts.runs, machine()) + table(rows)
}

// table is the Markdown of the rows.
func table(rows []row) string {
	var out strings.Builder
	out.WriteString("| what | limit | measured | |\n|---|--:|--:|---|\n")
	for _, r := range rows {
		limit, verdict := r.unit(r.limit), "ok"
		switch {
		case r.limit == 0 && !r.limited:
			limit, verdict = "", ""
		case !r.ok() && r.least:
			verdict = "**too little**"
		case !r.ok():
			verdict = "**too much**"
		}
		fmt.Fprintf(&out, "| %s | %s | %s | %s |\n", r.what, limit, r.unit(r.got), verdict)
	}
	return out.String()
}
