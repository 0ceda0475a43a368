// Command shots takes pictures of the interface in a real terminal: it drives the plugin
// in tmux through the scenes below, and writes each screen as text and as SVG.
//
//	go run ./shots -plugin ../bin/kubectl-authz_doctor -o ../docs/tui
//
// With -check it writes nothing, and fails where a text differs from what is there.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/authz-doctor/kubectl-authz_doctor/test/tmux"
)

func main() {
	plugin := flag.String("plugin", "../bin/kubectl-authz_doctor", "the `FILE` to run")
	out := flag.String("o", "../docs/tui", "the `FOLDER` to write to")
	check := flag.Bool("check", false, "compare the texts, and write nothing")
	only := flag.String("only", "", "the `NAME` of one scene")
	flag.Parse()
	if err := run(*plugin, *out, *only, *check); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func run(plugin, out, only string, check bool) error {
	if !tmux.Found() {
		return errors.New("there is no tmux on the PATH: the pictures are of a real terminal")
	}
	plugin, err := filepath.Abs(plugin)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return err
	}
	var wrong []error
	for _, s := range scenes {
		if only != "" && s.name != only {
			continue
		}
		if err := s.take(plugin, out, check); err != nil {
			wrong = append(wrong, fmt.Errorf("%s: %w", s.name, err))
		}
	}
	return errors.Join(wrong...)
}

// take plays a scene, and writes or compares its screen.
func (s scene) take(plugin, out string, check bool) error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	dir, err := os.MkdirTemp("", "shots-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if err := os.Symlink(plugin, filepath.Join(dir, "kubectl-authz_doctor")); err != nil {
		return err
	}
	examples, err := filepath.Abs("../examples")
	if err != nil {
		return err
	}
	if err := os.Symlink(examples, filepath.Join(dir, "examples")); err != nil {
		return err
	}
	term, err := tmux.Start(ctx, dir, s.w, s.h, s.settings(dir), "./kubectl-authz_doctor "+s.command)
	if err != nil {
		return err
	}
	defer term.Close()
	for _, step := range s.steps {
		if err := step.play(term); err != nil {
			return err
		}
	}
	text, err := term.Settled()
	if err != nil {
		return err
	}
	styled, err := term.Styled()
	if err != nil {
		return err
	}
	text = strings.TrimRight(text, "\n") + "\n"
	file := filepath.Join(out, s.name)
	if check {
		had, err := os.ReadFile(file + ".txt")
		if err == nil && string(had) != text {
			err = fmt.Errorf("the screen is another than %s.txt:\n%s", file, text)
		}
		return err
	}
	if err := os.WriteFile(file+".txt", []byte(text), 0o644); err != nil {
		return err
	}
	return os.WriteFile(file+".svg", []byte(picture(styled, s.w, s.h, s.light)), 0o644)
}

// settings are the environment of a scene: nothing of the machine's own.
func (s scene) settings(dir string) []string {
	out := []string{
		"HOME=" + dir, "XDG_STATE_HOME=" + dir, "KUBECONFIG=" + filepath.Join(dir, "none"), "TERM=screen-256color", "LC_ALL=C.UTF-8",
		"TZ=UTC", "NO_COLOR=",
	}
	out = out[:len(out)-1] // NO_COLOR counts even if it is empty
	return append(out, s.env...)
}
