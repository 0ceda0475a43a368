package e2e

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"

	resources "github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/fix"
	"github.com/authz-doctor/kubectl-authz_doctor/fix/apply"
	"github.com/authz-doctor/kubectl-authz_doctor/fix/history"
	"github.com/authz-doctor/kubectl-authz_doctor/test/lab"
)

// bench is a namespace to change things in, and a store of records.
type bench struct {
	namespace string
	writer    *apply.Writer
	store     *history.Store
}

// newBench makes a namespace with the policy allow-get in it, which kubectl has applied.
func newBench(t *testing.T, name string) *bench {
	t.Helper()
	b := &bench{namespace: "fix-" + name, writer: writerAs(t, lab.Admin), store: history.Open(t.TempDir())}
	b.apply(t, fmt.Sprintf("{apiVersion: v1, kind: Namespace, metadata: {name: %s}}\n---\n%s", b.namespace, b.allowGet("GET")))
	t.Cleanup(func() {
		if _, err := cluster.Kubectl(context.Background(), "", "delete", "namespace", b.namespace, "--wait=false"); err != nil {
			t.Error(err)
		}
	})
	return b
}

func writerAs(t *testing.T, user string) *apply.Writer {
	t.Helper()
	return writerOf(t, cluster.Config(user))
}

func (b *bench) allowGet(method string) string {
	return fmt.Sprintf(`
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: allow-get, namespace: %s}
spec:
  selector: {matchLabels: {app: httpbin}}
  rules:
  - to: [{operation: {methods: [%s]}}]
`, b.namespace, method)
}

// apply applies manifests as kubectl, which thereby manages their fields.
func (b *bench) apply(t *testing.T, manifests string) {
	t.Helper()
	if err := cluster.Apply(t.Context(), manifests); err != nil {
		t.Fatal(err)
	}
}

func (b *bench) policy(name string) apply.Target {
	return apply.Target{APIVersion: "security.istio.io/v1", Plural: "authorizationpolicies", Kind: "AuthorizationPolicy", Namespace: b.namespace, Name: name}
}

// creates is the change that makes a policy for POST.
func (b *bench) creates(name string) fix.Change {
	return fix.Change{
		Resource: resources.AuthorizationPolicies, Kind: "AuthorizationPolicy", Namespace: b.namespace, Name: name,
		After: json.RawMessage(strings.ReplaceAll(strings.ReplaceAll(`{"apiVersion":"security.istio.io/v1","kind":"AuthorizationPolicy",
			"metadata":{"name":"NAME","namespace":"NS","labels":{"made":"by-a-fix"}},
			"spec":{"selector":{"matchLabels":{"app":"httpbin"}},"rules":[{"to":[{"operation":{"methods":["POST"]}}]}]}}`,
			"NAME", name), "NS", b.namespace)),
	}
}

// changes is the change of an object that is there.
func (b *bench) changes(t *testing.T, target apply.Target, edit func(map[string]any)) fix.Change {
	t.Helper()
	before := b.get(t, target)
	if before == nil {
		t.Fatalf("%s is not there", target)
	}
	var after map[string]any
	if err := json.Unmarshal(before, &after); err != nil {
		t.Fatal(err)
	}
	c := fix.Change{Resource: target.Resource(), Kind: target.Kind, Namespace: target.Namespace, Name: target.Name, Before: before}
	if edit != nil {
		edit(after)
		raw, err := json.Marshal(after)
		if err != nil {
			t.Fatal(err)
		}
		c.After = raw
	}
	return c
}

// admits replaces the rules by one that admits a method.
func admits(method string) func(map[string]any) {
	return func(o map[string]any) {
		o["spec"].(map[string]any)["rules"] = []any{map[string]any{"to": []any{map[string]any{"operation": map[string]any{"methods": []any{method}}}}}}
	}
}

func label(name string, value any) func(map[string]any) {
	return func(o map[string]any) {
		metadata := o["metadata"].(map[string]any)
		labels, _ := metadata["labels"].(map[string]any)
		if labels == nil {
			labels = map[string]any{}
		}
		if labels[name] = value; value == nil {
			delete(labels, name)
		}
		metadata["labels"] = labels
	}
}

func (b *bench) get(t *testing.T, target apply.Target) json.RawMessage {
	t.Helper()
	raw, err := b.writer.Get(t.Context(), target)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// has checks that an object holds a text, or is not there if the text is empty.
func (b *bench) has(t *testing.T, target apply.Target, text string) {
	t.Helper()
	raw := b.get(t, target)
	if text == "" && raw != nil || text != "" && !strings.Contains(string(raw), text) {
		t.Errorf("%s has not %q:\n%s", target, text, raw)
	}
}

// fixes applies changes and keeps a record.
func (b *bench) fixes(t *testing.T, o apply.Options, changes ...fix.Change) (string, []apply.Result, error) {
	t.Helper()
	j := b.store.Journal(history.Intent{Server: b.writer.Server(), Context: "lab", Command: []string{"kubectl", "authz-doctor", "fix", "a", "b"}})
	o.Journal = j
	results, err := b.writer.Apply(t.Context(), changes, o)
	return j.ID(), results, err
}

// fixed is fixes where it has to succeed.
func (b *bench) fixed(t *testing.T, o apply.Options, changes ...fix.Change) (string, []apply.Result) {
	t.Helper()
	id, results, err := b.fixes(t, o, changes...)
	if err != nil {
		t.Fatal(err)
	}
	return id, results
}

// undoes undoes a fix.
func (b *bench) undoes(t *testing.T, id string) error {
	t.Helper()
	u, err := b.store.PlanUndo(t.Context(), b.writer, id)
	if err != nil {
		return err
	}
	_, _, err = b.store.Undo(t.Context(), b.writer, u, history.Intent{}, apply.Options{})
	return err
}

// fails checks why a change was not made, and what is said of it.
func fails(t *testing.T, err error, want apply.Reason, words ...string) apply.Error {
	t.Helper()
	var e *apply.Error
	if !errors.As(err, &e) {
		t.Fatalf("error %v, want one of apply", err)
	}
	if e.Reason != want {
		t.Errorf("%s: %v, want %s", e.Reason, e, want)
	}
	for _, word := range words {
		if !strings.Contains(e.Error()+"\n"+e.Detail(), word) {
			t.Errorf("no word of %q:\n%s\n%s", word, e, e.Detail())
		}
	}
	t.Logf("%s\n%s", e, e.Detail())
	return *e
}
