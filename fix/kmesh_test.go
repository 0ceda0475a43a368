package fix

import (
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// onKmesh is the cluster of the Kmesh example, with a daemon of another version and
// with a policy of httpbin.
func onKmesh(t *testing.T, version, spec string) cluster.Reader {
	t.Helper()
	b, err := os.ReadFile("../examples/kmesh-tcp/cluster.yaml")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.ReplaceAll(string(b), "kmesh:v0.5.0", "kmesh:"+version) +
		"\n---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: p, namespace: default}\nspec: {selector: {matchLabels: {app: httpbin}}, " + spec + "}\n"
	r, err := cluster.ReadFiles([]string{"-"}, strings.NewReader(text), "default")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// TestKmeshRepairs: what is proposed for a target under Kmesh names identities as Kmesh
// matches them, and is proved in both of its modes.
func TestKmeshRepairs(t *testing.T) {
	const web = `rules: [{from: [{source: {principals: ["*/ns/default/sa/web"]}}]}]`
	tests := []struct {
		name, version, spec string
		titles              []string // of all candidates
		why                 string
	}{
		{"another account", "v0.5.0", web, []string{
			"add */ns/default/sa/sleep to rules[0].from[0].source.principals of default/p",
			"admit */ns/default/sa/sleep (on port 80) in a new policy default/allow-sleep-to-httpbin",
		}, ""},
		{"its trust domain", "v0.5.0", "rules: [{from: [{source: {principals: [cluster.local/ns/default/sa/sleep]}}]}]", []string{
			"add */ns/default/sa/sleep to rules[0].from[0].source.principals of default/p",
			"write */ns/default/sa/sleep in place of cluster.local/ns/default/sa/sleep in rules[0].from[0].source.principals of default/p",
			"admit */ns/default/sa/sleep (on port 80) in a new policy default/allow-sleep-to-httpbin",
		}, ""},
		{"with the XDP program", "v1.2.0", web, []string{
			"add */ns/default/sa/sleep to rules[0].from[0].source.principals of default/p",
			"admit */ns/default/sa/sleep (on port 80) in a new policy default/allow-sleep-to-httpbin",
		}, ""},
		{"denied by principal", "v0.5.0", `action: DENY, rules: [{from: [{source: {principals: ["*/ns/default/sa/sleep"]}}]}]`, []string{
			"leave */ns/default/sa/sleep out of rules[0] of DENY policy default/p",
		}, ""},
		{"the program misses the second block", "v1.2.0", `rules: [{from: [{source: {ipBlocks: [10.0.0.0/8, 10.244.1.46/32]}}]}]`, nil, "nothing to repair"},
		{"the program misses a block", "v1.2.0", `rules: [{from: [{source: {ipBlocks: [10.9.0.0/16, 10.244.1.46/32]}}]}]`, []string{
			"admit */ns/default/sa/sleep (on port 80) in a new policy default/allow-sleep-to-httpbin",
		}, ""},
		{"the program denies by no identity", "v1.2.0", `action: DENY, rules: [{from: [{source: {principals: ["*/ns/default/sa/web"]}}]}]`, nil, "what the program leaves out of a policy"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, err := Propose(t.Context(), onKmesh(t, tt.version, tt.spec), diagnose.Question{Source: "pod/sleep-78ff5975c6-plh7r", Target: "http://httpbin:8000/headers", Request: diagnose.Request{Exact: true}})
			if err != nil {
				t.Fatal(err)
			}
			var titles []string
			for _, c := range p.Candidates {
				titles = append(titles, c.Title)
				for _, change := range c.Changes {
					for _, l := range DiffLines(change) {
						if text := strings.TrimSpace(l); strings.HasPrefix(text, "+") && strings.Contains(text, "cluster.local/") {
							t.Errorf("%s: %s", c.Title, text)
						}
					}
				}
				for _, r := range c.Effect.Opens {
					if slices.Contains(r.Sources, diagnose.AnyWorkload) || slices.Contains(r.Sources, diagnose.Anybody) {
						t.Errorf("%s opens to %v", c.Title, r.Sources)
					}
				}
			}
			for _, want := range tt.titles {
				if !slices.Contains(titles, want) {
					t.Errorf("no %q in %q", want, titles)
				}
			}
			if len(tt.titles) == 0 && len(titles) > 0 || !strings.Contains(p.Why, tt.why) || (p.Why == "") != (tt.why == "") {
				t.Errorf("candidates %q, why %q", titles, p.Why)
			}
		})
	}
}
