package cmd

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/spell"
	"github.com/authz-doctor/kubectl-authz_doctor/docs"
)

const explainLong = `Explain a finding by its code: what you see, why, how to check it, what fixes it,
and a small example to try.

Without a code, list all of them. No cluster is needed.`

const explainExample = `  # What AD0101 means
  kubectl authz-doctor explain AD0101

  # Every code there is
  kubectl authz-doctor explain`

// explained is a kind of finding with its page.
type explained struct {
	diagnose.FindingKind
	Page string `json:"page"` // Markdown
}

func newExplainCommand(streams genericiooptions.IOStreams) *cobra.Command {
	var output, color string
	c := &cobra.Command{
		Use:                   "explain [CODE…] [flags]",
		DisableFlagsInUseLine: true,
		Short:                 "Explain a finding by its code, or list all codes",
		Long:                  explainLong,
		Example:               explainExample,
		Annotations:           map[string]string{exitAnnotation: "  0  explained\n  2  there is no such code, or wrong usage"},
		Args:                  cobra.ArbitraryArgs,
		ValidArgsFunction:     completeCodes,
		RunE: func(c *cobra.Command, args []string) error {
			if err := wantWord("output", output, textOutput, "markdown", "json"); err != nil {
				return err
			}
			if err := wantColor(c.Flags().Changed, color, output, textual(output)); err != nil {
				return err
			}
			kinds, err := findKinds(args)
			if err != nil {
				return err
			}
			return printKinds(streams.Out, kinds, len(args) == 0, output, color)
		},
	}
	c.Flags().StringVarP(&output, "output", "o", textOutput, "the `FORMAT`: text, markdown or json")
	completeWords(c, "output", textOutput, "markdown", "json")
	c.Flags().StringVar(&color, "color", "auto", "`WHEN` to use colours: auto, always or never; auto heeds NO_COLOR")
	return c
}

// completeCodes completes the codes that were not given yet, with their titles.
func completeCodes(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	var out []string
	for _, k := range diagnose.Catalogue() {
		if !slices.ContainsFunc(args, func(a string) bool { return strings.EqualFold(a, k.Code) }) {
			out = append(out, k.Code+"\t"+k.Title)
		}
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}

// findKinds finds the kinds of the codes, each once; all without a code.
func findKinds(codes []string) ([]explained, error) {
	var out []explained
	all := diagnose.Catalogue()
	for _, code := range codes {
		i := slices.IndexFunc(all, func(k diagnose.FindingKind) bool { return strings.EqualFold(k.Code, code) })
		if i < 0 {
			return nil, noSuchCode(code, all)
		}
		if !slices.ContainsFunc(out, func(e explained) bool { return e.Code == all[i].Code }) {
			out = append(out, explain(all[i]))
		}
	}
	if len(codes) == 0 {
		for _, k := range all {
			out = append(out, explain(k))
		}
	}
	return out, nil
}

func explain(k diagnose.FindingKind) explained {
	page, _ := docs.Finding(k.Code) // a test sees to it that there is one
	return explained{k, page}
}

// noSuchCode names the nearest codes, three at most.
func noSuchCode(code string, all []diagnose.FindingKind) error {
	whole := strings.ToUpper(code)
	if n, err := strconv.Atoi(code); err == nil && n > 0 {
		whole = fmt.Sprintf("AD%04d", n)
	}
	var near []string
	for away := 0; away <= 2 && len(near) == 0; away++ {
		for _, k := range all {
			if codeDistance(whole, k.Code) == away && len(near) < 3 {
				near = append(near, k.Code)
			}
		}
	}
	if len(near) == 0 {
		return fmt.Errorf("no finding has the code %q: 'kubectl authz-doctor explain' lists all", code)
	}
	return fmt.Errorf("no finding has the code %q, did you mean %s?", code, strings.Join(near, ", or "))
}

// codeDistance is how far a code is from another; neighbours that changed places count
// once.
func codeDistance(a, b string) int {
	for i := range max(len(a)-1, 0) {
		if swapped := a[:i] + a[i+1:i+2] + a[i:i+1] + a[i+2:]; swapped == b && a != b {
			return 1
		}
	}
	return spell.Distance(a, b)
}

func printKinds(w io.Writer, kinds []explained, list bool, output, color string) error {
	o := report.TextOptions{
		Width: textWidth(w, os.LookupEnv), Color: useColor(color, isTerminal(w), os.LookupEnv), ASCII: !speaksUTF8(os.LookupEnv),
	}
	var b strings.Builder
	switch output {
	case "json":
		e := json.NewEncoder(&b)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		if err := e.Encode(kinds); err != nil {
			return err
		}
	case "markdown", textOutput, "":
		for i, k := range kinds {
			switch {
			case list && output == "markdown":
				fmt.Fprintf(&b, "- %s (%s): %s\n", k.Code, k.Severity, k.Title)
			case list:
				fmt.Fprintf(&b, "%s  %-7s  %s\n", report.Paint(o.Color, report.Bold, k.Code), k.Severity, report.Clean(k.Title, o.ASCII))
			default:
				if i > 0 {
					b.WriteString("\n")
				}
				if output == "markdown" {
					b.WriteString(k.Page)
				} else {
					b.WriteString(report.PlainMarkdown(k.Page, o))
				}
			}
		}
	default:
		return fmt.Errorf("--output %q: want text, markdown or json", output)
	}
	_, err := io.WriteString(w, b.String())
	return err
}
