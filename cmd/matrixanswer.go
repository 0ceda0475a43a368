package cmd

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/matrix"
)

// addAnswerTo adds the flags that say how the answer is shown, and what it must not be.
func (f *matrixFlags) addAnswerTo(c *cobra.Command) {
	addGroup(c.Flags(), answerGroup, func(g *pflag.FlagSet) {
		g.StringVarP(&f.output, "output", "o", textOutput, "the `FORMAT`: "+strings.Join(matrixFormats, ", "))
		g.StringArrayVar(&f.failOn, "fail-on", nil, "exit with 1 if there is a path that this `RULE` forbids: 'foo -> bar', from namespace foo to namespace bar; repeatable")
		g.StringVar(&f.color, "color", "auto", "`WHEN` to use colours: auto, always or never; auto heeds NO_COLOR")
		addOutputFile(g, &f.file, &f.force)
		addQuiet(g, &f.quiet)
	})
	completeWords(c, "output", matrixFormats...)
	completeWords(c, "fail-on", "* -> \tno path from anybody", "outside -> \tno path from outside the mesh")
}

// matrixFormats are what --output can say.
var matrixFormats = []string{textOutput, wideOutput, "json", "csv", "html", "dot", "mermaid"}

// toAnswer reads the flags that say how the answer is shown, and what it must not be.
func (f *matrixFlags) toAnswer(c *cobra.Command, args []string, streams genericiooptions.IOStreams) (*matrixOptions, error) {
	streams, err := silence(c, f.quiet, streams)
	if err != nil {
		return nil, err
	}
	o := &matrixOptions{IOStreams: streams, output: orElse(f.output, textOutput)}
	if err := wantWord("output", o.output, matrixFormats...); err != nil {
		return nil, err
	}
	if err := wantColor(c.Flags().Changed, f.color, o.output, o.output == textOutput || o.output == wideOutput); err != nil {
		return nil, err
	}
	for _, text := range f.failOn {
		r, err := matrix.ParseRule(text)
		if err != nil {
			return nil, fmt.Errorf("--fail-on: %w", err)
		}
		o.rules = append(o.rules, r)
	}
	o.text = matrix.TextOptions{TextOptions: textOptions(streams.Out, f.color)}
	o.text.Wide = o.output == wideOutput
	if isTerminal(streams.Out) && !o.text.Wide {
		o.text.Lines, o.text.All = 200, repeatable(commandLine(c, args))+" -o wide"
	}
	return o, nil
}

// answer prints a matrix, unless that is done, and returns the exit status.
func (o *matrixOptions) answer(m *matrix.Matrix, printed bool) error {
	violations, idle := m.Check(o.rules)
	m.Notes = append(m.Notes, idle...)
	if len(m.Sources) == 0 || len(m.Targets) == 0 {
		if unseen := m.Unseen(); len(unseen) > 0 {
			return unseenError("there is nothing to tell", unseen)
		}
		m.Notes = append(m.Notes, nothing(m))
	}
	o.tell(m)
	if !printed {
		if err := o.print(m, violations); err != nil {
			return err
		}
	}
	return o.status(m, violations)
}

// nothing says what is not there.
func nothing(m *matrix.Matrix) string {
	switch {
	case len(m.Targets) > 0:
		return "no source is chosen; " + plenty("sources", m.InSight.Sources)
	case len(m.InSight.Targets) > 0:
		return "no Service is chosen; " + plenty("targets", m.InSight.Targets)
	}
	return "there is no Service with a TCP port in sight"
}

// plenty names some of what there is.
func plenty(what string, names []string) string {
	const most = 5
	if len(names) == 0 {
		return "there are no " + what
	}
	if len(names) > most {
		return fmt.Sprintf("%s are %s and %d more", what, strings.Join(names[:most], ", "), len(names)-most)
	}
	return what + " are " + strings.Join(names, ", ")
}

// tell writes what is to be known beside the answer.
func (o *matrixOptions) tell(m *matrix.Matrix) {
	if o.output == textOutput || o.output == wideOutput {
		o.origin.printNotes(o.ErrOut)
		for _, line := range o.about.Remarks {
			_, _ = fmt.Fprintln(o.ErrOut, oneLine(line))
		}
	}
	for _, u := range gathered(m.Unread) {
		_, _ = fmt.Fprintln(o.ErrOut, "note: not read:", oneLine(u))
	}
	for _, n := range m.Notes {
		_, _ = fmt.Fprintln(o.ErrOut, "note:", oneLine(n))
	}
}

func (o *matrixOptions) print(m *matrix.Matrix, violations []matrix.Violation) error {
	write := map[string]func(io.Writer) error{
		"csv": m.CSV, "dot": m.DOT, "mermaid": m.Mermaid,
		"json": func(w io.Writer) error { return m.JSON(w, violations) },
		"html": func(w io.Writer) error { return m.HTML(w, violations) },
	}[o.output]
	if write != nil {
		return write(o.Out)
	}
	return m.Text(o.Out, o.text)
}

// status tells which rules are broken, by whom, and returns the exit status.
func (o *matrixOptions) status(m *matrix.Matrix, violations []matrix.Violation) error {
	unseen := m.Unseen()
	switch {
	case len(violations) > 0:
	case len(o.rules) > 0 && len(unseen) > 0:
		return unseenError("the rules of --fail-on hold for what was read, but not all was", unseen)
	default:
		return nil
	}
	w := o.ErrOut
	if o.output == textOutput || o.output == wideOutput {
		w = o.Out
		_, _ = fmt.Fprintln(w)
	}
	for _, v := range violations {
		_, _ = fmt.Fprintln(w, oneLine(v.String()))
	}
	return exitStatus(exitDenied)
}
