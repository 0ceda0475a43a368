package tui

import (
	"slices"
	"strings"

	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
	"github.com/authz-doctor/kubectl-authz_doctor/docs"
)

func hasPage(code string) bool { return slices.Contains(docs.Findings(), code) }

// finding is the page of a finding, to be read.
type finding struct {
	codes []string
	at    int
	lines list // one row is one position of the text

	w      int // that text was made for
	text   []string
	made   string
	plain  bool
	input  textinput.Model
	search bool   // it is being typed
	words  string // that are looked for
}

func newFinding(m *Model, codes []string, code string) *finding {
	f := &finding{codes: codes, input: newInput(m, "/", "")}
	if f.at = slices.Index(codes, code); f.at < 0 {
		f.codes, f.at = append([]string{code}, codes...), 0
	}
	return f
}

func (f *finding) title(*Model) string { return f.codes[f.at] }
func (f *finding) typing() bool        { return f.search }

func (f *finding) actions(m *Model) []action {
	if f.search {
		return []action{{name: "find", does: "find it", keys: []string{"enter"}, run: func() tea.Cmd { f.search = false; f.next(1, 0); return nil }}}
	}
	turn := func(n int) func() tea.Cmd {
		return func() tea.Cmd {
			f.at = (f.at + n + len(f.codes)) % len(f.codes)
			f.lines.to(0)
			return nil
		}
	}
	out := []action{{name: "search", does: "search", keys: []string{"/"}, run: func() tea.Cmd {
		f.search, f.input = true, newInput(m, "/", "")
		return nil
	}}}
	if f.words != "" {
		out = append(out,
			action{name: "next-match", does: "next match", keys: []string{"n"}, run: func() tea.Cmd { f.next(1, 1); return nil }},
			action{name: "previous-match", does: "previous match", keys: []string{"N"}, run: func() tea.Cmd { f.next(-1, 1); return nil }})
	}
	if len(f.codes) > 1 {
		out = append(out,
			action{name: "next-finding", does: "next finding", keys: []string{"]"}, run: turn(1)},
			action{name: "previous-finding", does: "previous finding", keys: []string{"["}, run: turn(-1)})
	}
	return out
}

// next goes to the next line that holds the words, after skip lines.
func (f *finding) next(n, skip int) {
	all := len(f.text)
	for i := range all {
		at := ((f.lines.cursor+n*(i+skip))%all + all) % all
		if f.holds(f.text[at]) {
			f.lines.resize(all) // a match near the end may be on top
			f.lines.to(at)
			return
		}
	}
}

func (f *finding) holds(line string) bool {
	return f.words != "" && strings.Contains(strings.ToLower(stripped(line)), strings.ToLower(f.words))
}

func (f *finding) back(*Model) bool {
	if f.search || f.words != "" {
		f.search, f.words = false, ""
		return true
	}
	return false
}

func (f *finding) update(m *Model, msg tea.Msg) tea.Cmd {
	if f.search {
		var cmd tea.Cmd
		f.input, cmd = f.input.Update(msg)
		f.words = f.input.Value()
		return cmd
	}
	if k, ok := msg.(tea.KeyPressMsg); ok {
		f.lines.key(k.String(), m.bodyHeight())
	}
	return nil
}

func (f *finding) view(m *Model, w, h int) string {
	t := m.theme
	f.write(t, min(w-2, 110))
	room := h
	if f.search {
		room--
	}
	if f.words == "" {
		f.lines.resize(max(1, len(f.text)-room+1))
	} else {
		f.lines.resize(len(f.text))
	}
	from := f.lines.cursor
	var out []string
	for _, l := range f.text[from:min(len(f.text), from+room)] {
		if f.holds(l) {
			l = t.selected.Render(stripped(l))
		}
		out = append(out, " "+l)
	}
	if from+room < len(f.text) && len(out) > 1 {
		out[len(out)-1] = " " + t.faint.Render(t.clean("… down shows more"))
	}
	if f.search {
		f.input.SetWidth(max(1, w-4))
		for len(out) < room {
			out = append(out, "")
		}
		out = append(out, " "+t.pad(f.input.View(), w-1))
	}
	return strings.Join(out, "\n")
}

// write makes the lines of the page. Code that is wider than the terminal goes on in the
// next line.
func (f *finding) write(t *theme, w int) {
	if f.made == f.codes[f.at] && f.w == w && f.plain == t.ascii {
		return
	}
	f.made, f.w, f.plain = f.codes[f.at], w, t.ascii
	page, _ := docs.Finding(f.made)
	f.text = nil
	for i, l := range strings.Split(strings.TrimRight(report.PlainMarkdown(page, report.TextOptions{Width: w, ASCII: t.ascii, Color: true}), "\n"), "\n") {
		if i > 0 || l != "" {
			f.text = append(f.text, strings.Split(ansi.Hardwrap(l, w, true), "\n")...)
		}
	}
}

// copies are the page, as it was written.
func (f *finding) copies(*Model) []copyable {
	code := f.codes[f.at]
	page, ok := docs.Finding(code)
	if !ok {
		return nil
	}
	return []copyable{{what: "page of " + code + " as Markdown", file: code + ".md", text: func() (string, error) { return page, nil }}}
}

func (*finding) click(*Model, int, int) tea.Cmd { return nil }
