package kmesh_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/plugins/kmesh"
)

// TestAuthz: whether the XDP program judges is known by the version, by a daemon's own
// state, or by who asks.
func TestAuthz(t *testing.T) {
	t.Cleanup(func() { _ = kmesh.SetAuthz(string(kmesh.ByVersion)) })
	const policy = "selector: {matchLabels: {app: server}}, action: DENY, rules: [{from: [{source: {namespaces: [bar]}}]}]"
	state := func(node, enabled string) string {
		return "\n---\napiVersion: authz-doctor.dev/v1alpha1\nkind: KmeshAuthz\nmetadata: {name: " + node + "}\nspec: {enabled: " + enabled + "}\n"
	}
	for _, tt := range []struct {
		name    string
		how     kmesh.Authz
		more    string
		verdict diagnose.Verdict
		says    string
	}{
		{"by its version", kmesh.ByVersion, kmeshSince(), diagnose.Denied, ""},
		{"switched off there", kmesh.ByVersion, kmeshSince() + state("n2", "false"), diagnose.Allowed, ""},
		{"switched off elsewhere", kmesh.ByVersion, kmeshSince() + state("n1", "false"), diagnose.Denied, ""},
		{"switched on, and no version", kmesh.ByVersion, kmeshPods() + state("n2", "true"), diagnose.Denied, ""},
		{"a state that says nothing", kmesh.ByVersion, kmeshSince() + state("n2", "perhaps"), diagnose.Undetermined, "KmeshAuthz n2 has no spec.enabled"},
		{"a version that nobody can ask", kmesh.Ask, kmeshPods() + daemon(kmeshImage+"v0.5.0", ""), diagnose.Allowed, ""},
		{"said to be off", kmesh.Off, kmeshSince(), diagnose.Allowed, ""},
		{"said to be on", kmesh.On, kmeshBefore(), diagnose.Denied, ""},
		{"asked, and on", kmesh.Ask, kmeshBefore() + state("n2", "true"), diagnose.Denied, ""},
		{"asked, and off", kmesh.Ask, kmeshSince() + state("n2", "false"), diagnose.Allowed, ""},
		{"asked, and not told", kmesh.Ask, kmeshSince(), diagnose.Undetermined, "there is no KmeshAuthz n2"},
	} {
		if err := kmesh.SetAuthz(string(tt.how)); err != nil {
			t.Fatal(err)
		}
		d := ask(t, files(t, tt.more+onServer(policy)), diagnose.Question{Source: "client.foo", Target: "http://server.foo:8000/get"})
		if d.Status.Verdict != tt.verdict || !strings.Contains(d.Status.Summary, tt.says) {
			t.Errorf("%s: %v, %s", tt.name, d.Status.Verdict, d.Status.Summary)
		}
	}
	if err := kmesh.SetAuthz("maybe"); err == nil || !strings.Contains(err.Error(), "version, ask, on, off") {
		t.Errorf("%v", err)
	}
}

// TestAuthzByNode: of two replicas the one on the node where the program is off lets in
// what the other drops; saved and read back they say the same.
func TestAuthzByNode(t *testing.T) {
	world := kmeshSince() + strings.ReplaceAll(strings.ReplaceAll(podYAML("foo", "server2", "app: server", managed, "nodeName: n3, ", "10.0.1.9"), "nodeName: n2", "nodeName: n3"), "server2", "server-2") +
		"\n---\napiVersion: authz-doctor.dev/v1alpha1\nkind: KmeshAuthz\nmetadata: {name: n2}\nspec: {enabled: false}\n" +
		"\n---\napiVersion: authz-doctor.dev/v1alpha1\nkind: KmeshAuthz\nmetadata: {name: n3}\nspec: {enabled: true}\n" +
		onServer("selector: {matchLabels: {app: server}}, action: DENY, rules: [{from: [{source: {namespaces: [bar]}}]}]") + `
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: server-x, namespace: foo, labels: {kubernetes.io/service-name: server}}
addressType: IPv4
ports: [{name: http, port: 80}]
endpoints:
- {addresses: [10.0.1.6], conditions: {ready: true}, targetRef: {kind: Pod, name: server, namespace: foo}}
- {addresses: [10.0.1.9], conditions: {ready: true}, targetRef: {kind: Pod, name: server-2, namespace: foo}}
`
	q := diagnose.Question{Source: "client.foo", Target: "http://server.foo:8000/"}
	check := func(r cluster.Reader) *cluster.Snapshot {
		t.Helper()
		d, s, err := diagnose.Ask(t.Context(), r, q)
		if err != nil {
			t.Fatal(err)
		}
		got := map[string]diagnose.Verdict{}
		for _, a := range d.Status.Answers {
			for _, to := range a.Destinations {
				got[to.Namespace+"/"+to.Name] = a.Verdict
			}
		}
		if diff := cmp.Diff(map[string]diagnose.Verdict{"foo/server": diagnose.Allowed, "foo/server-2": diagnose.Denied}, got); diff != "" {
			t.Error(diff)
		}
		return s
	}
	t.Cleanup(func() { _ = kmesh.SetAuthz(string(kmesh.ByVersion)) })
	if err := kmesh.SetAuthz(string(kmesh.Ask)); err != nil {
		t.Fatal(err)
	}
	s := check(&server{Reader: files(t, world), deny: func(cluster.Query) *cluster.Unread { return nil }})
	if err := kmesh.SetAuthz(string(kmesh.ByVersion)); err != nil {
		t.Fatal(err)
	}
	var saved strings.Builder
	if err := s.Write(&saved); err != nil {
		t.Fatal(err)
	}
	r, err := cluster.ReadFiles([]string{"-"}, strings.NewReader(saved.String()), "default")
	if err != nil {
		t.Fatal(err)
	}
	check(r)
}
