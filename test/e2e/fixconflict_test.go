package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/authz-doctor/kubectl-authz_doctor/fix/apply"
	"github.com/authz-doctor/kubectl-authz_doctor/fix/history"
)

func TestFixConflicts(t *testing.T) {
	b := newBench(t, "conflicts")
	allowGet := b.policy("allow-get")
	t.Run("it has changed since", func(t *testing.T) {
		c := b.changes(t, allowGet, admits("PUT"))
		b.apply(t, b.allowGet("HEAD"))
		_, _, err := b.fixes(t, apply.Options{ForceConflicts: true}, c)
		e := fails(t, err, apply.Conflict, "kubectl at ", "spec.rules[0].to[0].operation.methods[0]\n  - \"GET\"\n  + \"HEAD\"")
		if e.By == nil || e.By.Name != "kubectl" {
			t.Errorf("changed by %v", e.By)
		}
		b.has(t, allowGet, `"HEAD"`)
	})
	t.Run("another one of that name", func(t *testing.T) {
		c := b.changes(t, allowGet, admits("PUT"))
		if _, err := cluster.Kubectl(t.Context(), "", "delete", "authorizationpolicies.security.istio.io", "allow-get", "-n", b.namespace); err != nil {
			t.Fatal(err)
		}
		_, _, err := b.fixes(t, apply.Options{ForceConflicts: true}, c)
		fails(t, err, apply.NotFound)
		b.has(t, allowGet, "")
		b.apply(t, b.allowGet("GET"))
		_, _, err = b.fixes(t, apply.Options{ForceConflicts: true}, c)
		fails(t, err, apply.Conflict, "another one of that name")
	})
	t.Run("somebody else manages the field", func(t *testing.T) {
		_, _, err := b.fixes(t, apply.Options{}, b.changes(t, allowGet, admits("PUT")))
		e := fails(t, err, apply.FieldConflict, "kubectl manages spec.rules", "--force-conflicts")
		if len(e.Managed) != 1 || !slices.Equal(e.Managed[0].Fields, []string{"spec.rules"}) {
			t.Errorf("managed: %+v", e.Managed)
		}
		_, _, err = b.fixes(t, apply.Options{}, b.changes(t, allowGet, func(o map[string]any) { delete(o["spec"].(map[string]any), "rules") }))
		fails(t, err, apply.FieldConflict, "kubectl at ", " manages spec.rules", "--force-conflicts")
		b.has(t, allowGet, `"GET"`)
	})
	t.Run("there is one of that name", func(t *testing.T) {
		_, _, err := b.fixes(t, apply.Options{}, b.creates("allow-get"))
		fails(t, err, apply.AlreadyExists, "allow-get")
		b.has(t, allowGet, `"GET"`)
	})
	t.Run("the server does not accept it", func(t *testing.T) {
		c := b.creates("invalid")
		c.After = json.RawMessage(strings.Replace(string(c.After), `"rules"`, `"action":"PERHAPS","rules"`, 1))
		_, _, err := b.fixes(t, apply.Options{}, c)
		fails(t, err, apply.Invalid, "PERHAPS")
		c = b.creates("misspelt")
		c.After = json.RawMessage(strings.Replace(string(c.After), `"rules"`, `"rulez":[],"rules"`, 1))
		_, _, err = b.fixes(t, apply.Options{}, c)
		fails(t, err, apply.Invalid, "rulez")
	})
	t.Run("nothing is on record as written", func(t *testing.T) {
		h, err := b.store.History(t.Context(), b.writer)
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range h.Records {
			if r.Status != history.Nothing {
				t.Errorf("%s is %s", r.ID, r.Status)
			}
		}
	})
}

func TestFixForbidden(t *testing.T) {
	b := newBench(t, "forbidden")
	c := b.changes(t, b.policy("allow-get"), label("a", "b"))
	admin := b.writer
	b.writer = writerAs(t, reader)
	_, _, err := b.fixes(t, apply.Options{}, c)
	fails(t, err, apply.Forbidden, "the verb patch on authorizationpolicies.security.istio.io in namespace "+b.namespace, "authz-doctor-fixer")
	_, _, err = b.fixes(t, apply.Options{}, b.creates("new"))
	fails(t, err, apply.Forbidden, "the verb create on ")
	b.writer = writerAs(t, stranger)
	_, _, err = b.fixes(t, apply.Options{}, c)
	fails(t, err, apply.Forbidden, "the verb get on ")

	// The documented right is enough to apply and to undo.
	b.apply(t, fmt.Sprintf(`
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: fixer, namespace: %s}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: authz-doctor-fixer}
subjects:
- {apiGroup: rbac.authorization.k8s.io, kind: User, name: %s}
`, b.namespace, reader))
	b.writer = writerAs(t, reader)
	var id string
	for end := time.Now().Add(10 * time.Second); ; { // the authorizer hears of it a moment later
		if id, _, err = b.fixes(t, apply.Options{}, c, b.creates("new")); err == nil || time.Now().After(end) {
			break
		}
		time.Sleep(50 * time.Millisecond)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := b.undoes(t, id); err != nil {
		t.Error(err)
	}
	b.writer = admin
	b.has(t, b.policy("new"), "")
}

// TestFixRefused has a policy of admission that refuses what the fix wants.
func TestFixRefused(t *testing.T) {
	b := newBench(t, "refused")
	b.apply(t, fmt.Sprintf(`
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: %[1]s}
spec:
  failurePolicy: Fail
  matchConstraints:
    namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: %[1]s}}
    resourceRules:
    - {apiGroups: [security.istio.io], apiVersions: ["*"], operations: [CREATE, UPDATE], resources: [authorizationpolicies]}
  validations:
  - expression: "!has(object.metadata.labels) || !('made' in object.metadata.labels)"
    message: "policies are made in the repository mesh-policies: ask the team platform, and name the ticket"
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: %[1]s}
spec: {policyName: %[1]s, validationActions: [Deny]}
`, b.namespace))
	t.Cleanup(func() {
		_, err := cluster.Kubectl(context.Background(), "", "delete", "validatingadmissionpolicies,validatingadmissionpolicybindings", b.namespace)
		if err != nil {
			t.Error(err)
		}
	})
	var err error
	for end := time.Now().Add(20 * time.Second); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		o := apply.Options{DryRun: apply.DryRunServer} // until the policy is in force
		if _, _, err = b.fixes(t, o, b.creates("new")); err != nil {
			break
		}
	}
	fails(t, err, apply.Refused, "ValidatingAdmissionPolicy '"+b.namespace+"'", "ask the team platform, and name the ticket")
	// One of two is refused: the server says so before the other one is written.
	_, _, err = b.fixes(t, apply.Options{}, b.changes(t, b.policy("allow-get"), label("a", "b")), b.creates("new"))
	fails(t, err, apply.Refused, "ask the team platform, and name the ticket")
	if got := string(b.get(t, b.policy("allow-get"))); strings.Contains(got, `"a":"b"`) {
		t.Errorf("half of the fix was written: %s", got)
	}
}

// TestFixPutBack plays a controller that keeps an object as it is.
func TestFixPutBack(t *testing.T) {
	b := newBench(t, "putback")
	_, results := b.fixed(t, apply.Options{ForceConflicts: true}, b.changes(t, b.policy("allow-get"), admits("PUT")), b.creates("new"))
	reverted, err := b.writer.Settle(t.Context(), results, 600*time.Millisecond)
	if err != nil || len(reverted) > 0 {
		t.Fatalf("nobody touched it: %v, %v", reverted, err)
	}
	done := make(chan error, 1)
	go func() {
		_, err := cluster.Kubectl(t.Context(), b.allowGet("GET"), "apply", "--server-side", "--force-conflicts", "--field-manager=policy-operator", "-f", "-")
		if err == nil {
			_, err = cluster.Kubectl(t.Context(), "", "delete", "authorizationpolicies.security.istio.io", "new", "-n", b.namespace)
		}
		done <- err
	}()
	reverted, err = b.writer.Settle(t.Context(), results, 20*time.Second)
	if err := errors.Join(err, <-done); err != nil {
		t.Fatal(err)
	}
	if len(reverted) != 2 || reverted[0].By == nil || reverted[0].By.Name != "policy-operator" || !reverted[1].Gone {
		t.Errorf("put back: %+v", reverted)
	}
	for _, r := range reverted {
		t.Log(r)
	}
}
