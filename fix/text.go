package fix

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
)

// many is how many sources of a Reach are named.
const many = 4

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
	s.fact("opens", reachWords(c.Effect.Opens, "nothing else"))
	s.fact("closes", reachWords(c.Effect.Closes, "nothing"))
	s.fact("unsure", reachWords(c.Effect.Unsure, ""))
	s.fact("among", c.Effect.Scope)
	s.fact("danger", c.Danger)
	for _, step := range c.Afterwards {
		s.fact("then", step)
	}
	for _, change := range c.Changes {
		if change.Owner != nil {
			s.fact("owner", ownerWords(change))
		}
	}
	for _, change := range c.Changes {
		s.diff(change)
	}
}

// ownerWords tell what keeps an object as it is.
func ownerWords(c Change) string {
	if c.Owner.Made {
		return fmt.Sprintf("%s makes %s of %s: a change there does not last", c.Owner.Manager, c.Object(), c.Owner)
	}
	return fmt.Sprintf("%s applies %s from %s: make the change there as well, or it is undone", c.Owner.Manager, c.Object(), c.Owner)
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

// reachWords word what opens or closes; none is what is said of nothing.
func reachWords(all []Reach, none string) string {
	if len(all) == 0 {
		return none
	}
	var words []string
	for _, r := range all {
		words = append(words, r.String())
	}
	return strings.Join(words, "; ")
}

// named reports whether a source is one in sight.
func named(source string) bool {
	return source != diagnose.Anybody && source != diagnose.AnyWorkload
}

// String is the reach in words: "sleep.foo, 3 more → svc/httpbin.default:8000 if …".
func (r Reach) String() string {
	names := slices.Clone(r.Sources)
	slices.SortStableFunc(names, func(a, b string) int { return truth(named(b)) - truth(named(a)) })
	words := strings.Join(names, ", ")
	if len(names) > many {
		words = fmt.Sprintf("%s and %d more", strings.Join(names[:many-1], ", "), len(names)-many+1)
	}
	if r.Asked {
		words = "more than was asked of " + words
	}
	words += " → " + r.Target
	if len(r.If) > 0 {
		words += " if " + strings.Join(r.If, ", or ")
	}
	return words
}
