package markdown

import (
	"bytes"
	"errors"
	"flag"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report/reporttest"
)

var _ = flag.Bool("update", false, "write the golden files")

func written(t *testing.T, d *diagnose.Diagnosis) string {
	t.Helper()
	var b bytes.Buffer
	if err := Write(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	for _, c := range reporttest.Cases {
		reporttest.Golden(t, c.Name+".md", written(t, c.Make()))
	}
}

func TestHoldsEverything(t *testing.T) {
	reporttest.HoldsEverything(t, 1, func(d *diagnose.Diagnosis) string { return written(t, d) })
}

func TestProse(t *testing.T) {
	for in, want := range map[string]string{
		"foo/sleep has no sidecar.":            "`foo/sleep` has no sidecar.",
		`403 "RBAC: access denied"`:            `403 "RBAC: access denied"`,
		"(rules[0].from[0])":                   "(`rules[0].from[0]`)",
		"port 8000 → 80, http":                 "port 8000 → 80, http",
		"@everyone, look":                      "`@everyone`, look",
		"1. first":                             "`1`. first",
		"- item":                               "`-` item",
		"-x":                                   "`-x`",
		"---":                                  "`---`",
		"a-b isn't 7d9c5b":                     "a-b isn't `7d9c5b`",
		"a`b ` ``":                             "``a`b`` `` ` `` ``` `` ```",
		"x <b> *y* _z_ [l](u) #1 :tada: a@b.c": "x `<b>` `*y*` `_z_` `[l](u`) `#1` `:tada`: `a@b.c`",
		`"`:                                    "`\"`",
		"→ … 90 %":                             "→ … 90 %",
		"":                                     "",
		"日本語 ok":                               "日本語 ok",
	} {
		if got := prose(in, line); got != want {
			t.Errorf("%q is %q, want %q", in, got, want)
		}
	}
	for in, want := range map[string]string{`a|b`: "<code>a&#124;b</code>", `\`: "<code>&#92;</code>", "a*b": "`a*b`"} {
		if got := prose(in, cell); got != want {
			t.Errorf("in a cell %q is %q, want %q", in, got, want)
		}
	}
	if got := prose("a <b>", tag); got != "a <code>&lt;b&gt;</code>" {
		t.Errorf("in an element it is %q", got)
	}
}

// span is code of any fence, or as an element.
var span = regexp.MustCompile("(?s)```mermaid.*?\n```|````[^\n]*?[^`]````|```[^\n]*?[^`]```|``[^\n]*?[^`]``|`[^`\n]+`|<code>[^<]*</code>")

// own is what the face itself writes of HTML.
var own = regexp.MustCompile(`</?details>|</?summary>`)

// TestEvil: whatever a cluster holds, outside of code there is nothing that means
// anything, and the page has the same lines.
func TestEvil(t *testing.T) {
	bare := func(page string) string { return own.ReplaceAllString(span.ReplaceAllString(page, "c"), "") }
	benign := bare(written(t, reporttest.Poisoned("x.y")))
	means := regexp.MustCompile("[<>`@\\[\\]\\\\_~$&]|#[0-9]|https?:|www\\.|GH-|:[a-z]+:")
	for _, evil := range reporttest.Evil {
		if evil == "" || len(strings.Fields(evil)) != 1 || evil == "end" {
			continue // a word of letters is not code, and several are several
		}
		page := bare(written(t, reporttest.Poisoned(evil)))
		if found := means.FindString(page); found != "" {
			t.Errorf("%q: %q stands outside of code", evil, found)
		}
		if diff := cmp.Diff(strings.Count(benign, "\n"), strings.Count(page, "\n")); diff != "" {
			t.Errorf("%q changes the lines: %s", evil, diff)
		}
	}
}

func TestWriteError(t *testing.T) {
	broken := errors.New("broken pipe")
	if err := Write(failing{broken}, reporttest.Denial()); !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }
