package tui

import (
	"fmt"
	"strings"

	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
)

// look is the style, the symbol and the word of a verdict as a View tells it.
func (t *theme) look(l report.Look) (style lipgloss.Style, symbol, word string) {
	for _, v := range []diagnose.Verdict{diagnose.Allowed, diagnose.Denied, diagnose.Conditional} {
		if style, symbol, word = t.verdict(v); word == l.Word {
			return style, symbol, word
		}
	}
	return t.verdict(diagnose.Undetermined)
}

// badge is a verdict in its style.
func (t *theme) badge(l report.Look) string {
	style, symbol, word := t.look(l)
	return style.Render(symbol + " " + word)
}

// roomy is how high a body is that has room for all of the summary, and for the stages
// in the boxes.
const roomy = 37

// low is how high a body is that has no room for boxes.
const low = 14

// head is the verdict and its cause.
func (s *way) head(m *Model, w, h int) []string {
	t, v := m.theme, m.answer.View
	out := []string{" " + t.badge(v.Look) + "  " + t.bold.Render(t.cut(t.clean(v.Title), w-width(t.badge(v.Look))-4))}
	summary, symptom := v.Summary, v.Symptom
	if len(v.Answers) > 1 {
		a := v.Answers[s.at]
		which := fmt.Sprintf("%d of %d", s.at+1, len(v.Answers))
		line := " " + t.accent.Render(which) + "  " + t.badge(a.Look) + "  " + t.clean(a.Whose)
		out = append(out, t.cut(line, w-1))
		summary, symptom = a.Summary, a.Symptom
		if summary == "" {
			summary = v.Summary
		}
	}
	if s.stale(m) {
		out = append(out, " "+t.warning.Render(t.cut("this is the answer to the former question: "+t.clean(m.answer.Question.Source+" to "+m.answer.Question.Target), w-2)))
	}
	most := max(1, h/5)
	if h >= roomy {
		most = h
	}
	more := t.glyph(" …", " ...")
	if m.top() == screen(s) {
		more += " (enter: all)"
	}
	out = append(out, indented(t.shorten(t.wrap(t.clean(summary), min(w-2, 150)), most, w-2, more), 1)...)
	if symptom != "" {
		most = 2
		if h < low {
			most = 1
		}
		for _, l := range t.shorten(t.wrap("The client sees: "+t.clean(symptom), w-2), most, w-2, more) {
			out = append(out, " "+t.faint.Render(l))
		}
	}
	return out
}

// stale reports whether what is seen is the answer to another question. While another
// detail of the same request is being asked about, which is a moment, it is not said.
func (*way) stale(m *Model) bool {
	q := m.answer.Question
	return !q.Equal(m.question) && (m.asking == 0 || q.Source != m.question.Source || q.Target != m.question.Target)
}

// shorten keeps the first lines; the last ends in more, which says that there are others.
func (*theme) shorten(lines []string, most, w int, more string) []string {
	if len(lines) <= most {
		return lines
	}
	out := append([]string{}, lines[:most]...)
	last := ansi.Truncate(out[most-1], w-width(more), "")
	if i := strings.LastIndexByte(last, ' '); i > 0 && last != out[most-1] {
		last = last[:i]
	}
	out[most-1] = strings.TrimRight(last, " ") + more
	return out
}

// indented puts n spaces before each line.
func indented(lines []string, n int) []string {
	out := make([]string, len(lines))
	for i, l := range lines {
		out[i] = strings.Repeat(" ", n) + l
	}
	return out
}

// without is what is seen where there is no answer.
func (*way) without(m *Model, w int) []string {
	t := m.theme
	question := t.cut(t.clean(m.question.Source)+t.glyph(" → ", " -> ")+t.clean(m.question.Target), w-4)
	if m.problem == "" {
		return []string{"", "  " + t.bold.Render(question), "", "  " + t.faint.Render(t.glyph("asking …", "asking ..."))}
	}
	out := []string{"", "  " + t.bold.Render(question), ""}
	for i, l := range t.wrap(t.clean(m.problem), min(w-6, 100)) {
		lead := "    "
		if i == 0 {
			lead = "  " + t.warning.Render(t.glyph("‼", "!")) + " "
		}
		out = append(out, lead+l)
	}
	leave := ""
	if len(m.stack) > 1 {
		leave = ", " + t.accent.Render("esc") + " goes back"
	}
	keys := t.accent.Render("i") + " changes the question" + leave + ", " + t.accent.Render("N") + " asks a new one, " + t.accent.Render("r") + " asks again"
	return append(out, "", "    "+t.cut(keys, w-4))
}
