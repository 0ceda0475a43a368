// The conformance suites: what the evaluator says of a request is what a real Envoy
// does that Istio's own code configured.
//
//	go run . [-full] [-seed N] [-write]
//
// It exits with 1 if they differ anywhere.
package main

import (
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
}

func main() {
	var o options
	flag.Uint64Var(&o.seed, "seed", 1, "what the random worlds are drawn from")
	flag.BoolVar(&o.full, "full", false, "compare 100,000 decisions and more, not 10,000")
	flag.IntVar(&o.decisions, "decisions", 0, "compare so many decisions")
	flag.BoolVar(&o.write, "write", false, "write the tables to docs/conformance.md")
	flag.StringVar(&o.regressions, "regressions", "regressions", "where to keep what differs; empty: nowhere")
	flag.StringVar(&o.page, "page", filepath.Join("..", "..", "docs", "conformance.md"), "what -write writes")
	flag.Parse()
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
)

var errDiffers = errors.New("evaluator and Envoy differ")

func run(ctx context.Context, o options) error {
	istiod.Silence()
	lab, err := envoy.NewLab(ctx)
	if err != nil {
		return err
	}
	defer lab.Close()
	r := &suite.Runner{Lab: lab, Tally: tally.Tally{}, Log: os.Stderr, Regressions: o.regressions}
	worlds, err := golden.Worlds(ctx)
	if err != nil {
		return err
	}
	goldens, err := r.Worlds(ctx, "goldens", o.seed, worlds, perGolden)
	if err != nil {
		return err
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
		return err
	}
	nodes, err := ztunnel.Suites(ctx, o.seed, o.full, r.Tally, r.Log)
	if err != nil {
		return err
	}
	return report(o, r.Tally, append([]*suite.Result{goldens, random}, nodes...)...)
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
