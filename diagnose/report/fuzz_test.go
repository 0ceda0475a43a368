package report_test

import (
	"bytes"
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
	f.Fuzz(func(t *testing.T, text []byte) {
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
