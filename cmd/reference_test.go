package cmd

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericiooptions"
)

var update = flag.Bool("update", false, "write the command reference and the man pages anew")

// TestReference keeps docs/reference.md and docs/man what the commands are. It writes them
// itself, so that the plugin does not carry what does: go test ./cmd -run Reference -update.
func TestReference(t *testing.T) {
	all := referenced()
	pages := map[string][]byte{filepath.Join("..", "docs", "reference.md"): markdownReference(all)}
	for _, c := range all {
		pages[filepath.Join("..", "docs", "man", manName(c)+".1")] = manPage(c)
	}
	found, err := filepath.Glob(filepath.Join("..", "docs", "man", "*.1"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range found {
		if pages[file] == nil {
			t.Errorf("%s is of no command", file)
		}
	}
	for file, want := range pages {
		if *update {
			if err := os.WriteFile(file, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(want), string(bytes.ReplaceAll(got, []byte("\r\n"), []byte("\n")))); diff != "" {
			t.Errorf("%s (-the commands +it; go test ./cmd -run Reference -update writes it anew):\n%s", file, diff)
		}
	}
}

// referenced are the commands, each behind the one it is of. Those of a shell each are
// told by the command that holds them.
func referenced() []*cobra.Command {
	var all []*cobra.Command
	everyCommand(newRootCommand(pluginFile, genericiooptions.IOStreams{}), func(c *cobra.Command) {
		if c.Name() != "help" && (c.Parent() == nil || c.Parent().Name() != "completion") {
			c.InitDefaultHelpFlag()
			all = append(all, c)
		}
	})
	return all
}

// flagOf is a flag as it is typed, and what it says.
type flagOf struct{ typed, says string }

// flagsOf are the flags of a group.
func flagsOf(c *cobra.Command, group string) []flagOf {
	var out []flagOf
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if f.Hidden || groupOf(f) != group {
			return
		}
		value, says := pflag.UnquoteUsage(f)
		typed := "--" + f.Name
		if f.Shorthand != "" {
			typed = "-" + f.Shorthand + ", " + typed
		}
		if f.NoOptDefVal != "" && value != "" {
			typed += "[=" + value + "]"
		} else if value != "" {
			typed += " " + value
		}
		if !slices.Contains([]string{"", "false", "[]", "0"}, f.DefValue) {
			says += " (default " + f.DefValue + ")"
		}
		out = append(out, flagOf{typed, says})
	})
	return out
}

func hasGroup(c *cobra.Command, group string) bool { return len(flagsOf(c, group)) > 0 }

func markdownReference(all []*cobra.Command) []byte {
	var b bytes.Buffer
	b.WriteString("# Commands\n\n<!-- page: TestReference -->\n\nWhat `--help` says, of every command. The flags that reach an API server are\nkubectl's, and [listed once](#flags-of-kubectl). Man pages of the same are in\n[man](man/" + manName(all[0]) + ".1). A file for defaults, and the environment: [configuration.md](configuration.md).\n\n")
	for _, c := range all {
		fmt.Fprintf(&b, "- [`%s`](#%s): %s\n", c.CommandPath(), strings.ReplaceAll(c.CommandPath(), " ", "-"), c.Short)
	}
	for _, c := range all {
		fmt.Fprintf(&b, "\n## %s\n\n%s\n\n```text\n%s\n```\n", c.CommandPath(), strings.TrimSpace(orElse(c.Long, c.Short)), c.UseLine())
		if c.Example != "" {
			fmt.Fprintf(&b, "\n<!-- e2e: no-sidecar -->\n```sh\n%s\n```\n", outdent(c.Example))
		}
		for _, g := range flagGroups {
			if g != kubectlGroup && hasGroup(c, g) {
				fmt.Fprintf(&b, "\n**%s**\n\n", g)
				markdownFlags(&b, flagsOf(c, g))
			}
		}
		if hasGroup(c, kubectlGroup) {
			b.WriteString("\nAnd the [flags of kubectl](#flags-of-kubectl).\n")
		}
		if status := c.Annotations[exitAnnotation]; status != "" {
			fmt.Fprintf(&b, "\n**Exit status**\n\n```text\n%s\n```\n", outdent(status))
		}
	}
	b.WriteString("\n## Flags of kubectl\n\nAs with kubectl, but for its `--token`, which is `--api-token` here, and `-v`, which is\nonly `--v` with `test`.\n\n")
	markdownFlags(&b, flagsOf(all[0], kubectlGroup))
	return b.Bytes()
}

func markdownFlags(b *bytes.Buffer, flags []flagOf) {
	for _, f := range flags {
		fmt.Fprintf(b, "- `%s`: %s\n", f.typed, strings.NewReplacer("<", `\<`, "*", `\*`, "[", `\[`).Replace(f.says))
	}
}

// outdent takes off the two spaces that help begins a line with.
func outdent(s string) string {
	var b strings.Builder
	for line := range strings.Lines(strings.Trim(s, "\n")) {
		b.WriteString(strings.TrimPrefix(line, "  "))
	}
	return b.String()
}

// manName is the page of a command: kubectl-authz-doctor-fix-undo.
func manName(c *cobra.Command) string { return strings.ReplaceAll(c.CommandPath(), " ", "-") }

// manPage is a command's page, in the macros of man(7).
func manPage(c *cobra.Command) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, ".TH %s 1 \"\" \"authz-doctor\" \"User Commands\"\n", strings.ToUpper(roff(manName(c))))
	fmt.Fprintf(&b, ".SH NAME\n%s \\- %s\n", roff(manName(c)), roff(c.Short))
	fmt.Fprintf(&b, ".SH SYNOPSIS\n.B %s\n%s\n", roff(c.CommandPath()), roff(strings.TrimSpace(strings.TrimPrefix(c.UseLine(), c.CommandPath()))))
	b.WriteString(".SH DESCRIPTION\n")
	for i, paragraph := range strings.Split(strings.TrimSpace(orElse(c.Long, c.Short)), "\n\n") {
		if i > 0 {
			b.WriteString(".PP\n")
		}
		manText(&b, paragraph)
	}
	b.WriteString(".SH OPTIONS\n")
	for _, g := range flagGroups {
		if !hasGroup(c, g) {
			continue
		}
		fmt.Fprintf(&b, ".SS %s\n", roff(g))
		for _, f := range flagsOf(c, g) {
			fmt.Fprintf(&b, ".TP\n.B %s\n%s\n", roff(f.typed), roff(f.says))
		}
	}
	manBlock(&b, "EXAMPLES", c.Example)
	manBlock(&b, "EXIT STATUS", c.Annotations[exitAnnotation])
	var also []string
	for _, other := range append([]*cobra.Command{c.Parent()}, c.Commands()...) {
		if other != nil && other.Name() != "help" && other.Name() != "completion" && c.Name() != "completion" {
			also = append(also, ".BR "+roff(manName(other))+" (1)")
		}
	}
	fmt.Fprintf(&b, ".SH SEE ALSO\n%s\n", strings.Join(append(also, ".BR kubectl (1)"), ",\n"))
	return b.Bytes()
}

// manText is text; what is indented keeps its lines.
func manText(b *bytes.Buffer, text string) {
	if strings.HasPrefix(text, "  ") {
		fmt.Fprintf(b, ".nf\n%s\n.fi\n", roff(outdent(text)))
		return
	}
	fmt.Fprintf(b, "%s\n", roff(text))
}

func manBlock(b *bytes.Buffer, title, text string) {
	if text = outdent(text); text != "" {
		fmt.Fprintf(b, ".SH %s\n.nf\n%s\n.fi\n", title, roff(strings.TrimRight(text, "\n")))
	}
}

// roff writes text so that it means nothing else to roff.
func roff(text string) string {
	text = strings.NewReplacer(`\`, `\e`, "-", `\-`, "…", `\[u2026]`, "→", `\[->]`).Replace(text)
	var b strings.Builder
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, ".") || strings.HasPrefix(line, "'") {
			b.WriteString(`\&`)
		}
		b.WriteString(line)
	}
	return b.String()
}
