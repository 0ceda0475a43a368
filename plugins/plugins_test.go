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
	"github.com/authz-doctor/kubectl-authz_doctor/plugins/kmesh"
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

// brittle is Kmesh, with one of its methods panicking.
type brittle struct{ kmesh.Platform }

var panics string

func fail(method string) {
	if method == panics {
		panic("no such thing")
	}
}

func (brittle) Name() string { return "brittle" }

func (b brittle) Plane() mesh.NodePlane {
	p := b.Platform.Plane()
	p.Name = b.Name()
	enrolled, meet := p.Enrolled, p.Meet
	p.Enrolled = func(pod *corev1.Pod) (string, bool) { fail("Enrolled"); return enrolled(pod) }
	p.Meet = func(c mesh.Client, s mesh.Server) mesh.Connection { fail("Meet"); return meet(c, s) }
	return p
}

func (b brittle) Wants(leg diagnose.Leg) []cluster.Query { fail("Wants"); return b.Platform.Wants(leg) }

func (b brittle) Guard(leg diagnose.Leg) diagnose.Guard { fail("Guard"); return b.Platform.Guard(leg) }

func (b brittle) Judge(leg diagnose.Leg) diagnose.Ruling { fail("Judge"); return b.Platform.Judge(leg) }

func (b brittle) Returns(leg diagnose.Leg) []string { fail("Returns"); return b.Platform.Returns(leg) }

func (b brittle) PerNode(s *cluster.Snapshot) bool { fail("PerNode"); return b.Platform.PerNode(s) }

// live answers only what it is asked, as a server does.
type live struct{ cluster.Reader }

func (live) Live() bool { return true }

// A data plane that fails leaves open what it decides: nothing is allowed or denied for
// it, whichever of its methods it is.
func TestFailureOfDataPlane(t *testing.T) {
	plugins.Install()
	diagnose.Use(brittle{})
	brittles := mesh.UseNodePlane(brittle{}.Plane())
	kmeshs := mesh.UseNodePlane(kmesh.Platform{}.Plane())
	if brittles == kmeshs {
		t.Fatal("one number for two")
	}
	const pod = "---\napiVersion: v1\nkind: Pod\nmetadata: {name: %s, namespace: foo, labels: {app: %[1]s, istio.io/dataplane-mode: brittle}}\nspec: {nodeName: n1, containers: [{name: app, image: x, ports: [{containerPort: 80}]}]}\nstatus: {podIP: 10.0.0.%d}\n"
	const policy = "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: p, namespace: foo}\nspec: {%s}\n"
	worlds := map[string]string{
		"a DENY policy":   fmt.Sprintf(policy, "action: DENY, rules: [{from: [{source: {namespaces: [foo]}}]}]"),
		"an ALLOW policy": fmt.Sprintf(policy, "rules: [{from: [{source: {notNamespaces: [foo]}}]}]"),
		"another network": "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: istio-system, labels: {topology.istio.io/network: net1}}\n",
		"nothing":         "",
	}
	for world, more := range worlds {
		r, err := cluster.ReadFiles([]string{"-"}, strings.NewReader(fmt.Sprintf(pod, "client", 1)+fmt.Sprintf(pod, "server", 2)+more), "foo")
		if err != nil {
			t.Fatal(err)
		}
		for _, panics = range []string{"", "Meet", "Wants", "Guard", "Judge", "Returns"} {
			d, _, err := diagnose.Ask(t.Context(), live{r}, diagnose.Question{Source: "pod/client.foo", Target: "pod/server.foo:80"})
			if err != nil {
				t.Fatal(err)
			}
			want := diagnose.Denied
			if world == "nothing" {
				want = diagnose.Allowed
			}
			asked := panics != "Returns" || want == diagnose.Allowed
			judged := panics != "Judge" || world != "another network" // which refuses before
			if panics != "" && asked && judged {
				want = diagnose.Undetermined
			}
			if d.Status.Verdict != want || want == diagnose.Undetermined && len(d.Status.Answers[0].Missing) == 0 {
				t.Errorf("%s, %s panics: %s, want %s: %q", world, panics, d.Status.Verdict, want, d.Status.Summary)
			}
		}
	}
	panics = "PerNode"
	if !diagnose.PerNode(brittles, nil) {
		t.Error("nodes that may differ count as alike")
	}
	panics = ""
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
