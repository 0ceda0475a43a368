package report_test

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/lint"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/matrix"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/report"
)

// pair is a caller and a server that every fuzzed cluster has, so that there is something to
// ask about.
const pair = `
---
{apiVersion: v1, kind: Pod, metadata: {name: web, namespace: foo, labels: {app: web, security.istio.io/tlsMode: istio}}, spec: {serviceAccountName: web, containers: [{name: a, ports: [{containerPort: 80}]}, {name: istio-proxy}]}, status: {phase: Running, podIP: 10.0.0.1}}
---
{apiVersion: v1, kind: Pod, metadata: {name: cli, namespace: foo}, spec: {containers: [{name: a}]}, status: {phase: Running, podIP: 10.0.0.2}}
---
{apiVersion: v1, kind: Service, metadata: {name: web, namespace: foo}, spec: {selector: {app: web}, ports: [{name: http, port: 80}]}}
---
`

// odd are objects that make work: of kinds that no example has much of.
var odd = []string{
	"apiVersion: networking.istio.io/v1alpha3\nkind: EnvoyFilter\nmetadata: {name: e, namespace: foo}\nspec: {configPatches: [{applyTo: HTTP_FILTER, match: {context: SIDECAR_INBOUND}, patch: {operation: INSERT_BEFORE, value: {name: a, typed_config: {'@type': b}}}}, null, {}]}\n",
	"apiVersion: networking.istio.io/v1\nkind: VirtualService\nmetadata: {name: v, namespace: foo}\nspec: {hosts: [web, '*', ''], http: [{match: [{uri: {regex: '('}}, {headers: {a: {exact: b}}}], route: [{destination: {host: web}, weight: 200}], rewrite: {uri: ''}}]}\n",
	"apiVersion: networking.istio.io/v1\nkind: Gateway\nmetadata: {name: g, namespace: foo}\nspec: {selector: {app: web}, servers: [{port: {number: 0, name: '', protocol: X}, hosts: ['*/']}, null]}\n",
	"apiVersion: gateway.networking.k8s.io/v1\nkind: HTTPRoute\nmetadata: {name: r, namespace: foo}\nspec: {parentRefs: [{kind: Service, group: '', name: web}], rules: [{matches: [{path: {type: RegularExpression, value: '['}}], backendRefs: [{name: web, port: 80}]}]}\n",
	"apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: \"p\\e[31m\", namespace: foo, annotations: {authz-doctor.dev/ignore: \"AD0405: \\x1b]52;c;x\\a\", argocd.argoproj.io/tracking-id: \"a_b:c\"}}\nspec: {rules: [{from: [{source: {principals: ['*'], ipBlocks: ['1.2.3.4/99', '::/0']}}], when: [{key: 'request.headers[x]', values: [\"\\u202e\"]}]}]}\n",
	"apiVersion: security.istio.io/v1\nkind: RequestAuthentication\nmetadata: {name: j, namespace: foo}\nspec: {jwtRules: [{issuer: a, jwks: '{'}, {issuer: \"\\e\", jwksUri: '::'}]}\n",
	"apiVersion: security.istio.io/v1\nkind: PeerAuthentication\nmetadata: {name: m, namespace: foo}\nspec: {selector: {matchLabels: {app: web}}, mtls: {mode: STRICT}, portLevelMtls: {'80': {mode: DISABLE}}}\n",
	"apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: n, namespace: foo}\nspec: {podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [x]}}], ports: [{port: http, endPort: 1}]}]}\n",
	"apiVersion: networking.istio.io/v1\nkind: Sidecar\nmetadata: {name: s, namespace: foo}\nspec: {egress: [{hosts: ['./*', '~/*', 'x']}], outboundTrafficPolicy: {mode: REGISTRY_ONLY}}\n",
	"apiVersion: networking.istio.io/v1\nkind: ServiceEntry\nmetadata: {name: x, namespace: foo}\nspec: {hosts: [a.b], addresses: [10.0.0.0/8], endpoints: [{address: 1.2.3.4}], resolution: STATIC, ports: [{number: 80, name: h, protocol: HTTP}]}\n",
	"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: istio, namespace: istio-system}\ndata: {mesh: \"trustDomain: \\\"a\\\\e\\\"\\n\"}\n",
	"apiVersion: gateway.kyma-project.io/v2\nkind: APIRule\nmetadata: {name: a, namespace: foo}\nspec: {hosts: [x], gateway: a/b, service: {name: web, port: 80}, rules: [{path: '/{*}', methods: [GET], jwt: {authentications: [{issuer: a, jwksUri: b}]}}]}\n",
}

// FuzzManifests asks about whatever manifests say, in all three ways: nothing panics, a second
// answer is the first one, and what is shown is clean.
func FuzzManifests(f *testing.F) {
	for _, text := range odd {
		f.Add([]byte(text))
	}
	files, err := filepath.Glob("../../examples/*/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		if len(text) < 8<<10 {
			f.Add(text)
		}
	}
	f.Fuzz(holds)
}

// holds fails if what is shown of manifests is not clean, or not the same twice.
func holds(t *testing.T, text []byte) {
	once, ok := shown(t, text)
	if !ok {
		return
	}
	if again, _ := shown(t, text); once != again {
		t.Errorf("two answers:\n%s\n%s", once, again)
	}
	if i := strings.IndexFunc(once, func(r rune) bool {
		return r != '\n' && (unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp))
	}); i >= 0 || !utf8.ValidString(once) {
		t.Errorf("what is shown is not clean: %q", once[max(0, i-40):min(len(once), i+40)])
	}
}

// places are objects with @@ where a value is put: what others write into their policies.
var places = []string{
	"{apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, metadata: {name: p, namespace: foo, annotations: {authz-doctor.dev/ignore: @@}}, spec: {selector: {matchLabels: {app: web}}, action: DENY, rules: [{from: [{source: {principals: [@@], notPrincipals: [@@], namespaces: [@@], ipBlocks: [@@], remoteIpBlocks: [@@], requestPrincipals: [@@], serviceAccounts: [@@]}}], to: [{operation: {paths: [@@], notPaths: [@@], methods: [@@], hosts: [@@], ports: [@@]}}], when: [{key: @@, values: [@@]}, {key: 'request.headers[a]', notValues: [@@]}, {key: request.auth.claims[a], values: [@@]}]}]}}",
	"{apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, metadata: {name: p, namespace: foo}, spec: {selector: {matchLabels: {app: web}}, rules: [{from: [{source: {principals: [@@]}}]}, {from: [{source: {notNamespaces: [@@]}}]}, {from: [{source: {notIpBlocks: [@@]}}]}, {to: [{operation: {paths: [@@]}}]}, {to: [{operation: {notHosts: [@@]}}]}, {to: [{operation: {notMethods: [@@]}}]}, {when: [{key: @@, notValues: [b]}]}]}}",
	"{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: v, namespace: foo}, spec: {hosts: [web, @@], http: [{name: @@, match: [{uri: {regex: @@}}, {uri: {prefix: @@}}, {headers: {a: {regex: @@}}}, {queryParams: {q: {exact: @@}}}, {authority: {prefix: @@}}, {sourceLabels: {a: @@}}], rewrite: {uri: @@, authority: @@}, route: [{destination: {host: @@, subset: @@}}]}, {route: [{destination: {host: web}}]}]}}",
	"{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: r, namespace: foo}, spec: {hostnames: [@@], parentRefs: [{kind: Service, group: '', name: web}], rules: [{matches: [{path: {type: RegularExpression, value: @@}}, {path: {type: PathPrefix, value: @@}}, {headers: [{name: @@, value: @@}]}, {queryParams: [{name: a, value: @@}]}], filters: [{type: URLRewrite, urlRewrite: {hostname: @@, path: {type: ReplacePrefixMatch, replacePrefixMatch: @@}}}], backendRefs: [{name: web, port: 80}]}]}}",
	"{apiVersion: v1, kind: Pod, metadata: {name: cli, namespace: foo, labels: {security.istio.io/tlsMode: @@, istio.io/dataplane-mode: @@}, annotations: {sidecar.istio.io/status: @@, proxy.istio.io/config: @@, traffic.sidecar.istio.io/excludeOutboundPorts: @@, traffic.sidecar.istio.io/includeOutboundIPRanges: @@, traffic.sidecar.istio.io/excludeOutboundIPRanges: @@, ambient.istio.io/redirection: @@}}, spec: {serviceAccountName: @@, containers: [{name: istio-proxy, args: [@@], env: [{name: A, value: @@}]}]}, status: {phase: Running, podIP: @@}}",
	"{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: n, namespace: foo}, spec: {podSelector: {matchLabels: {app: @@}}, ingress: [{from: [{ipBlock: {cidr: @@, except: [@@]}}, {podSelector: {matchExpressions: [{key: @@, operator: In, values: [@@]}]}}], ports: [{port: @@}]}]}}",
	"{apiVersion: networking.istio.io/v1, kind: Sidecar, metadata: {name: s, namespace: foo}, spec: {workloadSelector: {labels: {app: @@}}, egress: [{hosts: [@@, './*'], bind: @@, captureMode: NONE}]}}",
	"{apiVersion: networking.istio.io/v1, kind: ServiceEntry, metadata: {name: x, namespace: foo}, spec: {hosts: [@@], addresses: [@@], exportTo: [@@], endpoints: [{address: @@, network: @@}], resolution: STATIC, ports: [{number: 80, name: @@, protocol: @@}]}}",
	"{apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {name: d, namespace: foo}, spec: {host: @@, exportTo: [@@], subsets: [{name: @@, labels: {app: @@}}], trafficPolicy: {tls: {mode: SIMPLE, sni: @@}}}}",
	"{apiVersion: security.istio.io/v1, kind: RequestAuthentication, metadata: {name: j, namespace: foo}, spec: {selector: {matchLabels: {app: web}}, jwtRules: [{issuer: @@, audiences: [@@], jwks: @@, jwksUri: @@, fromHeaders: [{name: @@, prefix: @@}], fromParams: [@@]}]}}",
	"{apiVersion: v1, kind: ConfigMap, metadata: {name: istio, namespace: istio-system}, data: {mesh: @@}}",
	"{apiVersion: v1, kind: Namespace, metadata: {name: foo, labels: {istio-injection: @@, istio.io/rev: @@, istio.io/use-waypoint: @@, istio.io/dataplane-mode: @@}}}",
	"{apiVersion: v1, kind: Service, metadata: {name: web, namespace: foo, labels: {istio.io/use-waypoint: @@}, annotations: {networking.istio.io/exportTo: @@, networking.istio.io/traffic-distribution: @@}}, spec: {clusterIP: @@, type: ExternalName, externalName: @@, selector: {app: web}, ports: [{name: @@, port: 80, targetPort: @@, appProtocol: @@}]}}",
	"{apiVersion: gateway.kyma-project.io/v2, kind: APIRule, metadata: {name: a, namespace: foo}, spec: {hosts: [@@], gateway: @@, service: {name: web, namespace: @@, port: 80}, rules: [{path: @@, methods: [@@], noAuth: true}, {path: @@, methods: [GET], jwt: {authentications: [{issuer: @@, jwksUri: @@}], authorizations: [{requiredScopes: [@@], audiences: [@@]}]}}]}}",
}

// FuzzValues puts a value where others put theirs, and holds what is shown to the same.
func FuzzValues(f *testing.F) {
	for _, v := range []string{
		"", "*", "a*", "*a", "/a/{*}/b/{**}", "(", "[a-z]+", "10.0.0.0/8", "1.2.3.4/99", "::/0", "cluster.local/ns/foo/sa/web", "request.headers[x]", "request.auth.claims[a][b]", "connection.sni",
		"web.foo.svc.cluster.local", "foo/*", "80", "-1", "istio", "{\"containers\":[\"istio-proxy\"]}", "trustDomain: a\n", "AD0405: x", "\x1b[2J", "\u202e", "{\"keys\":[{}]}", "%2e%2f", "http://a b", "日本",
	} {
		for i := range places {
			f.Add(v, uint8(i), uint8(len(v)))
		}
	}
	f.Fuzz(func(t *testing.T, value string, which, where uint8) {
		if !utf8.ValidString(value) {
			return // YAML has no such text
		}
		quoted, err := json.Marshal(value)
		if err != nil {
			t.Fatal(err)
		}
		parts := strings.Split(places[int(which)%len(places)], "@@")
		var text strings.Builder
		for i, p := range parts {
			if text.WriteString(p); i < len(parts)-1 {
				if i == int(where)%(len(parts)-1) {
					text.Write(quoted)
				} else {
					text.WriteString("a")
				}
			}
		}
		holds(t, []byte(text.String()))
	})
}

// shown is all that the three commands show on a terminal.
func shown(t *testing.T, text []byte) (string, bool) {
	t.Helper()
	files, err := cluster.ReadFiles([]string{"-"}, bytes.NewReader(append([]byte(pair), text...)), "foo")
	if err != nil {
		return "", false
	}
	var out strings.Builder
	for _, source := range []string{"pod/cli.foo", "pod/web.foo", "ip/203.0.113.7"} {
		d, _, err := diagnose.Ask(t.Context(), files, diagnose.Question{Source: source, Target: "http://web.foo:80/x", Namespace: "foo"})
		if err != nil {
			continue
		}
		if err := report.Text(&out, d, report.TextOptions{Full: true}); err != nil {
			t.Fatal(err)
		}
	}
	snapshot := lint.Read(t.Context(), files, lint.Options{})
	o := lint.Options{Manifests: files.Whole(), Where: files.Where}
	if err := lint.NewReport(lint.Run(snapshot, o), lint.Objects(snapshot, o), true).Text(&out, report.TextOptions{}); err != nil {
		t.Fatal(err)
	}
	if m, err := matrix.New(t.Context(), files, matrix.Options{Namespace: "foo"}); err == nil {
		if err := m.Text(&out, matrix.TextOptions{TextOptions: report.TextOptions{Wide: true}}); err != nil {
			t.Fatal(err)
		}
	}
	return out.String(), true
}
