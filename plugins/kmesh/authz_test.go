package kmesh_test

import (
	"strings"
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
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
		{"a state that says nothing", kmesh.ByVersion, kmeshSince() + state("n2", "perhaps"), diagnose.Denied, ""},
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
