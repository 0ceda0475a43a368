package graph

import (
	"bytes"
	"flag"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report/reporttest"
)

var _ = flag.Bool("update", false, "write the golden files")

func dot(t *testing.T, d *diagnose.Diagnosis) string {
	t.Helper()
	var b bytes.Buffer
	if err := DOT(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func mermaid(t *testing.T, d *diagnose.Diagnosis) string {
	t.Helper()
	var b bytes.Buffer
	if err := Mermaid(&b, d); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestGolden(t *testing.T) {
	for _, c := range reporttest.Cases {
		reporttest.Golden(t, c.Name+".dot", dot(t, c.Make()))
		reporttest.Golden(t, c.Name+".mmd", mermaid(t, c.Make()))
	}
}

// TestGraphviz lets Graphviz itself read every diagram, where it is installed.
func TestGraphviz(t *testing.T) {
	program, err := exec.LookPath("dot")
	if err != nil {
		t.Skip("Graphviz is not installed")
	}
	check := func(name, source string) {
		cmd := exec.CommandContext(t.Context(), program, "-Tcanon")
		cmd.Stdin = strings.NewReader(source)
		if out, err := cmd.CombinedOutput(); err != nil || strings.Contains(strings.ToLower(string(out)), "warning") {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
	for _, c := range reporttest.Cases {
		check(c.Name, dot(t, c.Make()))
	}
	for _, evil := range reporttest.Evil {
		check(evil, dot(t, reporttest.Poisoned(evil)))
	}
}

// TestEvil: whatever a cluster holds, the statements are the same: only labels differ.
func TestEvil(t *testing.T) {
	for name, write := range map[string]func(*testing.T, *diagnose.Diagnosis) string{"dot": dot, "mermaid": mermaid} {
		want := unlabelled(write(t, reporttest.Poisoned("x")))
		for _, evil := range reporttest.Evil {
			if evil == "" {
				continue // an edge without a label has no quotes in Mermaid
			}
			if diff := cmp.Diff(want, unlabelled(write(t, reporttest.Poisoned(evil)))); diff != "" {
				t.Errorf("%s: %q changes more than labels (-want +got):\n%s", name, evil, diff)
			}
		}
	}
}

// unlabelled leaves out what stands in quotes, and Mermaid's comment.
func unlabelled(source string) string {
	var b strings.Builder
	inside, escaped := false, false
	for l := range strings.Lines(source) {
		if strings.HasPrefix(l, "  %% ") {
			l = "  %%\n"
		}
		for _, r := range l {
			switch {
			case escaped:
				escaped = false
			case inside && r == '\\':
				escaped = true
			case r == '"':
				inside = !inside
			case !inside:
				b.WriteRune(r)
			}
		}
	}
	return b.String()
}

// TestBranches: ways that begin alike share their beginning, and each has its answer.
func TestBranches(t *testing.T) {
	d := reporttest.Differing()
	d.Status.Answers[1].Hops = append([]diagnose.Hop(nil), d.Status.Answers[0].Hops...)
	d.Status.Answers[1].Hops[2].Name, d.Status.Answers[1].Hops[2].Verdict = "other", diagnose.Allowed
	d.Status.Answers[1].Share = 10
	g := draw(d)
	var ids []string
	for _, n := range g.nodes {
		ids = append(ids, n.id)
	}
	if diff := cmp.Diff([]string{"hop1", "hop2", "answer1", "hop3", "answer2"}, ids); diff != "" {
		t.Errorf("nodes (-want +got):\n%s", diff)
	}
	var edges []string
	for _, e := range g.edges {
		edges = append(edges, e.from+" "+e.to)
	}
	if diff := cmp.Diff([]string{"hop1 hop2", "hop2 answer1", "hop1 hop3", "hop3 answer2"}, edges); diff != "" {
		t.Errorf("edges (-want +got):\n%s", diff)
	}
	if last := g.nodes[4].lines; last[0] != "ALLOWED" || last[len(last)-1] != "10 % of the requests" {
		t.Errorf("the last answer is %q", last)
	}
}

// TestNetworkEnds: a way that ends in the network has it as its last node.
func TestNetworkEnds(t *testing.T) {
	d := reporttest.Denial()
	a := &d.Status.Answers[0]
	a.Hops = a.Hops[:2]
	a.Hops[1].Verdict = diagnose.Denied
	g := draw(d)
	if len(g.nodes) != 3 || g.nodes[1].lines[0] != "× 2 NetworkPolicy" || g.nodes[1].key != "denied" || len(g.edges) != 2 {
		t.Errorf("got %+v", g)
	}
	if g := draw(reporttest.Asked(diagnose.Undetermined, "a → b", "nobody knows")); len(g.nodes) != 1 || g.nodes[0].lines[0] != "nobody knows" {
		t.Errorf("without an answer: %+v", g)
	}
}
