package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	kymaExample = "kyma-in-cluster"
	kymaSource  = "test-internal.curl-test"
	kymaTarget  = "http://httpbin.default.svc.cluster.local:8000/get"
)

// TestKymaPage asks the API server what Kyma's page tries, with the policies of the
// example one after the other.
func TestKymaPage(t *testing.T) {
	stage(t, kymaExample)
	pages := readPages(t, kymaExample)
	if len(pages) != 3 {
		t.Fatalf("%d parts of the page, want 3", len(pages))
	}
	for _, p := range pages {
		t.Run(p.Metadata.Name, func(t *testing.T) {
			give(t, kymaExample, p.Spec.Cluster[1:]...)
			p.asks(t, as(t, reader))
		})
	}
}

// TestKymaFix repairs it by either candidate, and takes it back. What Kyma's API Gateway
// made is never written, and neither is the APIRule.
func TestKymaFix(t *testing.T) {
	stage(t, kymaExample)
	was := kymaOwns(t)
	for _, tt := range []struct{ name, pick, policy, caller string }{
		{"a policy for the caller", "a", "allow-test-internal-to-httpbin", "cluster.local/ns/curl-test/sa/default"},
		{"the policy of Kyma's page", "b", "allow-internal", "notPrincipals"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := story{t, t.TempDir(), as(t, reader)}
			question := []string{kymaSource, kymaTarget, "--method", "GET"}
			fixing := append([]string{"fix"}, question...)
			s.does(exitDenied, []string{"AD1001", "APIRule default/httpbin", `403 "RBAC: access denied"`}, question...)
			proposed := s.does(exitDenied, []string{"opens    nothing else", "new policy", "default/" + tt.policy, "danger"}, fixing...)
			if strings.Contains(proposed.Stdout, "+++ AuthorizationPolicy default/httpbin-6kvzm") {
				t.Errorf("an edit of the generated policy is proposed:\n%s", proposed.Stdout)
			}
			s.does(exitAllowed, []string{"applied (", "ALLOWED  " + kymaSource}, append(fixing, "--pick", tt.pick, "--apply", "--yes")...)
			s.does(exitAllowed, []string{"default/" + tt.policy}, question...)
			if is := kubectl(t, "get", "authorizationpolicies.security.istio.io", tt.policy, "-n", "default", "-o", "yaml"); !strings.Contains(is, tt.caller) || strings.Contains(is, "gateway.kyma-project.io") {
				t.Errorf("the policy lacks %s, or has labels of Kyma's:\n%s", tt.caller, is)
			}
			s.does(exitAllowed, []string{"undone ("}, "fix", "undo", "--yes")
			s.does(exitDenied, []string{"AD1001"}, question...)
			if is := kymaOwns(t); is != was {
				t.Errorf("what Kyma owns is %s, and was %s", is, was)
			}
		})
	}
}

// kymaOwns are the versions of what nobody but Kyma may write.
func kymaOwns(t *testing.T) string {
	t.Helper()
	return kubectl(t, "get", "-n", "default", "-o", "jsonpath={range .items[*]}{.kind}/{.metadata.name}={.metadata.resourceVersion} {end}",
		"authorizationpolicies.security.istio.io/httpbin-6kvzm", "apirules.gateway.kyma-project.io/httpbin")
}

// TestKymaRights: an APIRule that may not be read changes no verdict, and nothing is said
// of it that cannot be known.
func TestKymaRights(t *testing.T) {
	leaveOut(t, "[gateway.kyma-project.io]", "[operator.kyma-project.io]")
	stage(t, kymaExample)
	question := []string{kymaSource, kymaTarget, "--method", "GET"}
	d := expect(t, "Denied", as(t, reader), question...)
	for _, u := range d.Status.Unread {
		if u.Reason == "Forbidden" {
			t.Errorf("docs/rbac.yaml lacks %s in %q: %s", u.Resource, u.Namespace, u.Message)
		}
	}
	without := expect(t, "Denied", as(t, unaware), question...)
	if !forbidden(without, "apirules", "default") {
		t.Errorf("unread does not list the APIRule: %+v", without.Status.Unread)
	}
	for _, u := range without.Status.Unread {
		if u.Reason == "Forbidden" && u.Resource != "apirules" && u.Resource != "istios" {
			t.Errorf("unread lists %s in %q, too", u.Resource, u.Namespace)
		}
	}
	if without.Status.Summary != d.Status.Summary || !slices.Equal(without.codes(), d.codes()) {
		t.Errorf("without the right to read the APIRule: %v %s\nwith it: %v %s", without.codes(), without.Status.Summary, d.codes(), d.Status.Summary)
	}
	give(t, kymaExample, "allow-internal.yaml")
	expect(t, "Allowed", as(t, unaware), question...)
}

// leaveOut gives the unaware the documented rights, but for the rules of some API groups.
func leaveOut(t *testing.T, groups ...string) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "rbac.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	const begin = "\n- apiGroups: "
	role, _, _ := strings.Cut(string(text), "\n---\n")
	rules := strings.Split(role, begin)
	for _, g := range groups {
		i := slices.IndexFunc(rules, func(r string) bool { return strings.HasPrefix(r, g) })
		if i < 0 {
			t.Fatalf("docs/rbac.yaml has no rule for %s", g)
		}
		rules = slices.Delete(rules, i, i+1)
	}
	role = strings.Replace(strings.Join(rules, begin), "name: authz-doctor-reader", "name: unaware-reader", 1)
	err = cluster.Apply(t.Context(), role+fmt.Sprintf(`
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: unaware-reader}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: unaware-reader}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: %[1]s}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: unaware-mesh-config, namespace: istio-system}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: authz-doctor-mesh-config}
subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: %[1]s}]
`, unaware))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		takeAway(t, "clusterrole,clusterrolebinding", "unaware-reader")
		takeAway(t, "rolebinding", "unaware-mesh-config", "-n", "istio-system")
	})
}
