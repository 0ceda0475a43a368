package cmd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
	"github.com/authz-doctor/kubectl-authz_doctor/fix"
)

const whatIfLong = `Tell which verdicts a change of objects would change, before it is made.

The objects of -f are laid over the cluster, or over the manifests of --base, and
everybody in sight is asked about whatever the change touches, before and after,
with everything about the requests left open. With SOURCE and TARGET only that
question is asked. Nothing is written.

It is made for pull requests: the exit status says whether something closes.`

const whatIfExample = `  # What would these policies close, and open?
  kubectl authz-doctor what-if -f policies/

  # In a pull request: main against the branch, without a cluster
  kubectl authz-doctor what-if -f branch/ --base main/ --fail-on any

  # What hangs on a policy
  kubectl authz-doctor what-if -f policy.yaml --delete

  # One question
  kubectl authz-doctor what-if -f policy.yaml sleep.foo http://httpbin.default:8000/get`

const whatIfExitHelp = `  0  nothing closes (--fail-on closes), or nothing of what --fail-on says happens
  1  it does
  2  the objects could not be read, or the question could not be asked
`

type whatIfFlags struct {
	ask    askFlags
	files  []string
	remove bool
	all    bool
	failOn string
	output string
	color  string
	quiet  bool
}

// whatIfOptions is what it takes to run.
type whatIfOptions struct {
	genericiooptions.IOStreams
	changes []fix.Change
	origin  origin
	compare fix.WhatIfOptions
	failOn  string
	output  string
	text    report.TextOptions
}

func newWhatIfCommand(streams genericiooptions.IOStreams) *cobra.Command {
	flags := &whatIfFlags{}
	c := &cobra.Command{
		Use:                   "what-if -f FILE [SOURCE TARGET] [flags]",
		DisableFlagsInUseLine: true,
		Short:                 "Tell which verdicts a change of objects would change",
		Long:                  whatIfLong,
		Example:               whatIfExample,
		Annotations:           map[string]string{exitAnnotation: whatIfExitHelp},
		Args:                  cobra.ArbitraryArgs,
		ValidArgsFunction:     flags.ask.origin.completeQuestion,
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
	addGroup(c.Flags(), otherGroup, func(g *pflag.FlagSet) {
		g.StringArrayVarP(&flags.files, "filename", "f", nil, "the objects that would be applied: `FILE` or folder of manifests; - is stdin; repeatable")
		g.BoolVar(&flags.remove, "delete", false, "the objects would be deleted instead")
		g.BoolVarP(&flags.all, "all-namespaces", "A", false, "look at the Pods of all namespaces, not only of those that the change touches")
	})
	flags.ask.request.addTo(c.Flags())
	addGroup(c.Flags(), answerGroup, func(g *pflag.FlagSet) {
		g.StringVar(&flags.failOn, "fail-on", "closes", "exit with 1 if `WHAT` happens: closes, opens, any or never")
		g.StringVarP(&flags.output, "output", "o", textOutput, "the `FORMAT`: text, json or yaml")
		g.StringVar(&flags.color, "color", "auto", "`WHEN` to use colours: auto, always or never; auto heeds NO_COLOR")
		addQuiet(g, &flags.quiet)
	})
	flags.ask.origin.addWith(c.Flags(), "base", "")
	completeOrigin(c, &flags.ask.origin)
	completeWords(c, "fail-on", failures...)
	completeWords(c, "output", textOutput, "json", "yaml")
	return c
}

// failures are what --fail-on can say.
var failures = []string{"closes", "opens", "any", "never"}

func (f *whatIfFlags) toOptions(c *cobra.Command, args []string, streams genericiooptions.IOStreams) (*whatIfOptions, error) {
	o := &whatIfOptions{IOStreams: streams, failOn: f.failOn, output: f.output}
	switch {
	case len(f.files) == 0:
		return nil, fmt.Errorf("no objects: say with -f what would be applied. See '%s --help'", c.CommandPath())
	case f.all && (len(args) > 0 || f.ask.request.curl != ""):
		return nil, errors.New("--all-namespaces is of everybody: leave it out where SOURCE and TARGET are asked about")
	case f.all && f.ask.origin.changed("namespace"):
		return nil, errors.New("--all-namespaces and --namespace exclude each other")
	case slices.Contains(f.files, "-") && slices.Contains(f.ask.origin.files, "-"):
		return nil, errors.New("stdin can be read once: only one of --filename and --base can be -")
	}
	err := wantWord("fail-on", f.failOn, failures...)
	if err == nil {
		err = wantWord("output", f.output, textOutput, "json", "yaml")
	}
	if err == nil {
		err = wantColor(c.Flags().Changed, f.color, f.output, textual(f.output))
	}
	if err != nil {
		return nil, err
	}
	if o.compare.Question, err = f.question(c, args, streams); err != nil {
		return nil, err
	}
	if o.origin, err = f.ask.origin.open(c.Context(), streams.In); err != nil {
		return nil, err
	}
	files, err := cluster.ReadFiles(f.files, streams.In, o.origin.namespace)
	if err != nil {
		return nil, err
	}
	if o.changes = fix.FromFiles(c.Context(), files, f.remove); len(o.changes) == 0 {
		return nil, fmt.Errorf("%s: no object that matters to a mesh", strings.Join(f.files, ", "))
	}
	if f.ask.origin.namespace() != "" {
		o.compare.Namespaces = []string{o.origin.namespace}
	}
	o.compare.All = f.all
	o.compare.Question.Namespace, o.compare.Question.MeshNamespace = o.origin.namespace, f.ask.origin.meshNamespace
	o.compare.Question.Now = time.Now()
	o.text = textOptions(streams.Out, f.color)
	return o, nil
}

// question is the one that is asked before and after the change; without one everybody is
// asked, with the request left open.
func (f *whatIfFlags) question(c *cobra.Command, args []string, streams genericiooptions.IOStreams) (diagnose.Question, error) {
	switch flag := f.ask.request.said(); {
	case f.ask.request.curl != "":
		return f.ask.curlQuestion(args)
	case len(args) == 0 && flag != "":
		return diagnose.Question{}, fmt.Errorf("%s is of one question: say SOURCE and TARGET too, or leave it out: then everybody is asked, whatever the request holds", flag)
	case len(args) == 0:
		return diagnose.Question{}, nil
	}
	return f.ask.wordsQuestion(c, args, streams)
}

func (o *whatIfOptions) run(ctx context.Context) error {
	say(ctx, "asking %s before and after the change", o.origin.reader.Origin())
	w, err := fix.Compare(ctx, o.origin.reader, o.changes, o.compare)
	said(ctx)
	if err != nil {
		return err
	}
	if o.output == textOutput {
		err = fix.WhatIfText(o.Out, w, o.text)
	} else {
		err = fix.PrintWhatIf(o.Out, w, o.output)
	}
	if err != nil {
		return err
	}
	unsure := len(w.Effect.Unsure)+len(w.Effect.Unseen) > 0
	closes, opens := len(w.Effect.Closes) > 0 || unsure, len(w.Effect.Opens) > 0 || unsure
	failed := map[string]bool{"closes": closes, "opens": opens, "any": closes || opens}[o.failOn]
	if failed {
		return exitStatus(exitDenied)
	}
	return nil
}
