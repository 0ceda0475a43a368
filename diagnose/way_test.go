package diagnose

import (
	"strings"
	"testing"
)

func podYAML(namespace, name, labels, annotations, extra, ip string) string {
	return "\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: " + name + ", namespace: " + namespace + ", labels: {" + labels + "}, annotations: {" + annotations +
		"}}\nspec: {" + extra + "containers: [{name: app, image: x, ports: [{containerPort: 80, name: web}]}]}\nstatus: {phase: Running, podIP: " + ip + "}\n"
}

const (
	captured = `ambient.istio.io/redirection: enabled`
	meshMap  = "\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\ndata:\n  mesh: |\n"
)

// TestWays asks about ways beyond two sidecars and a Service.
func TestWays(t *testing.T) {
	ambient := podYAML("foo", "client", "app: client", captured, "", "10.0.1.5") + podYAML("foo", "server", "app: server", captured, "", "10.0.1.6") +
		object("Service", "foo", "server", "{selector: {app: server}, ports: [{port: 80, name: http}]}")
	allowClient := object("AuthorizationPolicy", "foo", "who", "{selector: {matchLabels: {app: server}}, rules: [{from: [{source: {principals: [cluster.local/ns/foo/sa/default]}}]}]}")
	tests := []struct {
		name           string
		more           string
		source, target string
		request        Request
		verdict        Verdict
		says           []string // parts of summary, symptom, missing and notes together
	}{
		{name: "ambient to ambient", more: ambient + allowClient, source: "client.foo", target: "http://server/", verdict: Allowed, says: []string{"foo/who admits it"}},
		{
			name: "plaintext to ambient", more: ambient + allowClient + podYAML("foo", "plain", "app: plain", "", "", "10.0.1.7"), source: "plain.foo", target: "http://server/",
			verdict: Denied, says: []string{"foo/plain is not in the mesh", "enrol foo/plain in ambient", "connection reset by peer"},
		},
		{
			name: "an HTTP rule in ztunnel", more: ambient + object("AuthorizationPolicy", "foo", "get", "{rules: [{to: [{operation: {methods: [GET]}}]}]}"),
			source: "client.foo", target: "http://server/", request: Request{Method: "GET"}, verdict: Denied, says: []string{"foo/get"},
		},
		{
			name: "a waypoint on the way", more: ambient + "\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: foo, labels: {istio.io/use-waypoint: wp}}\n",
			source: "client.foo", target: "http://server/", verdict: Allowed, says: []string{"waypoint foo/wp", "does not exist: it is passed by"},
		},
		{
			name: "the tunnel is blocked", more: ambient + object("NetworkPolicy", "foo", "web-only", "{podSelector: {matchLabels: {app: server}}, ingress: [{ports: [{port: 80}]}]}"),
			source: "client.foo", target: "http://server/", verdict: Denied, says: []string{"foo/web-only", "15008"},
		},
		{
			name: "Kmesh by address", more: podYAML("foo", "kc", "app: kc", "kmesh.net/redirection: enabled", "", "10.0.1.8") + podYAML("foo", "ks", "app: ks", "kmesh.net/redirection: enabled", "", "10.0.1.9") +
				object("AuthorizationPolicy", "foo", "ip", "{selector: {matchLabels: {app: ks}}, rules: [{from: [{source: {ipBlocks: [10.0.1.77]}}]}]}"),
			source: "kc.foo", target: "pod/ks.foo", verdict: Denied, says: []string{"wants source address 10.0.1.77", "got 10.0.1.8", "after about a minute"},
		},
		{
			name: "Kmesh by principal", more: podYAML("foo", "kc", "app: kc", "kmesh.net/redirection: enabled", "", "10.0.1.8") + podYAML("foo", "ks", "app: ks", "kmesh.net/redirection: enabled", "", "10.0.1.9") +
				object("AuthorizationPolicy", "foo", "who", "{selector: {matchLabels: {app: ks}}, rules: [{from: [{source: {principals: [cluster.local/ns/foo/sa/default]}}]}]}"),
			source: "kc.foo", target: "pod/ks.foo", verdict: Denied, says: []string{"have no trust domain in Kmesh; write */ns/foo/sa/default"},
		},
		{
			name: "a gateway as the target", more: "\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: gw, namespace: default, labels: {istio: ingressgateway}}\nspec: {containers: [{name: istio-proxy, image: x, args: [proxy, router], ports: [{containerPort: 8080}]}]}\nstatus: {phase: Running, podIP: 10.0.0.9}\n",
			source: "frontend", target: "pod/gw:8080", verdict: Denied, says: []string{"no Gateway selects the Pod"},
		},
		{
			name: "hostNetwork", more: podYAML("default", "host", "app: host", "", "hostNetwork: true, ", "10.0.0.10") + ap("allow-frontend", allowFrontend),
			source: "host", target: "http://httpbin:8000/", verdict: Denied, says: []string{"on its node's network"},
		},
		{
			name: "HTTP to TCP through a sidecar", more: ap("get", allowGet), source: "frontend", target: "http://httpbin:9000/", request: Request{Method: "GET"},
			verdict: Denied, says: []string{"Port 9000 is not HTTP", "503"},
		},
		{name: "gRPC", more: ap("get", allowGet), source: "frontend", target: "grpc://httpbin:8000/pkg.Svc/Do", verdict: Denied, says: []string{"PermissionDenied", "got POST"}},
		{name: "a ServiceEntry", more: object("ServiceEntry", "default", "api", "{hosts: [api.example.com], ports: [{number: 443, name: tls, protocol: TLS}], resolution: DNS}"), source: "frontend", target: "https://api.example.com/", verdict: Allowed, says: []string{"ServiceEntry default/api", "none stops it"}},
		{
			name: "a ServiceEntry of workloads", more: object("ServiceEntry", "default", "vm", "{hosts: [vm.example.com], workloadSelector: {labels: {app: httpbin}}, ports: [{number: 8000, name: http, protocol: HTTP, targetPort: 80}]}") + ap("get", allowGet),
			source: "frontend", target: "http://vm.example.com:8000/", request: Request{Method: "PUT"}, verdict: Denied, says: []string{"got PUT"},
		},
		{name: "registry only", more: meshMap + "    outboundTrafficPolicy: {mode: REGISTRY_ONLY}\n", source: "frontend", target: "https://api.eu.example.com/", verdict: Denied, says: []string{"registered by no ServiceEntry", "REGISTRY_ONLY", "502"}},
		{
			name: "another trust domain", more: meshMap + "    trustDomain: corp\n" + ap("old", `rules: [{from: [{source: {principals: [cluster.local/ns/default/sa/frontend]}}]}]`),
			source: "frontend", target: "http://httpbin:8000/", verdict: Allowed, says: []string{"principal corp/ns/default/sa/frontend"},
		},
		{name: "a mesh configuration that is none", more: meshMap + "    trustDomain: [\n", source: "frontend", target: "http://httpbin:8000/", verdict: Allowed, says: []string{"default mesh configuration is assumed"}},
		{
			name: "headless, by a Pod's name", more: object("Service", "default", "heads", "{clusterIP: None, selector: {app: httpbin}, ports: [{name: http, port: 80}]}") + ap("get", allowGet),
			source: "frontend", target: "http://httpbin-b.heads.default.svc/", request: Request{Method: "GET"}, verdict: Allowed, says: []string{"default/get admits it"},
		},
		{
			name: "an alias of the outside", more: object("Service", "default", "ext", "{type: ExternalName, externalName: api.example.com}"), source: "frontend", target: "ext:443",
			verdict: Allowed, says: []string{"alias (ExternalName) of api.example.com"},
		},
		{
			name: "an alias of nothing", more: object("Service", "default", "ext", "{type: ExternalName, externalName: gone.default.svc.cluster.local}"), source: "frontend", target: "ext:443",
			verdict: Denied, says: []string{"there is no such Service", "could not resolve host"},
		},
		{name: "itself by its address", source: "frontend", target: "http://10.0.0.3/", verdict: Allowed, says: []string{"calls itself by its own address"}},
		{
			name: "the path is normalized", more: meshMap + "    pathNormalization: {normalization: MERGE_SLASHES}\n" + ap("a", `rules: [{to: [{operation: {paths: [/a/b]}}]}]`),
			source: "frontend", target: "http://httpbin:8000/a//b", verdict: Allowed,
		},
		{name: "nothing is left open", more: ap("get", allowGet), source: "frontend", target: "svc/httpbin:8000", request: Request{Exact: true}, verdict: Allowed},
		{
			name: "a forged address", more: ap("ip", `rules: [{from: [{source: {remoteIpBlocks: [198.51.100.0/24]}}]}]`), source: "frontend", target: "http://httpbin:8000/",
			request: Request{Headers: map[string][]string{"x-forwarded-for": {"198.51.100.9"}}}, verdict: Allowed,
		},
		{
			name: "an address from elsewhere", more: ap("ip", `rules: [{from: [{source: {ipBlocks: [192.0.2.7]}}]}]`), source: "frontend", target: "http://httpbin:8000/",
			request: Request{SourceIP: "192.0.2.7"}, verdict: Allowed,
		},
		{
			name: "a token that may come", more: object("RequestAuthentication", "default", "jwt", "{selector: {matchLabels: {app: httpbin}}, jwtRules: [{issuer: https://a.example, jwks: '{}'}]}"),
			source: "frontend", target: "http://httpbin:8000/", verdict: Conditional, says: []string{"a token, if the request carries one, must verify"},
		},
		{name: "a method that Envoy refuses", more: ap("get", allowGet), source: "frontend", target: "http://httpbin:8000/", request: Request{Method: "get"}, verdict: Undetermined, says: []string{`method "get" with 400`}},
		{name: "a Deployment that has no Pods yet", more: ap("f", allowFrontend), source: "deploy/batch", target: "http://httpbin:8000/", verdict: Denied, says: []string{"add cluster.local/ns/default/sa/batch to rules[0].from[0].source.principals of default/f"}},
		{
			name: "only logged", more: strings.Replace(ap("dry", "action: DENY, rules: [{}]"), "namespace: default}", "namespace: default, annotations: {istio.io/dry-run: 'true'}}", 1),
			source: "frontend", target: "http://httpbin:8000/", verdict: Allowed,
		},
		{
			name: "a namespace that istiod does not look at", more: meshMap + "    discoverySelectors: [{matchLabels: {mesh: 'on'}}]\n" + ap("none", "action: ALLOW"),
			source: "frontend", target: "http://httpbin:8000/", verdict: Allowed, says: []string{"does not look at namespace default"},
		},
		{name: "of the root namespace", more: object("AuthorizationPolicy", "istio-system", "none", "{}"), source: "frontend", target: "http://httpbin:8000/", verdict: Denied, says: []string{"istio-system/none"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			d, _, err := Ask(t.Context(), files(t, tt.more), Question{Source: tt.source, Target: tt.target, Request: tt.request})
			if err != nil {
				t.Fatal(err)
			}
			if d.Status.Verdict != tt.verdict {
				t.Errorf("verdict %s, want %s", d.Status.Verdict, tt.verdict)
			}
			all := []string{d.Status.Summary, d.Status.Symptom}
			all = append(append(all, d.Status.Missing...), d.Status.Notes...)
			for _, f := range d.Status.Findings {
				all = append(all, f.Help...)
			}
			for _, a := range d.Status.Answers {
				for _, h := range a.Hops {
					all = append(all, h.Notes...)
				}
			}
			text := strings.Join(all, "\n")
			for _, part := range tt.says {
				if !strings.Contains(text, part) {
					t.Errorf("nowhere %q in:\n%s", part, text)
				}
			}
			if d.Status.Summary == "" {
				t.Error("no summary")
			}
		})
	}
}
