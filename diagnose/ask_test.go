package diagnose

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// files makes a reader of testdata/base.yaml and more manifests.
func files(t *testing.T, more string) cluster.Reader {
	t.Helper()
	extra := filepath.Join(t.TempDir(), "more.yaml")
	if err := os.WriteFile(extra, []byte(more), 0o600); err != nil {
		t.Fatal(err)
	}
	paths := []string{filepath.Join("testdata", "base.yaml")}
	if strings.TrimSpace(more) != "" {
		paths = append(paths, extra)
	}
	r, err := cluster.ReadFiles(paths, nil, "default")
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// ap is an AuthorizationPolicy on httpbin in flow style.
func ap(name, spec string) string {
	return "\n---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: " + name +
		", namespace: default}\nspec: {selector: {matchLabels: {app: httpbin}}, " + spec + "}\n"
}

func object(kind, namespace, name, spec string) string {
	group := map[string]string{
		"PeerAuthentication": "security.istio.io/v1", "RequestAuthentication": "security.istio.io/v1", "AuthorizationPolicy": "security.istio.io/v1",
		"DestinationRule": "networking.istio.io/v1", "ServiceEntry": "networking.istio.io/v1", "Sidecar": "networking.istio.io/v1", "NetworkPolicy": "networking.k8s.io/v1", "Service": "v1",
	}[kind]
	return "\n---\napiVersion: " + group + "\nkind: " + kind + "\nmetadata: {name: " + name + ", namespace: " + namespace + "}\nspec: " + spec + "\n"
}

const (
	allowFrontend = `action: ALLOW, rules: [{from: [{source: {principals: [cluster.local/ns/default/sa/frontend]}}]}]`
	allowGet      = `action: ALLOW, rules: [{to: [{operation: {methods: [GET]}}]}]`
)

func TestAsk(t *testing.T) {
	tests := []struct {
		name           string
		more           string
		source, target string
		request        Request
		verdict        Verdict
		stage          StageName
		policy         string
		summary        []string // parts
		finding        string   // of the first finding; "" for none
	}{
		{
			name: "no policy allows", source: "frontend", target: "http://httpbin:8000/get",
			verdict: Allowed, stage: StageAllow, summary: []string{"No AuthorizationPolicy applies to default/httpbin-a"},
		},
		{
			name: "admitted by principal", more: ap("allow-frontend", allowFrontend), source: "frontend", target: "http://httpbin:8000/get",
			verdict: Allowed, stage: StageAllow, policy: "default/allow-frontend",
			summary: []string{"ALLOW policy default/allow-frontend admits it", "principal cluster.local/ns/default/sa/frontend"},
		},
		{
			name: "no sidecar, no identity", more: ap("allow-frontend", allowFrontend), source: "sleep.foo", target: "http://httpbin.default:8000/get",
			verdict: Denied, stage: StageAllow,
			summary: []string{"foo/sleep has no sidecar (namespace foo lacks istio-injection=enabled or istio.io/rev), so it calls in plaintext and shows no identity", "default/allow-frontend, the only ALLOW policy on default/httpbin-a, admits nobody but cluster.local/ns/default/sa/frontend"},
			finding: "AD0101",
		},
		{
			name: "another identity", more: ap("allow-frontend", allowFrontend), source: "deploy/batch", target: "http://httpbin:8000/get",
			verdict: Denied, stage: StageAllow, summary: []string{"admits nobody but cluster.local/ns/default/sa/frontend"}, finding: "AD0201",
		},
		{
			name: "DENY goes before ALLOW", more: ap("allow-frontend", allowFrontend) + ap("no-get", `action: DENY, rules: [{to: [{operation: {paths: [/get]}}]}]`),
			source: "frontend", target: "http://httpbin:8000/get", verdict: Denied, stage: StageDeny, policy: "default/no-get",
			summary: []string{"DENY policy default/no-get denies it", "path /get"}, finding: "AD0202",
		},
		{
			name: "an open method is a condition", more: ap("allow-get", allowGet), source: "frontend", target: "svc/httpbin:8000",
			verdict: Conditional, summary: []string{"method is GET"},
		},
		{
			name: "a method that is not admitted", more: ap("allow-get", allowGet), source: "frontend", target: "svc/httpbin:8000", request: Request{Method: "DELETE"},
			verdict: Denied, stage: StageAllow, summary: []string{"wants method GET", "got DELETE"}, finding: "AD0201",
		},
		{
			name: "allow nothing", more: ap("nothing", `action: ALLOW`), source: "frontend", target: "http://httpbin:8000/",
			verdict: Denied, stage: StageAllow, summary: []string{"is an ALLOW policy without rules"}, finding: "AD0203",
		},
		{
			name: "STRICT refuses plaintext", more: object("PeerAuthentication", "default", "default", "{mtls: {mode: STRICT}}") + ap("allow-get", allowGet),
			source: "sleep.foo", target: "http://httpbin.default:8000/get", verdict: Denied, stage: StageMTLS, policy: "default/default",
			summary: []string{"foo/sleep has no sidecar", "accepts only mTLS", "PeerAuthentication default/default"}, finding: "AD0102",
		},
		{
			name: "a DestinationRule turns mTLS off", more: ap("allow-frontend", allowFrontend) + object("DestinationRule", "default", "plain", "{host: httpbin, trafficPolicy: {tls: {mode: DISABLE}}}"),
			source: "frontend", target: "http://httpbin:8000/get", verdict: Denied, stage: StageAllow,
			summary: []string{"DestinationRule default/plain", "shows no identity"}, finding: "AD0103",
		},
		{
			name: "HTTP rules on a TCP port", more: ap("allow-get", allowGet), source: "frontend", target: "tcp://httpbin:9000",
			verdict: Denied, stage: StageAllow, summary: []string{"Port 9000", "not HTTP"}, finding: "AD0401",
		},
		{
			name: "a sniffed port depends on the client", more: ap("allow-get", allowGet), source: "frontend", target: "httpbin:7000",
			verdict: Conditional, summary: []string{"the client speaks HTTP"},
		},
		{
			name: "NetworkPolicy goes before all", more: object("NetworkPolicy", "default", "deny-all", "{podSelector: {}, policyTypes: [Ingress]}") + ap("allow-get", allowGet),
			source: "frontend", target: "http://httpbin:8000/get", verdict: Denied, stage: StageNetworkPolicy, policy: "default/deny-all",
			summary: []string{"NetworkPolicies drop the connection", "default/deny-all"}, finding: "AD0601",
		},
		{
			name: "a token is refused", more: object("RequestAuthentication", "default", "jwt", "{selector: {matchLabels: {app: httpbin}}, jwtRules: [{issuer: https://a.example, jwks: '{}'}]}"),
			source: "frontend", target: "http://httpbin:8000/get", request: Request{Claims: map[string]any{"iss": "https://b.example", "sub": "x"}},
			verdict: Denied, stage: StageJWT, policy: "default/jwt", summary: []string{"refuses the token with 401", "Jwt issuer is not configured"}, finding: "AD0501",
		},
		{
			name: "a claim admits", more: object("RequestAuthentication", "default", "jwt", "{selector: {matchLabels: {app: httpbin}}, jwtRules: [{issuer: https://a.example, jwks: '{}'}]}") +
				ap("claims", `action: ALLOW, rules: [{when: [{key: 'request.auth.claims[groups]', values: [admin]}]}]`),
			source: "frontend", target: "http://httpbin:8000/get",
			request: Request{Claims: map[string]any{"iss": "https://a.example", "sub": "x", "groups": []any{"dev", "admin"}}},
			verdict: Allowed, stage: StageAllow, policy: "default/claims",
		},
		{
			name: "one of two endpoints", more: "\n---\napiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: v2, namespace: default}\nspec: {selector: {matchLabels: {version: v2}}, action: DENY, rules: [{}]}\n",
			source: "frontend", target: "http://httpbin:8000/get", verdict: Denied, stage: StageDeny, policy: "default/v2",
			summary: []string{"1 of 2 endpoints denies.", "DENY policy default/v2"}, finding: "AD0202",
		},
		{
			name: "from outside", more: ap("allow-frontend", allowFrontend), source: "ip/203.0.113.7", target: "http://httpbin:8000/get",
			verdict: Denied, stage: StageAllow, summary: []string{"203.0.113.7 is outside the mesh"}, finding: "AD0101",
		},
		{
			name: "a Pod by its name", more: ap("allow-get", allowGet), source: "frontend", target: "pod/httpbin-b:80", request: Request{Method: "GET"},
			verdict: Allowed, stage: StageAllow, policy: "default/allow-get",
		},
		{
			name: "a Pod by its address", more: ap("allow-get", allowGet), source: "frontend", target: "http://10.0.0.2/", request: Request{Method: "POST"},
			verdict: Denied, stage: StageAllow, finding: "AD0201",
		},
		{
			name: "no endpoints", more: object("Service", "default", "empty", "{selector: {app: nobody}, ports: [{port: 80}]}"), source: "frontend", target: "empty",
			verdict: Denied, stage: StageRoute, summary: []string{"Service default/empty has no endpoints: no Pod matches its selector app=nobody"}, finding: "AD0701",
		},
		{
			name: "no EndpointSlice names the Pods", more: object("Service", "default", "late", "{selector: {app: httpbin}, ports: [{port: 80}]}") +
				"\n---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: late-1, namespace: default, labels: {kubernetes.io/service-name: late}}\naddressType: IPv4\nendpoints: []\n",
			source: "frontend", target: "late", verdict: Denied, stage: StageRoute, finding: "AD0701",
			summary: []string{"its selector app=httpbin selects default/httpbin", "but none of its EndpointSlices names a Pod"},
		},
		{
			name: "a target without a proxy", more: "\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: bare, namespace: foo, labels: {app: bare}}\nspec: {containers: [{name: a, image: x, ports: [{containerPort: 80}]}]}\nstatus: {phase: Running, podIP: 10.0.1.9}\n" +
				object("AuthorizationPolicy", "foo", "nobody", "{}"),
			source: "frontend", target: "pod/bare.foo", verdict: Allowed, stage: StageMTLS, summary: []string{"no AuthorizationPolicy is enforced"}, finding: "AD0301",
		},
		{
			name: "outside the cluster", source: "frontend", target: "https://api.eu.example.com/", verdict: Allowed, summary: nil,
		},
		{
			name: "an alias of a Service", more: object("Service", "foo", "alias", "{type: ExternalName, externalName: httpbin.default.svc.cluster.local}") + ap("allow-get", allowGet),
			source: "frontend", target: "http://alias.foo:8000/", request: Request{Method: "POST"}, verdict: Denied, stage: StageAllow, finding: "AD0201",
		},
		{
			name: "a CUSTOM policy without its provider", more: ap("ext", `action: CUSTOM, provider: {name: nope}, rules: [{}]`),
			source: "frontend", target: "http://httpbin:8000/", verdict: Denied, stage: StageCustom, policy: "default/ext", finding: "AD0204",
		},
		{
			name: "a path that Envoy refuses", more: ap("allow-get", allowGet), source: "frontend", target: "http://httpbin:8000/a%00b", request: Request{Method: "GET"},
			verdict: Undetermined, summary: []string{"No policy decides", "400"}, finding: "AD0402",
		},
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
			a := worstOf(d)
			if tt.stage != "" && (a.Reason.Stage != tt.stage || a.Reason.Policy != tt.policy) {
				t.Errorf("reason %+v, want stage %s policy %q", a.Reason, tt.stage, tt.policy)
			}
			for _, part := range tt.summary {
				if !strings.Contains(d.Status.Summary, part) {
					t.Errorf("summary lacks %q: %s", part, d.Status.Summary)
				}
			}
			if d.Status.Summary == "" {
				t.Error("no summary")
			}
			code := ""
			if len(d.Status.Findings) > 0 {
				code = d.Status.Findings[0].Code
			}
			if code != tt.finding {
				t.Errorf("finding %q, want %q", code, tt.finding)
			}
		})
	}
}

func worstOf(d *Diagnosis) Answer {
	for _, a := range d.Status.Answers {
		if a.Verdict == d.Status.Verdict {
			return a
		}
	}
	return Answer{}
}

func TestAskErrors(t *testing.T) {
	tests := []struct{ source, target, want string }{
		{"slep.foo", "httpbin:8000", `nothing that has or creates Pods is called "slep" in namespace "foo", did you mean "sleep"?`},
		{"deploy/batsh", "httpbin:8000", `no Deployment is called "batsh" in namespace "default", did you mean "batch"?`},
		{"sa/nobody", "httpbin:8000", `no ServiceAccount is called "nobody"`},
		{"sleep.fo", "httpbin:8000", `there is no namespace "fo", did you mean "foo"?`},
		{"gateway/edge", "httpbin:8000", `no Gateway is called "edge"`},
		{"frontend", "httpbn:8000", `no Service is called "httpbn" in namespace "default", did you mean "httpbin"?`},
		{"sleep.foo", "httpbin:8000", `no Service is called "httpbin" in namespace "foo", but there is one in namespace "default": httpbin.default`},
		{"frontend", "httpbin.defualt", `there is no namespace "defualt", did you mean "default"?`},
		{"frontend", "httpbin", `has several ports, say which: 8000 (http), 9000 (tcp-raw), 7000 (odd)`},
		{"frontend", "httpbin:81", `Service default/httpbin has no port 81; its ports are 8000 (http)`},
		{"frontend", "http://httpbin", `has no port 80, which http:// implies; its ports are 8000 (http)`},
		{"frontend", "pod/httpbin-x:80", `no Pod is called "httpbin-x" in namespace "default", did you mean "httpbin-a" or "httpbin-b"?`},
		{"frontend", "http://10.9.9.9/", `no Pod has the address 10.9.9.9`},
		{"frontend", "pod/frontend", `say which port of Pod default/frontend; it declares none`},
	}
	for _, tt := range tests {
		t.Run(tt.source+" "+tt.target, func(t *testing.T) {
			_, _, err := Ask(t.Context(), files(t, ""), Question{Source: tt.source, Target: tt.target})
			checkErr(t, err, tt.want)
		})
	}
}
