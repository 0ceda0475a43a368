package e2e

import (
	"slices"
	"strings"
	"testing"
)

// TestKymaRouteDrift edits the VirtualService that is made of an APIRule, as somebody in a
// hurry does: what that does to a request from outside is told, and lint names the field.
func TestKymaRouteDrift(t *testing.T) {
	stage(t, kymaExample)
	question := []string{"ip/203.0.113.7", "https://httpbin.example.com/get", "--method", "GET"}
	if d := expect(t, "Allowed", as(t, reader), question...); slices.Contains(d.codes(), "AD1011") {
		t.Errorf("before the edit: %v", d.codes())
	}
	kubectl(t, "patch", "virtualservices.networking.istio.io/httpbin-q7b4d", "-n", "default", "--type=json",
		"-p", `[{"op": "replace", "path": "/spec/http/0/timeout", "value": "3s"}]`)
	says(t, []string{
		"AD1011", "requests of spec.rules[0] may take 180 seconds, in the VirtualService 3 seconds", "is sent where it should be, and differs in timeout",
	}, question...)
	says(t, []string{"VirtualService default/httpbin-q7b4d", "AD1011 spec.http[0].timeout"}, "lint", "-n", "default")
	kubectl(t, "patch", "virtualservices.networking.istio.io/httpbin-q7b4d", "-n", "default", "--type=json",
		"-p", `[{"op": "replace", "path": "/spec/http/0/match/0/method/regex", "value": "^(POST)$"}]`)
	expect(t, "Denied", as(t, reader), question...)
	says(t, []string{"AD1011", "is affected: it should go to httpbin.default.svc.cluster.local:8000, and finds no route"}, question...)
}

// says runs the plugin as the reader: it prints the words, however the lines are broken.
func says(t *testing.T, words []string, args ...string) {
	t.Helper()
	a := run(t, as(t, reader), args...)
	text := strings.Join(strings.Fields(a.Stdout), " ")
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("authz-doctor %s lacks %q\n%s%s", strings.Join(args, " "), w, a.Stdout, a.Stderr)
		}
	}
}

// TestKymaSettings: the settings of Kyma's Istio module are read beside the way through the
// gateway, and what of them is not in force is told; the verdict is that of the mesh.
func TestKymaSettings(t *testing.T) {
	stage(t, kymaExample)
	t.Cleanup(func() {
		takeAway(t, "istios.operator.kyma-project.io/default", "-n", "kyma-system")
		takeAway(t, "authorizationpolicies.security.istio.io/office", "-n", "istio-system")
	})
	err := cluster.Apply(t.Context(), `
apiVersion: operator.kyma-project.io/v1alpha2
kind: Istio
metadata: {name: default, namespace: kyma-system}
spec: {config: {numTrustedProxies: 2}}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: office, namespace: istio-system}
spec:
  selector: {matchLabels: {istio: ingressgateway}}
  action: DENY
  rules: [{from: [{source: {remoteIpBlocks: [198.51.100.0/24]}}]}]
`)
	if err != nil {
		t.Fatal(err)
	}
	d, _ := ask(t, as(t, reader), "ip/203.0.113.7", "https://httpbin.example.com/get", "--method", "GET")
	if !slices.Contains(d.codes(), "AD1012") {
		t.Errorf("%s: findings %v", d.Status.Verdict, d.codes())
	}
	for _, u := range d.Status.Unread {
		t.Errorf("not read: %s in %q: %s", u.Resource, u.Namespace, u.Message)
	}
	says(t, []string{"Istio kyma-system/default", "AD1012 spec.config.numTrustedProxies"}, "lint", "-n", "kyma-system")
}
