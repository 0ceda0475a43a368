package plugins_test

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
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

// brokenPlane is a data plane whose methods panic.
type brokenPlane struct {
	diagnose.Platform
	mesh.NodePlane
}

func (brokenPlane) Name() string                       { return "broken-plane" }
func (brokenPlane) Title() string                      { return "Broken" }
func (brokenPlane) Detect(*cluster.Snapshot) string    { return "always" }
func (p brokenPlane) Plane() mesh.NodePlane            { return p }
func (brokenPlane) Wants(diagnose.Leg) []cluster.Query { panic("wants") }
func (brokenPlane) Guard(diagnose.Leg) diagnose.Guard  { panic("guard") }
func (brokenPlane) Judge(diagnose.Leg) diagnose.Ruling { panic("judge") }
func (brokenPlane) Returns(diagnose.Leg) []string      { panic("returns") }
func (brokenPlane) Waypoint() uint16                   { return 1 }
func (brokenPlane) Stage() diagnose.StageName          { return "" }
func (brokenPlane) Agent() (name, mark string)         { return "agent", "mark" }
func (brokenPlane) Strict() string                     { return "" }
func (brokenPlane) Probe() string                      { return "" }
func (brokenPlane) Enrolled(p *corev1.Pod) (string, bool) {
	return "label", p.Labels["plane"] == "broken"
}

func (brokenPlane) Meet(mesh.Client, mesh.Server) mesh.Connection {
	return mesh.Connection{Outcome: mesh.Established, HTTP: mesh.TCP}
}

// A data plane that fails leaves open what it decides: nothing is allowed or denied for it.
func TestFailureOfDataPlane(t *testing.T) {
	plugins.Install()
	diagnose.Use(brokenPlane{})
	pod := func(name, labels string) string {
		return "---\napiVersion: v1\nkind: Pod\nmetadata: {name: " + name + ", namespace: foo, labels: {app: " + name + labels + "}}\nspec: {containers: [{name: app, image: x, ports: [{containerPort: 80}]}]}\nstatus: {phase: Running, podIP: 10.0.0." + fmt.Sprint(len(name)) + "}\n"
	}
	r, err := cluster.ReadFiles([]string{"-"}, strings.NewReader(pod("client", "")+pod("server", ", plane: broken")+pod("clients", ", plane: broken")), "foo")
	if err != nil {
		t.Fatal(err)
	}
	for _, way := range [][2]string{{"client", "server"}, {"clients", "client"}} {
		d, _, err := diagnose.Ask(t.Context(), r, diagnose.Question{Source: "pod/" + way[0] + ".foo", Target: "pod/" + way[1] + ".foo:80"})
		if err != nil {
			t.Fatal(err)
		}
		if notes := strings.Join(d.Status.Notes, "\n"); d.Status.Verdict != diagnose.Undetermined || len(d.Status.Answers[0].Missing) == 0 || !strings.Contains(notes, "the plugin broken-plane failed") {
			t.Errorf("%v: %s, %q, %q", way, d.Status.Verdict, d.Status.Summary, notes)
		}
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
