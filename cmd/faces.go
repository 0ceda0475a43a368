package cmd

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/authz-doctor/kubectl-authz_doctor/cmd/kubectl"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report/graph"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report/html"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report/junit"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report/markdown"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report/sarif"
	"github.com/authz-doctor/kubectl-authz_doctor/docs"
)

// face is a format of an answer that is the plugin's own.
type face struct {
	name, says string
	other      string // a second name
	// whole says that it holds everything there is, so that --explain adds nothing
	// and contradicts nothing.
	whole bool
	// people says that it is for them: they get notes beside it.
	people bool
	print  answerPrinter // nil: it is text, which has options
}

// The formats whose printers have options, and a name for the others.
const (
	textOutput = "text"
	wideOutput = "wide"
)

// faces are the formats that are the plugin's own, as help lists them.
func faces() []face {
	return []face{
		{name: textOutput, says: "what decides, for a terminal", people: true, whole: true},
		{name: wideOutput, says: "every hop, stage and policy as well", people: true, whole: true},
		{name: "markdown", other: "md", says: "for an issue, a merge request or a chat", people: true, whole: true, print: reversed(markdown.Write)},
		{name: "html", says: "a page of its own, everything in it to unfold", people: true, whole: true, print: reversed(html.Write)},
		{name: "junit", says: "for the test report of a CI server", print: reversed(junit.Diagnosis)},
		{name: "sarif", says: "SARIF 2.1.0", print: func(d *diagnose.Diagnosis, w io.Writer) error {
			return sarif.Diagnosis(w, d, buildVersion(), docs.Finding)
		}},
		{name: "dot", says: "the way as a diagram of Graphviz", print: reversed(graph.DOT)},
		{name: "mermaid", says: "the way as a diagram of Mermaid", print: reversed(graph.Mermaid)},
	}
}

func reversed(write func(io.Writer, *diagnose.Diagnosis) error) answerPrinter {
	return func(d *diagnose.Diagnosis, w io.Writer) error { return write(w, d) }
}

// findFace finds the face of a format; ok is false for one of kubectl's. A format that
// neither has is an error.
func findFace(format string) (f face, ok bool, err error) {
	all := faces()
	if i := slices.IndexFunc(all, func(f face) bool { return format == f.name || format == f.other && format != "" }); i >= 0 {
		return all[i], true, nil
	}
	name, _, _ := strings.Cut(format, "=")
	if slices.Contains(kubectl.Formats(), name) || slices.Contains(kubectl.Formats(), strings.ToLower(format)) {
		return face{}, false, nil
	}
	names := formatNames()
	return face{}, false, fmt.Errorf("there is no format %q%s The formats are %s and %s",
		format, orElse(didYouMean(name, names), "."), strings.Join(names[:len(names)-1], ", "), names[len(names)-1])
}

// formatNames are the names of all formats, the plugin's own first.
func formatNames() []string {
	var out []string
	for _, f := range faces() {
		out = append(out, f.name)
	}
	return append(out, kubectl.Formats()...)
}

// textPrinter prints text as o says.
func textPrinter(o report.TextOptions) answerPrinter {
	return func(d *diagnose.Diagnosis, w io.Writer) error { return report.Text(w, d, o) }
}

// completeFormats completes the value of --output, each with what it is for.
func completeFormats(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	var out []cobra.Completion
	for _, f := range faces() {
		out = append(out, cobra.CompletionWithDesc(f.name, f.says))
	}
	for _, name := range kubectl.Formats() {
		says := "the published form, as kubectl prints it"
		if strings.Contains(name, "template") || strings.Contains(name, "path") {
			name += "="
		}
		out = append(out, cobra.CompletionWithDesc(name, says))
	}
	return out, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveKeepOrder
}
