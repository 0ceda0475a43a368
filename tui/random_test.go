package tui_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/fix"
	"github.com/authz-doctor/kubectl-authz_doctor/tui"
)

// remembering asks each question once.
type remembering struct {
	tui.Asker
	tui.Fixer
	answers   map[string]remembered
	proposals map[string]*fix.Proposal
	reached   map[string][]tui.ReachRow
}

type remembered struct {
	answer *tui.Answer
	err    error
}

// turn is held by whoever uses a remembering: the driver runs commands side by side.
var turn = make(chan struct{}, 1)

func key(q tui.Question) string { return strings.Join(q.Args(), "\x00") + q.Base.Namespace }

func (r *remembering) Ask(ctx context.Context, q tui.Question) (*tui.Answer, error) {
	turn <- struct{}{}
	defer func() { <-turn }()
	if a, ok := r.answers[key(q)]; ok {
		return a.answer, a.err
	}
	a, err := r.Asker.Ask(ctx, q)
	if ctx.Err() == nil && len(r.answers) < 5000 {
		r.answers[key(q)] = remembered{a, err}
	}
	return a, err
}

func (r *remembering) Renew() {}

func (r *remembering) Propose(ctx context.Context, q tui.Question) (*fix.Proposal, error) {
	turn <- struct{}{}
	defer func() { <-turn }()
	if p, ok := r.proposals[key(q)]; ok {
		return p, nil
	}
	if len(r.proposals) > 20 {
		return nil, errors.New("no more for this test")
	}
	p, err := r.Fixer.Propose(context.WithoutCancel(ctx), q)
	if err == nil {
		r.proposals[key(q)] = p
	}
	return p, err
}

func (r *remembering) Reach(ctx context.Context, q tui.Question, each func([]tui.ReachRow)) error {
	turn <- struct{}{}
	rows, ok := r.reached[key(q)]
	if !ok && len(r.reached) < 20 {
		_ = r.Asker.Reach(context.WithoutCancel(ctx), q, func(more []tui.ReachRow) { rows = append(rows, more...) }) // an error is of the question
		r.reached[key(q)] = rows
	}
	<-turn
	each(rows)
	return nil
}

// writing writes nothing, and fails now and then.
type writing struct{ n int }

func (w *writing) Apply(_ context.Context, _ tui.Question, _ fix.Candidate, stage func(tui.Stage)) (tui.Applied, error) {
	w.n++
	stage(tui.Proving)
	if w.n%3 == 0 {
		return tui.Applied{}, errors.New("the cluster has changed: nothing was applied")
	}
	stage(tui.Writing)
	return tui.Applied{ID: fmt.Sprint("fix-", w.n), Notes: []string{"a note"}}, nil
}

func (w *writing) PlanUndo(_ context.Context, id string) (tui.UndoPlan, error) {
	if w.n%5 == 0 {
		return tui.UndoPlan{}, errors.New("AuthorizationPolicy default/x was changed since by kubectl")
	}
	return tui.UndoPlan{ID: id, Does: []string{"delete AuthorizationPolicy default/x"}}, nil
}

func (w *writing) Undo(context.Context, string) (tui.Applied, error) {
	if w.n%2 == 0 {
		return tui.Applied{}, errors.New("AuthorizationPolicy default/x was changed since by kubectl")
	}
	return tui.Applied{ID: "undo"}, nil
}

// letters are all that mean something on some screen, and some that mean nothing.
var letters = []string{
	"up", "down", "left", "right", "enter", "enter", "enter", "esc", "esc", "tab", "shift+tab", "pgup", "pgdown", "home", "end", "backspace", "delete", "space",
	"ctrl+u", "ctrl+d", "ctrl+r", "ctrl+n", "ctrl+p", "ctrl+b", "ctrl+f", "ctrl+a", "ctrl+e", "ctrl+w", "ctrl+k",
	"?", ":", "$", "/", "[", "]", "h", "j", "k", "l", "g", "G", "n", "N", "p", "r", "c", "i", "f", "w", "o", "y", "e", "T", "u", "a", "z", "Y", "1", "2", "3", "x", "é", "世", ".",
}

// pastes are what nobody types.
var pastes = []string{"sleep.foo", "http://httpbin.default:8000/get", "\x1b[2J\x1b]0;x\x07", "\u202eabc", "世界世界世界", strings.Repeat("long ", 200), "apply", "\x00\r\n\t"}

// Whatever one presses, pastes, clicks or resizes, nothing panics, the frame is as large
// as the terminal, and nothing is left running.
func TestRandomEvents(t *testing.T) {
	for _, example := range []struct{ name, source, target string }{
		{"no-sidecar", "", ""},
		{"no-sidecar", "sleep.foo", "http://httpbin.default:8000/get"},
		{"kyma-in-cluster", "sleep.default", "http://httpbin.default:8000/get"},
	} {
		t.Run(example.name+example.source, func(t *testing.T) {
			before := runtime.NumGoroutine()
			o := options(t, example.name)
			if example.source != "" {
				o.Question = tui.QuestionOf(diagnose.Question{Source: example.source, Target: example.target, Namespace: "default"})
			}
			r := &remembering{Asker: o.Asker, Fixer: o.Fixer, answers: map[string]remembered{}, proposals: map[string]*fix.Proposal{}, reached: map[string][]tui.ReachRow{}}
			o.Asker, o.Fixer, o.Writer = r, r, &writing{}
			random(t, o, events/3+1)
			for range 100 { // what was given up needs a moment to notice
				if runtime.NumGoroutine() <= before+1 {
					return
				}
				time.Sleep(10 * time.Millisecond)
			}
			t.Errorf("%d goroutines before, %d after", before, runtime.NumGoroutine())
		})
	}
}

// random plays n events.
func random(t *testing.T, o tui.Options, n int) {
	dice := rand.New(rand.NewPCG(8, uint64(n)))
	s := begin(t, o, 80, 24)
	var last []string
	defer func() {
		if p := recover(); p != nil {
			t.Fatalf("panic: %v after %q\n%s", p, last, debug.Stack())
		}
		if t.Failed() {
			t.Logf("after %q", last)
		}
	}()
	for i := range n {
		event := s.event(dice)
		if last = append(last, event); len(last) > 40 {
			last = last[1:]
		}
		s.fits()
		if s.quit || i%2000 == 0 { // and from the beginning
			s = begin(t, o, 80, 24)
		}
	}
}

// event does something, and tells what.
func (s *story) event(dice *rand.Rand) string {
	w, h := s.model.Size()
	switch dice.IntN(40) {
	case 0:
		w, h = 1+dice.IntN(220), 1+dice.IntN(60)
		if dice.IntN(2) == 0 {
			w, h = 80, 24
		}
		s.resize(w, h)
		return fmt.Sprintf("resize %d %d", w, h)
	case 1, 2:
		at := tea.Mouse{X: dice.IntN(w), Y: dice.IntN(h), Button: tea.MouseLeft}
		s.send(tea.MouseClickMsg(at))
		return fmt.Sprintf("click %d %d", at.X, at.Y)
	case 3:
		s.send(tea.MouseWheelMsg{X: dice.IntN(w), Y: dice.IntN(h), Button: tea.MouseWheelUp + tea.MouseButton(dice.IntN(2))})
		return "wheel"
	case 4:
		text := pastes[dice.IntN(len(pastes))]
		s.send(tea.PasteMsg{Content: text})
		return fmt.Sprintf("paste %q", text)
	case 5:
		for _, r := range "httpbin" {
			s.types(string(r))
		}
		return "type httpbin"
	}
	k := letters[dice.IntN(len(letters))]
	s.press(k)
	return k
}
