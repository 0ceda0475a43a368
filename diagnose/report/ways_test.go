package report_test

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
)

// TestWays asks about typical clusters, each with a way of its own kind, and compares
// the report with the one that was read and found right. The first line of a cluster
// is the question.
func TestWays(t *testing.T) {
	files, err := filepath.Glob("testdata/ways/*.yaml")
	if err != nil || len(files) < 12 {
		t.Fatalf("%d clusters, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".yaml"), func(t *testing.T) {
			got := answer(t, file)
			golden := strings.TrimSuffix(file, ".yaml") + ".golden"
			if flag.Lookup("update").Value.String() == "true" {
				if err := os.WriteFile(golden, got, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), string(got)); diff != "" {
				t.Errorf("(-want +got; -update writes it):\n%s", diff)
			}
		})
	}
}

// answer is the report about a cluster.
func answer(t *testing.T, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	first, _, _ := strings.Cut(string(text), "\n")
	words := strings.Fields(strings.TrimPrefix(first, "#"))
	if len(words) != 4 || words[2] != "--method" {
		t.Fatalf("%s begins with %q, want a question", file, first)
	}
	r, err := cluster.ReadFiles([]string{file}, nil, "default")
	if err != nil {
		t.Fatal(err)
	}
	d, _, err := diagnose.Ask(t.Context(), r, diagnose.Question{Source: words[0], Target: words[1], Request: diagnose.Request{Method: words[3]}})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := report.Text(&out, d, report.TextOptions{}); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
