// Command bench measures what the plugin costs, on a lab of its own, and writes
// docs/benchmarks.md.
//
//	go run ./bench [-o FILE] [-check] [-runs N] [-many PODS] [-evaluator|-growth] [-peers]
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/authz-doctor/kubectl-authz_doctor/test/lab"
)

type options struct {
	out       string
	check     bool
	runs      int
	many      int
	evaluator bool
	growth    bool
	peers     bool
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

func run(ctx context.Context, args []string, out, log io.Writer) error {
	opts, err := parse(args, log)
	if err != nil {
		return err
	}
	if opts.growth {
		return writeGrowth(ctx, opts)
	}
	evaluated, err := evaluator(ctx, opts)
	if err != nil {
		return err
	}
	var rows []row
	var text string
	if opts.evaluator {
		old, err := os.ReadFile(opts.out)
		if err != nil && opts.out != "" {
			return err
		}
		text = evaluatorPage(string(old), evaluated, opts)
	} else {
		if rows, err = onLab(ctx, opts, log); err != nil {
			return err
		}
		text = wholePage(rows, evaluated, opts)
	}
	if opts.out != "" {
		err = os.WriteFile(opts.out, []byte(text), 0o644)
	} else {
		_, err = io.WriteString(out, text)
	}
	if err != nil {
		return err
	}
	for _, r := range append(rows, evaluated...) {
		if opts.check && !r.ok() {
			return fmt.Errorf("%s: %s, %s", r.what, r.unit(r.got), r.bound())
		}
	}
	return nil
}

// onLab measures what needs a cluster, on a lab of its own.
func onLab(ctx context.Context, opts options, log io.Writer) ([]row, error) {
	l, err := lab.Start(ctx, lab.Options{Log: log})
	if err != nil {
		return nil, err
	}
	rows, err := measure(ctx, l, opts, log)
	return rows, errors.Join(err, l.Stop())
}

func parse(args []string, log io.Writer) (options, error) {
	var o options
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(log)
	flags.StringVar(&o.out, "o", "", "write the page to this file")
	flags.BoolVar(&o.check, "check", false, "fail if a limit is exceeded")
	flags.IntVar(&o.runs, "runs", 31, "how often each program is run")
	flags.IntVar(&o.many, "many", 10000, "Pods of the large cluster")
	flags.BoolVar(&o.evaluator, "evaluator", false, "measure only the evaluator, without a lab, and keep the rest of the page")
	flags.BoolVar(&o.growth, "growth", false, "measure only how a matrix grows, and write that page")
	flags.BoolVar(&o.peers, "peers", false, "measure istioctl as well, which takes minutes to be built the first time")
	if err := flags.Parse(args); err != nil {
		return o, err
	}
	if flags.NArg() > 0 || o.runs < 1 || o.many <= few {
		return o, fmt.Errorf("usage: bench [-o FILE] [-check] [-runs N] [-many PODS] [-evaluator|-growth] [-peers], more than %d Pods", few)
	}
	return o, nil
}
