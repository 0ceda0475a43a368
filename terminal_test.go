package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// terminal is where commands are typed: the plugin, the directory, empty for that of the
// test, and how wide it is.
type terminal struct {
	plugin, dir string
	columns     int
	// cut is the line from which on an output is left out.
	cut string
}

// command is a command of the plugin, ready to run.
func (at terminal) command(t *testing.T, line string, more ...string) *exec.Cmd {
	t.Helper()
	rest, ok := strings.CutPrefix(line, "kubectl authz-doctor")
	if !ok {
		t.Fatalf("%q: an example is a kubectl authz-doctor command", line)
	}
	args, plain := shellWords(rest)
	if !plain {
		t.Fatalf("%q: an example is run without a shell", line)
	}
	cmd := exec.CommandContext(t.Context(), at.plugin, append(args, more...)...)
	home := t.TempDir()
	cmd.Dir = at.dir
	cmd.Env = append(os.Environ(), "HOME="+home, "KUBECONFIG="+filepath.Join(home, "none"), fmt.Sprintf("COLUMNS=%d", at.columns), "NO_COLOR=1", "AUTHZ_DOCTOR_CONFIG=", "LANG=C.UTF-8")
	return cmd
}

// transcript is what a terminal would show of the command: the prompt, what it
// prints, and how it ended unless that is 0.
func (at terminal) transcript(t *testing.T, line string) string {
	t.Helper()
	cmd := at.command(t, line)
	output, err := cmd.CombinedOutput()
	var failed *exec.ExitError
	if err != nil && !errors.As(err, &failed) {
		t.Fatalf("%s: %v", line, err)
	}
	out := string(output)
	if before, _, found := strings.Cut(out, at.cut); found && at.cut != "" {
		out = strings.TrimRight(before, "\n") + "\n\n  …"
	}
	text := fmt.Sprintf("$ %s\n%s\n", line, strings.TrimRight(out, "\n"))
	if code := cmd.ProcessState.ExitCode(); code != 0 {
		text += fmt.Sprintf("[exit status %d]\n", code)
	}
	return text
}

// shellWords takes a line apart as a shell would, of which only words and single quotes
// around whole ones are plain.
func shellWords(line string) (words []string, plain bool) {
	for i, part := range strings.Split(line, "'") {
		switch {
		case i%2 == 1:
			words = append(words, part)
		case strings.ContainsAny(part, "\"$|<>&;\\"):
			return nil, false
		default:
			words = append(words, strings.Fields(part)...)
		}
	}
	return words, strings.Count(line, "'")%2 == 0
}
