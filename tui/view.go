package tui

import (
	"strings"

	"charm.land/bubbles/v2/help"
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"
)

// The least terminal there is anything to see in.
const (
	leastWidth  = 40
	leastHeight = 10
)

func (m *Model) small() bool { return m.width < leastWidth || m.height < leastHeight }

// bodyHeight is what is left for the screen: without the breadcrumb above, the message
// and the keys below.
func (m *Model) bodyHeight() int { return m.height - 3 }

// View draws the frame and the topmost screen in it.
func (m *Model) View() tea.View {
	v := tea.NewView(m.draw())
	v.AltScreen = true
	v.WindowTitle = "authz-doctor"
	if !m.NoMouse {
		v.MouseMode = tea.MouseModeCellMotion
	}
	return v
}

func (m *Model) draw() string {
	t := m.theme
	if m.small() {
		return t.fill([]string{"too small: 40x10 is the least; q quits"}, m.width, m.height)
	}
	body := strings.Split(m.top().view(m, m.width, m.bodyHeight()), "\n")
	if m.overlay != nil {
		body = m.lay(body, m.overlay.view(m, m.boxWidth(), m.bodyHeight()-2))
	}
	lines := make([]string, 0, m.height)
	lines = append(lines, m.header())
	for i := range m.bodyHeight() {
		l := ""
		if i < len(body) {
			l = body[i]
		}
		lines = append(lines, l)
	}
	return t.fill(append(lines, m.message(), m.help()), m.width, m.height)
}

// boxWidth is how wide what lies above the screen may be.
func (m *Model) boxWidth() int { return m.width - 4 }

// lay puts a box over the middle of the body.
func (m *Model) lay(body []string, lines []string) []string {
	t := m.theme
	w := 20
	for _, l := range lines {
		w = max(w, width(l))
	}
	w = min(w, m.boxWidth())
	f := t.frame(false)
	box := []string{f.topLeft + strings.Repeat(f.across, w+2) + f.topRight}
	for _, l := range lines[:min(len(lines), m.bodyHeight()-2)] {
		box = append(box, f.down+" "+t.pad(l, w)+" "+f.down)
	}
	box = append(box, f.bottomLeft+strings.Repeat(f.across, w+2)+f.bottomRight)
	x, y := (m.width-w-4)/2, max(0, (m.bodyHeight()-len(box))/2)
	m.box = area{x: x + 2, y: y + 1, w: w, h: len(box) - 2}
	out := make([]string, m.bodyHeight())
	copy(out, body)
	for i, l := range box {
		if y+i >= len(out) {
			break
		}
		under := t.pad(out[y+i], m.width)
		out[y+i] = cutFrom(under, 0, x) + l + cutFrom(under, x+w+4, m.width)
	}
	return out
}

// crumbs are the titles of the stack.
func (m *Model) crumbs() []string {
	var out []string
	over := width(brand) - m.width + 2
	for i, s := range m.stack {
		out = append(out, m.theme.clean(s.title(m)))
		if over += width(out[i]); i > 0 {
			over += width(m.between())
		}
	}
	for i := 0; i < len(out)-1 && over > 0; i++ { // the last one says where one is
		before := width(out[i])
		out[i] = m.theme.cut(out[i], max(1, before-over))
		over -= before - width(out[i])
	}
	return out
}

const brand = " authz-doctor  "

// header is the breadcrumb, and what the objects are read from.
func (m *Model) header() string {
	t := m.theme
	right := m.theme.clean(m.Origin) + m.live.words(m) + " "
	left := brand + strings.Join(m.crumbs(), m.between())
	room := m.width - width(right)
	if room < width(left)+2 {
		right = m.live.words(m) + " "
		room = m.width - width(right)
	}
	return t.bar.Render(t.pad(left, room) + t.pad(right, m.width-room))
}

func (m *Model) between() string { return m.theme.glyph(" › ", " > ") }

// crumbAt is which title of the breadcrumb stands in column x, or -1.
func (m *Model) crumbAt(x int) int {
	at := width(brand)
	for i, c := range m.crumbs() {
		if x >= at && x < at+width(c) {
			return i
		}
		at += width(c) + width(m.between())
	}
	return -1
}

// message is the line for what has just happened.
func (m *Model) message() string {
	t := m.theme
	switch {
	case m.toast != "":
		return " " + t.warning.Render(t.cut(m.toast, m.width-2))
	case m.asking != 0:
		return " " + t.faint.Render(t.glyph("asking …", "asking ..."))
	}
	return " " + t.cut(m.live.message(m), m.width-2)
}

// help is the line of keys.
func (m *Model) help() string {
	h := help.New()
	h.SetWidth(m.width - 2)
	h.Ellipsis = m.theme.glyph("…", "~")
	h.ShortSeparator = m.theme.glyph(" • ", " | ")
	h.Styles = help.Styles{ShortKey: m.theme.accent, ShortDesc: m.theme.faint, ShortSeparator: m.theme.faint, Ellipsis: m.theme.faint}
	var keys []key.Binding
	var last []key.Binding
	typing := m.overlay != nil || m.top().typing()
	all := m.actions()
	if !typing {
		all = m.keyed()
	}
	for _, a := range all {
		switch {
		case a.quiet || len(a.keys) == 0 || typing && !chord(a.keys[0]):
		case a.name == "help":
			last = append([]key.Binding{a.binding()}, last...)
		case a.name == "quit":
			last = append(last, a.binding())
		case m.overlay == nil:
			keys = append(keys, a.binding())
		}
	}
	if m.overlay != nil {
		keys, last = append(m.overlay.keys(), key.NewBinding(key.WithKeys("esc"), key.WithHelp("esc", "close"))), nil
	}
	return " " + h.ShortHelpView(append(last, keys...))
}
