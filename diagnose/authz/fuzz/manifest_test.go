// Package fuzz asks the evaluator about manifests that are read as the plugin reads
// them. It is apart from the evaluator, whose own tests need no Kubernetes client.
package fuzz

import (
	"encoding/json"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	securityv1 "istio.io/client-go/pkg/apis/security/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// oddManifests are forms that Istio takes and that a reader may not expect.
var oddManifests = []string{
	"spec:", "spec: {}", "spec: null", "spec: {rules: []}", "spec: {rules: null}", "spec: {rules: [{}]}", "spec: {rules: [null]}",
	"spec: {action: DENY}", "spec: {action: AUDIT, rules: [{}]}", "spec: {action: 1, rules: [{}]}", "spec: {action: 7, rules: [{}]}",
	"spec: {action: CUSTOM, rules: [{}]}", "spec: {action: CUSTOM, provider: {name: a}, rules: [{}]}",
	"spec: {rules: [{from: []}]}", "spec: {rules: [{from: [{}]}]}", "spec: {rules: [{from: [null]}]}", "spec: {rules: [{from: [{source: {}}]}]}",
	"spec: {rules: [{from: [{source: null}], to: [{operation: null}, {}], when: [null]}]}", "spec: {rules: [{when: [{}]}]}",
	"spec: {rules: [{when: [{key: '', values: []}]}]}", "spec: {rules: [{to: [{operation: {methods: [], paths: ['']}}]}]}",
	"spec: {rules: [{from: [{source: {principals: ['*'], namespaces: ['*', 'a*b', '**', ''], notNamespaces: ['*x']}}]}]}",
	"spec: {rules: [{from: [{source: {serviceAccounts: ['', a, a/b, /, a/b/c], trustDomains: ['*', 'a*', '']}}]}]}",
	"spec: {rules: [{from: [{source: {ipBlocks: [0.0.0.0/0, '::/0', 10.1.2.3/33, '::ffff:1.2.3.4/96', 1.2.3.4, x, '']}}]}]}",
	"spec: {rules: [{from: [{source: {requestPrincipals: ['*', '*/*', 'a/*', '*/a', 'https://i/s', '/', '']}}]}]}",
	"spec: {rules: [{to: [{operation: {paths: ['{*}', 'a/{*}', '/{**}/a', '/{*}{*}', '/{*}/{**}', '/{', '/{*', '*{*}*', '/%2F{*}']}}]}]}",
	"spec: {rules: [{to: [{operation: {hosts: ['*', '*.a', 'A.b:80', ''], ports: ['0', '08080', '65536', '-1', http]}}]}]}",
	"spec: {rules: [{when: [{key: 'request.headers[]', values: ['*']}, {key: 'request.headers[:path]', notValues: ['*']}, {key: 'request.headers', values: [a]}]}]}",
	"spec: {rules: [{when: [{key: 'request.auth.claims[a][b', values: [a]}, {key: 'request.auth.claims[][]', values: ['']}, {key: 'request.auth.claims[scope]', values: [a b]}]}]}",
	"spec: {rules: [{when: [{key: 'experimental.envoy.filters.a[b]', values: ['[a]', '[', ']', '[*]']}, {key: nonsense, values: [a]}]}]}",
	"spec: {selector: {matchLabels: {app: httpbin}}, rules: [{to: [{operation: {methods: [GET]}}]}]}",
	"spec: {selector: {}, targetRefs: [{kind: Service, name: a}], rules: [{}]}", "spec: {targetRefs: [null, {}]}",
	`{"spec": {"rules": [{"from": [{"source": {"principals": ["\u0000", "\ud800", "\n", "a\"b"]}}]}]}}`,
}

const policyHead = "apiVersion: security.istio.io/v1\nkind: AuthorizationPolicy\nmetadata: {name: p, namespace: foo}\n"

// FuzzPolicies reads manifests as the plugin reads them, compiles what is in them
// and asks: nothing panics, and Decide and Explain agree.
func FuzzPolicies(f *testing.F) {
	for i, spec := range oddManifests {
		f.Add(policyHead+spec+"\n", uint64(i))
	}
	files, err := filepath.Glob("../../../examples/*/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for i, name := range files {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(text), uint64(i))
	}
	f.Fuzz(func(t *testing.T, text string, seed uint64) {
		files, err := cluster.ReadFiles([]string{"-"}, strings.NewReader(text), "foo")
		if err != nil {
			return
		}
		var queries []cluster.Query
		for _, r := range cluster.Resources() {
			queries = append(queries, cluster.Query{Resource: r})
		}
		var none *cluster.Snapshot
		snapshot := none.Plus(files.Origin(), files.Read(t.Context(), queries))
		var policies []authz.Policy
		for _, p := range cluster.List[*securityv1.AuthorizationPolicy](snapshot, "") {
			policies = append(policies, authz.Policy{
				Namespace: p.Namespace, Name: p.Name, Created: p.CreationTimestamp.Time, Labels: p.Labels, Annotations: p.Annotations, Spec: &p.Spec,
			})
		}
		agree(t, policies, seed)
	})
}

// agree compiles policies for every dialect and asks for a few requests: Decide and
// Explain say the same, whatever the order of the policies is, and the explanation can
// be written.
func agree(t *testing.T, policies []authz.Policy, seed uint64) {
	t.Helper()
	mesh := authz.Mesh{TrustDomainAliases: []string{"td"}, Providers: map[string]authz.Provider{"a": {GRPC: seed%2 == 0}}}
	httpbin := authz.Workload{Namespace: "foo", Labels: map[string]string{"app": "httpbin"}}
	turned := slices.Clone(policies)
	slices.Reverse(turned)
	for _, d := range []authz.Dialect{authz.EnvoyHTTP, authz.EnvoyTCP, authz.Ztunnel, authz.Kmesh, authz.KmeshXDP} {
		p, other := authz.Compile(d, mesh, httpbin, policies), authz.Compile(d, mesh, httpbin, turned)
		for _, q := range requests(seed) {
			got, e := p.Decide(q), p.Explain(q)
			if got != e.Decision {
				t.Errorf("%v: Decide gives %+v, Explain %+v\nrequest %+v", d, got, e.Decision, *q)
			}
			if turned := other.Decide(q); distinct(policies) && got != turned {
				t.Errorf("%v: Decide gives %+v, and %+v with the policies turned round\nrequest %+v", d, got, turned, *q)
			}
			if _, err := json.Marshal(e); err != nil {
				t.Errorf("%v: %v", d, err)
			}
			_ = e.Words()
		}
	}
}

// requests are one of which everything is known, one of which nothing is, and one of
// which the bits of the seed say what is.
func requests(seed uint64) []*authz.Request {
	all := &authz.Request{
		Principal: authz.Known("cluster.local/ns/foo/sa/sleep"), SourceIP: authz.Known(netip.MustParseAddr("10.1.2.3")),
		RemoteIP: authz.Known(netip.MustParseAddr("::1")), DestinationIP: authz.Known(netip.MustParseAddr("10.1.2.4")), DestinationPort: authz.Known(uint16(80)),
		SNI: authz.Absent[string](), Method: authz.Known("GET"), Host: authz.Known("a.b:80"), Path: authz.Known("/a/b?x"),
		Headers: authz.Headers{Closed: true}, Claims: authz.Known(map[string]any{"iss": "i", "sub": "s", "a": map[string]any{"b": []any{"a", 1.5}}}),
		Authorizers: map[string]bool{"a": true},
	}
	some := *all
	for i, forget := range []func(){
		func() { some.Principal = authz.Absent[string]() },
		func() { some.Principal = authz.UnseenBecause[string]("why") },
		func() { some.SourceIP = authz.Attr[netip.Addr]{} },
		func() { some.DestinationPort = authz.Attr[uint16]{} },
		func() { some.Method = authz.Attr[string]{} },
		func() { some.Host = authz.Attr[string]{} },
		func() { some.Path = authz.Attr[string]{} },
		func() { some.Headers.Closed = false },
		func() { some.Claims = authz.Attr[map[string]any]{} },
		func() { some.Authorizers = nil },
	} {
		if seed>>i&1 != 0 {
			forget()
		}
	}
	return []*authz.Request{all, {}, &some}
}

// distinct reports whether no two policies have one name.
func distinct(policies []authz.Policy) bool {
	seen := map[authz.Ref]bool{}
	for _, p := range policies {
		if seen[p.Ref()] {
			return false
		}
		seen[p.Ref()] = true
	}
	return true
}
