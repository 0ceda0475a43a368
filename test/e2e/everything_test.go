package e2e

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// denyGet is a change that is not made.
func denyGet(t *testing.T, namespace string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "deny.yaml")
	text := "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: deny, namespace: " + namespace + "}\n" +
		"spec: {action: DENY, rules: [{to: [{operation: {methods: [GET]}}]}]}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestDocumentedRightsOfCommands: docs/rbac.yaml is enough for every command that reads,
// also where it looks at the whole cluster.
func TestDocumentedRightsOfCommands(t *testing.T) {
	s := setScene(t, "allrights", "allow-frontend")
	source, target := "deploy/sleep."+s.Far, "http://httpbin."+s.Near+":8000/get"
	saved := filepath.Join(t.TempDir(), "snapshot.yaml")
	for _, args := range [][]string{
		{source, target, "--explain"},
		{"ip/203.0.113.7", target},
		{"fix", source, target},
		{"lint", "-n", s.Near},
		{"lint", "-A"},
		{"matrix", "-A"},
		{"who-can", "svc/httpbin." + s.Near + ":8000"},
		{"what-can", source},
		{"what-if", "-f", denyGet(t, s.Near)},
		{"what-if", "-f", denyGet(t, s.Near), "-A"},
		{"snapshot", source, target, "-O", saved},
	} {
		a := run(t, as(t, reader), args...)
		if a.Exit == exitError || strings.Contains(strings.ToLower(a.Stdout+a.Stderr), "forbidden") {
			t.Errorf("%q: exit %d; docs/rbac.yaml lacks something:\n%s%s", args, a.Exit, a.Stdout, a.Stderr)
		}
	}
}

// TestEmptyNamespace: where there is nothing, every command says so in a line, or finds
// nothing; none finds that all is well with what is not there.
func TestEmptyNamespace(t *testing.T) {
	const empty = "nothing-here"
	kubectl(t, "create", "namespace", empty)
	t.Cleanup(func() { takeAway(t, "--wait=false", "namespace", empty) })
	for _, tt := range []struct {
		exit int
		says string
		args []string
	}{
		{exitError, `nothing that has or creates Pods is called "sleep" in namespace "` + empty + `"`, []string{"sleep", "httpbin"}},
		{exitError, `nothing that has or creates Pods is called "sleep"`, []string{"fix", "sleep", "httpbin"}},
		{exitError, `nothing that has or creates Pods is called "sleep"`, []string{"snapshot", "sleep", "httpbin"}},
		{exitError, `no Deployment is called "sleep"`, []string{"deploy/sleep", "httpbin"}},
		{exitAllowed, "0 policies: 0 errors, 0 warnings", []string{"lint"}},
		{exitAllowed, "create AuthorizationPolicy " + empty + "/deny", []string{"what-if", "-f", denyGet(t, empty)}},
		{exitError, `there is no namespace "nothing-hear", did you mean ` + empty, []string{"lint", "-n", "nothing-hear"}},
	} {
		args := tt.args
		if !slices.Contains(args, "-n") {
			args = append(slices.Clone(args), "-n", empty)
		}
		a := run(t, cluster.Kubeconfig, args...)
		if a.Exit != tt.exit || !strings.Contains(a.Stdout+a.Stderr, tt.says) {
			t.Errorf("%q: exit %d, want %d and %q\n%s%s", tt.args, a.Exit, tt.exit, tt.says, a.Stdout, a.Stderr)
		}
		if tt.exit == exitError {
			oneErrorLine(t, a)
		}
	}
}
