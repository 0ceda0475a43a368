package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// secondLook corrects what gremlins cannot tell. A mutant that does not compile counts
// there as killed: such are all strings that are subtracted. And what stands in a case
// of a switch counts as not covered, for Go's coverage counts only statements: it is
// tested here. So is what lived, for the tests may have grown since.
func (s *survey) secondLook(ctx context.Context) error {
	texts, err := s.textSums(ctx)
	if err != nil {
		return err
	}
	if out, err := s.command(ctx, "go", append(append([]string{"test"}, testFlags...), "./"+pkg)...).CombinedOutput(); err != nil {
		return fmt.Errorf("the tests fail without a mutant: %w\n%s", err, out)
	}
	for _, name := range s.sources {
		left := false
		for i := range s.found[name].Mutants {
			m := &s.found[name].Mutants[i]
			switch {
			case m.Fate == killed && texts[position{name, m.Line, m.Column}]:
				m.Fate, left = notViable, true
			case m.Fate == notCovered || m.Fate == lived:
				if m.Fate, err = s.test(ctx, name, m); err != nil {
					return err
				}
				left = true
			}
		}
		if left {
			if err := s.save(); err != nil {
				return err
			}
		}
	}
	return nil
}

// swaps are the changes that gremlins makes, by kind and token.
var swaps = map[string]map[token.Token]token.Token{
	"ARITHMETIC_BASE":       {token.ADD: token.SUB, token.SUB: token.ADD, token.MUL: token.QUO, token.QUO: token.MUL, token.REM: token.MUL},
	"CONDITIONALS_BOUNDARY": {token.GEQ: token.GTR, token.GTR: token.GEQ, token.LEQ: token.LSS, token.LSS: token.LEQ},
	"CONDITIONALS_NEGATION": {token.EQL: token.NEQ, token.NEQ: token.EQL, token.GEQ: token.LSS, token.LSS: token.GEQ, token.GTR: token.LEQ, token.LEQ: token.GTR},
	"INCREMENT_DECREMENT":   {token.INC: token.DEC, token.DEC: token.INC},
	"INVERT_NEGATIVES":      {token.SUB: token.ADD},
}

// place finds the token of the mutant in the text of its source: where it begins, and
// what stands there.
func (m *mutant) place(text string) (int, token.Token, error) {
	at := 0
	for range m.Line - 1 {
		i := strings.IndexByte(text[at:], '\n')
		if i < 0 {
			return 0, 0, fmt.Errorf("there is no line %d", m.Line)
		}
		at += i + 1
	}
	at = min(at+m.Column-1, len(text))
	found, size := token.ILLEGAL, 0
	for t := range swaps[m.Kind] {
		if n := len(t.String()); n > size && strings.HasPrefix(text[at:], t.String()) {
			found, size = t, n
		}
	}
	if size == 0 {
		return 0, 0, fmt.Errorf("nothing to change at %d:%d for %s", m.Line, m.Column, m.Kind)
	}
	return at, found, nil
}

// mutate returns the source with the token exchanged.
func (m *mutant) mutate(text string) (string, error) {
	at, from, err := m.place(text)
	if err != nil {
		return "", err
	}
	return text[:at] + swaps[m.Kind][from].String() + text[at+len(from.String()):], nil
}

// change says what was made of what.
func (m *mutant) change(text string) string {
	_, from, err := m.place(text)
	if err != nil {
		return m.Kind
	}
	return fmt.Sprintf("%s to %s", from, swaps[m.Kind][from])
}

// test runs the package's tests with the mutant in place of the source.
func (s *survey) test(ctx context.Context, name string, m *mutant) (fate, error) {
	dir, err := os.MkdirTemp("", "mutant-")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(dir)
	path := filepath.Join(s.root, pkg, name)
	text, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	changed, err := m.mutate(string(text))
	if err != nil {
		return "", fmt.Errorf("%s: %w", name, err)
	}
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {path: filepath.Join(dir, name)}})
	if err != nil {
		return "", err
	}
	list := filepath.Join(dir, "overlay.json")
	if err := errors.Join(os.WriteFile(filepath.Join(dir, name), []byte(changed), 0o600), os.WriteFile(list, overlay, 0o600)); err != nil {
		return "", err
	}
	args := append([]string{"test", "-failfast", "-timeout", limit.String(), "-overlay", list}, testFlags...)
	out, err := s.command(ctx, "go", append(args, "./"+pkg)...).CombinedOutput()
	var exit *exec.ExitError
	switch {
	case ctx.Err() != nil:
		return "", context.Cause(ctx)
	case err == nil:
		return lived, nil
	case !errors.As(err, &exit):
		return "", err
	case strings.Contains(string(out), "[build failed]"):
		return notViable, nil
	case strings.Contains(string(out), "panic: test timed out"):
		return timedOut, nil
	}
	return killed, nil
}

// limit is how long the tests of a mutant may take here.
const limit = time.Minute
