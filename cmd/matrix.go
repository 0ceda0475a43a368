package cmd

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/matrix"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/typed"
)

const matrixLong = `Tell what every workload can reach, and check rules of what must not be.

Sources are the Pods in sight, by the workload that they belong to, another
workload of the mesh, and a caller outside the mesh. Targets are the TCP ports of
all Services. What of a request decides is left open: where a verdict hangs on it,
the answer says on what. Sources and targets that nothing distinguishes are asked
about once, so that large clusters take seconds.

A PATTERN is a list of words with commas: a namespace, TYPE/NAME.NAMESPACE,
NAME.NAMESPACE, mesh, outside or *; * also stands for letters of a name, and ! leaves
out. A RULE of --fail-on is 'PATTERN -> PATTERN': no path from here to there. What is
conditional or cannot be told is a path as well; 'PATTERN => PATTERN' wants one
that is certain, allowed or conditional.

With --contexts the clusters are taken for one mesh: a Service of one name is one in all
of them, and names of sources end in @CONTEXT, as do words of patterns that mean one
cluster only: shop@east, @east.`

const matrixExample = `  # Everybody against everything, of a repository
  kubectl authz-doctor matrix -f manifests/

  # Of the cluster, as a page to look at
  kubectl authz-doctor matrix -A -o html > matrix.html

  # In CI: nothing outside shop may reach its database, and nobody the test namespaces
  kubectl authz-doctor matrix -f manifests/ --fail-on '!shop -> svc/db.shop' --fail-on '* -> *-test'

  # Who of namespace foo reaches what in bar, all names
  kubectl authz-doctor matrix -A --from foo --to bar -o wide

  # One eighth of it, in an Indexed Job, and all eighths together
  kubectl authz-doctor matrix -A --shard '$(JOB_COMPLETION_INDEX)/8'
  kubectl authz-doctor matrix merge results/

  # Two clusters of one mesh: nobody of east may reach the database, wherever it is
  kubectl authz-doctor matrix -A --contexts east,west --fail-on '@east -> svc/db.shop'`

const matrixExitHelp = `  0  no rule is broken
  1  a rule of --fail-on is broken
  2  wrong usage, or nothing could be read, or not all that a rule is about
`

// matrixFlags are those of matrix, who-can and what-can.
type matrixFlags struct {
	origin       originFlags
	from, to     string
	method, path string
	failOn       []string
	output       string
	file         string
	force        bool
	color        string
	all          bool
	quiet        bool
	shard        string
	contexts     []string
}

// matrixOptions is what it takes to run.
type matrixOptions struct {
	genericiooptions.IOStreams
	origin origin
	matrix matrix.Options
	rules  []matrix.Rule
	output string
	text   matrix.TextOptions
	left   int          // targets that there was no room for
	share  matrix.Share // none: everything
	// members are the clusters of --contexts; none: the origin's alone.
	members []matrix.Member
	about   matrix.About
}

func newMatrixCommand(streams genericiooptions.IOStreams) *cobra.Command {
	flags := &matrixFlags{}
	c := &cobra.Command{
		Use:                   "matrix [-n NAMESPACE | -A | -f FILE|DIR|-] [flags]",
		DisableFlagsInUseLine: true,
		Short:                 "Tell what every workload can reach, and check what must not be",
		Long:                  matrixLong,
		Example:               matrixExample,
		Annotations:           map[string]string{exitAnnotation: matrixExitHelp},
		Args:                  noMatrixArguments,
		ValidArgsFunction:     noFiles,
		RunE: func(c *cobra.Command, args []string) error {
			return flags.writing(streams, func(streams genericiooptions.IOStreams) error {
				if flags.all && flags.origin.changed("namespace") {
					return errors.New("--all-namespaces and --namespace exclude each other")
				}
				o, err := flags.toOptions(c, args, streams)
				if err != nil {
					return err
				}
				if err := flags.restrict(o); err != nil {
					return err
				}
				if err := flags.divide(c, o); err != nil {
					return err
				}
				return o.run(c.Context())
			})
		},
	}
	addGroup(c.Flags(), otherGroup, func(g *pflag.FlagSet) {
		g.StringVar(&flags.shard, "shard", "", "only answer for one of several shares of the targets, `INDEX/COUNT`, as JSON for matrix merge; INDEX counts from 0 and may be $(JOB_COMPLETION_INDEX)")
		g.StringVar(&flags.from, "from", "", "only the sources of this `PATTERN`")
		g.StringVar(&flags.to, "to", "", "only the targets of this `PATTERN`")
		g.BoolVarP(&flags.all, "all-namespaces", "A", false, "the Services of all namespaces")
	})
	completeWords(c, "shard", "0/2\tthe first half", "1/2\tthe other")
	flags.addTo(c)
	c.AddCommand(newMatrixMergeCommand(streams))
	return c
}

// addTo adds the flags that all three commands have.
func (f *matrixFlags) addTo(c *cobra.Command) {
	addGroup(c.Flags(), requestGroup, func(g *pflag.FlagSet) {
		g.StringVar(&f.method, "method", "", "the HTTP `METHOD` of the requests, case-sensitive")
		g.StringVar(&f.path, "path", "", "the `PATH` of the requests, with its query")
	})
	f.addAnswerTo(c)
	f.origin.addTo(c.Flags())
	addGroup(c.Flags(), sourceGroup, func(g *pflag.FlagSet) {
		g.StringSliceVar(&f.contexts, "contexts", nil, "the clusters of these `CONTEXTS`, with commas, as one mesh; with -f NAME=FILE for each they are read from files")
	})
	completeOrigin(c, &f.origin)
	_ = c.RegisterFlagCompletionFunc("contexts", f.origin.completeContexts)
	for _, flag := range []string{"from", "to"} {
		if c.Flags().Lookup(flag) != nil {
			_ = c.RegisterFlagCompletionFunc(flag, f.origin.completeNamespaces)
		}
	}
}

// noMatrixArguments refuses arguments, with the command that takes them.
func noMatrixArguments(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		if near := didYouMean(args[0], []string{"merge"}); near != "" {
			return fmt.Errorf("unknown command %q%s See '%s --help'", args[0], near, c.CommandPath())
		}
		return fmt.Errorf("%q: matrix takes no arguments: --from and --to choose, who-can TARGET and what-can SOURCE ask about one. See '%s --help'", args[0], c.CommandPath())
	}
	return nil
}

func (f *matrixFlags) toOptions(c *cobra.Command, args []string, streams genericiooptions.IOStreams) (*matrixOptions, error) {
	o, err := f.toAnswer(c, args, streams)
	if err != nil {
		return nil, err
	}
	request, hints, err := typed.Request{Method: f.method, Path: f.path}.Read(nil)
	if err != nil {
		return nil, err
	}
	for _, hint := range hints {
		o.about.Remarks = append(o.about.Remarks, "note: "+hint)
	}
	if err := f.open(c, o, streams.In); err != nil {
		return nil, err
	}
	o.matrix = matrix.Options{MeshNamespace: f.origin.meshNamespace, Namespace: o.origin.namespace, Now: time.Now(), Request: request}
	return o, nil
}

// restrict takes the sources and targets that the flags choose.
func (f *matrixFlags) restrict(o *matrixOptions) error {
	if f.from != "" {
		p, err := matrix.ParsePattern(f.from)
		if err != nil {
			return fmt.Errorf("--from: %w", err)
		}
		o.matrix.From = p.Source
	}
	to := f.to
	if named := f.origin.changed("namespace"); to == "" && !f.all && (named || !o.offline()) {
		to = o.origin.namespace
	}
	if to != "" {
		p, err := matrix.ParseTargets(to)
		if err != nil {
			return fmt.Errorf("--to: %w", err)
		}
		o.matrix.To = p.Target
	}
	return nil
}

// run asks, prints and returns the exit status.
func (o *matrixOptions) run(ctx context.Context) error {
	if o.share.Count > 0 {
		return o.runShare(ctx)
	}
	m, err := o.ask(ctx)
	if err != nil {
		return err
	}
	return o.answer(m, false)
}

// ask makes the matrix, and shows how far it is.
func (o *matrixOptions) ask(ctx context.Context) (*matrix.Matrix, error) {
	say(ctx, "reading the objects")
	o.matrix.Progress = o.progress(ctx)
	defer said(ctx)
	if len(o.members) > 0 {
		return matrix.NewFleet(ctx, o.members, o.matrix)
	}
	return matrix.New(ctx, o.origin.reader, o.matrix)
}
