package html

import (
	"bytes"
	"encoding/xml"
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
		page := strings.Replace(written(t, c.Make()), pageStyle, "…", 1) // it is in a file of its own
		page = regexp.MustCompile(`sha256-[^&]+&`).ReplaceAllString(page, "sha256-…&")
		reporttest.Golden(t, c.Name+".html", page)
	}
}

func TestHoldsEverything(t *testing.T) {
	reporttest.HoldsEverything(t, 1, func(d *diagnose.Diagnosis) string { return written(t, d) })
}

// tag is the beginning or end of an element, with the names of its attributes.
var tag = regexp.MustCompile(`</?[a-zA-Z!][^>]*>`)

var quoted = regexp.MustCompile(`"[^"]*"`)

// tags are the elements of a page without the values of their attributes.
func tags(page string) []string {
	var out []string
	for _, t := range tag.FindAllString(page, -1) {
		out = append(out, quoted.ReplaceAllString(t, ""))
	}
	return out
}

// TestEvil: whatever a cluster holds, the elements of the page are the same, and no
// attribute but the classes and anchors that are the page's own has a value of it.
func TestEvil(t *testing.T) {
	want := tags(written(t, reporttest.Poisoned("x")))
	for _, evil := range reporttest.Evil {
		if evil == "" {
			continue // leaves things out
		}
		page := written(t, reporttest.Poisoned(evil))
		if diff := cmp.Diff(want, tags(page)); diff != "" {
			t.Errorf("%q changes the page (-want +got):\n%s", evil, diff)
		}
		for _, r := range page {
			if r < ' ' && r != '\n' || r == 0x202e {
				t.Errorf("%q: the page holds %U", evil, r)
			}
		}
	}
	if page := written(t, reporttest.Poisoned("")); !strings.Contains(page, "</html>") {
		t.Error("there is no page of empty strings")
	}
}

// TestAsksForNothing: the page names no other place, and its policy allows no more than
// its style sheet.
func TestAsksForNothing(t *testing.T) {
	page := written(t, reporttest.Denial())
	for _, place := range []string{"src=", "url(", "@import", "<script", "<link", "<img", "<iframe", "javascript:"} {
		if strings.Contains(page, place) {
			t.Errorf("the page has %s", place)
		}
	}
	for _, href := range regexp.MustCompile(`href="([^"]*)"`).FindAllStringSubmatch(page, -1) {
		if !strings.HasPrefix(href[1], "#") || !strings.Contains(page, `id="`+href[1][1:]+`"`) {
			t.Errorf("%s leads nowhere", href[0])
		}
	}
	style := page[strings.Index(page, "<style>")+len("<style>") : strings.Index(page, "</style>")]
	if style != pageStyle {
		t.Error("the style sheet is not the one that the policy allows")
	}
	if !strings.Contains(page, `content="default-src 'none'; style-src 'sha256-`) {
		t.Error("there is no policy")
	}
}

// TestClosed: every element is closed in its order. A page without one that need not be
// closed is XML, but for what stands at its beginning.
func TestClosed(t *testing.T) {
	page := written(t, reporttest.Differing())
	body := page[strings.Index(page, "<body>"):strings.Index(page, "</html>")]
	body = regexp.MustCompile(`<details class="([a-z ]*)" open>`).ReplaceAllString(body, `<details class="$1" open="">`)
	d := xml.NewDecoder(strings.NewReader(body))
	for {
		if _, err := d.Token(); err != nil {
			if err.Error() != "EOF" {
				t.Fatal(err)
			}
			return
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
