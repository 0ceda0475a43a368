package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/matrix"
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
that is certain, allowed or conditional.`

const matrixExample = `  # Everybody against everything, of a repository
  kubectl authz-doctor matrix -f manifests/

  # Of the cluster, as a page to look at
  kubectl authz-doctor matrix -A -o html > matrix.html

  # In CI: nothing outside shop may reach its database, and nobody the test namespaces
  kubectl authz-doctor matrix -f manifests/ --fail-on '!shop -> svc/db.shop' --fail-on '* -> *-test'

  # Who of namespace foo reaches what in bar, all names
  kubectl authz-doctor matrix -A --from foo --to bar -o wide`

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
	color        string
	all          bool
	quiet        bool
}

// matrixOptions is what it takes to run.
type matrixOptions struct {
	genericiooptions.IOStreams
	origin origin
	matrix matrix.Options
	rules  []matrix.Rule
	output string
	text   matrix.TextOptions
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
			o, err := flags.toOptions(c, args, streams)
			if err != nil {
				return err
			}
			if err := flags.restrict(o); err != nil {
				return err
			}
			return o.run(c.Context())
		},
	}
	addGroup(c.Flags(), otherGroup, func(g *pflag.FlagSet) {
		g.StringVar(&flags.from, "from", "", "only the sources of this `PATTERN`")
		g.StringVar(&flags.to, "to", "", "only the targets of this `PATTERN`")
		g.BoolVarP(&flags.all, "all-namespaces", "A", false, "the Services of all namespaces")
	})
	flags.addTo(c)
	return c
}

// addTo adds the flags that all three commands have.
func (f *matrixFlags) addTo(c *cobra.Command) {
	addGroup(c.Flags(), requestGroup, func(g *pflag.FlagSet) {
		g.StringVar(&f.method, "method", "", "the HTTP `METHOD` of the requests, case-sensitive")
		g.StringVar(&f.path, "path", "", "the `PATH` of the requests, with its query")
	})
	addGroup(c.Flags(), answerGroup, func(g *pflag.FlagSet) {
		g.StringVarP(&f.output, "output", "o", textOutput, "the `FORMAT`: "+strings.Join(matrixFormats, ", "))
		g.StringArrayVar(&f.failOn, "fail-on", nil, "exit with 1 if there is a path that this `RULE` forbids: 'foo -> bar', from namespace foo to namespace bar; repeatable")
		g.StringVar(&f.color, "color", "auto", "`WHEN` to use colours: auto, always or never; auto heeds NO_COLOR")
		addQuiet(g, &f.quiet)
	})
	f.origin.addTo(c.Flags())
	completeOrigin(c, &f.origin)
	completeWords(c, "output", matrixFormats...)
	completeWords(c, "fail-on", "* -> \tno path from anybody", "outside -> \tno path from outside the mesh")
	for _, flag := range []string{"from", "to"} {
		if c.Flags().Lookup(flag) != nil {
			_ = c.RegisterFlagCompletionFunc(flag, f.origin.completeNamespaces)
		}
	}
}

// matrixFormats are what --output can say.
var matrixFormats = []string{textOutput, wideOutput, "json", "csv", "html", "dot", "mermaid"}

// noMatrixArguments refuses arguments, with the command that takes them.
func noMatrixArguments(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("%q: matrix takes no arguments: --from and --to choose, who-can TARGET and what-can SOURCE ask about one. See '%s --help'", args[0], c.CommandPath())
	}
	return nil
}

func (f *matrixFlags) toOptions(c *cobra.Command, args []string, streams genericiooptions.IOStreams) (*matrixOptions, error) {
	streams, err := silence(c, f.quiet, streams)
	if err != nil {
		return nil, err
	}
	o := &matrixOptions{IOStreams: streams, output: orElse(f.output, textOutput)}
	switch {
	case !slices.Contains(matrixFormats, o.output):
		return nil, fmt.Errorf("--output %q: want %s%s", f.output, strings.Join(matrixFormats, ", "), didYouMean(f.output, matrixFormats))
	case f.color != "auto" && f.color != "always" && f.color != "never":
		return nil, fmt.Errorf("--color %q: want auto, always or never", f.color)
	case f.all && f.origin.changed("namespace"):
		return nil, errors.New("--all-namespaces and --namespace exclude each other")
	}
	for _, text := range f.failOn {
		r, err := matrix.ParseRule(text)
		if err != nil {
			return nil, fmt.Errorf("--fail-on: %w", err)
		}
		o.rules = append(o.rules, r)
	}
	if o.origin, err = f.origin.open(c.Context(), streams.In); err != nil {
		return nil, err
	}
	o.matrix = matrix.Options{
		MeshNamespace: f.origin.meshNamespace, Namespace: o.origin.namespace, Now: time.Now(),
		Request: diagnose.Request{Method: f.method, Path: f.path},
	}
	o.text = matrix.TextOptions{TextOptions: textOptions(streams.Out, f.color)}
	o.text.Wide = o.output == wideOutput
	if isTerminal(streams.Out) && !o.text.Wide {
		o.text.Lines, o.text.All = 200, repeatable(commandLine(c, args))+" -o wide"
	}
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
	if named := f.origin.changed("namespace"); to == "" && !f.all && (named || o.origin.files == nil) {
		to = o.origin.namespace
	}
	if to != "" {
		p, err := matrix.ParsePattern(to)
		if err != nil {
			return fmt.Errorf("--to: %w", err)
		}
		o.matrix.To = p.Target
	}
	return nil
}

// run asks, prints and returns the exit status.
func (o *matrixOptions) run(ctx context.Context) error {
	m, err := o.ask(ctx)
	if err != nil {
		return err
	}
	violations, idle := m.Check(o.rules)
	m.Notes = append(m.Notes, idle...)
	if len(m.Sources) == 0 || len(m.Targets) == 0 {
		if unseen := m.Unseen(); len(unseen) > 0 {
			return unseenError("there is nothing to tell", unseen)
		}
		m.Notes = append(m.Notes, nothing(m))
	}
	o.tell(m)
	if err := o.print(m, violations); err != nil {
		return err
	}
	return o.status(m, violations)
}

// ask makes the matrix, and shows how far it is.
func (o *matrixOptions) ask(ctx context.Context) (*matrix.Matrix, error) {
	say(ctx, "reading the objects")
	o.matrix.Progress = func(done, total int) { say(ctx, "%d of %d targets are answered for", done, total) }
	defer said(ctx)
	return matrix.New(ctx, o.origin.reader, o.matrix)
}

// nothing says what is not there.
func nothing(m *matrix.Matrix) string {
	switch {
	case len(m.Targets) > 0:
		return "no source is chosen; " + plenty("sources", m.InSight.Sources)
	case len(m.InSight.Targets) > 0:
		return "no Service is chosen; " + plenty("targets", m.InSight.Targets)
	}
	return "there is no Service with a TCP port in sight"
}

// plenty names some of what there is.
func plenty(what string, names []string) string {
	const most = 5
	if len(names) == 0 {
		return "there are no " + what
	}
	if len(names) > most {
		return fmt.Sprintf("%s are %s and %d more", what, strings.Join(names[:most], ", "), len(names)-most)
	}
	return what + " are " + strings.Join(names, ", ")
}

// tell writes what is to be known beside the answer.
func (o *matrixOptions) tell(m *matrix.Matrix) {
	if o.output == textOutput || o.output == wideOutput {
		o.origin.printNotes(o.ErrOut)
	}
	for _, u := range gathered(m.Unread) {
		_, _ = fmt.Fprintln(o.ErrOut, "note: not read:", oneLine(u))
	}
	for _, n := range m.Notes {
		_, _ = fmt.Fprintln(o.ErrOut, "note:", oneLine(n))
	}
}

func (o *matrixOptions) print(m *matrix.Matrix, violations []matrix.Violation) error {
	write := map[string]func(io.Writer) error{
		"csv": m.CSV, "dot": m.DOT, "mermaid": m.Mermaid,
		"json": func(w io.Writer) error { return m.JSON(w, violations) },
		"html": func(w io.Writer) error { return m.HTML(w, violations) },
	}[o.output]
	if write != nil {
		return write(o.Out)
	}
	return m.Text(o.Out, o.text)
}

// status tells which rules are broken, by whom, and returns the exit status.
func (o *matrixOptions) status(m *matrix.Matrix, violations []matrix.Violation) error {
	unseen := m.Unseen()
	switch {
	case len(violations) > 0:
	case len(o.rules) > 0 && len(unseen) > 0:
		return unseenError("the rules of --fail-on hold for what was read, but not all was", unseen)
	default:
		return nil
	}
	w := o.ErrOut
	if o.output == textOutput || o.output == wideOutput {
		w = o.Out
		_, _ = fmt.Fprintln(w)
	}
	for _, v := range violations {
		_, _ = fmt.Fprintln(w, oneLine(v.String()))
	}
	return exitStatus(exitDenied)
}
