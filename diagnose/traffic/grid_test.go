package traffic

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/examples/grid"
)

var gridPage = filepath.Join("..", "..", "docs", "grid.md")

// What the grid must hold, and how many of its mutants the summary must name.
const (
	gridClusters = 10
	gridMutants  = 200
	gridHarmless = 20
	gridShare    = 95 // per cent
)

// asked is one mutant that was asked about, and what is wrong with the answer.
type asked struct {
	grid.Mutant
	cluster string
	summary string
	miss    string // empty: nothing
}

// TestGrid breaks ten correct clusters at one place each and wants the summary to
// name the place; what breaks nothing must change nothing.
func TestGrid(t *testing.T) {
	kinds, read, err := grid.Read()
	if err != nil {
		t.Fatal(err)
	}
	var clusters []gridCluster
	var all []asked
	for _, c := range read {
		clusters = append(clusters, gridCluster{c})
		all = append(all, clusters[len(clusters)-1].ask(t, kinds)...)
	}
	broken, harmless, named := 0, 0, 0
	for _, a := range all {
		switch {
		case a.Harmless && a.miss != "":
			t.Errorf("%s, %s: %s", a.cluster, a.Title(), a.miss)
		case a.Harmless:
			harmless++
		default:
			broken++
			if a.miss == "" {
				named++
			}
		}
	}
	if len(clusters) < gridClusters || broken < gridMutants || harmless < gridHarmless {
		t.Errorf("the grid is too small: %d clusters, %d mutants, %d harmless ones", len(clusters), broken, harmless)
	}
	if named*100 < gridShare*broken {
		t.Errorf("%d of %d mutants are named, fewer than %d per cent", named, broken, gridShare)
	}
	var fields []asked
	for i := range clusters {
		fields = append(fields, clusters[i].askFields(t)...)
	}
	if misses := len(missed(fields)); (len(fields)-misses)*100 < gridShare*len(fields) {
		t.Errorf("of %d fields that turn the verdict %d are not named", len(fields), misses)
	}
	page := gridText(kinds, clusters, all, fields)
	if *update {
		if err := os.WriteFile(gridPage, []byte(page), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	is, err := os.ReadFile(gridPage)
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(string(is), page); diff != "" {
		t.Errorf("docs/grid.md (-it says +it is; `go test ./diagnose/traffic -run TestGrid -update` writes it anew):\n%s", diff)
	}
}

// gridCluster is a cluster of the grid.
type gridCluster struct{ grid.Cluster }

// ask asks about the cluster as it is, and about each of its mutants.
func (c *gridCluster) ask(t *testing.T, kinds []grid.Kind) []asked {
	t.Helper()
	d, err := c.answer(t, c.Objects)
	if err != nil {
		t.Fatalf("%s: %s", c.Name, err)
	}
	if noise := loud(d); noise != "" {
		t.Errorf("%s, as it is: %s", c.Name, noise)
	}
	var out []asked
	for _, m := range slices.Concat(c.Mutants, c.Harmless) {
		objects, err := m.Apply(c.Objects)
		if err != nil {
			t.Errorf("%s, %s: %s", c.Name, m.Title(), err)
			continue
		}
		a := asked{Mutant: m, cluster: c.Name}
		d, err := c.answer(t, objects)
		switch i := slices.IndexFunc(kinds, func(k grid.Kind) bool { return k.Name == m.Kind }); {
		case m.Harmless && err != nil:
			a.miss = err.Error()
		case m.Harmless:
			a.miss = loud(d)
		case i < 0:
			t.Errorf("%s, %s: there is no kind %q", c.Name, m.Title(), m.Kind)
		default:
			a.judge(kinds[i], d, err)
		}
		out = append(out, a)
	}
	return out
}

// judge says what is wrong with the answer to a mutant.
func (a *asked) judge(k grid.Kind, d *diagnose.Diagnosis, err error) {
	verdict := "Error"
	if err != nil {
		a.summary = err.Error()
	} else {
		verdict, a.summary = d.Status.Verdict.String(), d.Status.Summary
	}
	want := cmp.Or(a.Verdict, diagnose.Denied.String())
	switch lacks := lacking(a.summary, a.Wants(k)); {
	case verdict != want:
		a.miss = fmt.Sprintf("expected %s, got %s", want, verdict)
	case len(lacks) > 0:
		a.miss = fmt.Sprintf("lacks %q", lacks)
	}
}

// answer asks the cluster's question of objects.
func (c *gridCluster) answer(t *testing.T, objects []map[string]any) (*diagnose.Diagnosis, error) {
	t.Helper()
	manifest, err := grid.Manifest(objects)
	if err != nil {
		t.Fatal(err)
	}
	expected := maps.Clone(c.Question)
	expected["expect"] = diagnose.Allowed.String()
	question, err := yaml.Marshal(map[string]any{
		"apiVersion": APIVersion, "kind": Kind, "spec": map[string]any{
			"defaults": map[string]any{"request": map[string]any{"exact": true}},
			"cases":    []any{expected},
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	in := input{path: c.Name, text: question}
	tests, _, problems := parse(in)
	for _, p := range problems {
		t.Fatalf("%s: %s", c.Name, p.Message)
	}
	ask := tests[0].cases[0]
	if ask.err != nil {
		t.Fatalf("%s: %s", c.Name, ask.err.Message)
	}
	w := &worlds{Options: Options{Files: []string{stdinPath}, stdin: manifest}, open: map[string]*world{}}
	around := w.of(t.Context(), in, false, tests[0])
	if around.err != nil {
		return nil, around.err
	}
	return around.session.Ask(t.Context(), around.question(ask))
}
