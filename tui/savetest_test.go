package tui_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/traffic"
	"github.com/authz-doctor/kubectl-authz_doctor/tui"
)

// A session becomes a test that runs, with the same files, and passes.
func TestSaveTest(t *testing.T) {
	for _, size := range sizes {
		o := asking(t, "no-sidecar", "sleep.foo", "http://httpbin.default:8000/get")
		o.Question.Method = "GET"
		o.Files = []string{filepath.Join("..", "examples", "no-sidecar")}
		s := begin(t, o, size.w, size.h).press("T").shows("Save a test of this question", "sleep.foo-to-httpbin.default-8000-get.yaml").golden("savetest-" + size.name)
		erase(s, "sleep.foo-to-httpbin.default-8000-get.yaml")
		dir := t.TempDir()
		s.types(filepath.Join(dir, "httpbin.yaml")).press("enter").shows("saved: ")
		text := s.saved[filepath.Join(dir, "httpbin.yaml")]
		for _, want := range []string{"metadata: {name: httpbin}", "source: sleep.foo", "method: GET", "expect: Denied", "stage: ALLOW", "findings: [AD0101]", "# DENIED: foo/sleep has no sidecar"} {
			if !strings.Contains(text, want) {
				t.Errorf("lacks %q:\n%s", want, text)
			}
		}
		passes(t, filepath.Join(dir, "httpbin.yaml"), text)
		s.press("T").types("\b").press("enter")
	}
}

// passes runs a test from a file.
func passes(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	r, err := traffic.Run(t.Context(), []string{file}, traffic.Options{})
	if err != nil || r.Summary != (traffic.Summary{Cases: 1, Passed: 1}) {
		t.Errorf("%v, %+v\n%s", err, r, text)
	}
}

// erase takes away what stands in a line.
func erase(s *story, text string) {
	for range text {
		s.press("backspace")
	}
}

// Of a cluster no Pod is named, which would not be there the next time, and no file.
func TestSaveTestOfCluster(t *testing.T) {
	o := asking(t, "no-sidecar", "sleep.foo", "http://httpbin.default:8000/get")
	s := begin(t, o, 80, 24).press("T").shows("the cluster that kubectl does").press("enter")
	text := s.saved["sleep.foo-to-httpbin.default-8000-get.yaml"]
	if !strings.Contains(text, "reason: {stage: ALLOW}") || strings.Contains(text, "cluster:") {
		t.Errorf("%s", text)
	}
	s.press("T", "enter").shows("exists")
}

// A token is not written; what is left of the question has the same answer, or there is no
// test.
func TestSaveTestSecret(t *testing.T) {
	const token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJtZSJ9.c2ln"
	o := options(t, "no-sidecar")
	o.Question = tui.QuestionOf(diagnose.Question{
		Source: "sleep.foo", Target: "http://httpbin.default:8000/get", Namespace: "default",
		Request: diagnose.Request{Token: token, Headers: map[string][]string{"cookie": {"s3cret"}}},
	})
	o.Files = []string{filepath.Join("..", "examples", "no-sidecar")}
	s := begin(t, o, 80, 24).press("T")
	erase(s, "sleep.foo-to-httpbin.default-8000-get.yaml")
	file := filepath.Join(t.TempDir(), "x.yaml")
	s.types(file).press("enter").shows("saved")
	text := s.saved[file]
	if strings.Contains(text, token) || strings.Contains(text, "s3cret") || !strings.Contains(text, "sub: me") || !strings.Contains(text, "Left out") {
		t.Errorf("%s", text)
	}
	passes(t, file, text)
}

// There is nothing to save as long as there is no answer, nor of what came from a pipe.
func TestSaveTestNot(t *testing.T) {
	o := asking(t, "no-sidecar", "nobody.foo", "http://httpbin.default:8000/get")
	begin(t, o, 80, 24).press("T").shows("no answer to the question")
	o = asking(t, "no-sidecar", "sleep.foo", "http://httpbin.default:8000/get")
	o.Files = []string{"-"}
	begin(t, o, 80, 24).press("T").shows("standard input")
}
