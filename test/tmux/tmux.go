// Package tmux drives a program in a real terminal, which tmux is: it types keys, and reads
// the screen. Each session is a server of its own, by a socket of its own, so nothing else
// that runs in tmux is touched.
package tmux

import (
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Session is a terminal with a program in it.
type Session struct {
	ctx    context.Context
	socket string
}

// Found reports whether there is tmux on this machine.
func Found() bool {
	_, err := exec.LookPath("tmux")
	return err == nil
}

// Start runs a shell command in a new terminal of w columns and h lines. env are settings
// of the form NAME=VALUE beside those of this process, dir is for the socket and where the
// command runs.
func Start(ctx context.Context, dir string, w, h int, env []string, command string) (*Session, error) {
	s := &Session{ctx: ctx, socket: filepath.Join(dir, "tmux.sock")}
	args := []string{"-f", "/dev/null", "new-session", "-d", "-x", strconv.Itoa(w), "-y", strconv.Itoa(h), "-c", dir}
	for _, e := range env {
		args = append(args, "-e", e)
	}
	if _, err := s.run(append(args, command)...); err != nil {
		return nil, err
	}
	if _, err := s.run("set-option", "-g", "status", "off"); err != nil {
		return s, err
	}
	_, err := s.run("set-option", "-s", "escape-time", "0")
	return s, err
}

func (s *Session) run(args ...string) (string, error) { return s.runIn(s.ctx, args...) }

func (s *Session) runIn(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "tmux", append([]string{"-S", s.socket}, args...)...)
	out, err := cmd.CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("tmux %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
	return string(out), nil
}

// Press presses keys by the names that tmux has for them: Enter, Escape, C-c, j.
func (s *Session) Press(keys ...string) error {
	for _, k := range keys {
		if _, err := s.run("send-keys", k); err != nil {
			return err
		}
	}
	return nil
}

// Type types text as it stands.
func (s *Session) Type(text string) error {
	_, err := s.run("send-keys", "-l", text)
	return err
}

// Screen is what the terminal shows, without spaces at the end of its lines.
func (s *Session) Screen() (string, error) { return s.run("capture-pane", "-p") }

// Styled is the screen with its escape sequences for colours, and all its spaces.
func (s *Session) Styled() (string, error) { return s.run("capture-pane", "-p", "-e", "-N") }

// Resize makes the terminal larger or smaller.
func (s *Session) Resize(w, h int) error {
	_, err := s.run("resize-window", "-x", strconv.Itoa(w), "-y", strconv.Itoa(h))
	return err
}

// Query is what tmux knows of the terminal: alternate_on, cursor_flag, pane_pid.
func (s *Session) Query(name string) (string, error) {
	out, err := s.run("display-message", "-p", "#{"+name+"}")
	return strings.TrimSpace(out), err
}

// patience is how long a screen may take to appear.
const patience = 20 * time.Second

// Until waits until the screen has all of these, and returns it. The error holds the
// screen that was there in the end.
func (s *Session) Until(want ...string) (string, error) {
	return s.When(func(screen string) string {
		for _, w := range want {
			if !strings.Contains(screen, w) {
				return fmt.Sprintf("%q", w)
			}
		}
		return ""
	})
}

// When waits until lacks finds nothing that the screen lacks.
func (s *Session) When(lacks func(screen string) string) (string, error) {
	deadline := time.Now().Add(patience)
	for {
		screen, err := s.Screen()
		if err != nil {
			return "", err
		}
		missing := lacks(screen)
		if missing == "" {
			return screen, nil
		}
		if time.Now().After(deadline) {
			return screen, fmt.Errorf("the screen lacks %s:\n%s", missing, screen)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// Settled waits until the screen has stayed as it is for a moment, and returns it.
func (s *Session) Settled() (string, error) {
	last, since := "", time.Now()
	return s.When(func(screen string) string {
		if screen != last {
			last, since = screen, time.Now()
		}
		if time.Since(since) < 300*time.Millisecond {
			return "rest"
		}
		return ""
	})
}

// Close ends the terminal and what runs in it, and waits until that is gone; also when the
// context has ended: that of a test has, when it cleans up.
func (s *Session) Close() {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.ctx), patience)
	defer cancel()
	leader, err := s.runIn(ctx, "display-message", "-p", "#{pane_pid}")
	_, _ = s.runIn(ctx, "kill-server") // it is gone if its program has ended
	for err == nil && ctx.Err() == nil && running(ctx, strings.TrimSpace(leader)) {
		time.Sleep(20 * time.Millisecond)
	}
}

// running reports whether there is a process of a terminal, by the number of the first one.
func running(ctx context.Context, leader string) bool {
	out, err := exec.CommandContext(ctx, "ps", "-o", "stat=", "-s", leader).Output()
	if err != nil { // ps says so if there is none
		return false
	}
	for _, state := range strings.Fields(string(out)) {
		if !strings.HasPrefix(state, "Z") {
			return true
		}
	}
	return false
}
