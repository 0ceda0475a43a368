package cmd

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
	"github.com/authz-doctor/kubectl-authz_doctor/fix/apply"
	"github.com/authz-doctor/kubectl-authz_doctor/fix/history"
)

const fixHistoryLong = `List the fixes that were applied from this machine, the latest first, and what has
become of them.

Records are kept below $XDG_STATE_HOME, by default ~/.local/state, in
kubectl-authz-doctor/fixes. If a fix was cut off before it was known to be
written, its cluster is asked whether it was.`

type fixHistoryFlags struct {
	origin originFlags
	output string
}

func newFixHistoryCommand(streams genericiooptions.IOStreams) *cobra.Command {
	flags := &fixHistoryFlags{}
	c := &cobra.Command{
		Use:                   "history [flags]",
		DisableFlagsInUseLine: true,
		Short:                 "List the fixes that were applied",
		Long:                  fixHistoryLong,
		Annotations:           map[string]string{exitAnnotation: "  0  listed\n  2  the records cannot be read"},
		Args:                  cobra.ArbitraryArgs,
		ValidArgsFunction:     noFiles,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return fmt.Errorf("%q is one argument too many. See '%s --help'", args[0], c.CommandPath())
			}
			return flags.run(c.Context(), streams)
		},
	}
	addGroup(c.Flags(), answerGroup, func(g *pflag.FlagSet) {
		g.StringVarP(&flags.output, "output", "o", textOutput, "the `FORMAT`: text or json")
	})
	flags.origin.addServerTo(c.Flags())
	completeOrigin(c, &flags.origin)
	completeWords(c, "output", textOutput, "json")
	return c
}

func (f *fixHistoryFlags) run(ctx context.Context, streams genericiooptions.IOStreams) error {
	if err := wantWord("output", f.output, textOutput, "json"); err != nil {
		return err
	}
	dir, err := history.Dir()
	if err != nil {
		return err
	}
	// Without a cluster the list is what the records alone say.
	var writer *apply.Writer
	if s, err := f.origin.server(); err == nil {
		if writer, err = apply.New(s.config, s.name); err != nil {
			return err
		}
	}
	say(ctx, "asking what became of them")
	h, err := history.Open(dir).History(ctx, writer)
	said(ctx)
	if err != nil {
		return err
	}
	if f.output == "json" {
		return h.JSON(streams.Out)
	}
	return h.Text(streams.Out, time.Local, func(s string) string { return report.Clean(s, false) })
}
