package recent

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/tui"
)

// FuzzFile opens whatever is in the file: the list is of bearable length, and a question that
// is added afterwards is the first of it.
func FuzzFile(f *testing.F) {
	for _, text := range []string{
		`{"apiVersion":"authz-doctor.dev/v1alpha1","kind":"RecentQuestions","questions":[{"origin":"here","source":"a","target":"b","headers":["a=b"]},{"origin":"x"},{}]}`,
		`{"apiVersion":"authz-doctor.dev/v1alpha1","kind":"RecentQuestions","questions":null}`, `{}`, `null`, `[`, ``,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		path := filepath.Join(t.TempDir(), "recent.json")
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		file := Open(path, "here", diagnose.Question{})
		before := file.List()
		if len(before) > maxOfOrigin {
			t.Errorf("%d questions", len(before))
		}
		for _, q := range before {
			if q.Source == "" || q.Target == "" {
				t.Errorf("no question: %+v", q)
			}
			_, _ = q.Parse()
		}
		file.Add(tui.Question{Source: "deploy/new", Target: "svc/new"})
		after := file.List()
		if len(after) == 0 || len(after) > maxOfOrigin || after[0].Source != "deploy/new" || after[0].Target != "svc/new" {
			t.Errorf("after one was added: %+v", after)
		}
	})
}
