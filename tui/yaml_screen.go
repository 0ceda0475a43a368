package tui

import (
	"strings"

	tea "charm.land/bubbletea/v2"
)

// yamlScreen is the YAML of an object with what the detail said of it above, or beside
// it where there is room.
type yamlScreen struct {
	source source
	why    []row
	top    int // the line of the view that the YAML begins in, with its title
	left   int // and the column
}

func (*yamlScreen) title(*Model) string { return "YAML" }
func (*yamlScreen) typing() bool        { return false }

func (y *yamlScreen) actions(m *Model) []action {
	none := ""
	if y.source.from == 0 {
		none = "no line is marked"
	}
	return []action{
		{name: "deciding", does: "the marked lines", keys: []string{"m"}, off: none, run: func() tea.Cmd { y.source.look(y.source.from); return nil }},
		{name: "close", does: "close", keys: []string{"y"}, run: m.back, quiet: true},
	}
}

func (y *yamlScreen) update(m *Model, msg tea.Msg) tea.Cmd {
	if k, ok := msg.(tea.KeyPressMsg); ok {
		y.source.lines.key(k.String(), m.bodyHeight()-4)
	}
	if m.answer != nil {
		y.source.show(m, y.source.about)
	}
	return nil
}

func (y *yamlScreen) view(m *Model, w, h int) string {
	y.top, y.left = 0, 0
	if w >= wide {
		left := w * 2 / 5
		y.left = left + 1
		why := append([]string{m.theme.titled("what it says", left)}, y.words(m.theme, left-2)...)
		return strings.Join(m.theme.beside(why, left, y.source.view(m, w-left-1, h, true), h), "\n")
	}
	why := y.words(m.theme, w-2)
	if most := max(1, h/3); len(why) > most {
		why = append(why[:most-1:most-1], " "+m.theme.faint.Render(m.theme.glyph("…", "...")))
	}
	y.top = len(why)
	return strings.Join(append(why, y.source.view(m, w, h-len(why), true)...), "\n")
}

// words are the rows that explain the object.
func (y *yamlScreen) words(t *theme, w int) []string {
	var out []string
	for _, r := range y.why {
		r.level -= y.why[0].level
		r.draw(t, w)
		out = append(out, indented(r.lines, 1)...)
	}
	return out
}

func (y *yamlScreen) click(_ *Model, x, line int) tea.Cmd {
	if at := line - y.top - 1 - y.source.above; at >= 0 && x >= y.left {
		y.source.lines.to(y.source.lines.top + at)
	}
	return nil
}

// copies are the object itself.
func (y *yamlScreen) copies(*Model) []copyable {
	if y.source.text == "" {
		return nil
	}
	name, text := y.source.about.String(), y.source.text
	return []copyable{{what: "YAML of " + name, file: strings.ToLower(fileWord(name)) + ".yaml", text: func() (string, error) { return text, nil }}}
}
