package cmd

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/authz-doctor/kubectl-authz_doctor/plugins"
)

// newRootCommand returns the command that asks a question, and its sub-commands.
func newRootCommand(program string, streams genericiooptions.IOStreams) *cobra.Command {
	plugins.Install()
	root := newAskCommand(program, streams)
	root.Annotations[cobra.CommandDisplayNameAnnotation] = displayName(program)
	root.SilenceErrors, root.SilenceUsage = true, true
	root.PersistentPreRunE = func(c *cobra.Command, _ []string) error {
		muteIfAsked(c)
		return applySettings(c, os.LookupEnv)
	}
	root.SetIn(streams.In)
	root.SetOut(streams.Out)
	root.SetErr(streams.ErrOut)
	root.AddCommand(newSnapshotCommand(streams), newTestCommand(streams), newLintCommand(streams), newExplainCommand(streams), newVersionCommand(streams))
	root.AddCommand(newMatrixCommand(streams), newWhoCanCommand(streams), newWhatCanCommand(streams))
	root.AddCommand(newLogsCommand(streams), newFixCommand(streams), newWhatIfCommand(streams))
	completeOthers(root)
	root.SetHelpCommand(newHelpCommand())
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		if !c.Runnable() { // completion, which needs one of its own
			c.Args, c.RunE = cobra.ArbitraryArgs, needsCommand
			c.Long = completionLong
		}
	}
	root.SetHelpFunc(func(c *cobra.Command, _ []string) { printHelp(c, streams.Out) })
	root.SetUsageFunc(func(c *cobra.Command) error { printHelp(c, streams.Out); return nil })
	root.SetFlagErrorFunc(flagError)
	return root
}

const completionLong = `Print the script that completes the plugin in a shell, where it is run by its own
name. Each command below says how its shell is to load it.

Behind kubectl it is kubectl that completes, from version 1.26 on, once its own
completion is set up: it asks the plugin by a second name, which a link gives it:

  ln -s kubectl-authz_doctor "$(dirname "$(command -v kubectl-authz_doctor)")/kubectl_complete-authz_doctor"

Names are asked of the cluster, or read from the files that are typed before the
word. What takes longer than a second and a half is left out.`

// needsCommand runs a command that only holds others.
func needsCommand(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return noSuchCommand(c, args[0])
	}
	return c.Help()
}

// flagError words an error of flag parsing, with what may have been meant.
func flagError(c *cobra.Command, err error) error {
	hint := ""
	if _, name, ok := strings.Cut(err.Error(), "unknown flag: --"); ok {
		hint = didYouMean("--"+name, flagNames(c))
		if slices.Contains(commandNames(c.Root()), name) { // as other programs have it
			hint = fmt.Sprintf(", did you mean '%s %s'?", c.Root().CommandPath(), name)
		}
	}
	return fmt.Errorf("%w%s See '%s --help'", err, orElse(hint, "."), c.CommandPath())
}

func flagNames(c *cobra.Command) []string {
	var names []string
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			names = append(names, "--"+f.Name)
		}
	})
	return names
}

// orElse returns s, or other if s is empty.
func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
