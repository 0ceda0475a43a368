// The conformance suites: what the evaluator says of a request is what a real Envoy
// does that Istio's own code configured; and what the plugin says of the way of a
// request is what a real istiod tells the proxies; and what it reads in a log is what a
// real Envoy wrote it about.
//
//	go run . [-full] [-seed N] [-write]
//	go run . -only kyma
//	go run . -only istiod [-clusters WORD] [-facts]
//	go run . -only logs [-keep-logs DIR] [-sample DIR]
//
// It exits with 1 if they differ anywhere.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"

	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/envoy"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/golden"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/istiod"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/kyma"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/lines"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/live"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/repair"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/suite"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/tally"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/ztunnel"
)

type options struct {
	seed        uint64
	full, write bool
	decisions   int
	regressions string
	page        string
	only        string
	examples    string
	live        live.Options
	lines       lines.Options
	repair      repair.Options
}

func main() {
	var o options
	flag.Uint64Var(&o.seed, "seed", 1, "what the random worlds are drawn from")
	flag.BoolVar(&o.full, "full", false, "compare 100,000 decisions and more, not 10,000")
	flag.IntVar(&o.decisions, "decisions", 0, "compare so many decisions")
	flag.BoolVar(&o.write, "write", false, "write the tables to docs/conformance.md")
	flag.StringVar(&o.regressions, "regressions", "regressions", "where to keep what differs; empty: nowhere")
	flag.StringVar(&o.page, "page", filepath.Join("..", "..", "docs", "conformance.md"), "what -write writes")
	flag.StringVar(&o.examples, "examples", filepath.Join("..", "..", "examples"), "where the suite kyma has its policies and questions")
	flag.StringVar(&o.only, "only", "", "fix, istiod, kyma or logs: only that suite; evaluator: those that compare decisions")
	flag.StringVar(&o.live.Only, "clusters", "", "only those clusters of the suite istiod whose names contain this")
	flag.BoolVar(&o.live.Facts, "facts", false, "print what istiod tells the proxies of every cluster")
	flag.StringVar(&o.lines.Keep, "keep-logs", "", "where to keep what Envoy logs in the suite logs; empty: nowhere")
	flag.StringVar(&o.lines.Sample, "sample", "", "where to write the sample of it that the unit tests of diagnose/logs have; empty: nowhere")
	flag.IntVar(&o.repair.Cases, "cases", 0, "repair so many denials in the suite fix")
	flag.Parse()
	o.live.Log, o.lines.Log, o.lines.Seed = os.Stderr, os.Stderr, o.seed
	o.repair.Log, o.repair.Seed = os.Stderr, o.seed
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	err := run(ctx, o)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "conformance:", err)
		os.Exit(1)
	}
}

// How much is asked of every world, and how much is compared.
const (
	perWorld  = 28
	perGolden = 150
	ci        = 30_000
	full      = 250_000

	// Batches of 1,400 random requests whose logs are read.
	logsCI   = 2
	logsFull = 10

	// Denials that are repaired.
	repairsCI   = 500
	repairsFull = 2000
)

var errDiffers = errors.New("evaluator and data plane differ")

func run(ctx context.Context, o options) error {
	switch o.only {
	case "", "evaluator", "kyma", "logs", "fix", "istiod":
	default:
		return fmt.Errorf("-only %s: want evaluator, kyma, logs, fix or istiod", o.only)
	}
	if o.write && (o.only != "" || o.live.Only != "") {
		return errors.New("-write is for what all suites say")
	}
	istiod.Silence()
	counts := tally.Tally{}
	var results []*suite.Result
	for _, s := range []struct {
		name string
		run  func(context.Context, options, tally.Tally) ([]*suite.Result, error)
	}{{"evaluator", evaluator}, {"kyma", strategies}, {"logs", written}, {"fix", repaired}, {"istiod", told}} {
		if o.only != "" && o.only != s.name {
			continue
		}
		found, err := s.run(ctx, o, counts)
		if err != nil {
			return err
		}
		results = append(results, found...)
	}
	return report(o, counts, results...)
}

// told runs the suites about what istiod tells.
func told(ctx context.Context, o options, _ tally.Tally) ([]*suite.Result, error) {
	return live.Suite(ctx, o.live)
}

// strategies runs the suite about Kyma's access strategies.
func strategies(ctx context.Context, o options, _ tally.Tally) ([]*suite.Result, error) {
	lab, err := envoy.NewLab(ctx)
	if err != nil {
		return nil, err
	}
	defer lab.Close()
	found, err := kyma.Suite(ctx, lab, o.examples, os.Stderr)
	return []*suite.Result{found}, err
}

// written runs the suite about what Envoy logs.
func written(ctx context.Context, o options, _ tally.Tally) ([]*suite.Result, error) {
	lab, err := envoy.NewLab(ctx)
	if err != nil {
		return nil, err
	}
	defer lab.Close()
	o.lines.Batches = logsCI
	if o.full {
		o.lines.Batches = logsFull
	}
	found, err := lines.Suite(ctx, lab, o.lines)
	return []*suite.Result{found}, err
}

// repaired runs the suite about repairs.
func repaired(ctx context.Context, o options, _ tally.Tally) ([]*suite.Result, error) {
	lab, err := envoy.NewLab(ctx)
	if err != nil {
		return nil, err
	}
	defer lab.Close()
	r := o.repair
	r.Candidates, r.Thought, r.Sent = 1, 40, 8
	cases := repairsCI
	if o.full {
		r.Candidates, r.Thought, r.Sent = 0, 200, 24
		cases = repairsFull
	}
	r.Cases = cmp.Or(r.Cases, cases)
	found, err := repair.Suite(ctx, lab, r)
	return []*suite.Result{found}, err
}

// evaluator runs the suites that compare decisions.
func evaluator(ctx context.Context, o options, counts tally.Tally) ([]*suite.Result, error) {
	lab, err := envoy.NewLab(ctx)
	if err != nil {
		return nil, err
	}
	defer lab.Close()
	r := &suite.Runner{Lab: lab, Tally: counts, Log: os.Stderr, Regressions: o.regressions}
	worlds, err := golden.Worlds(ctx)
	if err != nil {
		return nil, err
	}
	goldens, err := r.Worlds(ctx, "goldens", o.seed, worlds, perGolden)
	if err != nil {
		return nil, err
	}
	decisions := ci
	switch {
	case o.decisions > 0:
		decisions = o.decisions
	case o.full:
		decisions = full
	}
	random, err := r.Random(ctx, o.seed, decisions, perWorld)
	if err != nil {
		return nil, err
	}
	nodes, err := ztunnel.Suites(ctx, o.seed, o.full, r.Tally, r.Log)
	return append([]*suite.Result{goldens, random}, nodes...), err
}

func report(o options, t tally.Tally, results ...*suite.Result) error {
	suite.Print(os.Stdout, results, t)
	if o.write {
		if err := suite.Write(o.page, o.seed, o.full, results, t); err != nil {
			return err
		}
	}
	for _, row := range suite.Missing(t) {
		fmt.Fprintf(os.Stderr, "never decided both ways: %s, %s (%d allowed, %d denied)\n", row.Field, row.Form, row.Allowed, row.Denied)
	}
	differ := 0
	for _, r := range results {
		fmt.Fprintf(os.Stderr, "%s: %d decisions in %s\n", r.Name, r.Decided(), r.Took.Round(100_000_000))
		differ += len(r.Mismatches)
	}
	if differ > 0 {
		return fmt.Errorf("%w in %d of the decisions", errDiffers, differ)
	}
	return nil
}
