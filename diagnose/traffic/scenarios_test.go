package traffic

import (
	"fmt"
	"maps"
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
	scenarioDir = filepath.Join("..", "..", "examples", "scenarios")
	accuracy    = filepath.Join("..", "..", "docs", "accuracy.md")
)

// scenario is an entry of scenarios.yaml: a public report, and what has to be answered.
type scenario struct {
	ID       string         `json:"id"`
	Thread   string         `json:"thread"`
	Title    string         `json:"title"`
	Dir      string         `json:"dir"`
	Question map[string]any `json:"question"`
	Verdict  string         `json:"verdict"`
	Reason   map[string]any `json:"reason"`
	// Says are words that the summary must hold, Notes those of the notes, Help those
	// of what would help; "a | b" is one or the other.
	Says    []string       `json:"says"`
	Notes   []string       `json:"notes"`
	Help    []string       `json:"help"`
	Control map[string]any `json:"control"`
	// Open says of each column that is missed why.
	Open map[string]string `json:"open"`
}

// The columns of docs/accuracy.md. The cases are all those of the folder's TrafficTest.
const (
	columnVerdict = "verdict"
	columnStage   = "stage"
	columnCause   = "cause"
	columnControl = "control"
	columnCases   = "cases"
)

var columns = []string{columnVerdict, columnStage, columnCause, columnControl, columnCases}

// TestScenarios asks what was asked in public. What is right stays right; what is
// missed stands in the index, with the reason, as long as it is missed.
func TestScenarios(t *testing.T) {
	all, defaults := readScenarios(t)
	folders := map[string]File{}
	for _, f := range run(t, Options{}, scenarioDir).Files {
		folders[filepath.Base(filepath.Dir(f.Name))] = f
	}
	var rows []row
	for _, s := range all {
		misses := s.ask(t, defaults)
		if wrong := wrongCases(folders[s.Dir]); wrong != "" {
			misses[columnCases] = wrong
		}
		r := row{scenario: s, right: map[string]bool{}}
		r.count(folders[s.Dir])
		delete(folders, s.Dir)
		for _, column := range columns {
			miss, why := misses[column], s.Open[column]
			r.right[column] = miss == ""
			switch {
			case miss != "" && why == "":
				t.Errorf("%s (%s): %s: %s", s.ID, s.Dir, column, miss)
			case miss == "" && why != "":
				t.Errorf("%s (%s): %s is right now: take it out of open (%s)", s.ID, s.Dir, column, why)
			}
		}
		rows = append(rows, r)
	}
	for dir := range folders {
		t.Errorf("%s is not in the index", dir)
	}
	page := accuracyPage(rows)
	if *update {
		if err := os.WriteFile(accuracy, []byte(page), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	is, err := os.ReadFile(accuracy)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(is), page); diff != "" {
		t.Errorf("docs/accuracy.md (-it says +it is; `go test . -update` writes it anew):\n%s", diff)
	}
}

func readScenarios(t *testing.T) ([]scenario, map[string]any) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(scenarioDir, "scenarios.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var index struct {
		Defaults  map[string]any `json:"defaults"`
		Scenarios []scenario     `json:"scenarios"`
	}
	if err := yaml.UnmarshalStrict(text, &index); err != nil {
		t.Fatal(err)
	}
	for _, s := range index.Scenarios {
		for column := range s.Open {
			if !slices.Contains(columns, column) {
				t.Errorf("%s: open: there is no column %q", s.ID, column)
			}
		}
	}
	return index.Scenarios, index.Defaults
}

// ask asks both questions and says of each column what is wrong.
func (s scenario) ask(t *testing.T, defaults map[string]any) (misses map[string]string) {
	t.Helper()
	main, control := maps.Clone(s.Question), maps.Clone(s.Control)
	main["expect"], control["expect"] = s.Verdict, diagnose.Allowed.String()
	if s.Reason != nil {
		main["reason"] = s.Reason
	}
	text, err := yaml.Marshal(map[string]any{
		"apiVersion": APIVersion, "kind": Kind,
		"spec": map[string]any{"cluster": []string{"cluster.yaml"}, "defaults": defaults, "cases": []any{main, control}},
	})
	if err != nil {
		t.Fatal(err)
	}
	in := input{path: filepath.Join(scenarioDir, s.Dir, "scenarios.yaml"), text: text}
	tests, own, problems := parse(in)
	for _, p := range problems {
		t.Fatalf("%s: %s", s.ID, p.Message)
	}
	w := (&worlds{open: map[string]*world{}}).of(t.Context(), in, own, tests[0])
	if w.err != nil {
		t.Fatalf("%s: %s", s.ID, w.err)
	}
	var answers []*diagnose.Diagnosis
	for _, c := range tests[0].cases {
		if c.err != nil {
			t.Fatalf("%s: %s", s.ID, c.err.Message)
		}
		d, err := w.session.Ask(t.Context(), w.question(c))
		if err != nil {
			t.Fatalf("%s: %s", s.ID, err)
		}
		answers = append(answers, d)
	}
	misses = map[string]string{}
	s.judge(misses, tests[0].cases[0].expect, answers[0])
	if noise := loud(answers[1]); noise != "" {
		misses[columnControl] = noise
	}
	return misses
}

func (s scenario) judge(misses map[string]string, want Expectation, d *diagnose.Diagnosis) {
	if d.Status.Verdict != want.Verdict {
		misses[columnVerdict] = fmt.Sprintf("expected %s, got %s: %s", want.Verdict, d.Status.Verdict, d.Status.Summary)
	}
	stage := CaseResult{Expected: &Expectation{Verdict: d.Status.Verdict, Reason: want.Reason}}
	stage.compare(d)
	switch {
	case len(stage.Differences) > 0:
		misses[columnStage] = fmt.Sprint(stage.Differences)
	case want.Reason == nil && misses[columnVerdict] != "":
		misses[columnStage] = "the verdict is wrong"
	}
	lacks := slices.Concat(lacking(d.Status.Summary, s.Says), lacking(notes(d), s.Notes), lacking(help(d), s.Help))
	if len(lacks) > 0 {
		misses[columnCause] = fmt.Sprintf("lacks %q: %s", lacks, d.Status.Summary)
	}
}

// lacking returns the words that a text does not hold.
func lacking(text string, words []string) []string {
	var out []string
	for _, w := range words {
		if !slices.ContainsFunc(strings.Split(w, " | "), func(one string) bool { return strings.Contains(text, one) }) {
			out = append(out, w)
		}
	}
	return out
}

// notes are all that a Diagnosis remarks beside its answer.
func notes(d *diagnose.Diagnosis) string {
	all := slices.Clone(d.Status.Notes)
	for _, f := range d.Status.Findings {
		all = append(all, f.Message)
	}
	for _, a := range d.Status.Answers {
		for _, h := range a.Hops {
			all = append(all, h.Notes...)
			for _, s := range h.Stages {
				all = append(all, s.Notes...)
			}
		}
	}
	return strings.Join(all, "\n")
}

// help is all that a Diagnosis says would help.
func help(d *diagnose.Diagnosis) string {
	var all []string
	for _, f := range d.Status.Findings {
		all = append(all, f.Help...)
	}
	return strings.Join(all, "\n")
}

// loud says what the answer to a control question should not have said.
func loud(d *diagnose.Diagnosis) string {
	if d.Status.Verdict != diagnose.Allowed {
		return fmt.Sprintf("expected Allowed, got %s: %s", d.Status.Verdict, d.Status.Summary)
	}
	for _, f := range d.Status.Findings {
		if f.Severity != diagnose.SeverityInfo {
			return fmt.Sprintf("%s %s: %s", f.Severity, f.Code, f.Message)
		}
	}
	return ""
}

// wrongCases says which cases of a folder's TrafficTest are wrong.
func wrongCases(f File) string {
	if len(f.Errors) > 0 {
		return f.Errors[0].Message
	}
	if len(f.Cases) < 2 {
		return "wants a TrafficTest with a question and a control"
	}
	var out []string
	for _, c := range f.Cases {
		switch c.Outcome {
		case Failed:
			out = append(out, fmt.Sprintf("%s: %v", c.Name, c.Differences))
		case Errored:
			out = append(out, fmt.Sprintf("%s: %s", c.Name, c.Error.Message))
		case Passed:
		}
	}
	return strings.Join(out, "; ")
}

// row is a row of docs/accuracy.md.
type row struct {
	scenario
	right         map[string]bool // by column
	passed, cases int
}

func (r *row) count(f File) {
	var s Summary
	s.count(f)
	r.passed, r.cases = s.Passed, s.Cases
}

// cells are the row's columns in words, and whether all are right.
func (r *row) cells() (cells []string, whole bool) {
	whole = true
	for _, column := range columns {
		word := "no"
		switch {
		case column == columnCases:
			word = fmt.Sprintf("%d of %d", r.passed, r.cases)
		case r.right[column]:
			word = "yes"
		}
		cells = append(cells, word)
		whole = whole && r.right[column]
	}
	return cells, whole
}

const accuracyHead = `# Accuracy

Questions that people asked in public because traffic in their mesh was blocked, or let through against their will.
Each is a small cluster under [examples/scenarios](../examples/scenarios/scenarios.yaml), with the question and what has
to be answered. Verdict and reason were written down from the semantics of the mesh before the plugin was asked; where
the two differed, the sources of the mesh decided. The threads are a sample; what it does not hold is not measured here.
[grid.md](grid.md) measures the other way round: what becomes of correct clusters when one thing in them is broken.

- **verdict**: it is the right one.
- **stage**: hop, stage, policy and rule of the reason are the right ones.
- **cause**: the summary, the lines below the title, names the objects and the field that are the cause; where the
  thread asks for it, the notes or what would help hold the rest.
- **control**: a question about the same cluster that must be allowed is, without an error or a warning.
- **cases**: how many cases of the folder's TrafficTest come out as expected. The question and the control are among them.

| | thread | verdict | stage | cause | control | cases |
|---|---|---|---|---|---|---|
`

// accuracyPage is docs/accuracy.md.
func accuracyPage(rows []row) string {
	var b, open strings.Builder
	b.WriteString(accuracyHead)
	totals, whole, passed, cases := map[string]int{}, 0, 0, 0
	for _, r := range rows {
		cells, all := r.cells()
		fmt.Fprintf(&b, "| [%s](../examples/scenarios/%s/cluster.yaml) | %s: %s | %s |\n", r.ID, r.Dir, r.Thread, r.Title, strings.Join(cells, " | "))
		if all {
			whole++
		}
		passed, cases = passed+r.passed, cases+r.cases
		for _, column := range columns {
			if r.right[column] {
				totals[column]++
			}
			if why := r.Open[column]; why != "" {
				fmt.Fprintf(&open, "- %s, %s: %s\n", r.ID, column, why)
			}
		}
	}
	fmt.Fprintf(&b, "| | of %d", len(rows))
	for _, column := range columns[:len(columns)-1] {
		fmt.Fprintf(&b, " | %d", totals[column])
	}
	fmt.Fprintf(&b, " | %d of %d |\n\nRight in every column: %d of %d.\n", passed, cases, whole, len(rows))
	if open.Len() > 0 {
		fmt.Fprintf(&b, "\n## What is missed\n\n%s", open.String())
	}
	b.WriteString("\n`go test ./diagnose/traffic -run TestScenarios -update` writes this page.\n")
	return b.String()
}
