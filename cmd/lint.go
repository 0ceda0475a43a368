package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/lint"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
	"github.com/authz-doctor/kubectl-authz_doctor/docs"
)

const lintLong = `Report what is wrong with AuthorizationPolicies, RequestAuthentications and
PeerAuthentications, without a question being asked.

Of manifests all are looked at, of a cluster those of the namespace. What depends on
objects that are not in sight is not reported. A policy may say which findings are
not to be reported of it, and why: annotation authz-doctor.dev/ignore: "AD0405: reason".`

const lintExample = `  # The policies in a repository
  kubectl authz-doctor lint -f policies/

  # All policies of the cluster, with warnings counting
  kubectl authz-doctor lint -A --fail-on warning

  # For code scanning
  kubectl authz-doctor lint -f policies/ -o sarif > lint.sarif`

const lintExitHelp = `  0  nothing as grave as --fail-on
  1  something is
  2  wrong usage, or the policies could not be read`

type lintFlags struct {
	origin     originFlags
	exclude    []string
	output     string
	color      string
	failOn     string
	all        bool
	suppressed bool
	quiet      bool
}

type lintOptions struct {
	genericiooptions.IOStreams
	origin     origin
	lint       lint.Options
	suppressed bool
	fails      func(diagnose.Severity) bool
	print      func(*lint.Report, io.Writer) error
}

func newLintCommand(streams genericiooptions.IOStreams) *cobra.Command {
	flags := &lintFlags{}
	c := &cobra.Command{
		Use:                   "lint [-n NAMESPACE | -A | -f FILE|DIR|-] [flags]",
		DisableFlagsInUseLine: true,
		Short:                 "Report what is wrong with policies, without a question",
		Long:                  lintLong,
		Example:               lintExample,
		Annotations:           map[string]string{exitAnnotation: lintExitHelp},
		Args:                  noArguments,
		ValidArgsFunction:     noFiles,
		RunE: func(c *cobra.Command, _ []string) error {
			streams, err := silence(c, flags.quiet, streams)
			if err != nil {
				return err
			}
			o, err := flags.toOptions(c.Context(), streams)
			if err != nil {
				return err
			}
			return o.run(c.Context())
		},
	}
	addGroup(c.Flags(), answerGroup, func(g *pflag.FlagSet) {
		g.StringVarP(&flags.output, "output", "o", textOutput, "the `FORMAT`: text, json, sarif or junit")
		g.StringVar(&flags.failOn, "fail-on", string(diagnose.SeverityError), "exit with 1 for a finding of this `SEVERITY` or a graver one: error, warning, info or never")
		g.BoolVar(&flags.suppressed, "show-suppressed", false, "show what policies say is not to be reported, too")
		g.StringVar(&flags.color, "color", "auto", "`WHEN` to use colours: auto, always or never; auto heeds NO_COLOR")
		addQuiet(g, &flags.quiet)
	})
	flags.origin.plain = true
	flags.origin.addTo(c.Flags())
	c.Flags().BoolVarP(&flags.all, "all-namespaces", "A", false, "look at the policies of all namespaces")
	c.Flags().StringSliceVar(&flags.exclude, "exclude-namespaces", nil, "of all namespaces, leave out the policies of these `NAMESPACES`; comma-separated, repeatable")
	completeOrigin(c, &flags.origin)
	completeWords(c, "fail-on", "error", "warning", "info", "never")
	completeWords(c, "output", textOutput, "json", "sarif", "junit")
	return c
}

// noArguments refuses arguments: files are given with -f.
func noArguments(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("%q: %s takes no arguments: give files with -f. See '%s --help'", args[0], c.Name(), c.CommandPath())
	}
	return nil
}

func (f *lintFlags) toOptions(ctx context.Context, streams genericiooptions.IOStreams) (*lintOptions, error) {
	o := &lintOptions{IOStreams: streams, suppressed: f.suppressed}
	var err error
	if o.fails, err = f.toFails(); err != nil {
		return nil, err
	}
	if o.print, err = f.toPrinter(streams.Out, o.fails); err != nil {
		return nil, err
	}
	named := f.origin.changed("namespace")
	if f.all && named {
		return nil, errors.New("--all-namespaces and --namespace exclude each other")
	}
	if o.origin, err = f.origin.open(ctx, streams.In); err != nil {
		return nil, err
	}
	o.lint.MeshNamespace = f.origin.meshNamespace
	if files := o.origin.files; files != nil {
		o.lint.Manifests, o.lint.Where = files.Whole(), files.Where
	}
	if !f.all && (named || o.origin.files == nil) {
		o.lint.Namespace = o.origin.namespace
	}
	switch {
	case o.lint.Namespace == "":
		o.lint.Exclude = f.exclude
	case f.origin.changed("exclude-namespaces"):
		return nil, errors.New("--exclude-namespaces is of all namespaces: say --all-namespaces, or leave it out")
	}
	return o, nil
}

func (f *lintFlags) toFails() (func(diagnose.Severity) bool, error) {
	if err := wantWord("fail-on", f.failOn, "error", "warning", "info", "never"); err != nil {
		return nil, err
	}
	ranks := map[diagnose.Severity]int{diagnose.SeverityInfo: 0, diagnose.SeverityWarning: 1, diagnose.SeverityError: 2}
	least, known := ranks[diagnose.Severity(f.failOn)]
	if !known {
		return func(diagnose.Severity) bool { return false }, nil
	}
	return func(s diagnose.Severity) bool { return ranks[s] >= least }, nil
}

func (f *lintFlags) toPrinter(out io.Writer, fails func(diagnose.Severity) bool) (func(*lint.Report, io.Writer) error, error) {
	if err := wantWord("output", f.output, textOutput, "json", "sarif", "junit"); err != nil {
		return nil, err
	}
	if err := wantColor(f.origin.changed, f.color, f.output, textual(f.output)); err != nil {
		return nil, err
	}
	switch f.output {
	case "json":
		return (*lint.Report).JSON, nil
	case "sarif":
		return func(r *lint.Report, w io.Writer) error { return r.SARIF(w, buildVersion(), docs.Finding) }, nil
	case "junit":
		return func(r *lint.Report, w io.Writer) error { return r.JUnit(w, fails) }, nil
	}
	o := report.TextOptions{
		Width: textWidth(out, os.LookupEnv), Color: useColor(f.color, isTerminal(out), os.LookupEnv), ASCII: !speaksUTF8(os.LookupEnv),
	}
	return func(r *lint.Report, w io.Writer) error { return r.Text(w, o) }, nil
}

// noSuchNamespace is an error if there surely is no such namespace: that nothing is wrong
// in it would be said of another one than was meant. Of manifests, a namespace is what an
// object names.
func noSuchNamespace(s *cluster.Snapshot, name string) error {
	if _, unread := s.Missing(cluster.Namespaces, "", name); name == "" || unread {
		return nil
	}
	var names []string
	for _, ns := range cluster.List[*corev1.Namespace](s, "") {
		names = append(names, ns.Name)
	}
	if len(names) == 0 || slices.Contains(names, name) {
		return nil
	}
	return fmt.Errorf("there is no namespace %q%s", name, didYouMean(name, names))
}

// run reads, looks, prints and returns the exit status.
func (o *lintOptions) run(ctx context.Context) error {
	say(ctx, "reading %s", o.origin.reader.Origin())
	defer said(ctx)
	snapshot := lint.Read(ctx, o.origin.reader, o.lint)
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := unreadPolicies(snapshot, o.lint.Namespace); err != nil {
		return err
	}
	if err := noSuchNamespace(snapshot, o.lint.Namespace); err != nil {
		return err
	}
	say(ctx, "looking at %d policies", lint.Objects(snapshot, o.lint))
	results := lint.Run(snapshot, o.lint)
	said(ctx)
	o.origin.printNotes(o.ErrOut)
	r := lint.NewReport(results, lint.Objects(snapshot, o.lint), o.suppressed)
	if o.origin.files == nil {
		for _, u := range snapshot.Unread() {
			if u.Reason != cluster.NotInstalled {
				r.Notes = append(r.Notes, oneLine(fmt.Sprintf("what depends on %s is not reported: %s", u.Resource, u.Message)))
			}
		}
	}
	for _, note := range r.Notes {
		_, _ = fmt.Fprintln(o.ErrOut, "note:", note)
	}
	if err := o.print(r, o.Out); err != nil {
		return fmt.Errorf("printing the results: %w", err)
	}
	for _, one := range results {
		if one.Suppressed == "" && o.fails(one.Severity) {
			return exitStatus(1)
		}
	}
	return nil
}

// unreadPolicies says why the policies themselves could not be read.
func unreadPolicies(s *cluster.Snapshot, namespace string) error {
	for _, r := range []cluster.Resource{cluster.AuthorizationPolicies, cluster.RequestAuthentications, cluster.PeerAuthentications} {
		if u, missing := s.Missing(r, namespace, ""); missing && u.Reason != cluster.NotInSnapshot {
			return fmt.Errorf("cannot read %s: %s", r.Plural, u.Message)
		}
	}
	return nil
}
