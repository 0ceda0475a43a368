package cmd

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// A file is replaced by what was written, or it is as it was and nothing else is there.
func TestReplacing(t *testing.T) {
	for name, tt := range map[string]struct {
		write func(io.Writer) error
		want  string
		fails bool
	}{
		"written":             {func(w io.Writer) error { _, err := io.WriteString(w, "new"); return err }, "new", false},
		"nothing":             {func(io.Writer) error { return nil }, "", false},
		"with an exit status": {func(w io.Writer) error { _, _ = io.WriteString(w, "new"); return exitStatus(1) }, "new", true},
		"failed":              {func(w io.Writer) error { _, _ = io.WriteString(w, "new"); return errors.New("no") }, "old", true},
		"failed after much": {func(w io.Writer) error {
			_, _ = w.Write(make([]byte, 40<<20))
			return errors.New("no")
		}, "old", true},
	} {
		dir := t.TempDir()
		file := filepath.Join(dir, "out")
		if err := os.WriteFile(file, []byte("old"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := replacing(file, tt.write); (err != nil) != tt.fails {
			t.Errorf("%s: %v", name, err)
		}
		got, err := os.ReadFile(file)
		if err != nil || string(got) != tt.want {
			t.Errorf("%s: %q, %v", name, got, err)
		}
		if all, _ := os.ReadDir(dir); len(all) != 1 {
			t.Errorf("%s: %v is left behind", name, all)
		}
	}
	if err := replacing(filepath.Join(t.TempDir(), "none", "out"), func(io.Writer) error { return nil }); err == nil {
		t.Error("a folder that is not there is no error")
	}
}
