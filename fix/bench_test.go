package fix

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// town is a cluster of workloads, each with an account, a Service and a policy that
// admits its neighbour.
func town(tb testing.TB, workloads int) cluster.Reader {
	tb.Helper()
	var out strings.Builder
	for i := range 10 {
		fmt.Fprintf(&out, "apiVersion: v1\nkind: Namespace\nmetadata: {name: ns%d, labels: {istio-injection: enabled}}\n---\n", i)
	}
	for i := range workloads {
		ns := i % 10
		fmt.Fprintf(&out, `apiVersion: v1
kind: Pod
metadata: {name: app%[1]d, namespace: ns%[2]d, labels: {app: app%[1]d, security.istio.io/tlsMode: istio}}
spec: {serviceAccountName: app%[1]d, containers: [{name: app, image: x, ports: [{containerPort: 8080}]}, {name: istio-proxy, image: x, args: [proxy, sidecar]}]}
status: {phase: Running, podIP: 10.%[3]d.%[4]d.7}
---
apiVersion: v1
kind: Service
metadata: {name: app%[1]d, namespace: ns%[2]d}
spec: {selector: {app: app%[1]d}, clusterIP: 10.200.%[3]d.%[4]d, ports: [{name: http, port: 80, targetPort: 8080}]}
---
apiVersion: security.istio.io/v1
kind: AuthorizationPolicy
metadata: {name: app%[1]d, namespace: ns%[2]d}
spec: {selector: {matchLabels: {app: app%[1]d}}, rules: [{from: [{source: {principals: ["cluster.local/ns/ns%[2]d/sa/app%[5]d"]}}], to: [{operation: {methods: [GET], paths: [/api/*]}}]}]}
---
`, i, ns, i/250, i%250, i+10)
	}
	file := filepath.Join(tb.TempDir(), "town.yaml")
	if err := os.WriteFile(file, []byte(out.String()), 0o600); err != nil {
		tb.Fatal(err)
	}
	r, err := cluster.ReadFiles([]string{file}, nil, "default")
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

// BenchmarkPropose proposes for one denial among 500 workloads and 500 policies, what
// else each candidate does included.
func BenchmarkPropose(b *testing.B) {
	r := town(b, 500)
	q := diagnose.Question{Source: "app3.ns3", Target: "http://app7.ns7/api/x", Request: diagnose.Request{Method: "GET"}}
	b.ResetTimer()
	for range b.N {
		p, err := Propose(b.Context(), r, q)
		if err != nil || len(p.Candidates) < 2 || !p.Candidates[0].Effect.None() {
			b.Fatal(err, p)
		}
	}
}
