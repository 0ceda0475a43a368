package reporttest

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Golden compares got with a file of testdata, or writes the file with -update, which
// the package of the test declares.
func Golden(t *testing.T, file, got string) {
	t.Helper()
	file = filepath.Join("testdata", file)
	if flag.Lookup("update").Value.String() == "true" {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil { //nolint:gosec // it is part of the source
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got; -update writes it):\n%s", file, diff)
	}
}

// Evil are strings that a cluster could hold in order to break a face.
var Evil = []string{
	`"><script>alert(1)</script>`, `</code></details></main><h1>x</h1>`, `</style><style>*{}`, `{{.}}`, `javascript:alert(1)`,
	"`", "``` ", "a`b", "|", `\|`, `\`, `a\|b|c`, "# x", "- x", "1. x", "1) x", "> x", "---", "===", "[x](https://example.com)", "![x](y)", "<https://example.com>",
	"https://example.com", "www.example.com", "@everyone", "a@example.com", "#1", "GH-1", "x/y#1", "0123456789abcdef0123456789abcdef01234567", ":tada:", "~~x~~", "**x**", "_x_", "$x$",
	"&lt;b&gt;", "&#64;x", `"];x->y;`, `\N`, `\`, `"`, "%%{init:{}}%%", "end", "click x y", "a --> b", "#quot;", "]]>", "<!--", "\x1b[2J", "\u202egnp.exe", "a\nb\r\nc", "\x00", "\xff", "",
}
