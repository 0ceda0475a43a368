package e2e

import (
	"fmt"
	"slices"
	"testing"
)

// bindTenant gives the tenant the documented rights in one namespace only.
func bindTenant(t *testing.T, namespace string) {
	t.Helper()
	err := cluster.Apply(t.Context(), fmt.Sprintf(`
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: tenant, namespace: %s}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: authz-doctor-reader}
subjects:
- {apiGroup: rbac.authorization.k8s.io, kind: User, name: %s}
`, namespace, tenant))
	if err != nil {
		t.Fatal(err)
	}
}

// forbidden reports whether the diagnosis lists the resource, in the namespace,
// as one that could not be read for lack of permission.
func forbidden(d diagnosis, resource, namespace string) bool {
	return slices.ContainsFunc(d.Status.Unread, func(u unread) bool {
		return u.Reason == "Forbidden" && u.Resource == resource && u.Namespace == namespace
	})
}

// TestDocumentedRights holds docs/rbac.yaml to its word: who has these rights
// gets the administrator's answers.
func TestDocumentedRights(t *testing.T) {
	s := setScene(t, "rights", "allow-frontend")
	target := "http://httpbin." + s.Near + ":8000/get"
	kubeconfig := as(t, reader)
	for _, source := range []string{"deploy/frontend." + s.Near, "deploy/sleep." + s.Far, "sa/frontend." + s.Near, "frontend." + s.Near} {
		t.Run(source, func(t *testing.T) {
			want, _ := ask(t, cluster.Kubeconfig, source, target)
			got, _ := ask(t, kubeconfig, source, target)
			if got.Status.Verdict != want.Status.Verdict || got.Status.Summary != want.Status.Summary {
				t.Errorf("the reader is told %s (%s), the administrator %s (%s)",
					got.Status.Verdict, got.Status.Summary, want.Status.Verdict, want.Status.Summary)
			}
			for _, u := range got.Status.Unread {
				if u.Reason == "Forbidden" {
					t.Errorf("docs/rbac.yaml lacks %s in %q: %s", u.Resource, u.Namespace, u.Message)
				}
			}
		})
	}
}

func TestOneNamespaceOnly(t *testing.T) {
	s := setScene(t, "tenant", "allow-frontend")
	bindTenant(t, s.Near)
	source, target := "deploy/frontend."+s.Near, "http://httpbin."+s.Near+":8000/get"
	who := map[string][]string{
		"logged in":    {as(t, tenant), source, target},
		"impersonated": {cluster.Kubeconfig, source, target, "--as", tenant},
	}
	for name, args := range who {
		t.Run(name+", a policy of the root namespace may be hidden", func(t *testing.T) {
			d := expect(t, "Undetermined", args[0], args[1:]...)
			if !forbidden(d, "authorizationpolicies", "istio-system") {
				t.Errorf("unread does not list the root namespace's policies: %+v", d.Status.Unread)
			}
		})
	}
	if err := s.Policy(t.Context(), "deny-path"); err != nil {
		t.Fatal(err)
	}
	for name, args := range who {
		t.Run(name+", a DENY that rests on what is in sight is a denial whatever is hidden", func(t *testing.T) {
			d := expect(t, "Denied", args[0], args[1:]...)
			if !forbidden(d, "authorizationpolicies", "istio-system") {
				t.Errorf("unread does not list the root namespace's policies: %+v", d.Status.Unread)
			}
		})
	}
}

func TestNoRights(t *testing.T) {
	s := setScene(t, "stranger", "allow-frontend")
	source, target := "deploy/frontend."+s.Near, "http://httpbin."+s.Near+":8000/get"
	d := expect(t, "Undetermined", as(t, stranger), source, target)
	if len(d.Status.Unread) == 0 {
		t.Error("nothing could be read, yet unread lists nothing")
	}
	for _, u := range d.Status.Unread {
		if u.Reason != "Forbidden" && u.Reason != "NotInstalled" {
			t.Errorf("%s in %q is %s, want Forbidden", u.Resource, u.Namespace, u.Reason)
		}
	}
}
