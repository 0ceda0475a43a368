package traffic

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// manyCases is a file with a cluster of 20 policies and 50 Pods, and n cases that
// ask about all of them.
func manyCases(n int) string {
	var b strings.Builder
	b.WriteString("apiVersion: v1\nkind: Service\nmetadata: {name: httpbin}\nspec:\n  selector: {app: httpbin}\n  ports: [{name: http, port: 8000, targetPort: 80}]\n")
	for i := range 50 {
		app, account := "client", fmt.Sprintf("client-%d", i)
		if i < 3 {
			app, account = "httpbin", "httpbin"
		}
		fmt.Fprintf(&b, "---\napiVersion: v1\nkind: Pod\nmetadata: {name: %s-%d, labels: {app: %s}}\n"+
			"spec: {serviceAccountName: %s, containers: [{name: app}, {name: istio-proxy}]}\nstatus: {podIP: 10.0.0.%d}\n",
			app, i, app, account, i+1)
	}
	for i := range 20 {
		action := "ALLOW"
		if i%4 == 0 {
			action = "DENY"
		}
		fmt.Fprintf(&b, "---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: p%d}\n"+
			"spec:\n  selector: {matchLabels: {app: httpbin}}\n  action: %s\n  rules:\n  - from: [{source: {principals: [cluster.local/ns/default/sa/client-%d]}}]\n    to: [{operation: {methods: [GET], paths: [/api/%d/*]}}]\n",
			i, action, i+3, i)
	}
	b.WriteString("---\napiVersion: authz-doctor.dev/v1alpha1\nkind: TrafficTest\nspec:\n  defaults: {request: {method: GET, exact: true}}\n  cases:\n")
	for i := range n {
		want, p := "Denied", i%20
		if i%2 == 0 && p%4 != 0 {
			want = "Allowed"
		}
		path := p
		if i%2 == 1 {
			path = p + 1
		}
		fmt.Fprintf(&b, "  - {source: client-%d, target: 'http://httpbin:8000/api/%d/x', expect: %s}\n", p+3, path, want)
	}
	return b.String()
}

// BenchmarkRun asks on a warm session: what a long file costs per case.
func BenchmarkRun(b *testing.B) {
	path := filepath.Join(b.TempDir(), "many.yaml")
	if err := os.WriteFile(path, []byte(manyCases(1000)), 0o600); err != nil {
		b.Fatal(err)
	}
	in := find([]string{path}, nil)[0]
	tests, own, problems := parse(in)
	if len(problems) > 0 {
		b.Fatal(problems[0])
	}
	w := &worlds{open: map[string]*world{}}
	asked := 0
	for b.Loop() {
		f := File{Name: path}
		if err := f.run(b.Context(), w.of(b.Context(), in, own, tests[0]), tests[0]); err != nil {
			b.Fatal(err)
		}
		for _, c := range f.Cases {
			if c.Outcome != Passed {
				b.Fatalf("%s: %v %v", c.Name, c.Differences, c.Error)
			}
		}
		asked += len(f.Cases)
	}
	b.ReportMetric(float64(asked)/b.Elapsed().Seconds(), "cases/s")
}
