package session_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/tui/session"
)

func TestSave(t *testing.T) {
	name := filepath.Join(t.TempDir(), "x.md")
	if err := session.Save(name, []byte("one")); err != nil {
		t.Fatal(err)
	}
	if err := session.Save(name, []byte("two")); err == nil || !strings.Contains(err.Error(), "exists") {
		t.Errorf("%v", err)
	}
	if got, err := os.ReadFile(name); string(got) != "one" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if err := session.Save(filepath.Join(name, "x"), nil); err == nil {
		t.Error("a file below a file")
	}
}
