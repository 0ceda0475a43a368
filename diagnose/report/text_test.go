package report

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
)

var update = flag.Bool("update", false, "write the golden files and the schema")

func words(t *testing.T, d *diagnose.Diagnosis, o TextOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := Text(&b, d, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// golden compares got with a file, or writes the file with -update.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
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

func TestTextGolden(t *testing.T) {
	for _, c := range cases {
		for _, width := range []int{80, 100, 200} {
			name := fmt.Sprintf("%s-%d", c.Name, width)
			compare(t, name, c.Make(), TextOptions{Width: width})
			compare(t, name+"-color", c.Make(), TextOptions{Width: width, Color: true})
		}
		compare(t, c.Name+"-full", c.Make(), TextOptions{Full: true})
		compare(t, c.Name+"-wide", c.Make(), TextOptions{Wide: true})
		compare(t, c.Name+"-ascii", c.Make(), TextOptions{ASCII: true})
	}
}

func compare(t *testing.T, name string, d *diagnose.Diagnosis, o TextOptions) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		golden(t, filepath.Join("testdata", name+".golden"), words(t, d, o))
	})
}

var sgr = regexp.MustCompile(`\x1b\[1(;3[1235])?m|\x1b\[0m`)

// TestTextColor holds that colour adds nothing but escape sequences.
func TestTextColor(t *testing.T) {
	for _, c := range cases {
		o := TextOptions{Width: 80, Full: true}
		want := words(t, c.Make(), o)
		o.Color = true
		if diff := cmp.Diff(want, sgr.ReplaceAllString(words(t, c.Make(), o), "")); diff != "" {
			t.Errorf("%s: without its colours (-want +got):\n%s", c.Name, diff)
		}
	}
}

func TestTextLines(t *testing.T) {
	for _, c := range cases {
		for _, width := range []int{1, 40, 60, 80, 100, 120, 200} {
			for _, o := range []TextOptions{{}, {Wide: true}, {Full: true}, {ASCII: true}} {
				o.Width = width
				for i, l := range strings.Split(words(t, c.Make(), o), "\n") {
					checkLine(t, fmt.Sprintf("%s, width %d, full %v, line %d", c.Name, width, o.Full, i+1), l, max(width, minWidth), o.ASCII)
				}
			}
		}
	}
}

func checkLine(t *testing.T, where, l string, width int, ascii bool) {
	t.Helper()
	if strings.TrimRight(l, " ") != l {
		t.Errorf("%s ends in a space: %q", where, l)
	}
	for _, r := range l {
		if !unicode.IsPrint(r) || ascii && r > unicode.MaxASCII {
			t.Errorf("%s holds %U: %q", where, r, l)
		}
	}
	// A word that is too long stands alone, beside nothing but the cells of a head.
	if words := strings.Fields(l); columns(l) > width && (width >= 80 && !strings.Contains(l, "owned") || columns(words[len(words)-1]) < minRoom) {
		t.Errorf("%s is %d columns: %s", where, columns(l), l)
	}
}

func TestTextWriteError(t *testing.T) {
	broken := errors.New("broken pipe")
	if err := Text(failing{broken}, denial(), TextOptions{}); !errors.Is(err, broken) {
		t.Errorf("got %v, want %v", err, broken)
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }
