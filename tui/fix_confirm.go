package tui

import (
	"strings"

	"charm.land/bubbles/v2/key"
	"charm.land/bubbles/v2/textinput"
	tea "charm.land/bubbletea/v2"
	"charm.land/lipgloss/v2"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
)

// confirmation asks before something is written. What is harmless is a choice that begins
// at Cancel; for anything else a word has to be typed.
type confirmation struct {
	title string
	facts []report.Fact // what is going to be done; a name that is empty goes on
	does  string        // the word for it, to be chosen or typed
	typed bool
	done  func(m *Model) tea.Cmd
	left  func(m *Model) // without it; may be nil

	input textinput.Model
	yes   bool // the choice is not Cancel
	wrong bool // something else was typed
	text  list // of the lines of the facts: the first in sight

	second, end int // the column of the second button, and of what follows it
}

// ask opens it.
func (c *confirmation) ask(m *Model) {
	c.input = newInput(m, "> ", "")
	m.overlay = c
}

func (c *confirmation) keys() []key.Binding {
	bind := func(k, does string) key.Binding { return key.NewBinding(key.WithKeys(k), key.WithHelp(k, does)) }
	if c.typed {
		return []key.Binding{bind("enter", "go on")}
	}
	return []key.Binding{bind("y", c.does), bind("tab", "choose"), bind("enter", "go on")}
}

func (c *confirmation) closed(m *Model) {
	if c.left != nil {
		c.left(m)
	}
}

func (c *confirmation) update(m *Model, msg tea.Msg) tea.Cmd {
	k, ok := msg.(tea.KeyPressMsg)
	if !ok {
		return c.typeIn(msg)
	}
	switch name := k.String(); {
	case name == "up" || name == "down" || name == "pgup" || name == "pgdown":
		c.text.key(name, 5)
	case name == "enter":
		return c.enter(m)
	case c.typed:
		return c.typeIn(msg)
	case name == "tab" || name == "shift+tab" || name == "left" || name == "right" || name == "h" || name == "l":
		c.yes = !c.yes
	case name == "y":
		c.yes = true
		return c.enter(m)
	case name == "n" || name == "q":
		m.closeOverlay()
	}
	return nil
}

func (c *confirmation) typeIn(msg tea.Msg) (cmd tea.Cmd) {
	if c.typed {
		c.wrong = false
		c.input, cmd = c.input.Update(msg)
	}
	return cmd
}

// enter does it if that was chosen, or typed.
func (c *confirmation) enter(m *Model) tea.Cmd {
	if c.typed && strings.TrimSpace(c.input.Value()) != c.does {
		c.wrong = true
		return nil
	}
	if !c.typed && !c.yes {
		m.closeOverlay()
		return nil
	}
	m.overlay = nil
	return c.done(m)
}

func (c *confirmation) view(m *Model, w, h int) []string {
	t := m.theme
	w = min(w, 100)
	var body, foot []string
	for _, l := range t.wrap(t.clean(c.title), w) {
		body = append(body, t.bold.Render(l))
	}
	for _, f := range c.facts {
		style := lipgloss.NewStyle()
		if f.Name == "danger" || f.Name == "opens" {
			style = t.warning
		}
		body = append(body, t.fact(f.Name, t.clean(f.Words), style, w)...)
	}
	if c.typed {
		says := "Type " + c.does + " to do it."
		if c.wrong {
			says = "That is not the word: type " + c.does + ", or leave with esc."
		}
		c.input.SetWidth(max(1, w-3))
		foot = append(foot, "", t.cut(says, w), t.cut(c.input.View(), w))
	} else {
		cancel := c.choice(t, "Cancel", !c.yes) + "  "
		buttons := cancel + c.choice(t, strings.ToUpper(c.does[:1])+c.does[1:]+" (y)", c.yes)
		c.second, c.end = width(cancel), width(buttons)
		foot = append(foot, "", t.cut(buttons, w))
	}
	return append(t.sight(&c.text, body, max(1, h-len(foot))), foot...)
}

// click chooses a button, and presses the one that is chosen already.
func (c *confirmation) click(m *Model, x, y int) tea.Cmd {
	if c.typed || y != m.box.h-1 {
		return nil
	}
	if x >= c.end {
		return nil
	}
	if yes := x >= c.second; yes != c.yes {
		c.yes = yes
		return nil
	}
	return c.enter(m)
}

// choice is a button.
func (c *confirmation) choice(t *theme, says string, chosen bool) string {
	if chosen {
		return t.selected.Render(t.glyph("▸", ">") + " " + says + " ")
	}
	return "  " + says + " "
}
