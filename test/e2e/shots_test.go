package e2e

import (
	"os/exec"
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/test/tmux"
)

// TestShots: the pictures in docs/tui are what a real terminal shows.
func TestShots(t *testing.T) {
	if !tmux.Found() {
		t.Skip("NOT TESTED: there is no tmux, so the pictures were not compared")
	}
	cmd := exec.CommandContext(t.Context(), "go", "run", "./shots", "-check", "-plugin", doctor.Binary)
	cmd.Dir = ".."
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: if that is meant so, make shots takes them anew\n%s", err, out)
	}
}
