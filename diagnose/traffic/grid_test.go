package traffic

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
)

var (
	gridDir  = filepath.Join("..", "..", "examples", "grid")
	gridPage = filepath.Join("..", "..", "docs", "grid.md")
)

// What the grid must hold, and how many of its mutants the summary must name.
const (
	gridClusters = 10
	gridMutants  = 200
	gridHarmless = 20
	gridShare    = 95 // per cent
)

// asked is one mutant that was asked about, and what is wrong with the answer.
type asked struct {
	mutant
	cluster string
	summary string
	miss    string // empty: nothing
}

// TestGrid breaks ten correct clusters at one place each and wants the summary to
// name the place; what breaks nothing must change nothing.
func TestGrid(t *testing.T) {
	kinds, clusters := readGrid(t)
	var all []asked
	for i := range clusters {
		all = append(all, clusters[i].ask(t, kinds)...)
	}
	broken, harmless, named := 0, 0, 0
	for _, a := range all {
		switch {
		case a.harmless && a.miss != "":
			t.Errorf("%s, %s: %s", a.cluster, a.title(), a.miss)
		case a.harmless:
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
	if diff := cmp.Diff(string(is), page); diff != "" {
		t.Errorf("docs/grid.md (-it says +it is; `go test ./diagnose/traffic -run TestGrid -update` writes it anew):\n%s", diff)
	}
}

// gridKind is a kind of mutation, and what must be named of each.
type gridKind struct {
	Name  string
	Title string   `json:"title"`
	Names []string `json:"names"`
}

// gridCluster is a correct cluster, its question and its mutants.
type gridCluster struct {
	Name     string         `json:"-"`
	Title    string         `json:"title"`
	Question map[string]any `json:"question"`
	Mutants  []mutant       `json:"mutants"`
	Harmless []mutant       `json:"harmless"`
	objects  []map[string]any
}

func readGrid(t *testing.T) ([]gridKind, []gridCluster) {
	t.Helper()
	var index struct {
		Kinds map[string]gridKind `json:"kinds"`
	}
	text := readYAML(t, filepath.Join(gridDir, "kinds.yaml"), &index)
	var kinds []gridKind
	for name, k := range index.Kinds {
		k.Name = name
		kinds = append(kinds, k)
	}
	slices.SortFunc(kinds, func(a, b gridKind) int { // as in the file
		return bytes.Index(text, []byte("\n  "+a.Name+": ")) - bytes.Index(text, []byte("\n  "+b.Name+": "))
	})
	dirs, err := filepath.Glob(filepath.Join(gridDir, "*", "mutants.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var clusters []gridCluster
	for _, file := range dirs {
		c := gridCluster{Name: filepath.Base(filepath.Dir(file))}
		readYAML(t, file, &c)
		for i := range c.Harmless {
			c.Harmless[i].harmless = true
		}
		manifest, err := os.ReadFile(filepath.Join(filepath.Dir(file), "cluster.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		for _, document := range strings.Split(string(manifest), "\n---\n") {
			object := map[string]any{}
			if err := yaml.Unmarshal([]byte(document), &object); err != nil {
				t.Fatalf("%s: %s", c.Name, err)
			}
			c.objects = append(c.objects, object)
		}
		clusters = append(clusters, c)
	}
	return kinds, clusters
}

func readYAML(t *testing.T, file string, into any) []byte {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.UnmarshalStrict(text, into); err != nil {
		t.Fatalf("%s: %s", file, err)
	}
	return text
}

// ask asks about the cluster as it is, and about each of its mutants.
func (c *gridCluster) ask(t *testing.T, kinds []gridKind) []asked {
	t.Helper()
	d, err := c.answer(t, c.objects)
	if err != nil {
		t.Fatalf("%s: %s", c.Name, err)
	}
	if noise := loud(d); noise != "" {
		t.Errorf("%s, as it is: %s", c.Name, noise)
	}
	var out []asked
	for _, m := range slices.Concat(c.Mutants, c.Harmless) {
		objects, err := m.apply(c.objects)
		if err != nil {
			t.Errorf("%s, %s: %s", c.Name, m.title(), err)
			continue
		}
		a := asked{mutant: m, cluster: c.Name}
		d, err := c.answer(t, objects)
		switch i := slices.IndexFunc(kinds, func(k gridKind) bool { return k.Name == m.Kind }); {
		case m.harmless && err != nil:
			a.miss = err.Error()
		case m.harmless:
			a.miss = loud(d)
		case i < 0:
			t.Errorf("%s, %s: there is no kind %q", c.Name, m.title(), m.Kind)
		default:
			a.judge(kinds[i], d, err)
		}
		out = append(out, a)
	}
	return out
}

// judge says what is wrong with the answer to a mutant.
func (a *asked) judge(k gridKind, d *diagnose.Diagnosis, err error) {
	verdict := "Error"
	if err != nil {
		a.summary = err.Error()
	} else {
		verdict, a.summary = d.Status.Verdict.String(), d.Status.Summary
	}
	want := or(a.Verdict, diagnose.Denied.String())
	switch lacks := lacking(a.summary, a.wants(k)); {
	case verdict != want:
		a.miss = fmt.Sprintf("expected %s, got %s", want, verdict)
	case len(lacks) > 0:
		a.miss = fmt.Sprintf("lacks %q", lacks)
	}
}

// answer asks the cluster's question of objects.
func (c *gridCluster) answer(t *testing.T, objects []map[string]any) (*diagnose.Diagnosis, error) {
	t.Helper()
	manifest, err := json.Marshal(map[string]any{"apiVersion": "v1", "kind": "List", "items": objects}) // read faster than YAML
	if err != nil {
		t.Fatal(err)
	}
	question, err := yaml.Marshal(map[string]any{
		"apiVersion": APIVersion, "kind": Kind, "spec": map[string]any{
			"defaults": map[string]any{"request": map[string]any{"exact": true}},
			"cases":    []any{merge(c.Question, map[string]any{"expect": diagnose.Allowed.String()})},
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
