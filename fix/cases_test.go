package fix

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// shop is a workload, a caller with a sidecar, and what a case adds.
func shop(t *testing.T, more string) cluster.Reader {
	t.Helper()
	r, err := cluster.ReadFiles([]string{"-"}, strings.NewReader(`
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {serviceAccountName: web, containers: [{name: app}, {name: istio-proxy}]}
status: {podIP: 10.0.0.1}
---
apiVersion: v1
kind: Pod
metadata: {name: sleep, namespace: shop, labels: {app: sleep}}
spec: {serviceAccountName: sleep, containers: [{name: app}, {name: istio-proxy}]}
status: {podIP: 10.0.0.2}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data: {mesh: "extensionProviders: []"}
---
`+more), "shop")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func propose(t *testing.T, more, path, token string) *Proposal {
	t.Helper()
	p, err := Propose(t.Context(), shop(t, more), diagnose.Question{
		Source: "sleep", Target: "http://web", Namespace: "shop", Now: time.Unix(1_800_000_000, 0),
		Request: diagnose.Request{Method: "GET", Path: path, Token: token, Exact: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestNormalizedPath: a rule names a path as policies see it, and the candidate does
// nothing else.
func TestNormalizedPath(t *testing.T) {
	const nobody = `
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: nobody, namespace: shop}
spec: {}
`
	c := propose(t, nobody, "/a/../%61dmin?x=1", "").Candidates[0]
	got := at(parse(c.Changes[0].After), "spec.rules[0].to[0].operation.paths")
	if diff := cmp.Diff([]any{"/admin"}, got); diff != "" || !c.Effect.None() {
		t.Error(diff, c.Effect)
	}
}
