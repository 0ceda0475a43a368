package fix

import (
	"fmt"
	"io"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
)

// Text writes a proposal in words: the answer, then each candidate with what else it
// does and its diff, and last hint, where there is a candidate: how one is applied.
func Text(w io.Writer, p *Proposal, hint string, o report.TextOptions) error {
	s := &sheet{TextOptions: o}
	d := p.Diagnosis.Status
	s.line(0, report.Bold, strings.ToUpper(d.Verdict.String())+"  "+d.Title)
	s.line(0, "", "")
	s.para(2, d.Summary)
	if len(p.Candidates) == 0 {
		s.line(0, "", "")
		s.para(2, "Nothing is proposed: "+p.Why+".")
	}
	for _, c := range p.Candidates {
		s.line(0, "", "")
		s.candidate(c)
	}
	if len(p.Candidates) > 0 && hint != "" {
		s.line(0, "", "")
		s.line(2, "", hint)
	}
	_, err := io.WriteString(w, s.out.String())
	if err != nil {
		return fmt.Errorf("write the proposal: %w", err)
	}
	return nil
}

// sheet is what is being written.
type sheet struct {
	report.TextOptions
	out strings.Builder
}

// line writes a line that is not broken.
func (s *sheet) line(indent int, style, text string) {
	text = report.Clean(text, s.ASCII)
	if text == "" {
		s.out.WriteByte('\n')
		return
	}
	s.out.WriteString(strings.Repeat(" ", indent) + report.Paint(s.Color, style, text) + "\n")
}

// para writes a paragraph.
func (s *sheet) para(indent int, text string) {
	for _, l := range report.Wrap(report.Clean(text, s.ASCII), max(40, min(s.width(), 100))-indent) {
		s.out.WriteString(strings.Repeat(" ", indent) + l + "\n")
	}
}

func (s *sheet) width() int {
	if s.Width == 0 {
		return 100
	}
	return s.Width
}

// fact writes a name and a text beside it.
func (s *sheet) fact(name, text string) {
	if text == "" {
		return
	}
	const column = 9
	for i, l := range report.Wrap(report.Clean(text, s.ASCII), max(40, min(s.width(), 100))-5-column) {
		if i > 0 {
			name = ""
		}
		fmt.Fprintf(&s.out, "     %-*s%s\n", column, name, l)
	}
}

func (s *sheet) candidate(c Candidate) {
	for i, l := range report.Wrap(report.Clean(c.Title, s.ASCII), max(40, min(s.width(), 100))-5) {
		lead := "     "
		if i == 0 {
			lead = "  " + report.Paint(s.Color, report.Bold, fmt.Sprintf("%-3s", c.ID))
		}
		s.out.WriteString(lead + l + "\n")
	}
	for _, f := range c.Facts() {
		s.fact(f.Name, f.Words)
	}
	for _, change := range c.Changes {
		s.diff(change)
	}
}

// diff writes what becomes of an object.
func (s *sheet) diff(c Change) {
	for _, l := range strings.Split(strings.TrimSuffix(Diff(c), "\n"), "\n") {
		style := ""
		switch {
		case strings.HasPrefix(l, "+++"), strings.HasPrefix(l, "---"):
			style = report.Bold
		case strings.HasPrefix(l, "+"):
			style = report.Green
		case strings.HasPrefix(l, "-"):
			style = report.Red
		}
		s.line(5, style, l)
	}
}
