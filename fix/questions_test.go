package fix

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// replicas are two Pods of a client, one of them without the sidecar that its namespace
// asks for, and two endpoints of a Service.
const replicas = `
apiVersion: v1
kind: Namespace
metadata: {name: front, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop, labels: {istio-injection: enabled}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: istio, namespace: istio-system}
data: {mesh: ''}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: sleep, namespace: front}
spec:
  selector: {matchLabels: {app: sleep}}
  template: {metadata: {labels: {app: sleep}}, spec: {serviceAccountName: sleep, containers: [{name: sleep, image: s}]}}
---
apiVersion: v1
kind: Pod
metadata: {name: sleep-1, namespace: front, labels: {app: sleep}, ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: sleep, uid: u, controller: true}]}
spec: {serviceAccountName: sleep, containers: [{name: sleep, image: s}]}
status: {phase: Running, podIP: 10.1.0.1, conditions: [{type: Ready, status: 'True'}]}
---
apiVersion: v1
kind: Pod
metadata: {name: sleep-2, namespace: front, labels: {app: sleep}, ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: sleep, uid: u, controller: true}]}
spec: {serviceAccountName: sleep, containers: [{name: sleep, image: s}, {name: istio-proxy, image: p, args: [proxy, sidecar]}]}
status: {phase: Running, podIP: 10.1.0.2, conditions: [{type: Ready, status: 'True'}]}
---
apiVersion: v1
kind: Pod
metadata: {name: bare, namespace: front}
spec: {containers: [{name: sleep, image: s}]}
status: {phase: Running, podIP: 10.1.0.5}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {clusterIP: 10.96.0.1, selector: {app: web}, ports: [{name: http, port: 80, targetPort: 8080}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web-1, namespace: shop, labels: {app: web, version: v1}}
spec: {containers: [{name: web, image: w}, {name: istio-proxy, image: p, args: [proxy, sidecar]}]}
status: {phase: Running, podIP: 10.1.0.3, conditions: [{type: Ready, status: 'True'}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web-2, namespace: shop, labels: {app: web, version: v2}}
spec: {containers: [{name: web, image: w}, {name: istio-proxy, image: p, args: [proxy, sidecar]}]}
status: {phase: Running, podIP: 10.1.0.4, conditions: [{type: Ready, status: 'True'}]}
---
`

const (
	strict = `{apiVersion: security.istio.io/v1, kind: PeerAuthentication, metadata: {name: default, namespace: shop}, spec: {mtls: {mode: STRICT}}}`
	onlyV2 = `{apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, metadata: {name: web, namespace: shop}, spec: {selector: {matchLabels: {version: v2}}, rules: [{from: [{source: {principals: [a/b]}}]}]}}`
	ofApp  = `
---
{apiVersion: v1, kind: Pod, metadata: {name: made, namespace: front, labels: {app: made}, ownerReferences: [{apiVersion: apps/v1, kind: Deployment, name: made, uid: u, controller: true}]}, spec: {containers: [{name: c, image: i}]}, status: {phase: Running, podIP: 10.1.0.6}}
---
{apiVersion: apps/v1, kind: Deployment, metadata: {name: made, namespace: front, ownerReferences: [{apiVersion: example.com/v1, kind: App, name: made, uid: a, controller: true}]}, spec: {selector: {matchLabels: {app: made}}, template: {metadata: {labels: {app: made}}, spec: {containers: [{name: c, image: i}]}}}}`
	unready = `
---
{apiVersion: v1, kind: Service, metadata: {name: db, namespace: shop}, spec: {clusterIP: 10.96.0.2, selector: {app: db}, ports: [{name: http, port: 80}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: db, namespace: shop, labels: {app: db}}, spec: {containers: [{name: db, image: d}]}, status: {phase: Running, podIP: 10.1.0.7, conditions: [{type: Ready, status: 'False'}]}}`
	both = `{apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, metadata: {name: web, namespace: shop}, spec: {rules: [{from: [{source: {principals: [a/b]}}]}]}}`
)

// TestQuestions asks what the grid does not: what leaves the request open, comes from
// outside or from a gateway, or is about several Pods.
func TestQuestions(t *testing.T) {
	exact := diagnose.Request{Exact: true}
	for name, tt := range map[string]struct {
		files   []string // below examples; none: replicas and more
		more    string
		q       diagnose.Question
		verdict diagnose.Verdict
		first   Kind   // of the first candidate; empty: there is none
		title   string // that it holds
		grave   bool   // of all candidates
		why     string // that it holds
	}{
		"method open: exactly this path": {
			files: []string{"grid/ingress-gateway/cluster.yaml"}, q: diagnose.Question{Source: "edge.ingress", Target: "http://cart.shop:8000/cart/items"},
			verdict: diagnose.Conditional, first: NewPolicy, title: "(/cart/items on port 8080)",
		},
		"method open, and a DENY about it": {
			files: []string{"grid/http-rules/cluster.yaml"}, q: diagnose.Question{Source: "cart.checkout", Target: "http://orders.orders:8080/other"},
			verdict: diagnose.Denied, why: "say --method, and it is proved",
		},
		"path and header open": {
			files: []string{"grid/http-rules/cluster.yaml"}, q: diagnose.Question{Source: "cart.checkout", Target: "orders.orders:8080"},
			verdict: diagnose.Conditional, why: "say --header x-tenant and --host and --method and --path",
		},
		"token open": {
			files: []string{"grid/jwt/cluster.yaml"}, q: diagnose.Question{Source: "portal.web", Target: "http://api.api:8000/v1/items"},
			verdict: diagnose.Conditional, why: "say --claim or --token",
		},
		"an address outside": {
			files: []string{"grid/principals/cluster.yaml"}, q: diagnose.Question{Source: "ip/203.0.113.7", Target: "http://web.shop:8000/", Request: exact},
			verdict: diagnose.Denied, first: AcceptPlain, title: "admit 203.0.113.7 (/ on port 8080)",
		},
		"an address outside that NetworkPolicies stop": {
			files: []string{"grid/network-policy/cluster.yaml"}, q: diagnose.Question{Source: "ip/203.0.113.7", Target: "tcp://db.data:5432"},
			verdict: diagnose.Denied, first: AdmitByNetwork, title: "and admit 203.0.113.7 (on port 5432)",
		},
		"the kubelet": {
			files: []string{"grid/network-policy/cluster.yaml"}, q: diagnose.Question{Source: "kubelet", Target: "pod/db.data:5432"},
			verdict: diagnose.Denied, first: NewPolicy, title: "admit every caller", grave: true,
		},
		"the API server": {
			files: []string{"grid/principals/cluster.yaml"}, q: diagnose.Question{Source: "apiserver", Target: "http://web.shop:8000/", Request: exact},
			verdict: diagnose.Denied, first: AcceptPlain, title: "admit every caller", grave: true,
		},
		"a gateway": {
			files: []string{"grid/ingress-gateway/cluster.yaml"}, q: diagnose.Question{Source: "edge.ingress", Target: "http://cart.shop:8000/other", Request: exact},
			verdict: diagnose.Denied, first: EditRule, title: "add /other",
		},
		"a waypoint": {
			files: []string{"grid/waypoint/cluster.yaml"}, q: diagnose.Question{Source: "gateway/shop-waypoint.shop", Target: "http://catalog.shop:8000/other", Request: exact},
			verdict: diagnose.Allowed, why: "nothing to repair",
		},
		"Kmesh, two sources": {
			files: []string{"kmesh-tcp/cluster.yaml", "kmesh-tcp/allow-by-srcip.yaml"}, q: diagnose.Question{Source: "sleep", Target: "http://httpbin:8000/headers"},
			verdict: diagnose.Denied, first: EditRule, title: "10.244.2.22/32",
		},
		"one replica without its sidecar": {
			more: strict, q: diagnose.Question{Source: "deploy/sleep.front", Target: "http://web.shop/", Request: exact},
			verdict: diagnose.Denied, first: Inject, title: "the Pods of Deployment front/sleep",
		},
		"each replica denied for another reason": {
			more: both, q: diagnose.Question{Source: "deploy/sleep.front", Target: "http://web.shop/", Request: exact},
			verdict: diagnose.Denied, first: Inject, title: "and admit cluster.local/ns/front/sa/sleep",
		},
		"a workload that a controller makes": {
			more: strict + ofApp, q: diagnose.Question{Source: "pod/made.front", Target: "http://web.shop/", Request: exact},
			verdict: diagnose.Denied, first: AcceptPlain, title: "web-1-port-8080",
		},
		"an endpoint that is not ready": {
			more: strict + unready, q: diagnose.Question{Source: "pod/bare.front", Target: "http://db.shop/", Request: exact},
			verdict: diagnose.Denied, why: "look at its events",
		},
		"one endpoint of two": {
			more: onlyV2, q: diagnose.Question{Source: "pod/sleep-2.front", Target: "http://web.shop/", Request: exact},
			verdict: diagnose.Denied, first: NewPolicy, title: "allow-sleep-to-web-2",
		},
		"both endpoints": {
			more: both, q: diagnose.Question{Source: "pod/sleep-2.front", Target: "http://web.shop/", Request: exact},
			verdict: diagnose.Denied, first: NewPolicy, title: "allow-sleep-to-web-1, and admit",
		},
	} {
		t.Run(name, func(t *testing.T) {
			p, err := Propose(t.Context(), questioned(t, tt.files, tt.more), tt.q)
			if err != nil {
				t.Fatal(err)
			}
			got := p.Diagnosis.Status.Verdict
			if got != tt.verdict || !strings.Contains(p.Why, tt.why) || (p.Why == "") != (tt.why == "") {
				t.Errorf("%v, why %q", got, p.Why)
			}
			kinds := []Kind{}
			for _, c := range p.Candidates {
				kinds = append(kinds, c.Kind)
				if c.Grave != tt.grave && tt.grave {
					t.Errorf("it is not grave: %s", c.Title)
				}
				if slices.ContainsFunc(c.Changes, func(c Change) bool { return len(DiffLines(c)) == 0 }) {
					t.Errorf("it changes nothing: %s", c.Title)
				}
			}
			switch {
			case tt.first == "":
				if diff := cmp.Diff([]Kind{}, kinds); diff != "" {
					t.Error(diff)
				}
			case len(kinds) == 0 || kinds[0] != tt.first || !strings.Contains(p.Candidates[0].Title, tt.title):
				t.Errorf("first is %s", fmt.Sprint(p.Candidates))
			}
		})
	}
}

// questioned reads files below examples; without any, replicas and one object more.
func questioned(t *testing.T, files []string, more string) cluster.Reader {
	t.Helper()
	text := replicas + more
	for i, f := range files {
		b, err := os.ReadFile("../examples/" + f)
		if err != nil {
			t.Fatal(err)
		}
		if text += "\n---\n" + string(b); i == 0 {
			text = string(b)
		}
	}
	r, err := cluster.ReadFiles([]string{"-"}, strings.NewReader(text), "default")
	if err != nil {
		t.Fatal(err)
	}
	return r
}
