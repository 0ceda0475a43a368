package tui

import (
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/fix"
)

// factColumn is how wide the names of facts are.
const factColumn = 9

// drawn are the lines of candidates as they were drawn: a diff takes longer than a frame may.
type drawn map[drawing][]string

// drawing is what the lines of a candidate depend on.
type drawing struct {
	candidate *fix.Candidate
	yaml      bool
	w         int
	theme     *theme
}

// details are the lines of the selected candidate: what it does besides, and its diff or
// its objects.
func (s *repairs) details(m *Model, w int) []string {
	d := drawing{s.candidate(), s.yaml, w, m.theme}
	lines, ok := s.drawn[d]
	if !ok {
		if len(s.drawn) > 100 { // of sizes that the terminal once had
			clear(s.drawn)
		}
		lines = candidateLines(m.theme, *d.candidate, s.yaml, w)
		s.drawn[d] = lines
	}
	return lines
}

func candidateLines(t *theme, c fix.Candidate, yaml bool, w int) []string {
	var out []string
	for _, l := range t.wrap(t.clean(c.Title), w) {
		out = append(out, t.bold.Render(l))
	}
	for _, f := range c.Facts() {
		style := lipgloss.NewStyle()
		if f.Name == "danger" {
			style = t.warning
		}
		out = append(out, t.fact(f.Name, t.clean(f.Words), style, w)...)
	}
	out = append(out, "")
	if !yaml {
		return append(out, t.diff(diff(c), w)...)
	}
	text, err := objects(c)
	if err != nil {
		return append(out, t.wrap(t.clean(err.Error()), w)...)
	}
	for line := range strings.Lines(text) {
		out = append(out, t.hard(t.clean(strings.TrimSuffix(line, "\n")), "", w)...)
	}
	return out
}

// fact is a name and a text beside it, which is clean.
func (t *theme) fact(name, text string, style lipgloss.Style, w int) []string {
	var out []string
	for _, l := range t.wrap(text, max(1, w-factColumn)) {
		out = append(out, t.faint.Render(t.pad(name, factColumn))+style.Render(l))
		name = ""
	}
	return out
}

// diff colours a unified diff. What is too long is broken, with its sign again.
func (t *theme) diff(text string, w int) []string {
	var out []string
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		style, sign := lipgloss.NewStyle(), ""
		switch {
		case strings.HasPrefix(line, "+++"), strings.HasPrefix(line, "---"):
			style = t.bold
		case strings.HasPrefix(line, "+"):
			style, sign = t.added, "+"
		case strings.HasPrefix(line, "-"):
			style, sign = t.removed, "-"
		case strings.HasPrefix(line, "@@"):
			style = t.faint
		}
		for _, l := range t.hard(t.clean(line), sign, w) {
			out = append(out, styled(style, l))
		}
	}
	return out
}

// signed colours lines with a minus or a plus before a value, as differences of fields are.
func (t *theme) signed(text string, w int) []string {
	var out []string
	for line := range strings.Lines(text) {
		line = t.clean(strings.TrimSuffix(line, "\n"))
		style := lipgloss.NewStyle()
		switch sign := strings.TrimLeft(line, " "); {
		case strings.HasPrefix(sign, "- "):
			style = t.removed
		case strings.HasPrefix(sign, "+ "):
			style = t.added
		}
		for _, l := range t.hard(line, "    ", w) {
			out = append(out, styled(style, l))
		}
	}
	return out
}

// hard breaks a line that is not prose anywhere; what goes on begins with lead.
func (t *theme) hard(line, lead string, w int) []string {
	if width(line) <= w || w < 4 {
		return []string{t.cut(line, w)}
	}
	head := ansi.Truncate(line, w, "")
	out := []string{head}
	for _, l := range strings.Split(ansi.Hardwrap(line[len(head):], w-width(lead), true), "\n") {
		out = append(out, lead+l)
	}
	return out
}

// verdictLine is a verdict and what it is the verdict of.
func (t *theme) verdictLine(v diagnose.Verdict, title string, w int) string {
	style, symbol, word := t.verdict(v)
	return t.cut(" "+style.Render(symbol+" "+word)+"  "+t.clean(title), w)
}
