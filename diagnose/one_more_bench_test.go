package diagnose

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// Where the policies of a metropolis are.
const (
	everywhere   = "policies everywhere"
	oneNamespace = "policies in one namespace"
	unselective  = "policies for each workload"
)

// metropolis is a cluster of 10,000 Pods behind 1,000 Services, 2,000 of them in the
// namespace big, with 5,000 policies, 500 VirtualServices and 500 HTTPRoutes; policies
// says where those are.
func metropolis(tb testing.TB, policies string) cluster.Reader {
	tb.Helper()
	c := &town{}
	c.namespace("istio-system", "")
	c.namespace("big", "istio-injection: enabled")
	for i := range 40 {
		c.namespace(fmt.Sprintf("ns-%02d", i), "istio-injection: enabled")
	}
	for i := range 1000 {
		ns := "big"
		if i >= 200 {
			ns = fmt.Sprintf("ns-%02d", i%40)
		}
		name := fmt.Sprintf("app-%04d", i)
		bench := &crowd{town: c, ns: ns, name: name}
		bench.add(10)
	}
	for i := range 5000 {
		k := i % 1000
		ns, selector := "big", fmt.Sprintf("selector: {matchLabels: {app: app-%04d}}, ", i%200)
		switch {
		case policies == everywhere && k >= 200:
			ns, selector = fmt.Sprintf("ns-%02d", k%40), fmt.Sprintf("selector: {matchLabels: {app: app-%04d}}, ", k)
		case policies == unselective:
			selector = ""
		}
		c.object(authzAPI, "AuthorizationPolicy", ns, fmt.Sprintf("allow-%04d", i), fmt.Sprintf(
			"{%srules: [{from: [{source: {principals: [cluster.local/ns/big/sa/app-%04d]}}], to: [{operation: {methods: [GET], paths: [/api/%d*]}}]}]}", selector, (i+7)%200, i))
	}
	for i := range 500 {
		ns := "big"
		if i >= 100 {
			ns = fmt.Sprintf("ns-%02d", (2*i)%40)
		}
		name := fmt.Sprintf("app-%04d", 2*i)
		c.object(istioAPI, "VirtualService", ns, name, "{hosts: ["+name+"], http: [{route: [{destination: {host: "+name+"}}]}]}")
		c.object(gwAPI, "HTTPRoute", ns, name, fmt.Sprintf("{parentRefs: [{kind: Service, group: '', name: app-%04d}], rules: [{backendRefs: [{name: app-%04d, port: 80}]}]}", 2*i+1, 2*i+1))
	}
	file := filepath.Join(tb.TempDir(), "metropolis.yaml")
	if err := os.WriteFile(file, []byte(c.String()), 0o600); err != nil {
		tb.Fatal(err)
	}
	r, err := cluster.ReadFiles([]string{file}, nil, "default")
	if err != nil {
		tb.Fatal(err)
	}
	return r
}

// crowd is a Service with many endpoints.
type crowd struct {
	*town
	ns, name string
}

func (c *crowd) add(pods int) {
	var endpoints strings.Builder
	for i := range pods {
		c.ips++
		ip := fmt.Sprintf("10.%d.%d.%d", 1+c.ips/62500, c.ips/250%250, c.ips%250+1)
		fmt.Fprintf(c, "\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: %s-%d, namespace: %s, labels: {app: %s, version: v1}}\nspec: {serviceAccountName: %s, containers: [{name: app, image: x, ports: [{containerPort: 80}]}, {name: istio-proxy, image: istio/proxyv2, args: [proxy, sidecar]}]}\nstatus: {phase: Running, podIP: %s}\n", c.name, i, c.ns, c.name, c.name, ip)
		fmt.Fprintf(&endpoints, "- {addresses: [%s], targetRef: {kind: Pod, name: %s-%d, namespace: %s}}\n", ip, c.name, i, c.ns)
	}
	fmt.Fprintf(c, "\n---\napiVersion: v1\nkind: Service\nmetadata: {name: %s, namespace: %s}\nspec: {clusterIP: 10.200.%d.%d, selector: {app: %s}, ports: [{name: http, port: 80}]}\n", c.name, c.ns, c.ips/250%250, c.ips%250+1, c.name)
	fmt.Fprintf(c, "\n---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: %s-1, namespace: %s, labels: {kubernetes.io/service-name: %s}}\naddressType: IPv4\nports: [{name: http, port: 80}]\nendpoints:\n%s", c.name, c.ns, c.name, endpoints.String())
}

// metropolises are read once for all runs of a benchmark.
var metropolises sync.Map

// oneMore asks one more question of a Session that has answered one, each about another
// target until all have had their turn.
func oneMore(b *testing.B, policies string) {
	b.Helper()
	reader, ok := metropolises.Load(policies)
	if !ok {
		reader = metropolis(b, policies)
		metropolises.Store(policies, reader)
	}
	s := NewSession(reader.(cluster.Reader))
	ask := func(i int) {
		q := Question{Namespace: "big", Source: fmt.Sprintf("app-%04d-0.big", (i+31)%200), Target: fmt.Sprintf("http://app-%04d.big/api/17", i%200), Request: Request{Method: "GET"}}
		if _, err := s.Ask(b.Context(), q); err != nil {
			b.Fatal(err)
		}
	}
	ask(199)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		ask(i)
		i++
	}
}

// BenchmarkOneMore has five policies for each workload.
func BenchmarkOneMore(b *testing.B) { oneMore(b, everywhere) }

// BenchmarkOneMoreOfOneNamespace has all 5,000 in the namespace that is asked about, 25
// for each workload.
func BenchmarkOneMoreOfOneNamespace(b *testing.B) { oneMore(b, oneNamespace) }

// BenchmarkOneMoreForEach has 5,000 for each workload: each is told about.
func BenchmarkOneMoreForEach(b *testing.B) { oneMore(b, unselective) }
