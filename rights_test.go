package main

import (
	"bytes"
	"os"
	"slices"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/util/yaml"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// TestRights holds docs/rbac.yaml against what can be read: each kind of object is allowed
// to be read, no Secret is, and who only reads may write nothing.
func TestRights(t *testing.T) {
	reader := rules(t, "authz-doctor-reader", "authz-doctor-mesh-config")
	for _, r := range cluster.Resources() {
		if r == cluster.APIGroups { // whoever is logged in may
			continue
		}
		if !slices.ContainsFunc(reader, func(rule rbacv1.PolicyRule) bool {
			return slices.Contains(rule.APIGroups, r.Group) && slices.Contains(rule.Resources, r.Plural) &&
				slices.Equal(rule.Verbs, []string{"get", "list", "watch"})
		}) {
			t.Errorf("docs/rbac.yaml does not let %s be read", r)
		}
	}
	for _, rule := range append(reader, rules(t, "authz-doctor-fixer")...) {
		for _, name := range append(slices.Clone(rule.Resources), rule.APIGroups...) {
			if name == "secrets" || name == "*" {
				t.Errorf("docs/rbac.yaml allows %s", name)
			}
		}
		if slices.Contains(rule.Resources, "configmaps") && len(rule.ResourceNames) == 0 {
			t.Error("docs/rbac.yaml allows all ConfigMaps")
		}
	}
}

// rules are those of the roles of these names.
func rules(t *testing.T, names ...string) []rbacv1.PolicyRule {
	t.Helper()
	text, err := os.ReadFile("docs/rbac.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var out []rbacv1.PolicyRule
	for doc := range bytes.SplitSeq(text, []byte("\n---\n")) {
		var role rbacv1.ClusterRole // a Role is the same here
		if err := yaml.Unmarshal(doc, &role); err != nil {
			t.Fatal(err)
		}
		if slices.Contains(names, role.Name) {
			out = append(out, role.Rules...)
		}
	}
	if len(out) < len(names) {
		t.Fatalf("no rules of %v", names)
	}
	return out
}
