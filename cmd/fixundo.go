package cmd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
	"github.com/authz-doctor/kubectl-authz_doctor/fix/apply"
	"github.com/authz-doctor/kubectl-authz_doctor/fix/history"
	"github.com/authz-doctor/kubectl-authz_doctor/fix/perform"
)

const fixUndoLong = `Take back a fix that was applied: the latest of this cluster, or the one with this ID.

What was created is deleted, what was deleted is created again, and of what was
changed exactly the changed fields become what they were before. If somebody has
changed the same since, nothing is undone, and what it was and who did it is said.`

const fixUndoExample = `  # Show what would be undone, as the server sees it
  kubectl authz-doctor fix undo --dry-run=server

  # Undo one of those that the history lists, without being asked
  kubectl authz-doctor fix undo 20261126-104501-a1b2 --yes`

const fixUndoExitHelp = `  0  undone, or it would be
  2  not undone: there is nothing to undo, or the cluster refuses it`

type fixUndoFlags struct {
	origin originFlags
	dryRun string
	yes    bool
	force  bool

	readOnly bool
}

// fixUndoOptions is what it takes to run.
type fixUndoOptions struct {
	genericiooptions.IOStreams
	id        string
	performer *perform.Performer
	apply     apply.Options
	yes       bool
}

func newFixUndoCommand(streams genericiooptions.IOStreams) *cobra.Command {
	flags := &fixUndoFlags{}
	c := &cobra.Command{
		Use:                   "undo [ID] [flags]",
		DisableFlagsInUseLine: true,
		Short:                 "Take back a fix that was applied",
		Long:                  fixUndoLong,
		Example:               fixUndoExample,
		Annotations:           map[string]string{exitAnnotation: fixUndoExitHelp},
		Args:                  cobra.ArbitraryArgs,
		ValidArgsFunction:     completeFixID,
		RunE: func(c *cobra.Command, args []string) error {
			o, err := flags.toOptions(c, args, streams)
			if err != nil {
				return err
			}
			return o.run(c.Context())
		},
	}
	addGroup(c.Flags(), otherGroup, func(g *pflag.FlagSet) {
		addDryRun(g, &flags.dryRun)
		addReadOnly(g, &flags.readOnly)
		g.BoolVarP(&flags.yes, "yes", "y", false, "do not ask before")
		g.BoolVar(&flags.force, "force-conflicts", false, "also change fields that somebody else manages by now")
	})
	flags.origin.addServerTo(c.Flags())
	completeOrigin(c, &flags.origin)
	return c
}

func (f *fixUndoFlags) toOptions(c *cobra.Command, args []string, streams genericiooptions.IOStreams) (*fixUndoOptions, error) {
	o := &fixUndoOptions{IOStreams: streams, yes: f.yes}
	if len(args) > 1 {
		return nil, fmt.Errorf("%d arguments, want one ID; %q is one too many. See '%s --help'", len(args), args[1], c.CommandPath())
	}
	if len(args) == 1 {
		o.id = args[0]
	}
	var err error
	if o.apply.DryRun, err = parseDryRun(f.dryRun); err != nil {
		return nil, err
	}
	if err := refuse(f.readOnly, o.apply.DryRun); err != nil {
		return nil, err
	}
	o.apply.ForceConflicts = f.force
	if o.apply.DryRun == apply.DryRunNone && !o.yes && !isStdinTerminal(streams.In) {
		return nil, errors.New("nobody can be asked whether to undo it: say --yes, or --dry-run to see what it would be")
	}
	s, err := f.origin.server()
	if err != nil {
		return nil, err
	}
	o.performer, err = s.performer(append(strings.Fields(c.CommandPath()), args...))
	return o, err
}

func (o *fixUndoOptions) run(ctx context.Context) error {
	say(ctx, "reading what there is now")
	u, plan, err := o.performer.PlanUndo(ctx, o.id)
	said(ctx)
	if err != nil {
		return o.explain(err)
	}
	o.show(u, plan)
	if o.apply.DryRun == apply.DryRunNone && len(plan) > 0 && !o.yes {
		sure, err := confirm(o.In, o.ErrOut, "Undo it?")
		if err != nil || !sure {
			return errors.Join(err, errors.New("not undone"))
		}
	}
	say(ctx, "undoing")
	out, err := o.performer.Undo(ctx, u, o.apply)
	said(ctx)
	for _, r := range out.Results {
		for _, note := range r.Notes {
			_, _ = fmt.Fprintln(o.ErrOut, "note:", oneLine(note))
		}
		if err != nil && o.apply.DryRun == apply.DryRunNone {
			_, _ = fmt.Fprintln(o.ErrOut, "note:", oneLine(r.String()+" is undone, the rest is not: run it again when what stopped it is gone"))
		}
	}
	if err != nil {
		return o.explain(err)
	}
	switch o.apply.DryRun {
	case apply.DryRunNone:
		_, err = fmt.Fprintf(o.Out, "undone (%s)\n", out.ID)
	case apply.DryRunServer:
		_, err = fmt.Fprintln(o.Out, "not undone: a dry run, which the server accepts")
	case apply.DryRunClient:
		_, err = fmt.Fprintln(o.Out, "not undone: a dry run")
	}
	return err
}

// show tells what is going to be done.
func (o *fixUndoOptions) show(u *history.Undo, plan []apply.Result) {
	title := "fix " + u.Record.ID
	if u.Record.Summary != "" {
		title += ": " + u.Record.Summary
	}
	_, _ = fmt.Fprintln(o.Out, oneLine(title))
	for _, already := range u.Already {
		_, _ = fmt.Fprintln(o.Out, oneLine("nothing to do: "+already))
	}
	for _, r := range plan {
		_, _ = fmt.Fprintln(o.Out, oneLine(r.Verb+" "+r.String()))
		for line := range strings.Lines(apply.Lines(r.Fields)) {
			_, _ = fmt.Fprintln(o.Out, "  "+report.Clean(strings.TrimSuffix(line, "\n"), false))
		}
	}
}

// explain tells the details that an error has no room for.
func (o *fixUndoOptions) explain(err error) error {
	var e *apply.Error
	if errors.As(err, &e) {
		for line := range strings.Lines(e.Detail()) {
			_, _ = fmt.Fprintln(o.ErrOut, report.Clean(strings.TrimSuffix(line, "\n"), false))
		}
	}
	return err
}

// completeFixID completes the IDs on record, the latest first.
func completeFixID(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	dir, err := history.Dir()
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	records, _, _ := history.Open(dir).List()
	var out []string
	for _, r := range slices.Backward(records) {
		if r.Undoes == "" {
			out = append(out, r.ID+"\t"+r.Summary)
		}
	}
	return out, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
}
