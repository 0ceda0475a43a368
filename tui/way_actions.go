package tui

import tea "charm.land/bubbletea/v2"

func (s *way) actions(m *Model) []action {
	if s.detail.typing {
		return []action{{name: "keep", does: "keep the filter", keys: []string{"enter"}, run: func() tea.Cmd { s.detail.typing = false; return nil }}}
	}
	s.ready(m)
	none := m.nothingToCopy()
	change := action{name: "change", does: "change", keys: []string{"i"}, run: m.openChange}
	undo := action{name: "undo", does: "undo", keys: []string{"u"}, run: m.openUndo, quiet: len(m.applied) == 0}
	if len(m.applied) == 0 {
		undo.off = "nothing was applied in this session"
	}
	test := action{name: "save-as-test", does: "save as test", keys: []string{"T"}, run: m.openSaveTest, quiet: true}
	if m.answer == nil {
		return []action{change, undo, test}
	}
	return append(s.moves(m), change,
		action{name: "fix", does: "fix", keys: []string{"f"}, run: m.openFix},
		action{name: "yaml", does: "YAML", keys: []string{"y"}, run: func() tea.Cmd { return s.openYAML(m) }, off: s.noObject(m)},
		action{name: "finding", does: "explain", keys: []string{"e"}, run: func() tea.Cmd { return s.openFinding(m) }, off: s.noFinding(m)},
		action{name: "filter", does: "filter", keys: []string{"/"}, run: func() tea.Cmd { s.detail.startFilter(m); s.focus = detailPane; return nil }},
		action{name: "who-can", does: "who can reach it", keys: []string{"w"}, run: m.openWho, off: none},
		action{name: "what-can", does: "what it can reach", keys: []string{"o"}, run: m.openWhat, off: none, quiet: true},
		test, undo)
}

// moves are the actions that show another part of the answer.
func (s *way) moves(m *Model) []action {
	step := func(n int) func() tea.Cmd { return func() tea.Cmd { s.step(m, n); return nil } }
	turn := func(n int) func() tea.Cmd { return func() tea.Cmd { s.turn(m, n); return nil } }
	none := ""
	if n := len(m.answer.View.Answers); n == 0 {
		none = "nothing was judged"
	} else if n == 1 {
		none = "there is only one answer"
	}
	zoom := "zoom"
	if s.zoom {
		zoom = "no zoom"
	}
	out := []action{
		{name: "next-stage", does: "next stage", keys: []string{"right", "l"}, show: m.theme.glyph("→", "right"), run: step(1), quiet: true},
		{name: "previous-stage", does: "previous stage", keys: []string{"left", "h"}, show: m.theme.glyph("←", "left"), run: step(-1), quiet: true},
		{name: "zoom", does: zoom, keys: []string{"enter"}, run: func() tea.Cmd { s.zoom = !s.zoom; s.focus = detailPane; return nil }},
		{name: "focus", does: "next part of the screen", keys: []string{"tab"}, run: func() tea.Cmd { s.turnFocus(1); return nil }, quiet: true},
		{name: "focus-back", does: "previous part of the screen", keys: []string{"shift+tab"}, run: func() tea.Cmd { s.turnFocus(-1); return nil }, quiet: true},
	}
	if len(m.answer.View.Answers) < 2 {
		return append(out, action{name: "next-answer", does: "next answer", keys: []string{"]", "["}, run: turn(1), off: none, quiet: true})
	}
	return append(out,
		action{name: "next-answer", does: "next answer", keys: []string{"]"}, run: turn(1)},
		action{name: "previous-answer", does: "previous answer", keys: []string{"["}, run: turn(-1), quiet: true})
}

// turnFocus goes to the next part of the screen that there is.
func (s *way) turnFocus(n int) {
	order := []pane{hopsPane, detailPane}
	if s.zoom {
		order = order[1:]
	}
	if s.areas.yaml.w > 0 {
		order = append(order, yamlPane)
	}
	for i, p := range order {
		if p == s.focus {
			s.focus = order[(i+n+len(order))%len(order)]
			return
		}
	}
	s.focus = order[0]
}

// turn shows the next answer, and selects what decided it.
func (s *way) turn(m *Model, n int) {
	all := len(m.answer.View.Answers)
	s.at = (s.at + n + all) % all
	s.first, s.own = 0, nil
	s.choose(s.deciding(m))
}

// openYAML shows the object of the selected row.
func (s *way) openYAML(m *Model) tea.Cmd {
	y := &yamlScreen{}
	y.source.show(m, s.object(m))
	y.why = s.detail.explained()
	m.push(y)
	return nil
}

func (s *way) noObject(m *Model) string {
	if s.object(m).none() {
		return "this line is about no object"
	}
	return ""
}

// openFinding shows the page of the row's finding, or else of the hop's or the first.
func (s *way) openFinding(m *Model) tea.Cmd {
	m.push(newFinding(m, s.codes(m), s.code(m)))
	return nil
}

func (s *way) noFinding(m *Model) string {
	if len(s.codes(m)) == 0 {
		return "nothing was found that has a page"
	}
	return ""
}

// codes are the findings that have a page, each once.
func (s *way) codes(m *Model) []string {
	var out []string
	for _, f := range m.answer.Diagnosis.Status.Findings {
		if hasPage(f.Code) {
			out = append(out, f.Code)
		}
	}
	return unique(out)
}

// code is the finding that is meant.
func (s *way) code(m *Model) string {
	if r := s.detail.row(); r != nil && hasPage(r.code) {
		return r.code
	}
	if h, _ := s.chosen(m); h != nil && hasPage(h.Finding) {
		return h.Finding
	}
	if all := s.codes(m); len(all) > 0 {
		return all[0]
	}
	return ""
}
