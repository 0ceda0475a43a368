package tui_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/tui"
	"github.com/authz-doctor/kubectl-authz_doctor/tui/session"
)

// updating reports whether the goldens are to be written anew: -update is a flag of teatest's.
func updating() bool { return flag.Lookup("update").Value.String() == "true" }

// noon is when everything happens.
var noon = time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC)

func nowIsNoon() time.Time { return noon }

// story drives the interface as somebody at a keyboard does, and waits after each key
// until nothing is being done any more.
type story struct {
	t      testing.TB
	model  *tui.Model
	copied string // by way of the terminal
	quit   bool
	saved  map[string]string // files
	watch  *scriptedWatcher  // whose commands wait until something happens
	told   chan tea.Msg      // what they bring
}

// options are those of the examples' folder as files, such as examples/no-sidecar.
func options(t testing.TB, example string) tui.Options {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join("..", "examples", example, "*.yaml"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("examples/%s: no files (%v)", example, err)
	}
	files, err := cluster.ReadFiles(paths, nil, "default")
	if err != nil {
		t.Fatal(err)
	}
	s := session.New(files, nowIsNoon)
	return tui.Options{
		Lister: s,
		Origin: "examples/" + example, Command: []string{"kubectl", "authz-doctor", "-f", "examples/" + example},
		Question: tui.Question{Base: diagnose.Question{Namespace: "default"}},
		Asker:    s, Fixer: s, WhyNot: "the objects come from files", Now: nowIsNoon,
	}
}

// asking are the options with a question to begin with.
func asking(t testing.TB, example, source, target string) tui.Options {
	o := options(t, example)
	o.Question = tui.QuestionOf(diagnose.Question{Source: source, Target: target, Namespace: "default"})
	return o
}

// begin starts a story in a terminal of w columns and h lines.
func begin(t testing.TB, o tui.Options, w, h int) *story {
	t.Helper()
	s := &story{t: t, saved: map[string]string{}, told: make(chan tea.Msg, 1000)}
	s.watch, _ = o.Watcher.(*scriptedWatcher)
	if o.SaveFile == nil {
		o.SaveFile = func(name string, data []byte) error {
			if _, ok := s.saved[name]; ok {
				return fmt.Errorf("%s exists", name)
			}
			s.saved[name] = string(data)
			return nil
		}
	}
	s.model = tui.New(t.Context(), o)
	s.send(tea.WindowSizeMsg{Width: w, Height: h})
	s.run(s.model.Init())
	return s
}

// resize makes the terminal larger or smaller.
func (s *story) resize(w, h int) { s.send(tea.WindowSizeMsg{Width: w, Height: h}) }

// send delivers a message and waits for all that comes of it.
func (s *story) send(msg tea.Msg) {
	_, cmd := s.model.Update(msg)
	s.run(cmd)
}

// run executes commands, and those that come of their messages, until none is left but
// those that wait for a watch.
func (s *story) run(cmds ...tea.Cmd) {
	s.t.Helper()
	s.errand(cmds...).finish(never)
}

func never() bool { return false }

// errand are commands that are being executed.
type errand struct {
	*story
	out     chan tea.Msg
	pending int // those that have not come back, but for those that wait for a watch
}

func (s *story) errand(cmds ...tea.Cmd) *errand {
	e := &errand{story: s, out: make(chan tea.Msg)}
	for _, c := range cmds {
		e.begin(c)
	}
	return e
}

func (e *errand) begin(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	name := runtime.FuncForPC(reflect.ValueOf(cmd).Pointer()).Name()
	if strings.Contains(name, "(*live).begin") || strings.Contains(name, ".next.") {
		go func() { e.told <- cmd() }()
		return
	}
	e.pending++
	go func() { e.out <- cmd() }()
}

// hear takes what a command has brought.
func (e *errand) hear(msg tea.Msg) {
	for _, c := range e.take(msg) {
		e.begin(c)
	}
}

// finish goes on until no command is left, or until something has come about.
func (e *errand) finish(until func() bool) {
	e.t.Helper()
	for e.pending > 0 && !until() {
		select {
		case msg := <-e.out:
			e.pending--
			e.hear(msg)
		case msg := <-e.told:
			e.hear(msg)
		case <-time.After(20 * time.Second):
			e.t.Fatalf("%d commands do not come back; the screen:\n%s", e.pending, e.screen())
		}
	}
}

// pressUntil presses a key and waits until the screen shows a text; what is still being
// done then is for the errand to finish.
func (s *story) pressUntil(name, text string) *errand {
	s.t.Helper()
	_, cmd := s.model.Update(keyOf(name))
	e := s.errand(cmd)
	e.finish(func() bool { return strings.Contains(s.screen(), text) })
	s.shows(text)
	return e
}

// take takes one message apart, and returns the commands that come of it.
func (s *story) take(msg tea.Msg) []tea.Cmd {
	switch msg := msg.(type) {
	case nil:
		return nil
	case tea.BatchMsg:
		return msg
	case tea.QuitMsg:
		s.quit = true
		return nil
	}
	v := reflect.ValueOf(msg)
	if v.Kind() == reflect.Slice && v.Type().Elem() == reflect.TypeFor[tea.Cmd]() { // a sequence
		for i := range v.Len() {
			s.run(v.Index(i).Interface().(tea.Cmd))
		}
		return nil
	}
	if v.Kind() == reflect.String && strings.Contains(v.Type().Name(), "lipboard") {
		s.copied = v.String()
		return nil
	}
	if strings.HasPrefix(v.Type().String(), "tea.") && v.Type().String() != "tea.PasteMsg" {
		return nil // for the terminal
	}
	_, cmd := s.model.Update(msg)
	return []tea.Cmd{cmd}
}

// keys that are no text.
var keys = map[string]tea.KeyPressMsg{
	"enter": {Code: tea.KeyEnter}, "esc": {Code: tea.KeyEscape}, "tab": {Code: tea.KeyTab}, "shift+tab": {Code: tea.KeyTab, Mod: tea.ModShift},
	"up": {Code: tea.KeyUp}, "down": {Code: tea.KeyDown}, "left": {Code: tea.KeyLeft}, "right": {Code: tea.KeyRight},
	"pgup": {Code: tea.KeyPgUp}, "pgdown": {Code: tea.KeyPgDown}, "home": {Code: tea.KeyHome}, "end": {Code: tea.KeyEnd},
	"backspace": {Code: tea.KeyBackspace}, "delete": {Code: tea.KeyDelete}, "space": {Code: tea.KeySpace, Text: " "},
}

// press presses keys by their names: "enter", "ctrl+u", "j".
func (s *story) press(names ...string) *story {
	s.t.Helper()
	for _, name := range names {
		s.send(keyOf(name))
	}
	return s
}

// keyOf is the key of a name.
func keyOf(name string) tea.KeyPressMsg {
	if k, ok := keys[name]; ok {
		return k
	}
	if letter, ok := strings.CutPrefix(name, "ctrl+"); ok {
		return tea.KeyPressMsg{Code: rune(letter[0]), Mod: tea.ModCtrl}
	}
	return tea.KeyPressMsg{Code: []rune(name)[0], Text: name}
}

// types types text, letter by letter.
func (s *story) types(text string) *story {
	s.t.Helper()
	for _, r := range text {
		s.send(tea.KeyPressMsg{Code: r, Text: string(r)})
	}
	return s
}

// frame is what the terminal shows, with its styles.
func (s *story) frame() string { return s.model.View().Content }

// screen is what the terminal shows, without styles and without spaces at the end of lines.
func (s *story) screen() string {
	lines := strings.Split(ansi.Strip(s.frame()), "\n")
	for i, l := range lines {
		lines[i] = strings.TrimRight(l, " ")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n") + "\n"
}

// shows fails unless the screen has all of these.
func (s *story) shows(want ...string) *story {
	s.t.Helper()
	for _, w := range want {
		if !strings.Contains(s.screen(), w) {
			s.t.Fatalf("the screen does not show %q:\n%s", w, s.screen())
		}
	}
	return s
}

// hides fails if the screen has any of these.
func (s *story) hides(not ...string) *story {
	s.t.Helper()
	for _, w := range not {
		if strings.Contains(s.screen(), w) {
			s.t.Fatalf("the screen shows %q:\n%s", w, s.screen())
		}
	}
	return s
}

// golden compares the screen with testdata/NAME.golden, and checks that it fits. A name
// that ends in -color is of the frame with its styles.
func (s *story) golden(name string) *story {
	s.t.Helper()
	s.fits()
	got := s.screen()
	if strings.HasSuffix(name, "-color") {
		got = strings.ReplaceAll(s.frame(), "\x1b", `\e`) + "\n"
	}
	return s.compare(name, got)
}

// compare compares text with testdata/NAME.golden.
func (s *story) compare(name, got string) *story {
	s.t.Helper()
	file := filepath.Join("testdata", name+".golden")
	if updating() {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			s.t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			s.t.Fatal(err)
		}
		return s
	}
	want, err := os.ReadFile(file)
	if err != nil {
		s.t.Fatal(err)
	}
	if !bytes.Equal(want, []byte(got)) {
		s.t.Errorf("%s (-want +got):\n%s", name, cmp.Diff(string(want), got))
	}
	return s
}

// fits fails if the frame is not exactly as large as the terminal.
func (s *story) fits() {
	s.t.Helper()
	w, h := s.model.Size()
	lines := strings.Split(s.frame(), "\n")
	if len(lines) != h {
		s.t.Fatalf("%d lines in a terminal of %d:\n%s", len(lines), h, s.screen())
	}
	for _, l := range lines {
		if ansi.StringWidth(l) > w {
			s.t.Fatalf("%d columns in a terminal of %d: %q", ansi.StringWidth(l), w, ansi.Strip(l))
		}
	}
}
