package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/cli-runtime/pkg/genericiooptions"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/redact"
)

// asker answers a question: diagnose.Ask, or a fake in tests.
type asker func(context.Context, cluster.Reader, diagnose.Question) (*diagnose.Diagnosis, *cluster.Snapshot, error)

// askFlags is what the user typed.
type askFlags struct {
	request requestFlags
	origin  originFlags
	output  outputFlags
	screen  screenFlags
}

// askOptions is what it takes to run.
type askOptions struct {
	genericiooptions.IOStreams
	question diagnose.Question
	origin   origin
	print    answerPrinter
	isText   bool
	redact   bool
	ask      asker
}

func newAskCommand(program string, streams genericiooptions.IOStreams) *cobra.Command {
	flags := &askFlags{}
	c := &cobra.Command{
		Use:                   program + " [SOURCE TARGET] [flags]",
		DisableFlagsInUseLine: true,
		Short:                 "Explain why traffic in a service mesh is blocked",
		Long:                  askLong,
		Example:               askExample,
		Annotations:           map[string]string{exitAnnotation: exitHelp},
		Args:                  cobra.ArbitraryArgs, // toOptions says better what is missing
		ValidArgsFunction:     flags.origin.completeQuestion,
		RunE: func(c *cobra.Command, args []string) error {
			m, err := flags.mode(c.Flags(), args, placeOf(streams))
			switch {
			case err != nil:
				return err
			case m == asHelp:
				return c.Help()
			case m != asText:
				return flags.interact(c, args, streams, m)
			}
			o, err := flags.toOptions(c, args, streams)
			if err != nil {
				return err
			}
			return o.run(c.Context())
		},
	}
	flags.request.addTo(c.Flags())
	flags.output.addTo(c)
	flags.screen.addTo(c.Flags())
	flags.origin.addTo(c.Flags())
	completeOrigin(c, &flags.origin)
	return c
}

func (f *askFlags) toOptions(c *cobra.Command, args []string, streams genericiooptions.IOStreams) (*askOptions, error) {
	o := &askOptions{IOStreams: streams, ask: diagnose.Ask}
	if !f.output.redact && !slices.Contains(f.origin.files, "-") { // names again; what was piped in is gone
		f.output.fix = repeatable(commandLine(c, args, "fix"))
	}
	var err error
	if o.print, o.isText, err = f.output.toPrinter(streams.Out); err != nil {
		return nil, err
	}
	o.redact = f.output.redact
	if err := f.readsStdinOnce(); err != nil {
		return nil, err
	}
	if f.request.curl != "" {
		o.question, err = f.curlQuestion(args)
	} else {
		o.question, err = f.wordsQuestion(c, args, streams)
	}
	if err != nil {
		return nil, err
	}
	if o.origin, err = f.origin.open(c.Context(), streams.In); err != nil {
		return nil, err
	}
	o.question.Namespace, o.question.MeshNamespace = o.origin.namespace, f.origin.meshNamespace
	return o, nil
}

// wordsQuestion is the question as the arguments and flags put it.
func (f *askFlags) wordsQuestion(c *cobra.Command, args []string, streams genericiooptions.IOStreams) (q diagnose.Question, err error) {
	if q.Source, q.Target, err = sourceAndTarget(c, args); err != nil {
		return q, err
	}
	var hints []string
	q.Request, hints, err = f.request.Read(streams.In)
	q.AnyPath = f.request.AnyPath
	if err == nil && !f.output.quiet {
		for _, hint := range hints {
			_, _ = fmt.Fprintln(streams.ErrOut, "note:", oneLine(hint))
		}
	}
	return q, err
}

// sourceAndTarget takes the two arguments apart, or says what is missing.
func sourceAndTarget(c *cobra.Command, args []string) (source, target string, err error) {
	see := fmt.Sprintf("See '%s --help'", c.CommandPath())
	switch {
	case len(args) == 0:
		return "", "", fmt.Errorf("no SOURCE and no TARGET: say who calls and what is called. %s", see)
	case len(args) == 1 && strings.Contains(args[0], "://"):
		return "", "", fmt.Errorf("no SOURCE: say who calls %s: %s SOURCE %s", args[0], c.CommandPath(), args[0])
	case len(args) == 1:
		hint := didYouMean(args[0], commandNames(c))
		return "", "", fmt.Errorf("no TARGET: say what %s calls, such as http://httpbin.default:8000/get%s %s", args[0], orElse(hint, "."), see)
	case len(args) > 2:
		return "", "", fmt.Errorf("%d arguments, want two: SOURCE and TARGET; %q is one too many. %s", len(args), args[2], see)
	}
	return args[0], args[1], nil
}

func (f *askFlags) readsStdinOnce() error {
	readers := 0
	for _, file := range append([]string{f.request.Token}, f.origin.files...) {
		if file == "-" {
			readers++
		}
	}
	if readers > 1 {
		return errors.New("stdin can be read once: only one of --token and --filename can be -")
	}
	return nil
}

// run asks, prints the answer, and returns the exit status.
func (o *askOptions) run(ctx context.Context) error {
	o.question.Now = time.Now()
	say(ctx, "reading what the question needs")
	d, snapshot, err := o.ask(ctx, o.origin.reader, o.question)
	said(ctx)
	if err != nil {
		return err
	}
	if o.redact {
		d = redact.Diagnosis(d, snapshot)
	}
	if o.isText && !o.redact { // the notes name files and objects
		o.origin.printNotes(o.ErrOut)
	}
	if err := o.print(d, o.Out); err != nil {
		return fmt.Errorf("printing the answer: %w", err)
	}
	return exitStatus(verdictStatus(d.Status.Verdict))
}

// printNotes tells what of the files was not read.
func (o origin) printNotes(w io.Writer) {
	for _, line := range o.notes("") {
		_, _ = fmt.Fprintln(w, line)
	}
}

// notes are lines about what of the files was not read, each with who says so before it.
func (o origin) notes(who string) []string {
	if o.files == nil {
		return nil
	}
	var out []string
	for _, unknown := range o.files.Unknown() {
		out = append(out, "warning: "+oneLine(who+unknown))
	}
	if note := skippedNote(o.files.Skipped()); note != "" {
		out = append(out, "note: "+oneLine(who+note))
	}
	return out
}
