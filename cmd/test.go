package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/traffic"
)

const testLong = `Run TrafficTests: files of questions and of the verdicts that must come out.

Of a folder every file that holds a TrafficTest is run by itself. A test is asked
of the objects in its file, of what its spec.cluster names and of what -f gives;
with none of these, of the live cluster.`

const testExample = `  # The tests beside the policies, against the policies
  kubectl authz-doctor test policies/

  # Against a saved snapshot, for a CI server
  kubectl authz-doctor test tests/ -f snapshot.yaml -o junit > results.xml

  # One file, with the cases that passed
  kubectl authz-doctor test tests/httpbin.yaml --verbose`

const testExitHelp = `  0  everything is as expected
  1  something is not
  2  something could not be read or asked; the rest was`

type testFlags struct {
	origin  originFlags
	output  string
	verbose bool
	quiet   bool
}

// resultPrinter prints what came out of a run.
type resultPrinter func(*traffic.Result, io.Writer) error

type testOptions struct {
	genericiooptions.IOStreams
	paths   []string
	traffic traffic.Options
	print   resultPrinter
	isText  bool
}

func newTestCommand(streams genericiooptions.IOStreams) *cobra.Command {
	flags := &testFlags{}
	c := &cobra.Command{
		Use:                   "test FILE|DIR… [flags]",
		DisableFlagsInUseLine: true,
		Short:                 "Run files of questions and expected verdicts",
		Long:                  testLong,
		Example:               testExample,
		Annotations:           map[string]string{exitAnnotation: testExitHelp},
		Args:                  cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			streams, err := silence(c, flags.quiet, streams)
			if err != nil {
				return err
			}
			o, err := flags.toOptions(c, args, streams)
			if err != nil {
				return err
			}
			return o.run(c.Context())
		},
	}
	addGroup(c.Flags(), answerGroup, func(g *pflag.FlagSet) {
		g.StringVarP(&flags.output, "output", "o", textOutput, "the `FORMAT`: text, json or junit")
		g.BoolVarP(&flags.verbose, "verbose", "v", false, "list the cases that passed too; of text only")
		addQuiet(g, &flags.quiet)
	})
	flags.origin.addTo(c.Flags())
	completeOrigin(c, &flags.origin)
	completeWords(c, "output", textOutput, "json", "junit")
	return c
}

func (f *testFlags) toOptions(c *cobra.Command, args []string, streams genericiooptions.IOStreams) (*testOptions, error) {
	o := &testOptions{IOStreams: streams, paths: args}
	var err error
	if o.print, o.isText, err = f.toPrinter(); err != nil {
		return nil, err
	}
	if len(args) == 0 {
		return nil, fmt.Errorf("no FILE and no DIR: say which tests to run. See '%s --help'", c.CommandPath())
	}
	if slices.Contains(args, "-") && slices.Contains(f.origin.files, "-") {
		return nil, errors.New("stdin can be read once: only one of FILE and --filename can be -")
	}
	if i := slices.IndexFunc(choosesServer, f.origin.changed); i >= 0 && len(f.origin.files) > 0 {
		return nil, fmt.Errorf("--filename and --%s exclude each other: with files no server is asked", choosesServer[i])
	}
	o.traffic = traffic.Options{
		Files: f.origin.files, Stdin: streams.In, Namespace: orElse(f.origin.namespace(), "default"),
		Live: func() (cluster.Reader, string, error) {
			live, err := f.origin.openServer()
			return live.reader, live.namespace, err
		},
	}
	if f.origin.changed("istio-namespace") {
		o.traffic.MeshNamespace = f.origin.meshNamespace
	}
	return o, nil
}

func (f *testFlags) toPrinter() (p resultPrinter, isText bool, err error) {
	if err := wantWord("output", f.output, textOutput, "json", "junit"); err != nil {
		return nil, false, err
	}
	switch {
	case f.verbose && !textual(f.output):
		return nil, false, fmt.Errorf("--verbose is of text: --output %s has every case", f.output)
	case f.verbose && f.quiet:
		return nil, false, errors.New("--quiet and --verbose exclude each other")
	}
	switch f.output {
	case "json":
		return (*traffic.Result).JSON, false, nil
	case "junit":
		return (*traffic.Result).JUnit, false, nil
	}
	return func(r *traffic.Result, w io.Writer) error { return r.Text(w, f.verbose) }, true, nil
}

// run runs the tests, prints what came out and returns the exit status.
func (o *testOptions) run(ctx context.Context) error {
	if !slices.Contains(o.paths, "-") && !slices.Contains(o.traffic.Files, "-") {
		say(ctx, "running tests")
	}
	r, err := traffic.Run(ctx, o.paths, o.traffic)
	said(ctx)
	if err != nil {
		return err
	}
	if o.isText {
		o.printWarnings(r)
	}
	if err := o.print(r, o.Out); err != nil {
		return fmt.Errorf("printing the results: %w", err)
	}
	switch {
	case r.Summary.Errors > 0:
		return errors.New("not every test could be run: " + r.Summary.String())
	case r.Summary.Failed > 0:
		return exitStatus(1)
	}
	return nil
}

// printWarnings tells what of the objects has no effect, once.
func (o *testOptions) printWarnings(r *traffic.Result) {
	told := map[string]bool{}
	for _, f := range r.Files {
		for _, warning := range f.Warnings {
			if !told[warning] {
				told[warning] = true
				_, _ = fmt.Fprintln(o.ErrOut, "warning:", oneLine(warning))
			}
		}
	}
}
