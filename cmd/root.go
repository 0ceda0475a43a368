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
	return rootCommand(program, streams, false)
}

// rootCommand returns the command of all. To a question the others are no more than their
// names: their flags take longer to define than the question to be answered.
func rootCommand(program string, streams genericiooptions.IOStreams, question bool) *cobra.Command {
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
	for _, sub := range subcommands {
		if question {
			root.AddCommand(&cobra.Command{Use: sub.name, Run: func(*cobra.Command, []string) {}})
		} else {
			root.AddCommand(sub.create(streams))
		}
	}
	if !question {
		completeOthers(root)
	}
	root.SetHelpCommand(newHelpCommand())
	root.InitDefaultCompletionCmd()
	for _, c := range root.Commands() {
		if !c.Runnable() { // completion, which needs one of its own
			c.Args, c.RunE = cobra.ArbitraryArgs, needsCommand
			c.Long = completionLong
		}
	}
	help := func(c *cobra.Command) {
		if question && c == root { // it is none after all
			c = newRootCommand(program, streams)
			c.InitDefaultHelpCmd()
		}
		printHelp(c, streams.Out)
	}
	root.SetHelpFunc(func(c *cobra.Command, _ []string) { help(c) })
	root.SetUsageFunc(func(c *cobra.Command) error { help(c); return nil })
	root.SetFlagErrorFunc(flagError)
	return root
}

// subcommand is a command beside the question.
type subcommand struct {
	name   string
	create func(genericiooptions.IOStreams) *cobra.Command
}

var subcommands = []subcommand{
	{"snapshot", newSnapshotCommand},
	{"test", newTestCommand},
	{"lint", newLintCommand},
	{"explain", newExplainCommand},
	{"version", newVersionCommand},
	{"matrix", newMatrixCommand},
	{"who-can", newWhoCanCommand},
	{"what-can", newWhatCanCommand},
	{"logs", newLogsCommand},
	{"fix", newFixCommand},
	{"what-if", newWhatIfCommand},
}

// isQuestion reports whether args, without the program's name, are surely a question: no
// word of them is a command.
func isQuestion(args []string) bool {
	return !slices.ContainsFunc(args, func(arg string) bool {
		return arg == "help" || arg == "completion" || strings.HasPrefix(arg, "__") || // cobra's own
			slices.ContainsFunc(subcommands, func(sub subcommand) bool { return sub.name == arg })
	})
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
