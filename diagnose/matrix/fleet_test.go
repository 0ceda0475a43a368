package matrix_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/matrix"
)

// east calls, and west answers: its httpbin lets in frontend only. The same Service stands
// in both, for its name to be known; only in west it has endpoints.
const (
	proxied = ", {name: istio-proxy, image: istio/proxyv2, args: [proxy, sidecar]}"
	east    = `
{apiVersion: v1, kind: Pod, metadata: {name: frontend, namespace: shop}, spec: {serviceAccountName: frontend, containers: [{name: c, image: c}` + proxied + `]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: cart, namespace: shop}, spec: {serviceAccountName: cart, containers: [{name: c, image: c}` + proxied + `]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: bare, namespace: shop}, spec: {containers: [{name: c, image: c}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: httpbin, namespace: shop}, spec: {clusterIP: 10.0.0.1, selector: {app: httpbin}, ports: [{name: http, port: 80}]}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: istio-system}}
`
	west = `
{apiVersion: v1, kind: Pod, metadata: {name: httpbin, namespace: shop, labels: {app: httpbin}}, spec: {containers: [{name: c, image: c}` + proxied + `]}, status: {podIP: 10.1.0.9}}
---
{apiVersion: v1, kind: Service, metadata: {name: httpbin, namespace: shop}, spec: {clusterIP: 10.1.0.1, selector: {app: httpbin}, ports: [{name: http, port: 80}]}}
---
{apiVersion: v1, kind: Service, metadata: {name: only, namespace: west}, spec: {clusterIP: 10.1.0.2, selector: {app: httpbin}, ports: [{name: http, port: 80}]}}
---
{apiVersion: v1, kind: Pod, metadata: {name: only, namespace: west, labels: {app: httpbin}}, spec: {containers: [{name: c, image: c}]}, status: {podIP: 10.1.0.8}}
---
{apiVersion: security.istio.io/v1, kind: AuthorizationPolicy, metadata: {name: front, namespace: shop}, spec: {rules: [{from: [{source: {principals: [cluster.local/ns/shop/sa/frontend]}}]}]}}
---
{apiVersion: v1, kind: Namespace, metadata: {name: istio-system}}
`
)

func ofBoth(t *testing.T, east, west string) []matrix.Member {
	t.Helper()
	return []matrix.Member{{Name: "east", Reader: files(t, east)()}, {Name: "west", Reader: files(t, west)()}}
}

// What a cell says, with what it depends on or lacks.
func cellOf(t *testing.T, m *matrix.Matrix, source, target string) string {
	t.Helper()
	for ci, c := range m.Columns {
		for _, i := range c.Targets {
			for ri, r := range m.Rows {
				for _, s := range r.Members {
					if m.Sources[s].Name != source || m.Targets[i].Name != target {
						continue
					}
					cell := m.Cell(ri, ci)
					out := append([]string{cell.Verdict.String()}, cell.When...)
					for _, g := range c.Groups {
						if cell.Verdict == diagnose.Undetermined && slices.Contains(m.RowsOf(&m.Columns[ci], g), ri) {
							out = append(out, g.Missing...)
						}
					}
					return strings.Join(out, "; ")
				}
			}
		}
	}
	t.Fatalf("there is no pair of %s and %s", source, target)
	return ""
}

// Who reaches what is in another cluster, and what is not known of it.
func TestFleet(t *testing.T) {
	mutual := "---\n{apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {name: d, namespace: shop}, spec: {host: httpbin, trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}}}"
	labelled := func(text, network string) string {
		return strings.Replace(text, "{name: istio-system}", "{name: istio-system, labels: {topology.istio.io/network: "+network+"}}", 1)
	}
	annotated := func(text, clusters string) string {
		return strings.Replace(text, "{name: istio-system}", "{name: istio-system, annotations: {topology.istio.io/controlPlaneClusters: "+clusters+"}}", 1)
	}
	roots := func(text, pem string) string {
		return text + "---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: istio-ca-root-cert, namespace: istio-system}, data: {root-cert.pem: " + pem + "}}"
	}
	config := func(text, yaml string) string {
		return text + "---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: istio, namespace: istio-system}, data: {mesh: \"" + yaml + "\"}}"
	}
	gateway := "---\n{apiVersion: v1, kind: Service, metadata: {name: eastwest, namespace: istio-system, labels: {topology.istio.io/network: w}}, spec: {type: LoadBalancer, ports: [{name: tls, port: 15443}]}}\n" +
		"---\n{apiVersion: networking.istio.io/v1, kind: Gateway, metadata: {name: cross, namespace: istio-system}, spec: {selector: {istio: eastwest}, servers: [{port: {number: 15443, name: tls, protocol: TLS}, tls: {mode: AUTO_PASSTHROUGH}, hosts: ['*.local']}]}}"
	own := "---\n{apiVersion: v1, kind: Pod, metadata: {name: httpbin, namespace: shop, labels: {app: httpbin}}, spec: {containers: [{name: c, image: c}" + proxied + "]}}\n"
	other := "---\n{apiVersion: v1, kind: Service, metadata: {name: here, namespace: shop}, spec: {clusterIP: 10.0.0.2, selector: {app: httpbin}, ports: [{name: http, port: 80}]}}\n"
	ingress := "---\n{apiVersion: v1, kind: Pod, metadata: {name: ingress, namespace: istio-system, labels: {istio: ingress}}, spec: {containers: [{name: istio-proxy, image: istio/proxyv2, args: [proxy, router]}]}, status: {podIP: 10.0.0.77}}\n" +
		"---\n{apiVersion: v1, kind: Service, metadata: {name: ingress, namespace: istio-system}, spec: {clusterIP: 10.0.0.3, selector: {istio: ingress}, ports: [{name: http, port: 80}]}}\n" +
		"---\n{apiVersion: networking.istio.io/v1, kind: Gateway, metadata: {name: g, namespace: istio-system}, spec: {selector: {istio: ingress}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ['*']}]}}\n" +
		"---\n{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: in, namespace: shop}, spec: {hosts: ['*'], gateways: [istio-system/g], http: [{route: [{destination: {host: httpbin}}]}]}}\n"
	for _, tt := range []struct {
		name           string
		east, west     string
		source, target string
		want           string
	}{
		{"whom the policies of the other cluster admit", east, west, "pod/frontend.shop@east", "svc/httpbin.shop:80", "Allowed"},
		{"whom they do not", east, west, "pod/cart.shop@east", "svc/httpbin.shop:80", "Denied"},
		{"who has no proxy knows only its own cluster", east, west, "pod/bare.shop@east", "svc/httpbin.shop:80", "Denied"},
		{"whose name is not known there", east, west, "pod/bare.shop@east", "svc/only.west:80", "Denied"},
		{"whose name may be known", east, west, "pod/cart.shop@east", "svc/only.west:80", "Undetermined; whether svc/only.west:80 is resolved in east"},
		{"a caller outside", east, west, diagnose.Anybody, "svc/httpbin.shop:80", "Denied"},
		{"another workload", east, west, diagnose.AnyWorkload, "svc/httpbin.shop:80", "Conditional; allowed if principal is cluster.local/ns/shop/sa/frontend"},
		{"endpoints here, too", east + own, west, "pod/cart.shop@east", "svc/httpbin.shop:80", "Conditional; allowed at the endpoints in east; denied at the endpoints in west"},
		{"that all let in", east + own, west, "pod/frontend.shop@east", "svc/httpbin.shop:80", "Allowed"},
		{"a rule for the mesh's own TLS", east + mutual, west, "pod/frontend.shop@east", "svc/httpbin.shop:80", "Allowed"},
		{"a rule for another", east + strings.Replace(mutual, "ISTIO_MUTUAL", "SIMPLE", 1), west, "pod/frontend.shop@east", "svc/httpbin.shop:80", "Undetermined; what DestinationRule shop/d of east makes of requests"},
		{"a route", east + "---\n{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: v, namespace: shop}, spec: {hosts: ['*.shop.svc.cluster.local'], http: [{route: [{destination: {host: httpbin}}]}]}}", west, "pod/frontend.shop@east", "svc/httpbin.shop:80", "Undetermined; what VirtualService shop/v of east"},
		{"an egress policy", east + "---\n{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: out, namespace: shop}, spec: {podSelector: {}, policyTypes: [Egress], egress: [{}]}}", west, "pod/frontend.shop@east", "svc/httpbin.shop:80", "Undetermined; whether NetworkPolicy shop/out of east lets requests out"},
		{"a Sidecar", east + "---\n{apiVersion: networking.istio.io/v1, kind: Sidecar, metadata: {name: s, namespace: shop}, spec: {egress: [{hosts: ['./*']}]}}", west, "pod/frontend.shop@east", "svc/httpbin.shop:80", "Undetermined; whether Sidecar shop/s of east"},
		{"an ingress policy selects nobody of elsewhere", east, west + "---\n{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: in, namespace: shop}, spec: {podSelector: {}, policyTypes: [Ingress], ingress: [{from: [{podSelector: {}}]}]}}", "pod/frontend.shop@east", "svc/httpbin.shop:80", "Denied"},
		{"addresses are not known elsewhere", east, west + "---\n{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: in, namespace: shop}, spec: {podSelector: {}, policyTypes: [Ingress], ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/8}}]}]}}", "pod/frontend.shop@east", "svc/httpbin.shop:80", "Undetermined; IP of spiffe://cluster.local/ns/shop/sa/frontend"},
		{"another trust domain", config(east, "trustDomain: east.td"), west, "pod/frontend.shop@east", "svc/httpbin.shop:80", "Denied"},
		{"that is an alias", config(east, "trustDomain: east.td"), config(west, "trustDomainAliases: [east.td]"), "pod/frontend.shop@east", "svc/httpbin.shop:80", "Allowed"},
		{"kept in its cluster", config(east, "serviceSettings: [{settings: {clusterLocal: true}, hosts: ['*.shop.svc.cluster.local']}]"), west, "pod/frontend.shop@east", "svc/httpbin.shop:80", "Denied"},
		{"but for an exception", config(east, "serviceSettings: [{settings: {clusterLocal: true}, hosts: ['*']}, {settings: {clusterLocal: false}, hosts: [httpbin.shop.svc.cluster.local]}]"), west, "pod/frontend.shop@east", "svc/httpbin.shop:80", "Allowed"},
		{"certificates of one root", roots(east, "one"), roots(west, "one"), "pod/frontend.shop@east", "svc/httpbin.shop:80", "Allowed"},
		{"of two", roots(east, "one"), roots(west, "two"), "pod/frontend.shop@east", "svc/httpbin.shop:80", "Undetermined; whether east and west trust each other"},
		{"another network", labelled(east, "e"), labelled(west, "w"), "pod/frontend.shop@east", "svc/httpbin.shop:80", "Undetermined; how network \"w\" of west is reached from network \"e\" of east"},
		{"one network", labelled(east, "w"), labelled(west, "w"), "pod/frontend.shop@east", "svc/httpbin.shop:80", "Allowed"},
		{"another with a gateway", labelled(east, "e"), labelled(west, "w") + gateway, "pod/frontend.shop@east", "svc/httpbin.shop:80", "Allowed"},
		{"a gateway keeps the identity", labelled(east, "e"), labelled(west, "w") + gateway, "pod/cart.shop@east", "svc/httpbin.shop:80", "Denied"},
		{"no way past a gateway without TLS", labelled(east, "e"), labelled(strings.Replace(west, proxied, "", 1), "w") + gateway, "pod/frontend.shop@east", "svc/httpbin.shop:80", "Denied"},
		{"a cluster without a control plane of its own", east, annotated(west, "east"), "pod/frontend.shop@east", "svc/httpbin.shop:80", "Undetermined; which policies are in force in west: its control plane is that of east"},
		{"TLS that is off on one side", east + "---\n{apiVersion: security.istio.io/v1, kind: PeerAuthentication, metadata: {name: none, namespace: shop}, spec: {mtls: {mode: DISABLE}}}", west, "pod/frontend.shop@east", "svc/httpbin.shop:80", "Undetermined; what PeerAuthentication shop/none of east"},
		{"TLS that is off on the other", east, west + "---\n{apiVersion: security.istio.io/v1, kind: PeerAuthentication, metadata: {name: none, namespace: shop}, spec: {mtls: {mode: DISABLE}}}", "pod/frontend.shop@east", "svc/httpbin.shop:80", "Undetermined; whether proxies of east know that PeerAuthentication shop/none of west"},
		{"an ambient caller", strings.Replace(strings.ReplaceAll(east, proxied, ""), "{name: frontend,", "{name: frontend, annotations: {ambient.istio.io/redirection: enabled},", 1), west, "pod/frontend.shop@east", "svc/httpbin.shop:80", "Denied"},
		{"a name that is another's in its own cluster", strings.Replace(east, "clusterIP: 10.0.0.1, selector: {app: httpbin}", "type: ExternalName, externalName: example.com", 1), west, "pod/cart.shop@east", "svc/httpbin.shop:80", "Allowed"},
		{"a headless Service", strings.Replace(east, "clusterIP: 10.0.0.1", "clusterIP: None", 1), west, "pod/frontend.shop@east", "svc/httpbin.shop:80", "Undetermined; to which clusters requests to svc/httpbin.shop:80 go"},
		{"a route of its own cluster to a Service of the other", east + own + other + "---\n{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: v, namespace: shop}, spec: {hosts: [here], http: [{route: [{destination: {host: httpbin}}]}]}}", west, "pod/frontend.shop@east", "svc/here.shop:80", "Undetermined; what becomes of requests that VirtualService shop/v of east leads to other clusters"},
		{"which who has no proxy does not follow", east + own + other + "---\n{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: v, namespace: shop}, spec: {hosts: [here], http: [{route: [{destination: {host: httpbin}}]}]}}", west, "pod/bare.shop@east", "svc/here.shop:80", "Allowed"},
		{"a gateway of its own cluster before a Service of the other", east + ingress, west, diagnose.Anybody, "svc/ingress.istio-system:80", "Undetermined; what becomes of requests that VirtualService shop/in of east leads to other clusters"},
		{"before one of its own cluster", strings.ReplaceAll(east+own+other+ingress, "host: httpbin", "host: here"), west, diagnose.Anybody, "svc/ingress.istio-system:80", "Allowed"},
		{"a port that is called otherwise", strings.Replace(east, "{name: http, port: 80}", "{name: web, port: 80}", 1), west, "pod/frontend.shop@east", "svc/httpbin.shop:80", "Undetermined; whether the endpoints in west are those of"},
		{"a network plugin that takes Pods of all for its", east, west + "---\n{apiVersion: cilium.io/v2, kind: CiliumNetworkPolicy, metadata: {name: c, namespace: other}, spec: {endpointSelector: {}}}\n---\n{apiVersion: networking.k8s.io/v1, kind: NetworkPolicy, metadata: {name: in, namespace: shop}, spec: {podSelector: {}, policyTypes: [Ingress], ingress: [{from: [{podSelector: {}}]}]}}", "pod/frontend.shop@east", "svc/httpbin.shop:80", "Undetermined"},
	} {
		m, err := matrix.NewFleet(t.Context(), ofBoth(t, tt.east, tt.west), matrix.Options{})
		if err != nil {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		if got := cellOf(t, m, tt.source, tt.target); got != tt.want && (!strings.HasPrefix(got, tt.want) || tt.want == "Allowed" || tt.want == "Denied") {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// One cluster of a fleet has the answers that it has alone.
func TestFleetOfOne(t *testing.T) {
	for seed := range 10 {
		read := files(t, random(rand.New(rand.NewPCG(13, uint64(seed))))) //nolint:gosec // a test
		alone, err := matrix.New(t.Context(), read(), matrix.Options{})
		if err != nil {
			t.Fatal(err)
		}
		m, err := matrix.NewFleet(t.Context(), []matrix.Member{{Name: "one", Reader: read()}}, matrix.Options{})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(table(alone), strings.ReplaceAll(table(m), "@one", "")); diff != "" {
			t.Fatalf("seed %d (-alone +fleet):\n%s", seed, diff)
		}
	}
}

// table is the matrix as lines that do not depend on the names of classes.
func table(m *matrix.Matrix) string {
	var out []string
	for ci, c := range m.Columns {
		for _, i := range c.Targets {
			for ri, r := range m.Rows {
				for _, s := range r.Members {
					out = append(out, fmt.Sprintln(m.Sources[s].Name, m.Targets[i].Name, m.Cell(ri, ci)))
				}
			}
		}
	}
	slices.Sort(out)
	return strings.Join(out, "")
}

// Classes do not change the answers: whoever is asked about alone gets the same. Nor do
// shards.
func TestFleetClasses(t *testing.T) {
	n := 4
	if testing.Short() {
		n = 2
	}
	for seed := range n {
		dice := rand.New(rand.NewPCG(17, uint64(seed))) //nolint:gosec // a test
		a, b := files(t, random(dice)), files(t, random(dice))
		members := func() []matrix.Member { return []matrix.Member{{Name: "a", Reader: a()}, {Name: "b", Reader: b()}} }
		m, err := matrix.NewFleet(t.Context(), members(), matrix.Options{Namespace: "default"})
		if err != nil {
			t.Fatal(err)
		}
		all := table(m)
		for _, s := range m.Sources {
			one, err := matrix.NewFleet(t.Context(), members(), matrix.Options{Namespace: "default", From: func(o matrix.Source) bool { return o.Name == s.Name }})
			if err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(table(one)) {
				if !strings.Contains(all, line) {
					t.Fatalf("seed %d: alone %s", seed, line)
				}
			}
		}
		var inputs []matrix.Input
		for i := range 3 {
			var text bytes.Buffer
			if err := matrix.PartFleet(t.Context(), &text, members(), matrix.Share{Index: i, Count: 3}, matrix.About{}, matrix.Options{Namespace: "default"}); err != nil {
				t.Fatal(err)
			}
			inputs = append(inputs, input(fmt.Sprint(i), text.String()))
		}
		joined, _, err := matrix.Join(t.Context(), inputs, nil)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(everyForm(t, m), everyForm(t, joined)); diff != "" {
			t.Fatalf("seed %d (-one process +joined):\n%s", seed, diff)
		}
	}
}
