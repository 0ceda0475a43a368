package e2e

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	resources "github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/fix/apply"
	"github.com/authz-doctor/kubectl-authz_doctor/fix/history"
	"github.com/authz-doctor/kubectl-authz_doctor/test/lab"
)

func TestFixApplies(t *testing.T) {
	b := newBench(t, "applies")
	force := apply.Options{ForceConflicts: true}
	allowGet := b.policy("allow-get")

	b.apply(t, strings.ReplaceAll(b.allowGet("HEAD"), "allow-get", "other"))
	t.Run("a dry run stores nothing", func(t *testing.T) {
		o := apply.Options{DryRun: apply.DryRunServer, ForceConflicts: true}
		_, results := b.fixed(t, o, b.creates("new"), b.changes(t, allowGet, admits("PUT")), b.changes(t, b.policy("other"), nil))
		if !strings.Contains(string(results[0].Object), `"uid"`) || !strings.Contains(string(results[1].Object), `"PUT"`) {
			t.Errorf("the server would store\n%s\n%s", results[0].Object, results[1].Object)
		}
		b.has(t, b.policy("new"), "")
		b.has(t, allowGet, `"GET"`)
		b.has(t, b.policy("other"), `"HEAD"`)
		if h, err := b.store.History(t.Context(), b.writer); err != nil || len(h.Records) > 0 {
			t.Errorf("a dry run is on record: %+v, %v", h, err)
		}
	})
	t.Run("an object is made, and another one changed", func(t *testing.T) {
		id, results := b.fixed(t, force, b.creates("new"), b.changes(t, allowGet, admits("PUT")))
		b.has(t, b.policy("new"), `"POST"`)
		b.has(t, allowGet, `"PUT"`)
		if len(results) != 2 || len(results[0].Altered)+len(results[1].Altered) > 0 {
			t.Errorf("results: %+v", results)
		}
		if err := b.undoes(t, id); err != nil {
			t.Fatal(err)
		}
		b.has(t, b.policy("new"), "")
		b.has(t, allowGet, `"GET"`)
		// Its owner can go on as if there had been no fix.
		for _, method := range []string{"HEAD", "GET"} {
			if _, err := cluster.Kubectl(t.Context(), b.allowGet(method), "apply", "--server-side", "-f", "-"); err != nil {
				t.Error(err)
			}
		}
	})
	t.Run("what was applied before stays when more is applied", func(t *testing.T) {
		b.fixed(t, apply.Options{}, b.changes(t, allowGet, label("first", "1")))
		second, _ := b.fixed(t, apply.Options{}, b.changes(t, allowGet, label("second", "2")))
		b.has(t, allowGet, `"first":"1"`)
		b.has(t, allowGet, `"second":"2"`)
		if err := b.undoes(t, second); err != nil {
			t.Fatal(err)
		}
		b.has(t, allowGet, `"labels":{"first":"1"}`)
	})
	t.Run("a field is taken away", func(t *testing.T) {
		id, _ := b.fixed(t, force, b.changes(t, allowGet, func(o map[string]any) { delete(o["spec"].(map[string]any), "selector") }))
		if got := string(b.get(t, allowGet)); strings.Contains(got, "selector") {
			t.Errorf("the selector is still there: %s", got)
		}
		if err := b.undoes(t, id); err != nil {
			t.Fatal(err)
		}
		b.has(t, allowGet, `"selector":{"matchLabels":{"app":"httpbin"}}`)
	})
	t.Run("an object is deleted", func(t *testing.T) {
		id, _ := b.fixed(t, apply.Options{}, b.changes(t, allowGet, nil))
		b.has(t, allowGet, "")
		if err := b.undoes(t, id); err != nil {
			t.Fatal(err)
		}
		b.has(t, allowGet, `"GET"`)
	})
}

// TestFixLabels changes labels of objects that controllers keep writing to.
func TestFixLabels(t *testing.T) {
	b := newBench(t, "labels")
	b.apply(t, fmt.Sprintf(`
apiVersion: apps/v1
kind: Deployment
metadata: {name: sleep, namespace: %s}
spec:
  selector: {matchLabels: {app: sleep}}
  template:
    metadata: {labels: {app: sleep}}
    spec:
      nodeName: node-0
      containers: [{name: sleep, image: curl, env: [{name: PASSWORD, value: hunter2}]}]
`, b.namespace))
	deploy := apply.Target{APIVersion: "apps/v1", Plural: "deployments", Kind: "Deployment", Namespace: b.namespace, Name: "sleep"}
	namespace := apply.Target{APIVersion: "v1", Plural: "namespaces", Kind: "Namespace", Name: b.namespace}
	inject := func(o map[string]any) {
		template := o["spec"].(map[string]any)["template"].(map[string]any)
		template["metadata"].(map[string]any)["labels"].(map[string]any)["sidecar.istio.io/inject"] = "true"
	}
	// What the controller has not done yet would be a change by somebody else.
	if _, err := cluster.Kubectl(t.Context(), "", "rollout", "status", "deploy/sleep", "-n", b.namespace, "--timeout=60s"); err != nil {
		t.Fatal(err)
	}
	id, _ := b.fixed(t, apply.Options{}, b.changes(t, deploy, inject), b.changes(t, namespace, label("istio-injection", "enabled")))
	b.has(t, deploy, `"sidecar.istio.io/inject":"true"`)
	b.has(t, namespace, `"istio-injection":"enabled"`)
	h, err := b.store.History(t.Context(), b.writer)
	if err != nil || len(h.Records) != 1 || h.Records[0].Status != history.Applied {
		t.Fatalf("history: %+v, %v", h, err)
	}
	if text, _ := json.Marshal(h); strings.Contains(string(text), "hunter2") {
		t.Errorf("the record holds a password:\n%s", text)
	}
	// The controller goes on writing status and annotations.
	if _, err := cluster.Kubectl(t.Context(), "", "annotate", "deploy/sleep", "-n", b.namespace, "note=x"); err != nil {
		t.Fatal(err)
	}
	if err := b.undoes(t, id); err != nil {
		t.Fatal(err)
	}
	if got := string(b.get(t, deploy)); strings.Contains(got, "inject") || !strings.Contains(got, "hunter2") || !strings.Contains(got, `"note":"x"`) {
		t.Errorf("after the undo: %s", got)
	}
	if got := string(b.get(t, namespace)); strings.Contains(got, "istio-injection") {
		t.Errorf("after the undo: %s", got)
	}
	containers := func(o map[string]any) {
		o["spec"].(map[string]any)["template"].(map[string]any)["spec"].(map[string]any)["containers"] = []any{}
	}
	_, _, err = b.fixes(t, apply.Options{}, b.changes(t, deploy, containers))
	fails(t, err, apply.Unsupported, "spec.template.spec.containers")
}

// TestFixPort names the protocol of one port of several, whose list the server keeps by key.
func TestFixPort(t *testing.T) {
	b := newBench(t, "port")
	b.apply(t, fmt.Sprintf(`
apiVersion: v1
kind: Service
metadata: {name: httpbin, namespace: %s}
spec:
  selector: {app: httpbin}
  ports: [{name: web, port: 8000}, {name: other, port: 9000}]
`, b.namespace))
	service := apply.Target{APIVersion: "v1", Plural: "services", Kind: "Service", Namespace: b.namespace, Name: "httpbin"}
	id, _ := b.fixed(t, apply.Options{}, b.changes(t, service, func(o map[string]any) {
		o["spec"].(map[string]any)["ports"].([]any)[0].(map[string]any)["appProtocol"] = "http"
	}))
	b.has(t, service, `"appProtocol":"http"`)
	if err := b.undoes(t, id); err != nil {
		t.Fatal(err)
	}
	if got := string(b.get(t, service)); strings.Contains(got, "appProtocol") || !strings.Contains(got, `"name":"other"`) {
		t.Errorf("after the undo: %s", got)
	}
	rename := func(o map[string]any) {
		o["spec"].(map[string]any)["ports"].([]any)[0].(map[string]any)["name"] = "http"
	}
	_, _, err := b.fixes(t, apply.Options{}, b.changes(t, service, rename))
	fails(t, err, apply.FieldConflict, `manages spec.ports[port=8000,protocol="TCP"].name`)
	if _, _, err = b.fixes(t, apply.Options{ForceConflicts: true}, b.changes(t, service, rename)); err != nil {
		t.Fatal(err)
	}
	b.has(t, service, `"name":"http"`)
	// The rest of the list is still its owner's alone: it can take a port away.
	b.apply(t, fmt.Sprintf(`
apiVersion: v1
kind: Service
metadata: {name: httpbin, namespace: %s}
spec:
  selector: {app: httpbin}
  ports: [{name: http, port: 8000}]
`, b.namespace))
	if got := string(b.get(t, service)); strings.Contains(got, "9000") {
		t.Errorf("its owner cannot take the other port away: %s", got)
	}
}

// TestFixSeesWhatWasRead compares the objects that proposals are made of with those that
// are looked at before a write: no difference may be taken for a change.
func TestFixSeesWhatWasRead(t *testing.T) {
	s := setScene(t, "fix-read", "allow-frontend")
	reader, err := resources.NewLive(cluster.Config(lab.Admin), "the lab")
	if err != nil {
		t.Fatal(err)
	}
	w, seen := writerAs(t, lab.Admin), 0
	for _, r := range []resources.Resource{resources.AuthorizationPolicies, resources.Deployments, resources.Services, resources.Namespaces} {
		q := resources.Query{Resource: r, Namespace: s.Near}
		if !r.Namespaced {
			q = resources.Query{Resource: r, Name: s.Near}
		}
		for _, item := range reader.Read(t.Context(), []resources.Query{q})[0].Items {
			target := apply.Target{APIVersion: r.Version, Plural: r.Plural, Kind: r.Kind, Namespace: item.Object.GetNamespace(), Name: item.Object.GetName()}
			if r.Group != "" {
				target.APIVersion = r.Group + "/" + r.Version
			}
			is, err := w.Get(t.Context(), target)
			if err != nil {
				t.Fatal(err)
			}
			if diff := apply.Lines(apply.Differences(item.Raw, is)); diff != "" {
				t.Errorf("%s:\n%s", target, diff)
			}
			seen++
		}
	}
	if seen < 5 {
		t.Errorf("only %d objects were compared", seen)
	}
}
