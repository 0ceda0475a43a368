package tui

import (
	"context"

	tea "charm.land/bubbletea/v2"
)

// Model is the whole interface. It is a tea.Model by its pointer.
type Model struct {
	Options
	ctx context.Context

	question Question // as it stands
	answer   *Answer  // the last one, of question or of one before
	problem  string   // why the question has none
	asking   int      // the number of the question that is being asked; 0: none is
	asked    int      // how many were
	reads    int      // how often everything was read anew
	cancel   context.CancelFunc
	live     live
	applied  []appliedFix // what was written and not taken back, the latest last
	writer   *ledger      // what has written last, or does

	stack   []screen
	overlay overlay // above the screen, and the first to get keys
	box     area    // what of the body it had when it was drawn
	toast   string  // gone with the next key
	warned  bool    // that something is being written

	theme         *theme
	dark          bool
	width, height int
}

// appliedFix is what was written in this session.
type appliedFix struct{ id, title string }

// New returns the interface. It ends what it has begun when ctx does.
func New(ctx context.Context, o Options) *Model {
	m := &Model{Options: o, ctx: ctx, question: o.Question, dark: true, width: 80, height: 24}
	m.theme = newTheme(o.ASCII)
	if m.question.Source == "" || m.question.Target == "" {
		m.stack = []screen{newStart(m)}
	} else {
		m.stack = []screen{newWay(m)}
	}
	return m
}

// Init asks the question, or for one.
func (m *Model) Init() tea.Cmd {
	cmds := []tea.Cmd{tea.RequestBackgroundColor}
	if s, ok := m.top().(*start); ok {
		cmds = append(cmds, s.begin(m))
	} else {
		cmds = append(cmds, m.ask(m.question))
	}
	return tea.Batch(cmds...)
}

// Update takes a message. It does no input or output.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
		return m, nil
	case tea.BackgroundColorMsg:
		m.dark = msg.IsDark() // what is typed in has a cursor of its own
		return m, nil
	case tea.KeyPressMsg:
		return m, m.key(msg)
	case tea.PasteMsg:
		switch {
		case m.small():
			return m, nil
		case m.overlay != nil:
			return m, m.overlay.update(m, msg)
		}
		return m, m.top().update(m, msg)
	case tea.MouseClickMsg:
		return m, m.clicked(msg.Mouse())
	case tea.MouseWheelMsg:
		return m, m.wheel(msg.Mouse())
	}
	var cmds []tea.Cmd
	cmds = append(cmds, m.receive(msg))
	if m.overlay != nil {
		cmds = append(cmds, m.overlay.update(m, msg))
	}
	for _, s := range m.stack {
		cmds = append(cmds, s.update(m, msg))
	}
	return m, tea.Batch(cmds...)
}

// key routes a key: to what lies above the screen, to the action whose key it is, or to
// the screen.
func (m *Model) key(msg tea.KeyPressMsg) tea.Cmd {
	k := msg.String()
	m.toast = ""
	if k != "ctrl+c" {
		m.warned = false
	}
	switch {
	case k == "ctrl+c":
		return m.interrupt()
	case k == "ctrl+z":
		return tea.Suspend
	case m.small(): // nobody sees what a key would do
		if k == "q" {
			return m.interrupt()
		}
		return nil
	case m.overlay != nil:
		if k == "esc" {
			m.closeOverlay()
			return nil
		}
		return m.overlay.update(m, msg)
	}
	if cmd, ok := m.does(k); ok {
		return cmd
	}
	return m.top().update(m, msg)
}

// wheel is a key for the list under it.
func (m *Model) wheel(at tea.Mouse) tea.Cmd {
	k := tea.KeyPressMsg{Code: tea.KeyDown}
	if at.Button == tea.MouseWheelUp {
		k = tea.KeyPressMsg{Code: tea.KeyUp}
	} else if at.Button != tea.MouseWheelDown {
		return nil
	}
	if m.overlay != nil {
		return m.overlay.update(m, k)
	}
	return m.top().update(m, k)
}

// clicked is a click: on the breadcrumb it leads back there, on the screen it is the
// screen's.
func (m *Model) clicked(at tea.Mouse) tea.Cmd {
	m.toast = ""
	switch {
	case at.Button != tea.MouseLeft || m.small():
		return nil
	case m.overlay != nil:
		return m.clickedBox(at.X-m.box.x, at.Y-1-m.box.y)
	case at.Y == 0:
		if i := m.crumbAt(at.X); i >= 0 {
			return m.backTo(i)
		}
		return nil
	case at.Y >= 1 && at.Y < 1+m.bodyHeight():
		return m.top().click(m, at.X, at.Y-1)
	}
	return nil
}

// clickedBox is a click while something lies above the screen: beside it it is closed.
func (m *Model) clickedBox(x, y int) tea.Cmd {
	if x < -2 || x >= m.box.w+2 || y < -1 || y > m.box.h {
		m.closeOverlay()
		return nil
	}
	if o, ok := m.overlay.(clicker); ok && x >= 0 && x < m.box.w && y >= 0 && y < m.box.h {
		return o.click(m, x, y)
	}
	return nil
}

// closeOverlay closes what lies above the screen, and tells it.
func (m *Model) closeOverlay() {
	o := m.overlay
	m.overlay = nil
	if c, ok := o.(interface{ closed(m *Model) }); ok {
		c.closed(m)
	}
}

func (m *Model) top() screen { return m.stack[len(m.stack)-1] }

// push opens a screen above the others.
func (m *Model) push(s screen) { m.stack = append(m.stack, s) }

// back closes the topmost screen, but for the last one.
func (m *Model) back() tea.Cmd {
	if l, ok := m.top().(leaver); ok && l.back(m) {
		return nil
	}
	if len(m.stack) > 1 {
		m.cut(len(m.stack) - 1)
	}
	return nil
}

// backTo goes back to a screen, and to the question that was asked there.
func (m *Model) backTo(i int) tea.Cmd {
	q := m.question
	if s, ok := m.stack[i].(*way); ok {
		q = s.asks(m)
	}
	m.cut(i + 1)
	if q.Equal(m.question) {
		return nil
	}
	return m.ask(q)
}

// cut leaves the lowest n screens.
func (m *Model) cut(n int) {
	for _, s := range m.stack[n:] {
		if c, ok := s.(closer); ok {
			c.close()
		}
	}
	m.stack = m.stack[:n]
}

func (m *Model) quit() tea.Cmd {
	if m.cancel != nil {
		m.cancel()
	}
	m.live.stop()
	return tea.Quit
}

// interrupt leaves at once, but for what is being written: that takes a second time.
func (m *Model) interrupt() tea.Cmd {
	if m.warned || !m.writes() {
		return m.quit()
	}
	m.warned = true
	m.say(m.notQuit() + "; ctrl+c again leaves all the same")
	return nil
}

// writes reports whether something is being written, whatever is on the screen.
func (m *Model) writes() bool { return m.writer != nil && m.writer.writing() }

// say shows a message until the next key.
func (m *Model) say(s string) { m.toast = m.theme.clean(s) }

// Size is how large the terminal is.
func (m *Model) Size() (width, height int) { return m.width, m.height }
