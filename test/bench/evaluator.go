package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/test/lab"
)

// A gauge is a benchmark of the plugin's own module, and what it must not exceed.
type gauge struct {
	what      string
	benchmark string
	metric    string  // as go test calls it
	scale     float64 // from that to the unit
	limit     float64
	least     bool
	unit      func(float64) string
}

var gauges = []gauge{
	{"a decision on a workload with 20 policies", "Decide20Policies", "ns/op", 1, 200, false, nanoseconds},
	{"what that allocates", "Decide20Policies", "allocs/op", 1, 0, false, allocations},
	{"a decision on a workload with 1,000 policies", "Decide1000Policies", "ns/op", 1e-3, 20, false, microseconds},
	{"compiling 5,000 policies of 101 namespaces", "Compile5000", "ns/op", 1e-6, 200, false, milliseconds},
	{"compiling 5,000 policies, all on one workload", "Compile5000OfOne", "ns/op", 1e-6, 200, false, milliseconds},
	{"`kubectl authz-doctor test`", "Run", "cases/s", 1, 5000, true, perSecond},
	{"one more question on files of 10,000 Pods and 5,000 policies", "OneMore", "ns/op", 1e-6, 1, false, hundredths},
	{"the same, with all of the policies in the one namespace", "OneMoreOfOneNamespace", "ns/op", 1e-6, 1, false, hundredths},
	{"all pairs of 400 Pods with a policy each, reading the files included", "EachItsOwn", "ns/op", 1e-6, 500, false, milliseconds},
	{"all pairs of 10,000 Pods, 2,000 Services and 2,000 policies, reading the files included", "Large", "ns/op", 1e-9, 10, false, seconds},
	{"proposals for one denial among 500 workloads and 500 policies, what else they do included", "Propose", "ns/op", 1e-6, 300, false, milliseconds},
	{"on a terminal: a key in a list of 10,000 Pods and 2,000 Services", "Filter10000", "ns/op", 1e-6, 10, false, hundredths},
	{"on a terminal: a key and the frame after it, at 200 × 50", "UpdateView/enter", "ns/op", 1e-6, 2, false, hundredths},
	{"on a terminal: the answer to a question of which a field was changed", "Change/Key", "ns/op", 1e-6, 16, false, hundredths},
}

func nanoseconds(f float64) string  { return fmt.Sprintf("%.0f ns", f) }
func microseconds(f float64) string { return fmt.Sprintf("%.1f µs", f) }
func hundredths(f float64) string   { return fmt.Sprintf("%.2f ms", f) }
func seconds(f float64) string      { return fmt.Sprintf("%.1f s", f) }
func allocations(f float64) string  { return fmt.Sprintf("%.0f allocations", f) }
func perSecond(f float64) string    { return fmt.Sprintf("%.0f cases/s", f) }

// evaluator measures the gauges with go test. A decision and a compilation are the work of one core.
func evaluator(ctx context.Context, opts options) ([]row, error) {
	here, err := lab.ModuleDir(ctx)
	if err != nil {
		return nil, err
	}
	module := filepath.Dir(here)
	out, err := goBench(ctx, module, opts.runs, "./diagnose", "./diagnose/authz", "./diagnose/traffic", "./fix", "./tui")
	if err != nil {
		return nil, err
	}
	// Each of these takes seconds.
	whole, err := goBench(ctx, module, min(opts.runs, 5), "./diagnose/matrix")
	if err != nil {
		return nil, err
	}
	out += whole
	var rows []row
	for _, g := range gauges {
		got, err := g.read(out)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row{what: g.what, limit: g.limit, got: got, unit: g.unit, least: g.least, limited: true})
	}
	return rows, nil
}

// goBench runs the benchmarks of some packages of the plugin's module.
func goBench(ctx context.Context, module string, runs int, packages ...string) (string, error) {
	args := append([]string{
		"test", "-run", "^$", "-bench", "^Benchmark(" + benchmarks() + ")$", "-benchmem", "-benchtime", "20ms", "-count", strconv.Itoa(runs),
	}, packages...)
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = module
	cmd.Env = append(os.Environ(), "GOWORK=off")
	out, err := cmd.Output()
	if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
		return "", fmt.Errorf("go test -bench: %w\n%s%s", err, out, exit.Stderr)
	}
	return string(out), err
}

func benchmarks() string {
	var names []string
	for _, g := range gauges {
		name, _, _ := strings.Cut(g.benchmark, "/") // what is below it runs with it
		names = append(names, name)
	}
	return strings.Join(names, "|")
}

// read finds the best of the benchmark's results in the output of go test: what else
// the machine does can only make one worse. There has to be one.
func (g gauge) read(out string) (float64, error) {
	best := math.NaN()
	for line := range strings.Lines(out) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		if name, _, _ := strings.Cut(words[0], "-"); name != "Benchmark"+g.benchmark {
			continue
		}
		for i := 2; i+1 < len(words); i += 2 {
			v, err := strconv.ParseFloat(words[i], 64)
			if err != nil {
				return 0, fmt.Errorf("%s: %w", words[0], err)
			}
			if v *= g.scale; words[i+1] == g.metric && (math.IsNaN(best) || (v > best) == g.least) {
				best = v
			}
		}
	}
	if math.IsNaN(best) {
		return 0, fmt.Errorf("go test says nothing of %s of Benchmark%s", g.metric, g.benchmark)
	}
	return best, nil
}
