package report

import (
	"fmt"
	"io"
	"slices"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
)

// TextOptions say how a text looks.
type TextOptions struct {
	Width int  // columns; 0 is 100
	Color bool // mark verdicts with the terminal's 16 colours
	Wide  bool // every hop, stage and policy, and what is known of them
	Full  bool // beside that every rule and field that was considered, matched or not
	ASCII bool // nothing but ASCII
	// Fix is the command that proposes repairs; empty: none is named.
	Fix string
}

// Text writes d in words. Without Color it writes no control character but
// the newline, whatever the Diagnosis holds.
func Text(w io.Writer, d *diagnose.Diagnosis, o TextOptions) error {
	t := &text{page: newPage(o), wide: o.Wide || o.Full, full: o.Full, fix: o.Fix}
	t.diagnosis(d)
	if _, err := w.Write(t.out.Bytes()); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	return nil
}

// text is a page that knows how much to tell.
type text struct {
	*page
	wide, full bool   // full is wide, too
	fix        string // the command that proposes repairs
}

func (t *text) diagnosis(d *diagnose.Diagnosis) {
	s := d.Status
	t.title(0, s.Verdict, s.Title)
	if s.Summary != "" {
		t.blank()
		t.para(2, s.Summary)
	}
	t.symptom(2, s.Symptom)
	if len(s.Answers) == 1 {
		t.only(s.Answers[0], s)
	} else {
		t.several(s.Answers)
	}
	t.findings(s)
	t.help(s.Findings)
	if t.fix != "" && slices.ContainsFunc(s.Answers, repairable) {
		t.heading(2, "Repairs, proved, and what else each would do")
		t.line("    " + t.clean(t.fix)) // never broken: it is to be copied
	}
	t.list("Not known", s.Missing)
	t.unread(s.Unread)
	t.list("Notes", s.Notes)
	if t.full {
		t.question(d)
	}
	if s.Origin != "" {
		t.blank()
		t.para(2, "Read from "+s.Origin)
	}
}

// repairable reports whether an answer is one that a change of policies can turn.
func repairable(a diagnose.Answer) bool {
	return (a.Verdict == diagnose.Denied || a.Verdict == diagnose.Conditional) && a.Reason.Stage != diagnose.StageRoute
}

// title writes a verdict and what it is the verdict of.
func (t *text) title(indent int, v diagnose.Verdict, s string) {
	l := lookOf(v)
	t.item(indent, []cell{{text: l.word, width: len(l.word) + gap, style: l.style}}, s, "")
}

func (t *text) symptom(indent int, s string) {
	if s != "" {
		t.para(indent, "The client sees: "+s)
	}
}

// list writes a section of lines.
func (t *text) list(heading string, lines []string) {
	if len(lines) == 0 {
		return
	}
	t.heading(2, heading)
	for _, l := range lines {
		t.item(4, []cell{{text: "-", width: 2}}, l, "")
	}
}
