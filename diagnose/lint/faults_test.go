package lint

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// lintFiles runs over manifests.
func lintFiles(t *testing.T, paths ...string) []Result {
	t.Helper()
	files, err := cluster.ReadFiles(paths, nil, "default")
	if err != nil {
		t.Fatal(err)
	}
	return Run(Read(t.Context(), files, Options{}), Options{Manifests: files.Whole(), Where: files.Where})
}

// TestFaults: of clusters with one fault each the fault is found, at its field, and
// nothing else is. The first line of a file says in which cluster, and what is wrong.
func TestFaults(t *testing.T) {
	files, err := filepath.Glob(filepath.Join("testdata", "faults", "*.yaml"))
	if err != nil || len(files) < 24 {
		t.Fatal(len(files), err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			head, _, _ := strings.Cut(string(text), "\n")
			world, want, _ := strings.Cut(strings.TrimPrefix(head, "# "), ": ")
			got := lintFiles(t, filepath.Join("testdata", world+".yaml"), file)
			if len(got) != 1 || got[0].Code+" "+got[0].Field != want {
				for _, r := range got {
					t.Logf("%s %s: %s", r.Code, r.Field, r.Message)
				}
				t.Fatalf("want only %s", want)
			}
			if r := got[0]; r.File != file || r.Line < 2 || r.Message == "" || len(r.Help) == 0 || r.Title == "" {
				t.Errorf("incomplete: %+v", r)
			}
			lines := strings.Split(string(text), "\n")
			if name := last(got[0].Field); strings.Contains(string(text), name+":") && !strings.Contains(lines[got[0].Line-1], name) && !strings.Contains(lines[got[0].Line-2], name) {
				t.Errorf("line %d is %q, which has nothing of %s", got[0].Line, lines[got[0].Line-1], got[0].Field)
			}
		})
	}
}

// last is the name that a path ends in.
func last(field string) string {
	name := strings.TrimRight(field, "]0123456789[")
	if i := strings.LastIndexAny(name, ".["); i >= 0 && !strings.Contains(name, "annotations") && !strings.Contains(name, "labels[") {
		return name[i+1:]
	}
	return ""
}

// TestControls: the clusters that the faults are laid beside are in order.
func TestControls(t *testing.T) {
	for _, world := range []string{"cluster", "ambient", "kmesh"} {
		for _, r := range lintFiles(t, filepath.Join("testdata", world+".yaml")) {
			t.Errorf("%s: %s %s %s: %s", world, r.Code, r.Object(), r.Field, r.Message)
		}
	}
}
