package fix

import (
	"os"
	"path/filepath"
	"testing"

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

func TestScenarios(t *testing.T) {
	for _, s := range scenarios(t) {
		t.Run(s.ID, func(t *testing.T) {
			p, err := Propose(t.Context(), s.reader(t), s.Question.question())
			if err != nil {
				t.Fatal(err)
			}
			v := p.Diagnosis.Status.Verdict
			if v != diagnose.Denied && v != diagnose.Conditional {
				return
			}
			t.Logf("%s %s", v, p.Diagnosis.Status.Summary)
			if len(p.Candidates) == 0 {
				t.Errorf("NONE: %s", p.Why)
			}
			for _, c := range p.Candidates {
				t.Logf("  %s %s: %s [%s]", c.ID, c.Kind, c.Title, c.Danger)
				for _, r := range c.Effect.Opens {
					t.Logf("       opens %v → %s if %v (asked %v)", r.Sources, r.Target, r.If, r.Asked)
				}
				for _, r := range c.Effect.Closes {
					t.Logf("       closes %v → %s if %v", r.Sources, r.Target, r.If)
				}
				for _, r := range c.Effect.Unsure {
					t.Logf("       unsure %v → %s", r.Sources, r.Target)
				}
			}
		})
	}
}
