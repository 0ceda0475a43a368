package cmd

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// groupOfFlag annotates a flag with the group that help lists it in.
const groupOfFlag = "authz-doctor/group"

// The groups, in the order of help. A flag without one is in the last but one.
const (
	requestGroup = "The request"
	answerGroup  = "The answer"
	screenGroup  = "On a terminal"
	sourceGroup  = "Where the objects come from"
	otherGroup   = "Other flags"
	kubectlGroup = "Reaching the API server, as with kubectl"
)

var flagGroups = []string{requestGroup, answerGroup, screenGroup, sourceGroup, otherGroup, kubectlGroup}

// addGroup adds the flags that define defines, as one group of help.
func addGroup(to *pflag.FlagSet, group string, define func(*pflag.FlagSet)) {
	flags := pflag.NewFlagSet(group, pflag.ContinueOnError)
	flags.SortFlags, to.SortFlags = false, false
	define(flags)
	flags.VisitAll(func(f *pflag.Flag) {
		f.Annotations = map[string][]string{groupOfFlag: {group}}
	})
	to.AddFlagSet(flags)
}

func groupOf(f *pflag.Flag) string {
	if g := f.Annotations[groupOfFlag]; len(g) == 1 {
		return g[0]
	}
	return otherGroup
}

// printHelp writes all that there is to say about a command.
func printHelp(c *cobra.Command, w io.Writer) {
	var b strings.Builder
	section := func(title, text string) {
		if text = strings.Trim(text, "\n"); text != "" {
			fmt.Fprintf(&b, "\n%s:\n%s\n", title, text)
		}
	}
	b.WriteString(strings.TrimSpace(cmp.Or(c.Long, c.Short)) + "\n")
	usage := "  " + c.UseLine()
	if c.HasAvailableSubCommands() {
		usage += "\n  " + c.CommandPath() + " COMMAND"
	}
	section("Usage", usage)
	section("Examples", strings.ReplaceAll(c.Example, pluginCommand, c.Root().CommandPath()))
	section("Commands", commandList(c))
	c.InitDefaultHelpFlag()
	width := helpWidth(w)
	for _, g := range flagGroups {
		section(g, groupUsages(c, g, width))
	}
	section("Exit status", c.Annotations[exitAnnotation])
	_, _ = io.WriteString(w, b.String())
}

// newHelpCommand is cobra's, but one that does not know everything.
func newHelpCommand() *cobra.Command {
	return &cobra.Command{
		Use:                   "help [COMMAND]",
		DisableFlagsInUseLine: true,
		Short:                 "Print the help of a command",
		ValidArgsFunction:     noFiles,
		RunE: func(c *cobra.Command, args []string) error {
			about, rest, err := c.Root().Find(args)
			if err == nil && len(rest) > 0 {
				err = noSuchCommand(about, rest[0])
			}
			if err != nil {
				return err
			}
			return about.Help()
		},
	}
}

// noSuchCommand says that a command has no such sub-command.
func noSuchCommand(c *cobra.Command, name string) error {
	return fmt.Errorf("%s has no command %q%s See '%s --help'",
		c.CommandPath(), name, orElse(didYouMean(name, commandNames(c)), "."), c.CommandPath())
}

func commandNames(c *cobra.Command) []string {
	var names []string
	for _, sub := range c.Commands() {
		names = append(names, sub.Name())
	}
	return names
}

// exitAnnotation holds what help says of the exit status.
const exitAnnotation = "authz-doctor/exit"

func commandList(c *cobra.Command) string {
	var b strings.Builder
	for _, sub := range c.Commands() {
		if sub.IsAvailableCommand() || sub.Name() == "help" {
			fmt.Fprintf(&b, "  %-*s  %s\n", c.NamePadding(), sub.Name(), sub.Short)
		}
	}
	return b.String()
}

func groupUsages(c *cobra.Command, group string, width int) string {
	flags := pflag.NewFlagSet(group, pflag.ContinueOnError)
	flags.SortFlags = false
	var found []*pflag.Flag
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if groupOf(f) == group {
			found = append(found, f)
		}
	})
	c.InheritedFlags().VisitAll(func(f *pflag.Flag) {
		if groupOf(f) == group && !slices.Contains(found, f) {
			found = append(found, f)
		}
	})
	for _, f := range found {
		flags.AddFlag(f)
	}
	return flags.FlagUsagesWrapped(width)
}
