package fix

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// asked is a question of examples/scenarios.
type asked struct {
	Source  string `json:"source"`
	Target  string `json:"target"`
	Request struct {
		Method, Path, Host string
		Headers            map[string]string
		Claims             map[string]any
	} `json:"request"`
}

func (q asked) question() diagnose.Question {
	r := diagnose.Request{Method: q.Request.Method, Path: q.Request.Path, Host: q.Request.Host, Claims: q.Request.Claims, Exact: true, Headers: map[string][]string{}}
	for name, v := range q.Request.Headers {
		r.Headers[name] = []string{v}
	}
	return diagnose.Question{Source: q.Source, Target: q.Target, Request: r}
}

type scenario struct {
	ID       string `json:"id"`
	Dir      string `json:"dir"`
	Verdict  string `json:"verdict"`
	Question asked  `json:"question"`
}

func scenarios(t testing.TB) []scenario {
	t.Helper()
	text, err := os.ReadFile("../examples/scenarios/scenarios.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var all struct {
		Scenarios []scenario `json:"scenarios"`
	}
	if err := yaml.Unmarshal(text, &all); err != nil || len(all.Scenarios) < 40 {
		t.Fatal(len(all.Scenarios), err)
	}
	return all.Scenarios
}

func (s scenario) reader(t testing.TB) cluster.Reader {
	t.Helper()
	r, err := cluster.ReadFiles([]string{filepath.Join("../examples/scenarios", s.Dir, "cluster.yaml")}, nil, "default")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// unmended are the scenarios without a candidate, and why.
var unmended = map[string]string{
	"S24": "a Gateway without a server for the name: which certificate it is to show, nobody knows",
	"S42": "a provider that is not defined: where its authorizer is, nobody knows",
	"S43": "what the other authorizer would answer is not known, so nothing is proved",
}

// TestScenarios proposes for every scenario that is denied or conditional, and holds
// what is proposed against testdata/scenarios.txt.
func TestScenarios(t *testing.T) {
	var out strings.Builder
	mended, denied := 0, 0
	for _, s := range scenarios(t) {
		p, err := Propose(t.Context(), s.reader(t), s.Question.question())
		if err != nil {
			t.Fatal(s.ID, err)
		}
		v := p.Diagnosis.Status.Verdict
		if v != diagnose.Denied && v != diagnose.Conditional {
			continue
		}
		denied++
		fmt.Fprintf(&out, "%s %s\n", s.ID, s.Dir)
		if len(p.Candidates) == 0 && unmended[s.ID] == "" {
			t.Errorf("%s: no candidate: %s", s.ID, p.Why)
		}
		if len(p.Candidates) > 0 {
			mended++
			if why := unmended[s.ID]; why != "" {
				t.Errorf("%s has candidates now, though %s", s.ID, why)
			}
		}
		for _, c := range p.Candidates {
			out.WriteString(words(c))
		}
		for i := 1; i < len(p.Candidates); i++ {
			if p.Candidates[i-1].Danger != "" && p.Candidates[i].Danger == "" {
				t.Errorf("%s: what is dangerous stands before what is not", s.ID)
			}
		}
	}
	fmt.Fprintf(&out, "mended: %d of %d\n", mended, denied)
	golden(t, "testdata/scenarios.txt", out.String())
}

// words are a candidate in a few lines.
func words(c Candidate) string {
	out := fmt.Sprintf("  %s %s: %s\n", c.ID, c.Kind, c.Title)
	if c.Danger != "" {
		out += "      danger " + c.Danger + "\n"
	}
	for _, e := range []struct {
		word string
		all  []Reach
	}{{"opens", c.Effect.Opens}, {"closes", c.Effect.Closes}, {"unsure", c.Effect.Unsure}} {
		for _, r := range e.all {
			out += "      " + e.word + " " + r.String() + "\n"
		}
	}
	return out
}

var update = flag.Bool("update", false, "write the goldens anew")

// golden compares with a file, or writes it.
func golden(t *testing.T, file, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(file, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-it says +it is; -update writes it anew):\n%s", file, diff)
	}
}

// TestNothingToDo: what is allowed needs no repair, and what is not known cannot have one.
func TestNothingToDo(t *testing.T) {
	for _, s := range scenarios(t) {
		if s.ID != "S05" {
			continue
		}
		p, err := Propose(t.Context(), s.reader(t), s.Question.question())
		if err != nil || p.Diagnosis.Status.Verdict != diagnose.Allowed || len(p.Candidates) != 0 || !strings.Contains(p.Why, "nothing to repair") {
			t.Error(err, p)
		}
	}
}
