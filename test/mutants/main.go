// Command mutants breaks diagnose/authz in many small ways, one at a time, and counts
// how often its tests notice. It writes docs/mutants.md.
//
//	go run ./mutants [-o FILE] [-least PERCENT] [SOURCE.go ...]
//
// What was found is kept beside the programs in the cache: a source that has not
// changed since is not done again unless it is named. So an interrupted run goes on
// where it was.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/authz-doctor/kubectl-authz_doctor/test/lab"
)

// pkg is the package that is broken, below the root of the repository.
const pkg = "diagnose/authz"

type options struct {
	out   string
	least float64
	again []string
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

// run fails if a tool does, or if less than the least part of the mutants was noticed.
func run(ctx context.Context, args []string, out, log io.Writer) error {
	opts, err := parse(args, log)
	if err != nil {
		return err
	}
	here, err := lab.ModuleDir(ctx)
	if err != nil {
		return err
	}
	tool, err := lab.BuildGremlins(ctx, log)
	if err != nil {
		return err
	}
	s := survey{root: filepath.Dir(here), tool: tool, kept: filepath.Join(filepath.Dir(tool), "mutants.json"), log: log}
	if err := s.load(opts.again); err != nil {
		return err
	}
	if err := s.gremlins(ctx); err != nil {
		return err
	}
	if err := s.secondLook(ctx); err != nil {
		return err
	}
	if err := s.write(opts.out, out); err != nil {
		return err
	}
	if got := s.total().percent(); got < opts.least {
		return fmt.Errorf("%.1f %% of the mutants were noticed, want %.0f %%", got, opts.least)
	}
	return nil
}

func parse(args []string, log io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("mutants", flag.ContinueOnError)
	flags.SetOutput(log)
	flags.StringVar(&o.out, "o", "", "write the page to this file, and keep what it says below \"Why they live\"")
	flags.Float64Var(&o.least, "least", 90, "fail if less than this part is noticed, in percent")
	err := flags.Parse(args)
	o.again = flags.Args()
	return o, err
}
