package plain

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
	"github.com/authz-doctor/kubectl-authz_doctor/fix"
	"github.com/authz-doctor/kubectl-authz_doctor/tui"
)

// Look is how the text looks.
type Look struct {
	Width int // columns; 0 is 100
	Color bool
	Echo  bool // repeat what was typed, where no terminal does
}

// errQuit ends the dialogue; errBack gives up a question that is being asked for.
var (
	errQuit = errors.New("quit")
	errBack = errors.New("back")
)

// dialogue is one that goes on.
type dialogue struct {
	tui.Options
	look  Look
	lines <-chan string
	out   io.Writer

	question tui.Question
	answer   *tui.Answer
	proposal *fix.Proposal // of the answer
	rows     []tui.ReachRow
	applied  []applied
	entries  *entries
	live     live
}

// Run holds a dialogue until the user ends it, in has no more lines, or ctx ends, which is
// the only error.
func Run(ctx context.Context, o tui.Options, look Look, in io.Reader, out io.Writer) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	d := &dialogue{Options: o, look: look, lines: lines(ctx, in), out: out, question: o.Question}
	defer d.live.stop()
	err := d.converse(ctx)
	if ctx.Err() == nil && (errors.Is(err, errQuit) || errors.Is(err, io.EOF)) {
		return nil
	}
	return err
}

// lines reads lines as they are typed. A read that waits ends with the program.
func lines(ctx context.Context, in io.Reader) <-chan string {
	out := make(chan string)
	go func() {
		defer close(out)
		for r := bufio.NewReader(in); ; {
			l, err := r.ReadString('\n')
			if l != "" {
				select {
				case out <- strings.TrimSpace(l):
				case <-ctx.Done():
					return
				}
			}
			if err != nil {
				return
			}
		}
	}()
	return out
}

// converse asks for the question, and then what to do, until somebody quits.
func (d *dialogue) converse(ctx context.Context) error {
	d.say("authz-doctor, as a dialogue. Objects come from %s.", cmp.Or(d.Origin, "nowhere"))
	if err := d.begin(ctx); err != nil {
		return err
	}
	d.say("Say help for what can be done, quit to leave.")
	for {
		l, err := d.read(ctx, "What next? ")
		if err != nil {
			return err
		}
		if err := d.does(ctx, l); err != nil {
			if ctx.Err() != nil || errors.Is(err, errQuit) || errors.Is(err, io.EOF) {
				return err
			}
			d.say("Not done: %s", err)
		}
	}
}

// begin asks who calls and what is called, as far as that is not known, and answers.
func (d *dialogue) begin(ctx context.Context) error {
	if d.question.Source == "" {
		source, err := d.pick(ctx, "Who calls?", false)
		if err != nil {
			return err
		}
		d.question.Source = source
	}
	if d.question.Target == "" {
		target, err := d.pick(ctx, "What is called?", true)
		if err != nil {
			return err
		}
		d.question.Target = target
	}
	if err := d.ask(ctx, d.whole); err != nil {
		if ctx.Err() != nil {
			return err
		}
		d.say("No answer: %s", err)
	}
	return nil
}

// read asks for a line.
func (d *dialogue) read(ctx context.Context, prompt string) (string, error) {
	fmt.Fprint(d.out, prompt)
	select {
	case l, ok := <-d.lines:
		if !ok {
			fmt.Fprintln(d.out)
			return "", errors.Join(ctx.Err(), io.EOF)
		}
		if d.look.Echo {
			fmt.Fprintln(d.out, d.clean(l))
		}
		return l, nil
	case <-ctx.Done():
		fmt.Fprintln(d.out)
		return "", ctx.Err()
	}
}

// say writes a line, broken where it is long. What it holds is made harmless.
func (d *dialogue) say(format string, values ...any) {
	for _, l := range report.Wrap(d.clean(fmt.Sprintf(format, values...)), d.width()) {
		fmt.Fprintln(d.out, l)
	}
}

// show writes text as it stands, each line harmless and indented.
func (d *dialogue) show(text string) {
	for l := range strings.Lines(text) {
		fmt.Fprintln(d.out, strings.TrimRight("  "+d.clean(strings.TrimSuffix(l, "\n")), " "))
	}
}

func (d *dialogue) clean(s string) string { return report.Clean(s, d.ASCII) }

func (d *dialogue) width() int {
	if d.look.Width == 0 {
		return 100
	}
	return d.look.Width
}
