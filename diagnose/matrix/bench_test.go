package matrix_test

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/matrix"
)

// mesh writes a cluster: Pods of workloads, Services before them, and policies that admit
// the caller of one workload to another, as far as they go.
func mesh(tb testing.TB, pods, services, policies int) string {
	tb.Helper()
	var b strings.Builder
	spaces := max(1, services/50)
	ns := func(i int) string { return fmt.Sprintf("team-%03d", i%spaces) }
	for i := range spaces {
		fmt.Fprintf(&b, "---\napiVersion: v1\nkind: Namespace\nmetadata: {name: %s, labels: {istio-injection: enabled}}\n", ns(i))
	}
	for i := range pods {
		k := i % services
		fmt.Fprintf(&b, "---\napiVersion: v1\nkind: Pod\nmetadata: {name: app-%04d-%d, namespace: %s, labels: {app: app-%04d, version: v1}}\nspec: {serviceAccountName: app-%04d, containers: [{name: app, image: x, ports: [{containerPort: 8080}]}, {name: istio-proxy, image: istio/proxyv2, args: [proxy, sidecar]}]}\nstatus: {phase: Running, podIP: 10.%d.%d.%d}\n",
			k, i/services, ns(k), k, k, i/62500, i/250%250, i%250+1)
	}
	for k := range services {
		fmt.Fprintf(&b, "---\napiVersion: v1\nkind: Service\nmetadata: {name: app-%04d, namespace: %s}\nspec: {clusterIP: 10.200.%d.%d, selector: {app: app-%04d}, ports: [{name: http, port: 80, targetPort: 8080}]}\n", k, ns(k), k/250, k%250+1, k)
	}
	for p := range policies {
		k, from := p%services, (p*7+1)%services
		fmt.Fprintf(&b, "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: allow-%04d, namespace: %s}\nspec: {selector: {matchLabels: {app: app-%04d}}, rules: [{from: [{source: {principals: [cluster.local/ns/%s/sa/app-%04d]}}], to: [{operation: {methods: [GET]}}]}]}\n", p, ns(k), k, ns(from), from)
	}
	file := filepath.Join(tb.TempDir(), "mesh.yaml")
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		tb.Fatal(err)
	}
	return file
}

// allPairs reads a cluster from its file and asks for all pairs.
func allPairs(b *testing.B, pods, services, policies int) {
	b.Helper()
	file := mesh(b, pods, services, policies)
	b.ReportAllocs()
	for b.Loop() {
		read := cpu()
		r, err := cluster.ReadFiles([]string{file}, nil, "default")
		if err != nil {
			b.Fatal(err)
		}
		done := cpu()
		b.StopTimer()
		runtime.GC() // what reading leaves behind is no work of the matrix
		b.StartTimer()
		began := cpu()
		m, err := matrix.New(b.Context(), r, matrix.Options{})
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64((cpu()-began).Microseconds())/1000, "asking-ms")
		b.ReportMetric(float64((done-read).Microseconds())/1000, "reading-ms")
		b.ReportMetric(float64(m.Asked), "questions")
		b.ReportMetric(float64(len(m.Rows)), "rows")
		b.ReportMetric(float64(len(m.Columns)), "columns")
	}
}

// One policy for each of 400 Pods: every one has its own Service.
func BenchmarkEachItsOwn(b *testing.B) { allPairs(b, 400, 400, 400) }

// A large cluster, of which each Service has a policy of its own.
func BenchmarkLarge(b *testing.B) { allPairs(b, 10_000, 2_000, 2_000) }

// The number of Pods grows, that of classes does not.
func BenchmarkPods(b *testing.B) {
	for _, pods := range []int{1_000, 2_000, 4_000, 8_000} {
		b.Run(fmt.Sprint(pods), func(b *testing.B) { allPairs(b, pods, 200, 50) })
	}
}

// The number of classes grows, that of Pods does not.
func BenchmarkClasses(b *testing.B) {
	for _, policies := range []int{0, 50, 100, 200, 400} {
		b.Run(fmt.Sprint(policies), func(b *testing.B) { allPairs(b, 2_000, 400, policies) })
	}
}
