package fix

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
)

// manifests reads text as files.
func manifests(t *testing.T, text string) *cluster.Files {
	t.Helper()
	file := filepath.Join(t.TempDir(), "objects.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := cluster.ReadFiles([]string{file}, nil, "default")
	if err != nil {
		t.Fatal(err)
	}
	return f
}

const two = `apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled, kubernetes.io/metadata.name: shop}}
---
apiVersion: v1
kind: Pod
metadata: {name: cart, namespace: shop, labels: {app: cart, security.istio.io/tlsMode: istio}}
spec: {serviceAccountName: cart, containers: [{name: cart, image: x, ports: [{containerPort: 80}]}, {name: istio-proxy, image: x, args: [proxy, sidecar]}]}
status: {phase: Running, podIP: 10.0.0.1}
---
apiVersion: v1
kind: Pod
metadata: {name: pay, namespace: shop, labels: {app: pay, security.istio.io/tlsMode: istio}}
spec: {serviceAccountName: pay, containers: [{name: pay, image: x, ports: [{containerPort: 80}]}, {name: istio-proxy, image: x, args: [proxy, sidecar]}]}
status: {phase: Running, podIP: 10.0.0.2}
---
apiVersion: v1
kind: Service
metadata: {name: pay, namespace: shop}
spec: {selector: {app: pay}, clusterIP: 10.9.0.2, ports: [{name: http, port: 80}]}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: pay, namespace: shop}
spec: {selector: {matchLabels: {app: pay}}, rules: [{from: [{source: {principals: [cluster.local/ns/shop/sa/cart]}}], to: [{operation: {methods: [GET]}}]}]}
`

// TestWhatIf: what opens and closes, for whom, and on what condition.
func TestWhatIf(t *testing.T) {
	policy := func(name, spec string) string {
		return "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: " + name + ", namespace: shop}\nspec: {" + spec + "}\n"
	}
	const onPay = "selector: {matchLabels: {app: pay}}, "
	tests := []struct {
		name, objects string
		remove        bool
		opens, closes []string
	}{
		{name: "the same", objects: policy("pay", onPay+"rules: [{from: [{source: {principals: [cluster.local/ns/shop/sa/cart]}}], to: [{operation: {methods: [GET]}}]}]")},
		{name: "a rule that another one holds already", objects: policy("more", onPay+"rules: [{from: [{source: {principals: [cluster.local/ns/shop/sa/cart]}}], to: [{operation: {methods: [GET], paths: [/a]}}]}]")},
		{
			name: "one more method", objects: policy("pay", onPay+"rules: [{from: [{source: {principals: [cluster.local/ns/shop/sa/cart]}}], to: [{operation: {methods: [GET, PUT]}}]}]"),
			opens: []string{"pod/cart.shop → svc/pay.shop:80 if method is PUT"},
		},
		{
			name: "another caller", objects: policy("pay", onPay+"rules: [{from: [{source: {principals: [cluster.local/ns/shop/sa/pay]}}], to: [{operation: {methods: [GET]}}]}]"),
			opens:  []string{"pod/pay.shop → svc/pay.shop:80 if method is GET"},
			closes: []string{"pod/cart.shop → svc/pay.shop:80 if method is GET"},
		},
		{
			name: "a caller that is not in sight", objects: policy("far", onPay+"rules: [{from: [{source: {namespaces: [far]}}]}]"),
			opens: []string{"another workload of the mesh → svc/pay.shop:80 if source namespace is far"},
		},
		{
			name: "a DENY on a path", objects: policy("deny", onPay+"action: DENY, rules: [{to: [{operation: {paths: [/admin*]}}]}]"),
			closes: []string{"pod/cart.shop → svc/pay.shop:80 if path is /admin* and method is GET"},
		},
		{
			name: "without the policy", objects: policy("pay", onPay), remove: true,
			opens: []string{
				"pod/pay.shop, a caller outside the mesh → svc/pay.shop:80",
				"pod/cart.shop → svc/pay.shop:80 if method is not GET",
				"another workload of the mesh → svc/pay.shop:80 if principal is not cluster.local/ns/shop/sa/cart, or method is not GET",
			},
		},
		{
			name:    "STRICT: calls to the address of a Pod are plaintext",
			objects: "apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: default, namespace: shop}\nspec: {mtls: {mode: STRICT}}\n",
			closes:  []string{"pod/pay.shop, a caller outside the mesh → pod/cart.shop:80"},
		},
		{
			name:    "a NetworkPolicy",
			objects: "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: shut, namespace: shop}\nspec: {podSelector: {matchLabels: {app: pay}}, policyTypes: [Ingress]}\n",
			closes:  []string{"pod/cart.shop → svc/pay.shop:80 if method is GET"},
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			changes := FromFiles(t.Context(), manifests(t, tt.objects), tt.remove)
			w, err := Compare(t.Context(), manifests(t, two), changes, WhatIfOptions{})
			if err != nil {
				t.Fatal(err)
			}
			for _, e := range []struct {
				word string
				want []string
				got  []Reach
			}{{"opens", tt.opens, w.Effect.Opens}, {"closes", tt.closes, w.Effect.Closes}, {"unsure", nil, w.Effect.Unsure}} {
				var got []string
				for _, r := range e.got {
					got = append(got, r.String())
				}
				if diff := cmp.Diff(e.want, got); diff != "" {
					t.Errorf("%s (-want +got):\n%s", e.word, diff)
				}
			}
		})
	}
}

// TestWhatIfOne: one question before and after, and how it is told.
func TestWhatIfOne(t *testing.T) {
	changes := FromFiles(t.Context(), manifests(t, two[strings.LastIndex(two, "apiVersion"):]), true)
	q := diagnose.Question{Source: "pay.shop", Target: "http://pay.shop/x"}
	w, err := Compare(t.Context(), manifests(t, two), changes, WhatIfOptions{Question: q})
	if err != nil {
		t.Fatal(err)
	}
	if w.Before.Status.Verdict != diagnose.Denied || w.After.Status.Verdict != diagnose.Allowed || len(w.Effect.Opens) != 1 {
		t.Errorf("%s, %s, %+v", w.Before.Status.Verdict, w.After.Status.Verdict, w.Effect)
	}
	var text, object strings.Builder
	if err := WhatIfText(&text, w, report.TextOptions{}); err != nil || !strings.Contains(text.String(), "before  DENIED  pay.shop") {
		t.Error(err, text.String())
	}
	if err := PrintWhatIf(&object, w, "json"); err != nil || !json.Valid([]byte(object.String())) {
		t.Error(err, object.String())
	}
	if _, err := Compare(t.Context(), manifests(t, two), changes, WhatIfOptions{Question: diagnose.Question{Source: "nobody.shop", Target: "pay.shop"}}); err == nil {
		t.Error("a source that is not there")
	}
}

// TestWhatIfNotes: what cannot be compared is said.
func TestWhatIfNotes(t *testing.T) {
	remove := FromFiles(t.Context(), manifests(t, "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: none, namespace: shop}\n"), true)
	w, err := Compare(t.Context(), manifests(t, two), remove, WhatIfOptions{})
	if err != nil || len(w.Changes) != 0 || !strings.Contains(fmt.Sprint(w.Notes), "AuthorizationPolicy shop/none is not there") {
		t.Error(err, w)
	}
	label := FromFiles(t.Context(), manifests(t, "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {istio-injection: disabled}}\n"), false)
	w, err = Compare(t.Context(), manifests(t, two), label, WhatIfOptions{})
	if err != nil || !strings.Contains(fmt.Sprint(w.Notes), "count for Pods that start from then on") {
		t.Error(err, w)
	}
}
