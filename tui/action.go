package tui

import (
	"slices"
	"strings"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// action is something that one can do.
type action struct {
	name string // in the command palette: who-can
	does string // in a few words, in help: who can reach it
	keys []string
	show string // the key as help has it; empty: the first of keys
	// off is why it cannot be done now; empty: it can.
	off string
	// quiet leaves it out of the line of keys at the bottom.
	quiet bool
	run   func() tea.Cmd
}

// binding is the action's key for the help of Bubbles.
func (a action) binding() key.Binding {
	show := a.show
	if show == "" && len(a.keys) > 0 {
		show = a.keys[0]
	}
	return key.NewBinding(key.WithKeys(a.keys...), key.WithHelp(show, a.does))
}

// screen is one of the stack. Only the topmost one gets keys; all get the other messages.
type screen interface {
	// title is its part of the breadcrumb.
	title(m *Model) string
	// actions are what can be done here, the most important first.
	actions(m *Model) []action
	// typing says that keys are text: they go to update, but for those with ctrl that are
	// somebody's action.
	typing() bool
	// update takes keys that are nobody's action, and what commands bring.
	update(m *Model, msg tea.Msg) tea.Cmd
	// view is at most h lines of at most w columns.
	view(m *Model, w, h int) string
	// click is a click on a column and line of the view.
	click(m *Model, x, y int) tea.Cmd
}

// commander is a screen whose command line is another than the question's.
type commander interface {
	// command is what follows the name of the tool.
	command(m *Model) []string
}

// leaver is a screen that esc does something else in than to leave it.
type leaver interface {
	// back reports whether esc was used up.
	back(m *Model) bool
}

// picky is a screen where a key that could be text is text although nothing is typed yet,
// but for a few.
type picky interface {
	// acts reports whether such a key is an action's all the same.
	acts(k string) bool
}

// closer is a screen that has something to end when it goes.
type closer interface{ close() }

// shared are the actions that are there on every screen.
func (m *Model) shared() []action {
	return []action{
		{name: "help", does: "help", keys: []string{"?"}, run: m.openHelp},
		{name: "command", does: "commands", keys: []string{":"}, run: m.openPalette},
		{name: "command-line", does: "command line", keys: []string{"$"}, run: m.openCommandLine},
		{name: "copy", does: "copy or save", keys: []string{"c"}, run: m.openCopy, off: m.nothingToCopy(), quiet: true},
		{name: "ask-again", does: "ask again", keys: []string{"r", "ctrl+r"}, run: m.askAgain, off: m.notAsked(), quiet: true},
		{name: "live", does: "live on or off", keys: []string{"p"}, run: m.toggleLive, off: m.notLive(), quiet: true},
		{name: "new", does: "new question", keys: []string{"N"}, run: m.openStart, quiet: true},
		{name: "back", does: "back", keys: []string{"esc"}, run: m.back, quiet: len(m.stack) < 2},
		{name: "quit", does: "quit", keys: []string{"q", "ctrl+c"}, run: m.quit, off: m.notQuit()},
	}
}

// notQuit says why one had better not leave now.
func (m *Model) notQuit() string {
	if m.writes() {
		return "it is being written: this takes a few seconds"
	}
	return ""
}

// actions are all that can be done now: those of the screen first.
func (m *Model) actions() []action {
	own := m.top().actions(m)
	var out []action
	taken := map[string]bool{}
	for _, a := range append(own, m.shared()...) {
		if a.name != "" && taken[a.name] {
			continue // the screen has one of its own
		}
		taken[a.name] = true
		out = append(out, a)
	}
	return out
}

// does runs the action of a key; ok is false if it is nobody's.
func (m *Model) does(k string) (cmd tea.Cmd, ok bool) {
	if m.isText(k) {
		return nil, false
	}
	for _, a := range m.actions() {
		if slices.Contains(a.keys, k) {
			return m.perform(a), true
		}
	}
	return nil, false
}

// isText reports whether a key is for the screen to type, whatever action has it.
func (m *Model) isText(k string) bool {
	if p, ok := m.top().(picky); ok {
		return !chord(k) && !p.acts(k)
	}
	return !chord(k) && m.top().typing()
}

// chord reports whether a key is one that is never text.
func chord(k string) bool {
	return strings.HasPrefix(k, "ctrl+") || k == "esc" || k == "tab" || k == "shift+tab" || k == "enter"
}

// perform runs an action, or says why it cannot be done.
func (m *Model) perform(a action) tea.Cmd {
	if a.off != "" {
		m.say(a.does + ": " + a.off)
		return nil
	}
	return a.run()
}
