package e2e

import (
	"context"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"

	"github.com/authz-doctor/kubectl-authz_doctor/test/lab"
	"github.com/authz-doctor/kubectl-authz_doctor/test/lab/plugin"
)

// TestAudit runs every command as a user with the documented rights, and looks into the API
// server's own record of it: no Secret is touched, nothing is asked that docs/rbac.yaml does
// not allow, and nothing is written but what a fix and its undo are for.
func TestAudit(t *testing.T) {
	s := setScene(t, "audit", "allow-frontend", "deny-shout")
	err := cluster.Apply(t.Context(), fmt.Sprintf(`
{apiVersion: rbac.authorization.k8s.io/v1, kind: RoleBinding, metadata: {name: fixer, namespace: %[1]s},
 roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: authz-doctor-fixer},
 subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: %[2]s}]}
---
{apiVersion: v1, kind: Secret, metadata: {name: httpbin-token, namespace: %[1]s}, stringData: {token: secret}}
`, s.Near, audited))
	if err != nil {
		t.Fatal(err)
	}
	kubeconfig, dir, home := as(t, audited), faultFiles(t, s.Near, s.Far), t.TempDir()
	do := func(exits []int, args ...string) plugin.Answer {
		t.Helper()
		a, err := doctor.Run(t.Context(), kubeconfig, home, args...)
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Contains(exits, a.Exit) {
			t.Errorf("authz-doctor %s: exit %d\n%s%s", strings.Join(args, " "), a.Exit, a.Stdout, a.Stderr)
		}
		return a
	}
	answered := []int{exitAllowed, exitDenied, exitOpen}
	heard := map[string]int{}
	for _, c := range troubledCommands(s.Near, s.Far, dir, dir) {
		before := len(audit(t))
		do(answered, c.args...)
		heard[c.name] = len(audit(t)) - before
	}
	for name, n := range heard {
		if n == 0 {
			t.Errorf("%s: the API server has heard nothing of it, so the record is not of this", name)
		}
	}
	source, target := "deploy/httpbin."+s.Near, "http://httpbin."+s.Near+":8000/get"
	fixing := []string{"fix", source, target, "--method", "GET", "--pick", "a", "--apply"}
	for _, args := range [][]string{
		{"lint", "-A"},
		{"matrix", "-A"},
		{"matrix", "-A", "-o", "html"},
		{"what-can", "outside"},
		{"what-if", "-f", filepath.Join(dir, "deny.yaml"), "-A"},
		{"ip/203.0.113.7", target},
		{"kubelet", "httpbin." + s.Near + ":80"},
		{"sa/frontend." + s.Near, target},
		{"__complete", "-n", ""},
		{"__complete", ""},
		{"__complete", "deploy/"},
		{"__complete", "sa/"},
		{"__complete", "x", "http://"},
		{"fix", "history"},
		{"version"},
		{"explain"},
		{"completion", "bash"},
		{"help"},
		append(slices.Clone(fixing), "--dry-run=server"),
	} {
		do(append(answered, exitError), args...)
	}
	read := audit(t)
	do([]int{exitAllowed}, append(slices.Clone(fixing), "--yes")...)
	do([]int{exitAllowed}, "fix", "history")
	do([]int{exitAllowed}, "fix", "undo", "--yes")
	watches(t, kubeconfig, source, target)

	policy := "/apis/security.istio.io/v1/namespaces/" + s.Near + "/authorizationpolicies"
	for i, e := range audit(t) {
		decent(t, e)
		if slices.Contains([]string{"get", "list", "watch"}, e.Verb) {
			continue
		}
		at, err := url.Parse(e.RequestURI)
		if err != nil {
			t.Fatal(err)
		}
		dry := at.Query().Get("dryRun") == "All"
		switch {
		case i < len(read) && !dry:
			t.Errorf("a command that writes nothing: %s %s", e.Verb, e.RequestURI)
		case e.Verb == "create" && at.Path == policy, e.Verb == "delete" && strings.HasPrefix(at.Path, policy+"/"):
		default:
			t.Errorf("a write that no fix is for: %s %s", e.Verb, e.RequestURI)
		}
	}
	if _, err := os.Stat(filepath.Join(home, ".kube")); err == nil {
		t.Error("something was written to ~/.kube")
	}
}

// audit is what the API server has written down.
func audit(t *testing.T) []lab.Event {
	t.Helper()
	events, err := cluster.Audit()
	if err != nil {
		t.Fatal(err)
	}
	return events
}

// decent checks a request whatever its command is.
func decent(t *testing.T, e lab.Event) {
	t.Helper()
	what := fmt.Sprintf("%s %s (%d)", e.Verb, e.RequestURI, e.ResponseStatus.Code)
	reason := e.Annotations["authorization.k8s.io/reason"]
	if !strings.HasPrefix(e.UserAgent, plugin.Name+"/") {
		t.Errorf("%s: the user agent is %q", what, e.UserAgent)
	}
	if e.User.Username != audited {
		t.Errorf("%s: by %s", what, e.User.Username)
	}
	if e.ObjectRef == nil {
		if path, _, _ := strings.Cut(e.RequestURI, "?"); e.Verb != "get" || path != "/apis" {
			t.Errorf("%s: of no resource only the list of groups is read", what)
		}
		return
	}
	if e.ObjectRef.Resource == "secrets" || e.ObjectRef.Subresource != "" || strings.Contains(e.RequestURI, "/secrets") {
		t.Errorf("%s: nobody needs that", what)
	}
	if e.Annotations["authorization.k8s.io/decision"] != "allow" || !strings.Contains(reason, `"authz-doctor-`) {
		t.Errorf("%s: docs/rbac.yaml does not allow it: %s", what, reason)
	}
}

// watches opens the screen, which watches what it shows, and leaves it.
func watches(t *testing.T, kubeconfig, source, target string) {
	before := len(audit(t))
	u := openTerminal(t, kubeconfig)
	u.runs("kubectl authz-doctor " + source + " " + target + "; echo left with $?")
	u.sees("● live")
	watching := func(context.Context) (bool, error) {
		return slices.ContainsFunc(audit(t)[before:], func(e lab.Event) bool { return e.Verb == "watch" }), nil
	}
	if err := wait.PollUntilContextTimeout(t.Context(), 50*time.Millisecond, patience, true, watching); err != nil {
		t.Errorf("the screen watches nothing: %v", err)
	}
	u.presses("q")
	u.sees("left with 0")
}
