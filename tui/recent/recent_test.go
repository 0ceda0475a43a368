package recent

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/tui"
)

var base = diagnose.Question{Namespace: "default", MeshNamespace: "mesh"}

func question(source, target string) tui.Question {
	q := base
	q.Source, q.Target = source, target
	return tui.QuestionOf(q)
}

func file(t *testing.T) string {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	path, err := Path()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func texts(f *File) []string {
	var out []string
	for _, q := range f.List() {
		out = append(out, strings.Join(q.Args(), " "))
	}
	return out
}

func TestRecent(t *testing.T) {
	path := file(t)
	f := Open(path, `context "dev"`, base)
	if got := f.List(); len(got) > 0 {
		t.Errorf("%d questions at first", len(got))
	}
	a := question("sleep.foo", "http://httpbin.default:8000/get")
	a.Method, a.Claims, a.Exact, a.Base.Namespace = "POST", []string{`sub="me"`}, true, "foo"
	a.Namespace = "foo"
	f.Add(a)
	f.Add(question("b", "c:80"))
	f.Add(a)
	Open(path, `context "prod"`, base).Add(question("x", "y:80"))
	want := []string{`sleep.foo http://httpbin.default:8000/get --namespace foo --method POST --claim sub="me" --exact`, "b c:80"}
	if diff := cmp.Diff(want, texts(Open(path, `context "dev"`, base))); diff != "" {
		t.Error(diff)
	}
	if got := f.List()[0]; !got.Equal(a) || got.Base.Namespace != "foo" || got.Base.MeshNamespace != "mesh" {
		t.Errorf("%+v", got)
	}
	if _, err := f.List()[0].Parse(); err != nil {
		t.Error(err)
	}
	info, err := os.Stat(path)
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("%v %v", info.Mode(), err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), ".recent-*")); len(left) > 0 {
		t.Errorf("left behind: %q", left)
	}
}

func TestBounded(t *testing.T) {
	path := file(t)
	f := Open(path, "a", base)
	for i := range maxOfOrigin + 10 {
		f.Add(question(fmt.Sprint("s", i), "t:80"))
	}
	got := texts(f)
	if len(got) != maxOfOrigin || got[0] != "s59 t:80" || got[maxOfOrigin-1] != "s10 t:80" {
		t.Errorf("%d: %q", len(got), got)
	}
	var all []kept
	for i := range 2 * maxOfAll {
		all = append(all, kept{Origin: fmt.Sprint(i)})
	}
	if n := len(bounded(all)); n != maxOfAll {
		t.Errorf("%d of all", n)
	}
}

// No secret is written, and a question that makes no sense without one is not kept.
func TestSecrets(t *testing.T) {
	path := file(t)
	f := Open(path, "a", base)
	const secret = "hunter2"
	jwt := "eyJhbGciOi" + secret + ".eyJpc3Mi.c2ln"
	q := question("s", "http://t:80/")
	q.Headers = []string{"authorization=Bearer " + secret, "accept=text/html", "cookie: " + secret}
	q.HasToken, q.Base.Request.Token = true, jwt
	f.Add(q)
	for _, target := range []string{"http://me:" + secret + "@t:80/", "http://t:80/?key=" + secret, "http://t:80/" + jwt} {
		f.Add(question("s", target))
	}
	q = question("s", "t:81")
	q.Claims = []string{"x=" + jwt}
	f.Add(q)
	if diff := cmp.Diff([]string{"s http://t:80/ --header accept=text/html"}, texts(f)); diff != "" {
		t.Error(diff)
	}
	data, err := os.ReadFile(path)
	if err != nil || strings.Contains(string(data), secret) {
		t.Errorf("%s %v", data, err)
	}
}

// A file that is broken, or somebody else's, is as good as none.
func TestBroken(t *testing.T) {
	path := file(t)
	f := Open(path, "a", base)
	f.Add(question("s", "t:80"))
	for _, text := range []string{"", "{", `[]`, `{"questions":7}`, `{"apiVersion":"v1","kind":"List","questions":[{"origin":"a","source":"x","target":"y"}]}`} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if got := f.List(); len(got) > 0 {
			t.Errorf("%s: %v", text, got)
		}
	}
	f.Add(question("s", "t:80"))
	if got := texts(f); len(got) != 1 {
		t.Errorf("%q", got)
	}
	Open(filepath.Join(path, "below", "a", "file"), "a", base).Add(question("s", "t:80")) // no panic
}

func TestConcurrent(t *testing.T) {
	f := Open(file(t), "a", base)
	var wait sync.WaitGroup
	for i := range 20 {
		wait.Go(func() { f.Add(question(fmt.Sprint("s", i), "t:80")); f.List() })
	}
	wait.Wait()
	if n := len(f.List()); n != 20 {
		t.Errorf("%d questions", n)
	}
}
