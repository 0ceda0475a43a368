package history

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// FuzzRecord reads whatever is in a file that has the name of a record: it is one, or a
// problem is told, and the list can be shown.
func FuzzRecord(f *testing.F) {
	const id = "20260102-030405-0001"
	for _, text := range []string{
		`{"apiVersion":"authz-doctor.dev/v1alpha1","kind":"FixRecord","id":"` + id + `","time":"2026-01-02T03:04:05Z","status":"applied","server":"https://a","steps":[{"verb":"create","kind":"AuthorizationPolicy","apiVersion":"security.istio.io/v1","namespace":"a","name":"b","object":{}}]}`,
		`{"apiVersion":"authz-doctor.dev/v1alpha1","kind":"FixRecord","id":"` + id + `","steps":[null,{}]}`, `{}`, `null`, `[`, `{"kind":"\u001b[2J"}`,
	} {
		f.Add([]byte(text))
	}
	for _, file := range kept(f) {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add([]byte(strings.ReplaceAll(string(text), strings.TrimSuffix(filepath.Base(file), ".json"), id)))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, id+".json"), text, 0o600); err != nil {
			t.Fatal(err)
		}
		h, err := Open(dir).History(t.Context(), nil)
		if err != nil || len(h.Records)+len(h.Problems) != 1 {
			t.Fatalf("%+v, %v", h, err)
		}
		var out strings.Builder
		if err := h.Text(&out, time.UTC, func(string) string { return "x" }); err != nil {
			t.Fatal(err)
		}
		if strings.ContainsAny(out.String(), "\x1b\x00\r") {
			t.Errorf("what is shown was not cleaned: %q", out.String())
		}
	})
}

// kept are records that this package has written.
func kept(f *testing.F) []string {
	f.Helper()
	files, err := filepath.Glob("testdata/*.json")
	if err != nil {
		f.Fatal(err)
	}
	return files
}

// FuzzWords takes secrets out of command lines: once is enough, and no word is lost.
func FuzzWords(f *testing.F) {
	for _, w := range []string{"--header", "Authorization: Bearer abc", "--token=x", "--claim", "a=b", "http://u:p@h/?token=1", "curl -H 'Cookie: a' x", "--curl=curl -u a:b x", "--api-token", "\x00"} {
		f.Add("--header", w)
		f.Add(w, "secret")
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		once := Words([]string{a, b})
		if len(once) != 2 {
			t.Errorf("%q and %q become %q", a, b, once)
		}
		if twice := Words(once); !slices.Equal(once, twice) {
			t.Errorf("%q, and once more %q", once, twice)
		}
	})
}
