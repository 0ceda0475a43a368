package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/test/lab"
)

// series is how a matrix grows with one number, while the others stay.
type series struct {
	benchmark string
	of        string // what grows
	stays     string
	points    []point
}

// point is one size, with the best of its runs.
type point struct {
	size            int
	classes, asked  float64
	asking, reading float64 // ms of all processors
}

// grow measures how long a matrix takes as Pods get more, and as classes do.
func grow(ctx context.Context, runs int) ([]series, error) {
	here, err := lab.ModuleDir(ctx)
	if err != nil {
		return nil, err
	}
	out := []series{
		{benchmark: "Pods", of: "Pods", stays: "200 Services and 50 policies"},
		{benchmark: "Classes", of: "policies, each for another Service", stays: "2,000 Pods and 400 Services"},
	}
	args := []string{"test", "-run", "^$", "-bench", "^Benchmark(Pods|Classes)$", "-benchtime", "1x", "-count", strconv.Itoa(runs), "./diagnose/matrix"}
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir, cmd.Env, cmd.Stderr = filepath.Dir(here), append(os.Environ(), "GOWORK=off"), os.Stderr
	text, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go test -bench: %w\n%s", err, text)
	}
	for i := range out {
		for line := range strings.Lines(string(text)) {
			out[i].read(line)
		}
		if len(out[i].points) < 2 {
			return nil, fmt.Errorf("go test says nothing of Benchmark%s", out[i].benchmark)
		}
	}
	return out, nil
}

// read takes a line of go test. Of several runs the fastest counts: what else the machine
// does only makes them slower.
func (s *series) read(line string) {
	words := strings.Fields(line)
	if len(words) < 4 || !strings.HasPrefix(words[0], "Benchmark"+s.benchmark+"/") {
		return
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(words[0], "Benchmark"+s.benchmark+"/"), "-")
	size, err := strconv.Atoi(name)
	if err != nil {
		return
	}
	p := point{size: size}
	for i := 2; i+1 < len(words); i += 2 {
		v, err := strconv.ParseFloat(words[i], 64)
		if err != nil {
			return
		}
		switch words[i+1] {
		case "reading-ms":
			p.reading = v
		case "asking-ms":
			p.asking = v
		case "rows":
			p.classes = v
		case "questions":
			p.asked = v
		}
	}
	at := slices.IndexFunc(s.points, func(o point) bool { return o.size == size })
	switch {
	case at < 0:
		s.points = append(s.points, p)
	case p.asking < s.points[at].asking:
		s.points[at] = p
	}
}

const growthPreface = `# How a matrix grows

With the number of classes, and little with that of Pods: what it takes to answer for all pairs once the objects are
read, by the number of Pods, and by the number of policies that tell callers apart. Times are those that the processors
work, all of them together, of the best of %d runs each; reading YAML grows with what there is to read. The clusters are
those of ` + "`diagnose/matrix/bench_test.go`" + `. This page and its picture are written by

<!-- elsewhere: test/bench: it takes a minute and the whole machine -->
    make bench-growth

%s

![Time by Pods, and by classes](growth.svg)
`

// growthPage is the Markdown of both series.
func growthPage(all []series, runs int) string {
	var out strings.Builder
	fmt.Fprintf(&out, growthPreface, runs, machine())
	pods, classes := all[0], all[1]
	fmt.Fprintf(&out, "\nA Pod more costs %.3f ms: it is looked at once, to find its class, and wherever it is an endpoint. A class more costs\n%.1f ms, %.0f times that.\n",
		slope(pods, sizes), slope(classes, numbers), slope(classes, numbers)/slope(pods, sizes))
	for _, s := range all {
		fmt.Fprintf(&out, "\n## More %s\n\nWith %s.\n\n| %s | classes of sources | questions | all pairs | reading the files |\n|--:|--:|--:|--:|--:|\n", s.of, s.stays, strings.Split(s.of, ",")[0])
		for _, p := range s.points {
			fmt.Fprintf(&out, "| %d | %.0f | %.0f | %.0f ms | %.0f ms |\n", p.size, p.classes, p.asked, p.asking, p.reading)
		}
	}
	return out.String()
}

func sizes(p point) float64   { return float64(p.size) }
func numbers(p point) float64 { return p.classes }

// slope is how much longer it takes for one more of what grows, from the first point to
// the last.
func slope(s series, of func(point) float64) float64 {
	first, last := s.points[0], s.points[len(s.points)-1]
	return (last.asking - first.asking) / (of(last) - of(first))
}

// writeGrowth writes the page, and the picture beside it.
func writeGrowth(ctx context.Context, opts options) error {
	all, err := grow(ctx, min(opts.runs, 5))
	if err != nil {
		return err
	}
	page := growthPage(all, min(opts.runs, 5))
	if opts.out == "" {
		fmt.Print(page)
		return nil
	}
	picture := strings.TrimSuffix(opts.out, filepath.Ext(opts.out)) + ".svg"
	if err := os.WriteFile(picture, []byte(plot(all)), 0o644); err != nil {
		return err
	}
	return os.WriteFile(opts.out, []byte(page), 0o644)
}
