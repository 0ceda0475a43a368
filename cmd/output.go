package cmd

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"
	"k8s.io/cli-runtime/pkg/printers"

	"github.com/authz-doctor/kubectl-authz_doctor/cmd/kubectl"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
)

// outputFlags say how the answer is shown.
type outputFlags struct {
	print          kubectl.PrintFlags
	color          string
	explain, quiet bool
	redact         bool
	fix            string // the command that proposes repairs
	typed          func(flag string) bool
}

func (f *outputFlags) addTo(c *cobra.Command) {
	addGroup(c.Flags(), answerGroup, func(g *pflag.FlagSet) {
		g.BoolVar(&f.explain, "explain", false, "the whole way: every policy, rule and field, whether it matched or not")
		g.StringVarP(&f.print.OutputFormat, "output", "o", textOutput, "the `FORMAT`: text, wide, markdown, html, json, yaml, junit, sarif, dot, mermaid, jsonpath=…, go-template=… and the others of kubectl")
		g.StringVar(&f.color, "color", "auto", "`WHEN` to use colours: auto, always or never; auto heeds NO_COLOR")
		g.BoolVar(&f.redact, "redact", false, "replace names, hosts, addresses and values, each alike everywhere, so that the answer can be shared")
		g.BoolVarP(&f.quiet, "quiet", "q", false, "print no answer, only exit with its status")
		f.print.AddFlags(g)
	})
	_ = c.RegisterFlagCompletionFunc("output", completeFormats)
	f.typed = c.Flags().Changed
	f.print.OutputFlagSpecified = func() bool { return f.typed("output") }
}

// answerPrinter prints a Diagnosis.
type answerPrinter func(*diagnose.Diagnosis, io.Writer) error

// toPrinter returns the printer for what was typed. Text is for people: they get
// notes beside it.
func (f *outputFlags) toPrinter(out io.Writer) (p answerPrinter, isText bool, err error) {
	if err := wantColor(f.typed, f.color, "", true); err != nil { // of the word alone: what is printed is not known yet
		return nil, false, err
	}
	if f.quiet {
		if f.explain || f.print.OutputFlagSpecified() {
			return nil, false, errors.New("--quiet prints nothing: leave out --explain and --output")
		}
		return func(*diagnose.Diagnosis, io.Writer) error { return nil }, false, nil
	}
	face, own, err := findFace(f.print.OutputFormat)
	if err != nil {
		return nil, false, fmt.Errorf("--output: %w", err)
	}
	template := f.print.Template != "" && !f.print.OutputFlagSpecified()
	switch {
	case template && f.wantsColor():
		return nil, false, errors.New("--color always is for text: leave it out with --template")
	case !own && f.wantsColor() && f.typed("output"):
		return nil, false, fmt.Errorf("--color always is for text: leave it out with --output %s", f.print.OutputFormat)
	case !own && f.wantsColor(): // the configuration yields to what was typed
		return textPrinter(f.textOptions(out, false)), true, nil
	case !own || template:
		p, err := f.toObjectPrinter()
		return p, false, err
	case face.print == nil:
		return textPrinter(f.textOptions(out, face.name == wideOutput)), true, nil
	case f.wantsText() && !f.typed("output"): // so does it here
		return textPrinter(f.textOptions(out, false)), true, nil
	case f.explain && !face.whole:
		return nil, false, fmt.Errorf("--explain and --output %s exclude each other: %s has no room for everything", face.name, face.name)
	case f.wantsColor():
		return nil, false, fmt.Errorf("--color always is for text: leave it out with --output %s", face.name)
	}
	return face.print, face.people, nil
}

// wantsText reports whether something was typed that only text has.
func (f *outputFlags) wantsText() bool { return f.explain || f.wantsColor() }

// wantsColor reports whether it was typed that there must be colours.
func (f *outputFlags) wantsColor() bool { return f.color == "always" && f.typed("color") }

func (f *outputFlags) textOptions(out io.Writer, wide bool) report.TextOptions {
	o := textOptions(out, f.color)
	o.Wide, o.Full, o.Fix = wide, f.explain, f.fix
	return o
}

// toObjectPrinter returns one of kubectl's own printers.
func (f *outputFlags) toObjectPrinter() (answerPrinter, error) {
	printer, err := f.print.ToPrinter()
	if err != nil {
		return nil, fmt.Errorf("--output %s: %w", f.print.OutputFormat, err)
	}
	return objectPrinter(printer, f.print.OutputFormat), nil
}

// objectPrinter prints as kubectl does. JSON is escaped; what a template picks is as it is,
// for a script, but not where it would reach a terminal.
func objectPrinter(p printers.ResourcePrinter, format string) answerPrinter {
	return func(d *diagnose.Diagnosis, w io.Writer) error {
		switch name := strings.ToLower(format); {
		case name == "json":
			w = report.PlainJSON(w)
		case name != "yaml" && isTerminal(w):
			w = report.Printable(w)
		}
		object, err := report.Object(d)
		if err != nil {
			return err
		}
		return p.PrintObj(object, w)
	}
}

// textOptions are how a text looks on out; when is what --color says.
func textOptions(out io.Writer, when string) report.TextOptions {
	return report.TextOptions{
		Width: textWidth(out, os.LookupEnv), ASCII: !speaksUTF8(os.LookupEnv),
		Color: useColor(when, isTerminal(out), os.LookupEnv),
	}
}

// lookup is os.LookupEnv.
type lookup func(string) (string, bool)

// useColor is the one rule for colours. What the user says for this run wins
// over what the environment says for all.
func useColor(when string, terminal bool, env lookup) bool {
	if when != "auto" {
		return when == "always"
	}
	_, noColor := env("NO_COLOR") // present at all, even empty
	kind, _ := env("TERM")
	return terminal && !noColor && kind != "dumb"
}

// defaultWidth is for what is no terminal.
const defaultWidth = 100

// textWidth is how many columns there are.
func textWidth(out io.Writer, env lookup) int {
	columns, _ := env("COLUMNS")
	if n, err := strconv.Atoi(columns); err == nil && n > 0 {
		return n
	}
	if f, ok := out.(*os.File); ok {
		if n, _, err := term.GetSize(int(f.Fd())); err == nil && n > 0 {
			return n
		}
	}
	return defaultWidth
}

// speaksUTF8 reports whether the locale is one of UTF-8. Where nothing is said,
// as in most containers, it is.
func speaksUTF8(env lookup) bool {
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if locale, _ := env(name); locale != "" {
			locale = strings.ToLower(locale)
			return strings.Contains(locale, "utf-8") || strings.Contains(locale, "utf8")
		}
	}
	return true
}

func helpWidth(out io.Writer) int { return textWidth(out, os.LookupEnv) }

func isTerminal(out io.Writer) bool {
	f, ok := out.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
