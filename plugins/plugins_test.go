package plugins_test

import (
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/plugins"
)

// broken is a platform whose methods panic.
type broken struct{ diagnose.Platform }

func (broken) Name() string                           { return "broken" }
func (broken) Detect(*cluster.Snapshot) string        { return "always" }
func (broken) Explain(diagnose.Leg) []diagnose.Remark { panic("no such thing") }
func (broken) Needs(diagnose.Leg) []cluster.Query     { panic("nor this") }

// A plugin that fails costs the answer what it knows, and nothing else.
func TestFailure(t *testing.T) {
	plugins.Install()
	ask := func() *diagnose.Diagnosis {
		files, err := cluster.ReadFiles([]string{filepath.Join("..", "examples", "no-sidecar", "cluster.yaml"), filepath.Join("..", "examples", "no-sidecar", "policies.yaml")}, nil, "default")
		if err != nil {
			t.Fatal(err)
		}
		d, _, err := diagnose.Ask(t.Context(), files, diagnose.Question{Source: "sleep.foo", Target: "http://httpbin.default:8000/get"})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	before := ask()
	diagnose.Use(broken{})
	after := ask()
	if after.Status.Verdict != before.Status.Verdict || after.Status.Summary != before.Status.Summary {
		t.Errorf("%s %s, want %s %s", after.Status.Verdict, after.Status.Summary, before.Status.Verdict, before.Status.Summary)
	}
	if notes := strings.Join(after.Status.Notes, "\n"); !strings.Contains(notes, "the plugin broken failed (no such thing)") {
		t.Errorf("the notes are %q", notes)
	}
}

// Each platform has a name and codes of its own, and is in use once however often it is
// installed.
func TestInstall(t *testing.T) {
	plugins.Install()
	diagnose.Use(plugins.All()...)
	var names, codes []string
	for _, p := range plugins.All() {
		names = append(names, p.Name())
		if c, ok := p.(diagnose.Cataloguing); ok {
			for _, k := range c.Findings() {
				codes = append(codes, k.Code)
			}
		}
	}
	for _, all := range [][]string{names, codes} {
		slices.Sort(all)
		if len(slices.Compact(slices.Clone(all))) != len(all) {
			t.Errorf("not each once: %q", all)
		}
	}
	var used []string
	for _, p := range diagnose.Platforms() {
		used = append(used, p.Name())
	}
	for _, n := range names {
		if i := slices.Index(used, n); i < 0 || slices.Index(used[i+1:], n) >= 0 {
			t.Errorf("%s is in use %q", n, used)
		}
	}
}
