package cmd

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/logs"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
)

const logsLong = `Find denials in a log, and ask the questions that they imply.

FILE is a log of Envoy (its access log in Istio's text or JSON format, its RBAC
filter at the level debug), of ztunnel or of the Kmesh daemon, as it is or as
kubectl logs prints it; without it, or as -, it is stdin. Equal denials are told
once, the most frequent first, each with what the objects say of it today: that
it would be denied again and why, or that it would be allowed.

A line of Envoy says at which address a request arrived, but not which Pod has
it; kubectl logs --prefix does, or --pod. A line that does not say enough for a
question is told without an answer.`

const logsExample = `  # What was denied at httpbin, and why
  kubectl logs deploy/httpbin -c istio-proxy | kubectl authz-doctor logs

  # As it happens, in all ztunnels
  kubectl logs -n istio-system ds/ztunnel --prefix -f | kubectl authz-doctor logs - --follow

  # From files only, without a cluster; no more than what the log says
  kubectl authz-doctor logs proxy.log -f manifests/
  kubectl authz-doctor logs proxy.log --no-ask -o json`

const logsExitHelp = `  0  nothing was denied
  1  something was, or broke where the objects say that it is denied
  2  the log could not be read, or the questions could not be asked`

type logsFlags struct {
	origin originFlags
	output string
	pod    string
	max    int
	noAsk  bool
	follow bool
	quiet  bool
}

// logsOptions is what it takes to run.
type logsOptions struct {
	genericiooptions.IOStreams
	name    string // of the file; - is stdin
	read    logs.Options
	desk    *logs.Desk         // nil: nothing is asked
	renew   func() *logs.Desk  // a desk that reads anew, of a live cluster; nil: nothing changes
	words   []string           // what is typed before a question
	text    report.TextOptions // of text
	isText  bool
	max     int
	follow  bool
	warning func(io.Writer)
}

func newLogsCommand(streams genericiooptions.IOStreams) *cobra.Command {
	flags := &logsFlags{}
	c := &cobra.Command{
		Use:                   "logs [FILE|-] [flags]",
		DisableFlagsInUseLine: true,
		Short:                 "Find denials in a proxy's log and explain them",
		Long:                  logsLong,
		Example:               logsExample,
		Annotations:           map[string]string{exitAnnotation: logsExitHelp},
		Args:                  cobra.ArbitraryArgs,
		ValidArgsFunction:     completeOneFile,
		RunE: func(c *cobra.Command, args []string) error {
			if flags.quiet && flags.follow {
				return errors.New("--quiet and --follow exclude each other: it would say nothing for ever")
			}
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
	addGroup(c.Flags(), otherGroup, func(g *pflag.FlagSet) {
		g.StringVar(&flags.pod, "pod", "", "whose log it is, where the lines do not say: `NAME[.NAMESPACE]`")
		g.BoolVar(&flags.follow, "follow", false, "tell each new denial as it appears, instead of all at the end")
	})
	addGroup(c.Flags(), answerGroup, func(g *pflag.FlagSet) {
		g.StringVarP(&flags.output, "output", "o", textOutput, "the `FORMAT`: text or json; json with --follow is one object in a line for each")
		g.IntVar(&flags.max, "max", 20, "ask about the first `N` different denials only")
		g.BoolVar(&flags.noAsk, "no-ask", false, "only tell what the log says: no cluster and no files are read")
		addQuiet(g, &flags.quiet)
	})
	flags.origin.addTo(c.Flags())
	completeOrigin(c, &flags.origin)
	completeWords(c, "output", textOutput, "json")
	return c
}

// completeOneFile completes the first argument with files.
func completeOneFile(c *cobra.Command, args []string, word string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return noFiles(c, args, word)
	}
	return files(c, args, word)
}

func (f *logsFlags) toOptions(c *cobra.Command, args []string, streams genericiooptions.IOStreams) (*logsOptions, error) {
	o := &logsOptions{IOStreams: streams, name: "-", max: f.max, follow: f.follow, isText: textual(f.output)}
	if len(args) > 1 {
		return nil, fmt.Errorf("%d arguments, want one FILE; %q is one too many. See '%s --help'", len(args), args[1], c.CommandPath())
	}
	if len(args) == 1 {
		o.name = args[0]
	}
	if err := f.check(o, len(args) == 0, c.CommandPath()); err != nil {
		return nil, err
	}
	o.text = textOptions(streams.Out, "auto")
	namespace := f.origin.namespace()
	if !f.noAsk {
		from, err := f.origin.open(c.Context(), streams.In)
		if err != nil {
			return nil, err
		}
		namespace = from.namespace
		o.ask(from, f.origin)
	}
	o.read.Namespace = orElse(namespace, "default")
	if f.pod != "" {
		name, ns := strings.TrimPrefix(f.pod, "pod/"), o.read.Namespace
		if i := strings.LastIndexByte(name, '.'); i >= 0 {
			name, ns = name[:i], name[i+1:]
		}
		if len(validation.IsDNS1123Subdomain(name)) > 0 || len(validation.IsDNS1123Label(ns)) > 0 {
			return nil, fmt.Errorf("--pod %q: want NAME[.NAMESPACE] of one Pod", f.pod)
		}
		o.read.Pod = logs.Reporter{Namespace: ns, Name: name}
	}
	return o, nil
}

// checkLog finds out before a cluster is asked whether there is a log.
func checkLog(name string) error {
	if name == "-" {
		return nil
	}
	switch info, err := os.Stat(name); {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s: no such file", name)
	case err != nil:
		return err
	case info.IsDir():
		return fmt.Errorf("%s is a folder: name one log", name)
	}
	return nil
}

// check refuses what cannot go together.
func (f *logsFlags) check(o *logsOptions, implied bool, path string) error {
	if err := wantWord("output", f.output, textOutput, "json"); err != nil {
		return err
	}
	if err := checkLog(o.name); err != nil {
		return err
	}
	switch {
	case f.noAsk && f.origin.changed("max"):
		return errors.New("--no-ask and --max exclude each other: nothing is asked")
	case o.name == "-" && slices.Contains(f.origin.files, "-"):
		return errors.New("stdin can be read once: only one of FILE and --filename can be -")
	case f.noAsk && len(f.origin.files) > 0:
		return errors.New("--no-ask and --filename exclude each other: nothing is asked of the files")
	case f.max < 0:
		return fmt.Errorf("--max %d: want 0 or more", f.max)
	case implied && isStdinTerminal(o.In):
		return fmt.Errorf("no FILE, and stdin is a terminal: name a log, or pipe one from kubectl logs. See '%s --help'", path)
	}
	return nil
}

func isStdinTerminal(in io.Reader) bool {
	f, ok := in.(*os.File)
	return ok && isTerminal(f)
}
