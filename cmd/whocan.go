package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/authz-doctor/kubectl-authz_doctor/cmd/complete"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/matrix"
)

const whoCanLong = `Tell who can reach a target: every workload in sight, another workload of the mesh,
a caller outside the mesh.

TARGET is what a question can have: httpbin.default:8000, svc/httpbin, a URL, a
Pod. What of a request decides is left open, and named where a verdict hangs on it.`

const whoCanExample = `  # Who can reach httpbin?
  kubectl authz-doctor who-can svc/httpbin.default:8000

  # Who can delete there, all names and policies
  kubectl authz-doctor who-can httpbin.default:8000 --method DELETE -o wide

  # In CI: only the gateway may
  kubectl authz-doctor who-can svc/shop.shop:80 -f manifests/ --fail-on '!deploy/gateway.istio-ingress -> *'`

const whatCanLong = `Tell what a source can reach: every TCP port of every Service.

SOURCE is [TYPE/]NAME[.NAMESPACE] of a workload or Pod in sight, or mesh for another
workload of the mesh, outside for a caller outside the mesh.`

const whatCanExample = `  # What can sleep in namespace foo reach?
  kubectl authz-doctor what-can deploy/sleep.foo

  # What is open to the world, in a repository
  kubectl authz-doctor what-can outside -f manifests/

  # Of namespace shop only, for a script
  kubectl authz-doctor what-can sleep.foo --to shop -o json`

func newWhoCanCommand(streams genericiooptions.IOStreams) *cobra.Command {
	flags := &matrixFlags{all: true} // what is asked about is named; -n is where that is
	c := &cobra.Command{
		Use:                   "who-can TARGET [flags]",
		DisableFlagsInUseLine: true,
		Short:                 "Tell who can reach a target",
		Long:                  whoCanLong,
		Example:               whoCanExample,
		Annotations:           map[string]string{exitAnnotation: matrixExitHelp},
		Args:                  oneArgument("TARGET", "what is called, such as svc/httpbin.default:8000"),
		ValidArgsFunction:     flags.completeTarget,
		RunE: func(c *cobra.Command, args []string) error {
			return flags.writing(streams, func(streams genericiooptions.IOStreams) error {
				o, err := flags.toOptions(c, args, streams)
				if err != nil {
					return err
				}
				return flags.whoCan(c, args[0], o)
			})
		},
	}
	addGroup(c.Flags(), otherGroup, func(g *pflag.FlagSet) {
		g.StringVar(&flags.from, "from", "", "only the sources of this `PATTERN`: see matrix --help")
	})
	flags.addTo(c)
	return c
}

func newWhatCanCommand(streams genericiooptions.IOStreams) *cobra.Command {
	flags := &matrixFlags{all: true} // -n is where SOURCE is
	c := &cobra.Command{
		Use:                   "what-can SOURCE [flags]",
		DisableFlagsInUseLine: true,
		Short:                 "Tell what a source can reach",
		Long:                  whatCanLong,
		Example:               whatCanExample,
		Annotations:           map[string]string{exitAnnotation: matrixExitHelp},
		Args:                  oneArgument("SOURCE", "who calls, such as deploy/sleep.foo"),
		ValidArgsFunction:     flags.completeSource,
		RunE: func(c *cobra.Command, args []string) error {
			return flags.writing(streams, func(streams genericiooptions.IOStreams) error {
				return flags.whatCan(c, args, streams)
			})
		},
	}
	addGroup(c.Flags(), otherGroup, func(g *pflag.FlagSet) {
		g.StringVar(&flags.to, "to", "", "only the targets of this `PATTERN`: see matrix --help")
	})
	flags.addTo(c)
	return c
}

// whoCan asks who can reach a target. In several clusters that is a Service: other things
// are of one of them.
func (f *matrixFlags) whoCan(c *cobra.Command, target string, o *matrixOptions) error {
	if err := f.restrict(o); err != nil {
		return err
	}
	o.matrix.Target, o.matrix.AnyPath = wholeTarget(target, o.origin.namespace)
	if len(o.members) == 0 {
		return o.runFor(c.Context(), "")
	}
	name := strings.TrimPrefix(strings.TrimPrefix(o.matrix.Target, "service/"), "svc/")
	if strings.ContainsAny(name, "/*,!") {
		return fmt.Errorf("target %q: with --contexts it has to be a Service: svc/NAME.NAMESPACE[:PORT]", target)
	}
	if host, _, _ := strings.Cut(name, ":"); !strings.Contains(host, ".") {
		name = strings.Replace(name, host, host+"."+o.origin.namespace, 1)
	}
	p, err := matrix.ParseTargets("svc/" + name)
	if err != nil {
		return fmt.Errorf("target %w", err)
	}
	o.matrix.Target, o.matrix.To = "", p.Target
	return o.runFor(c.Context(), "")
}

// whatCan asks what a source can reach.
func (f *matrixFlags) whatCan(c *cobra.Command, args []string, streams genericiooptions.IOStreams) error {
	o, err := f.toOptions(c, args, streams)
	if err != nil {
		return err
	}
	if err := f.restrict(o); err != nil {
		return err
	}
	p, err := matrix.ParsePattern(wholeSource(args[0], o.origin.namespace))
	if err != nil {
		return fmt.Errorf("source %w", err)
	}
	o.matrix.From = p.Source
	return o.runFor(c.Context(), args[0])
}

// completeSource completes the SOURCE of what-can.
func (f *matrixFlags) completeSource(c *cobra.Command, args []string, word string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return noFiles(c, args, word)
	}
	return f.origin.complete(c, word, complete.Sources)
}

// completeTarget completes the TARGET of who-can.
func (f *matrixFlags) completeTarget(c *cobra.Command, args []string, word string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return noFiles(c, args, word)
	}
	return f.origin.complete(c, word, complete.Targets)
}

// oneArgument wants one argument, and says what it is.
func oneArgument(name, says string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		switch {
		case len(args) == 0 || strings.TrimSpace(args[0]) == "":
			return fmt.Errorf("no %s: say %s. See '%s --help'", name, says, c.CommandPath())
		case len(args) > 1:
			return fmt.Errorf("%d arguments, want one: %s; %q is one too many. See '%s --help'", len(args), name, args[1], c.CommandPath())
		}
		return nil
	}
}

// wholeTarget gives the target's name the namespace that it is looked up in, whoever calls,
// and reports whether it says no path.
func wholeTarget(target, namespace string) (whole string, anyPath bool) {
	scheme, rest, url := strings.Cut(target, "://")
	if !url {
		scheme, rest = "", target
	} else {
		scheme += "://"
	}
	if word, name, typed := strings.Cut(rest, "/"); !url && typed && !strings.ContainsAny(word, ".:") { // svc/httpbin
		return target, !strings.Contains(name, "/")
	}
	end := strings.IndexAny(rest, "/?")
	if end < 0 {
		end = len(rest)
	}
	host, path := rest[:end], rest[end:]
	name, port, _ := strings.Cut(host, ":")
	if _, err := netip.ParseAddr(host); err == nil || strings.ContainsAny(name, ".[") || name == "" {
		return target, path == ""
	}
	if name += "." + namespace; port != "" {
		name += ":" + port
	}
	return scheme + name + path, path == ""
}

// shortTypes are the types of workloads as they are listed.
var shortTypes = map[string]string{
	"deployment": "deploy", "deployments": "deploy", "statefulset": "sts", "statefulsets": "sts", "daemonset": "ds", "daemonsets": "ds",
	"replicaset": "rs", "replicasets": "rs", "jobs": "job", "cronjobs": "cronjob", "cj": "cronjob", "po": "pod", "pods": "pod",
}

// wholeSource is the pattern of a source that is named as in a question.
func wholeSource(source, namespace string) string {
	if source == "mesh" || source == "outside" || strings.ContainsAny(source, "*,!") {
		return source
	}
	kind, name, typed := strings.Cut(source, "/")
	if !typed {
		kind, name = "", source
	}
	if short := shortTypes[strings.ToLower(kind)]; short != "" {
		kind = short
	}
	if !strings.Contains(name, ".") {
		name += "." + namespace
	}
	if typed {
		return kind + "/" + name
	}
	return name
}

// runFor is run for a source, if it is named, of whom there must be somebody.
func (o *matrixOptions) runFor(ctx context.Context, source string) error {
	o.text.List = source == ""
	stream := source != "" && o.output == textOutput
	if stream {
		o.matrix.Each = o.streaming(ctx)
	}
	m, err := o.ask(ctx)
	if err != nil {
		return err
	}
	if o.left > 0 {
		_, _ = fmt.Fprintf(o.Out, "\n%d more lines. All of them: %s\n", o.left, oneLine(o.text.All))
	}
	if unseen := m.Unseen(); len(unseen) > 0 && (len(m.Sources) == 0 || len(m.Targets) == 0) {
		return unseenError("there is nothing to tell", unseen)
	}
	if len(m.Sources) == 0 && source != "" {
		return fmt.Errorf("source %q: nobody in sight is called so%s", source, orElse(didYouMean(wholeSource(source, o.origin.namespace), nearSources(m)), "; "+plenty("sources", m.InSight.Sources)))
	}
	if len(m.Sources) == 0 || len(m.Targets) == 0 && source == "" {
		return errors.New(nothing(m))
	}
	return o.answer(m, stream)
}

// streaming prints the answers as they come, as many lines as there may be.
func (o *matrixOptions) streaming(ctx context.Context) func(*matrix.Matrix, *matrix.Column) {
	printed := 0
	return func(m *matrix.Matrix, c *matrix.Column) {
		var text strings.Builder
		m.Lines(&text, c, o.text)
		said(ctx)
		for line := range strings.Lines(text.String()) {
			if printed == o.text.Lines && printed > 0 {
				o.left++
				continue
			}
			printed++
			_, _ = io.WriteString(o.Out, line)
		}
	}
}

// nearSources are the names that a misspelt source may be meant for, with and without type.
func nearSources(m *matrix.Matrix) []string {
	out := slices.Clone(m.InSight.Sources)
	for _, s := range m.InSight.Sources {
		if _, bare, ok := strings.Cut(s, "/"); ok {
			out = append(out, bare)
		}
	}
	return append(out, "mesh", "outside")
}
