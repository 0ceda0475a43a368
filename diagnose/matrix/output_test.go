package matrix_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/matrix"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
)

// forbidNetwork forbids the NetworkPolicies of all namespaces but foo.
func forbidNetwork(q cluster.Query) bool {
	return q.Resource == cluster.NetworkPolicies && q.Namespace != "foo"
}

func text(t *testing.T, m *matrix.Matrix, o matrix.TextOptions) string {
	t.Helper()
	var b bytes.Buffer
	if err := m.Text(&b, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestText(t *testing.T) {
	m, err := matrix.New(t.Context(), live(t, forbidNetwork), matrix.Options{})
	if err != nil {
		t.Fatal(err)
	}
	plain := matrix.TextOptions{TextOptions: report.TextOptions{Width: 80}}
	table := text(t, m, plain)
	for _, want := range []string{"5 sources × 2 targets: ", "  1  svc/db.bar:80\n", "√ allowed"} {
		if !strings.Contains(table, want) {
			t.Errorf("no %q in\n%s", want, table)
		}
	}
	plain.ASCII = true
	if s := text(t, m, plain); strings.ContainsFunc(s, func(r rune) bool { return r > 0x7e }) {
		t.Error(s)
	}
	plain.List = true
	for _, want := range []string{"svc/db.bar:80\n", "? UNDETERMINED    5  pod/db.bar, pod/sleep.foo", "networkpolicies in namespace bar (forbidden)"} {
		if s := text(t, m, plain); !strings.Contains(s, want) {
			t.Errorf("no %q in\n%s", want, s)
		}
	}
	plain.Lines, plain.All = 3, "ask for all"
	if s := text(t, m, plain); !strings.Contains(s, "more lines. All of them: ask for all\n") || strings.Count(s, "\n") != 5 {
		t.Error(s)
	}
	plain.Color, plain.Lines = true, 0
	if s := text(t, m, plain); !strings.Contains(s, "\x1b[1;35m?\x1b[0m") {
		t.Errorf("%q", s)
	}
}

// No line is wider than there is room, however many classes there are.
func TestWidth(t *testing.T) {
	f, err := cluster.ReadFiles([]string{mesh(t, 120, 60, 60)}, nil, "default")
	if err != nil {
		t.Fatal(err)
	}
	m, err := matrix.New(t.Context(), f, matrix.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range []matrix.TextOptions{{}, {List: true}, {TextOptions: report.TextOptions{Wide: true}}} {
		for _, width := range []int{80, 200, 1000} {
			o.Width = width
			for line := range strings.Lines(text(t, m, o)) {
				if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > width {
					t.Errorf("%d columns of %d: %s", n, width, line)
				}
			}
		}
	}
}

func TestForms(t *testing.T) {
	m, err := matrix.New(t.Context(), live(t, forbidNetwork), matrix.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := m.JSON(&b, nil); err != nil {
		t.Fatal(err)
	}
	var got struct {
		Kind  string
		Pairs map[string]int
		Rows  [][]string
	}
	if err := json.Unmarshal(b.Bytes(), &got); err != nil || got.Kind != "Matrix" || got.Pairs["Undetermined"] != 6 || len(got.Rows) != len(m.Rows) {
		t.Errorf("%v %+v", err, got)
	}
	b.Reset()
	if err := m.CSV(&b); err != nil {
		t.Fatal(err)
	}
	if lines, err := csv.NewReader(&b).ReadAll(); err != nil || len(lines) != 1+5*2 {
		t.Error(len(lines), err)
	}
	for want, write := range map[string]func(*bytes.Buffer) error{
		"-> t0 [style=dotted, label=\"cannot be told\"]": func(b *bytes.Buffer) error { return m.DOT(b) },
		"-. \"cannot be told\" .-> t0":                   func(b *bytes.Buffer) error { return m.Mermaid(b) },
		"<span class=\"unseen\">undetermined</span>":     func(b *bytes.Buffer) error { return m.HTML(b, nil) },
	} {
		b.Reset()
		if err := write(&b); err != nil || !strings.Contains(b.String(), want) {
			t.Errorf("%v: no %q in\n%s", err, want, b.String())
		}
	}
	for name, write := range map[string]func() error{
		"text": func() error { return m.Text(full{}, matrix.TextOptions{}) }, "json": func() error { return m.JSON(full{}, nil) },
		"csv": func() error { return m.CSV(full{}) }, "html": func() error { return m.HTML(full{}, nil) }, "dot": func() error { return m.DOT(full{}) },
	} {
		if write() == nil {
			t.Errorf("%s: a full disk is no error", name)
		}
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("disk full") }
