package diagnose

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// sidecars is a mesh of three namespaces: web calls shop/cart, beside which stands
// shop/cart-v2; third/other is elsewhere.
func sidecars() *town {
	c := &town{}
	for _, ns := range []string{"web", "shop", "third"} {
		c.namespace(ns, "istio-injection: enabled")
	}
	c.namespace("istio-system", "")
	c.pod("web", "front", "sidecar", "")
	c.service("shop", "cart", "sidecar", ", version: v1")
	c.service("shop", "cart-v2", "sidecar", ", version: v2")
	c.service("third", "other", "sidecar", "")
	c.object(authzAPI, "AuthorizationPolicy", "shop", "cart", "{selector: {matchLabels: {app: cart}}, rules: [{from: [{source: {principals: [cluster.local/ns/web/sa/front]}}]}]}")
	c.object(authzAPI, "AuthorizationPolicy", "shop", "cart-v2", "{selector: {matchLabels: {app: cart-v2}}, action: DENY, rules: [{from: [{source: {namespaces: [web]}}]}]}")
	c.object(authzAPI, "AuthorizationPolicy", "third", "nobody", "{}")
	c.object(gwAPI, "HTTPRoute", "third", "none", "{parentRefs: [{kind: Service, group: '', name: nobody}]}")
	c.object(istioAPI, "VirtualService", "third", "none", "{hosts: [none.example.com], http: [{route: [{destination: {host: other}}]}]}")
	return c
}

func ambient(waypointNS string) *town {
	c := &town{}
	c.namespace("web", "istio.io/dataplane-mode: ambient")
	c.namespace("shop", "istio.io/dataplane-mode: ambient, istio.io/use-waypoint: wp, istio.io/use-waypoint-namespace: "+waypointNS)
	if waypointNS != "shop" {
		c.namespace(waypointNS, "")
	}
	c.namespace("istio-system", "")
	c.pod("web", "front", "ambient", "")
	c.service("shop", "cart", "ambient", "")
	c.service("shop", "cart-v2", "ambient", "")
	c.pod(waypointNS, "wp", "waypoint", ", gateway.networking.k8s.io/gateway-name: wp, gateway.istio.io/managed: istio.io-mesh-controller")
	c.object(gwAPI, "Gateway", waypointNS, "wp", "{gatewayClassName: istio-waypoint, listeners: [{name: mesh, port: 15008, protocol: HBONE, allowedRoutes: {namespaces: {from: All}}}]}")
	c.object(authzAPI, "AuthorizationPolicy", "shop", "only-get", "{targetRefs: [{kind: Service, group: '', name: cart}], rules: [{to: [{operation: {methods: [GET]}}]}]}")
	c.object(authzAPI, "AuthorizationPolicy", "shop", "v2", "{selector: {matchLabels: {app: cart-v2}}, action: DENY, rules: [{from: [{source: {namespaces: ['*']}}]}]}")
	c.object(istioAPI, "VirtualService", "web", "none", "{hosts: [none.example.com], http: [{route: [{destination: {host: other}}]}]}")
	return c
}

// edge is a gateway in its namespace, of Istio's API, before shop/cart.
func edge(gatewayNS, gatewayObjectNS string) *town {
	c := &town{}
	c.namespace("shop", "istio-injection: enabled")
	if gatewayNS != "istio-system" {
		c.namespace(gatewayNS, "")
	}
	c.namespace("istio-system", "")
	c.service(gatewayNS, "istio-ingressgateway", "gateway", ", istio: ingressgateway")
	c.service("shop", "cart", "sidecar", "")
	c.object(istioAPI, "Gateway", gatewayObjectNS, "public", "{selector: {istio: ingressgateway}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [shop.example.com]}]}")
	c.object(istioAPI, "VirtualService", "shop", "cart", "{hosts: [shop.example.com], gateways: ["+gatewayObjectNS+"/public], http: [{route: [{destination: {host: cart, port: {number: 80}}}]}]}")
	c.object(authzAPI, "AuthorizationPolicy", "shop", "cart", "{rules: [{from: [{source: {principals: [cluster.local/ns/"+gatewayNS+"/sa/istio-ingressgateway]}}]}]}")
	c.object(gwAPI, "HTTPRoute", "shop", "none", "{parentRefs: [{kind: Service, group: '', name: nobody}]}")
	return c
}

// k8sEdge is one of the Gateway API.
func k8sEdge(gatewayNS, backendNS string) *town {
	c := &town{}
	c.namespace("shop", "istio-injection: enabled")
	if gatewayNS != "shop" {
		c.namespace(gatewayNS, "")
	}
	if backendNS != "shop" {
		c.namespace(backendNS, "istio-injection: enabled")
	}
	c.namespace("istio-system", "")
	c.service(gatewayNS, "public-istio", "gateway", ", gateway.networking.k8s.io/gateway-name: public")
	c.service(backendNS, "cart", "sidecar", "")
	c.object(gwAPI, "Gateway", gatewayNS, "public", "{gatewayClassName: istio, listeners: [{name: http, port: 80, protocol: HTTP, hostname: shop.example.com, allowedRoutes: {namespaces: {from: All}}}]}")
	c.object(gwAPI, "HTTPRoute", "shop", "cart", "{parentRefs: [{name: public, namespace: "+gatewayNS+"}], hostnames: [shop.example.com], rules: [{backendRefs: [{name: cart, namespace: "+backendNS+", port: 80}]}]}")
	c.object(authzAPI, "AuthorizationPolicy", backendNS, "cart", "{selector: {matchLabels: {app: cart}}, rules: [{from: [{source: {principals: [cluster.local/ns/"+gatewayNS+"/sa/public-istio]}}]}]}")
	c.object(istioAPI, "VirtualService", "shop", "none", "{hosts: [none.example.com], http: [{route: [{destination: {host: other}}]}]}")
	return c
}

func (c *town) and(more func(*town)) *town {
	more(c)
	return c
}

// TestWaysWithin asks of a live cluster and of files that hold all of it: the first
// keeps to what one question may cost, and gives the same verdict or names what it
// could not read.
func TestWaysWithin(t *testing.T) {
	front := "deploy/front.web"
	divert := func(host string) func(*town) {
		return func(c *town) {
			c.object(istioAPI, "VirtualService", "shop", "cart", "{hosts: [cart.shop.svc.cluster.local], http: [{route: [{destination: {host: "+host+"}}]}]}")
		}
	}
	outside := func(target string) Question {
		return Question{Source: "ip/203.0.113.7", Namespace: "shop", Target: target, Request: Request{Host: "shop.example.com"}}
	}
	cilium := func(c *town) {
		c.object("cilium.io/v2", "CiliumNetworkPolicy", "third", "all", "{endpointSelector: {}, ingress: [{}]}")
		c.WriteString("\n---\napiVersion: cilium.io/v2\nkind: CiliumClusterwideNetworkPolicy\nmetadata: {name: none}\nspec: {endpointSelector: {matchLabels: {app: nobody}}, ingress: [{}]}\n")
	}
	tests := []struct {
		name   string
		town   *town
		q      Question
		want   Verdict // over files
		unsure string  // what of it a live cluster may not show; "": it gets the same
	}{
		{name: "sidecar, two namespaces", town: sidecars(), q: Question{Source: front, Target: "http://cart.shop/x"}, want: Allowed},
		{name: "sidecar, by a bare name", town: sidecars(), q: Question{Source: "front.web", Target: "http://cart.shop/x"}, want: Allowed},
		{name: "sidecar, by the Pod's name", town: sidecars(), q: Question{Source: "pod/front-1.web", Target: "http://cart.shop/x"}, want: Allowed},
		{name: "sidecar, by its account", town: sidecars().and(func(c *town) {
			c.WriteString("\n---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: front, namespace: web}\n")
		}), q: Question{Source: "sa/front.web", Target: "http://cart.shop/x"}, want: Allowed},
		{name: "sidecar, with Cilium", town: sidecars().and(cilium), q: Question{Source: front, Target: "http://cart.shop/x"}, want: Allowed},
		{name: "sidecar, with Cilium, by a bare name", town: sidecars().and(cilium), q: Question{Source: "front.web", Target: "http://cart.shop/x"}, want: Allowed},
		{name: "sidecar, one namespace", town: sidecars(), q: Question{Source: "cart.shop", Target: "http://cart-v2.shop/x"}, want: Allowed},
		{name: "diverted beside", town: sidecars().and(divert("cart-v2")), q: Question{Source: front, Target: "http://cart.shop/x"}, want: Denied},
		{name: "diverted beside, by a bare name", town: sidecars().and(divert("cart-v2")), q: Question{Source: "front.web", Target: "http://cart.shop/x"}, want: Denied},
		{name: "diverted to a third namespace", town: sidecars().and(divert("other.third.svc.cluster.local")), q: Question{Source: front, Target: "http://cart.shop/x"}, want: Denied},
		{name: "diverted to a third namespace, by a bare name", town: sidecars().and(divert("other.third.svc.cluster.local")), q: Question{Source: "front.web", Target: "http://cart.shop/x"}, want: Denied, unsure: "third"},
		{name: "diverted by the source", town: sidecars().and(func(c *town) {
			c.object(istioAPI, "VirtualService", "web", "cart", "{hosts: [cart.shop.svc.cluster.local], http: [{route: [{destination: {host: cart-v2.shop.svc.cluster.local}}]}]}")
		}), q: Question{Source: front, Target: "http://cart.shop/x"}, want: Denied},
		{name: "subset", town: sidecars().and(func(c *town) {
			c.object(istioAPI, "VirtualService", "shop", "cart", "{hosts: [cart], http: [{route: [{destination: {host: cart, subset: v1}}]}]}")
			c.object(istioAPI, "DestinationRule", "shop", "cart", "{host: cart, subsets: [{name: v1, labels: {version: v1}}]}")
		}), q: Question{Source: front, Target: "http://cart.shop/x"}, want: Allowed},
		{name: "Sidecar of the source", town: sidecars().and(func(c *town) {
			c.object(istioAPI, "Sidecar", "web", "default", "{egress: [{hosts: [./*]}], outboundTrafficPolicy: {mode: REGISTRY_ONLY}}")
		}), q: Question{Source: front, Target: "http://cart.shop/x"}, want: Denied},
		{name: "Sidecar of the mesh", town: sidecars().and(func(c *town) {
			c.object(istioAPI, "Sidecar", "istio-system", "default", "{egress: [{hosts: [./*]}], outboundTrafficPolicy: {mode: REGISTRY_ONLY}}")
		}), q: Question{Source: front, Target: "http://cart.shop/x"}, want: Denied},
		{name: "ambient, waypoint of the namespace", town: ambient("shop"), q: Question{Source: front, Target: "http://cart.shop/x", Request: Request{Method: "GET"}}, want: Allowed},
		{name: "ambient, waypoint of a third namespace", town: ambient("infra"), q: Question{Source: front, Target: "http://cart.shop/x", Request: Request{Method: "POST"}}, want: Denied},
		{name: "ambient, waypoint and HTTPRoute", town: ambient("shop").and(func(c *town) {
			c.object(gwAPI, "HTTPRoute", "shop", "cart", "{parentRefs: [{kind: Service, group: '', name: cart}], rules: [{backendRefs: [{name: cart-v2, port: 80}]}]}")
		}), q: Question{Source: front, Target: "http://cart.shop/x", Request: Request{Method: "GET"}}, want: Denied},
		{name: "ambient, to a Pod", town: ambient("shop"), q: Question{Source: front, Target: "pod/cart-1.shop:80", Request: Request{Method: "GET"}}, want: Allowed},
		{name: "gateway's Service", town: edge("istio-system", "istio-system"), q: outside("http://istio-ingressgateway.istio-system/x"), want: Allowed},
		{name: "gateway's Service, a host that only another VirtualService may have", town: edge("istio-system", "istio-system").and(func(c *town) {
			c.object(istioAPI, "Gateway", "istio-system", "all", "{selector: {istio: ingressgateway}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ['*']}]}")
			c.namespace("third", "")
			c.object(istioAPI, "VirtualService", "third", "other", "{hosts: [other.example.com], gateways: [istio-system/all], http: [{route: [{destination: {host: cart.shop.svc.cluster.local, port: {number: 80}}}]}]}")
		}), q: Question{Source: "ip/203.0.113.7", Namespace: "shop", Target: "http://istio-ingressgateway.istio-system/x", Request: Request{Host: "other.example.com"}}, want: Allowed, unsure: "namespace that was not looked at"},
		{name: "gateway's Service, Gateway beside the app", town: edge("istio-system", "shop"), q: outside("http://istio-ingressgateway.istio-system/x"), want: Allowed},
		{name: "gateway's Service in a namespace of its own", town: edge("ingress", "ingress"), q: outside("http://istio-ingressgateway.ingress/x"), want: Allowed},
		{name: "gateway's Service in a namespace of its own, Gateway beside the app", town: edge("ingress", "shop"), q: outside("http://istio-ingressgateway.ingress/x"), want: Allowed, unsure: "destinationrules"},
		{name: "by host", town: edge("istio-system", "istio-system"), q: Question{Source: "ip/203.0.113.7", Namespace: "shop", Target: "http://shop.example.com/x"}, want: Allowed},
		{name: "by host, Gateway beside the app", town: edge("istio-system", "shop"), q: Question{Source: "ip/203.0.113.7", Namespace: "shop", Target: "http://shop.example.com/x"}, want: Allowed},
		{name: "by host, Gateway API", town: k8sEdge("shop", "shop"), q: Question{Source: "ip/203.0.113.7", Namespace: "shop", Target: "http://shop.example.com/x"}, want: Allowed},
		{name: "Gateway API, one namespace", town: k8sEdge("shop", "shop"), q: outside("http://public-istio.shop/x"), want: Allowed},
		{name: "Gateway API, route beside the app", town: k8sEdge("ingress", "shop"), q: outside("http://public-istio.ingress/x"), want: Allowed},
		{name: "Gateway API, backend without a grant", town: k8sEdge("ingress", "back"), q: outside("http://public-istio.ingress/x"), want: Denied},
		{name: "Gateway API, backend with a grant", town: k8sEdge("ingress", "back").and(func(c *town) {
			c.object("gateway.networking.k8s.io/v1beta1", "ReferenceGrant", "back", "shop", "{from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: shop}], to: [{group: '', kind: Service}]}")
		}), q: outside("http://public-istio.ingress/x"), want: Allowed, unsure: "destinationrules"},
		{name: "egress gateway", town: sidecars().and(func(c *town) {
			c.service("istio-system", "istio-egressgateway", "gateway", ", istio: egressgateway")
			c.object(istioAPI, "ServiceEntry", "web", "api", "{hosts: [api.example.com], ports: [{number: 80, name: http, protocol: HTTP}], resolution: DNS}")
			c.object(istioAPI, "Gateway", "web", "egress", "{selector: {istio: egressgateway}, servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [api.example.com]}]}")
			c.object(istioAPI, "VirtualService", "web", "api", "{hosts: [api.example.com], gateways: [mesh, egress], http: [{match: [{gateways: [mesh]}], route: [{destination: {host: istio-egressgateway.istio-system.svc.cluster.local, port: {number: 80}}}]}, {match: [{gateways: [egress]}], route: [{destination: {host: api.example.com, port: {number: 80}}}]}]}")
		}), q: Question{Source: front, Target: "http://api.example.com/x"}, want: Allowed},
		{name: "ServiceEntry of workloads", town: sidecars().and(func(c *town) {
			c.object(istioAPI, "ServiceEntry", "web", "vm", "{hosts: [vm.example.com], ports: [{number: 80, name: http, protocol: HTTP}], resolution: STATIC, workloadSelector: {labels: {app: vm}}}")
			c.object(istioAPI, "WorkloadEntry", "web", "vm-1", "{address: 192.0.2.5, labels: {app: vm}, serviceAccount: vm}")
		}), q: Question{Source: front, Target: "http://vm.example.com/x"}, want: Allowed},
		{name: "outside the cluster", town: sidecars(), q: Question{Source: front, Target: "https://api.eu.example.com/x"}, want: Allowed},
		{name: "CronJob", town: sidecars().and(func(c *town) {
			c.WriteString("\n---\napiVersion: batch/v1\nkind: CronJob\nmetadata: {name: nightly, namespace: web}\nspec: {schedule: '0 0 * * *', jobTemplate: {spec: {template: {metadata: {labels: {app: nightly}}, spec: {containers: [{name: a, image: x}]}}}}}\n")
		}), q: Question{Source: "cronjob/nightly.web", Target: "http://cart.shop/x"}, want: Denied},
		{name: "StatefulSet by a bare name", town: sidecars().and(func(c *town) {
			c.WriteString("\n---\napiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: db, namespace: web}\nspec: {serviceName: db, selector: {matchLabels: {app: db}}, template: {metadata: {labels: {app: db}}, spec: {containers: [{name: a, image: x}]}}}\n")
		}), q: Question{Source: "db.web", Target: "http://cart.shop/x"}, want: Denied, unsure: ""},
		{name: "an address outside", town: sidecars(), q: Question{Source: "ip/203.0.113.7", Target: "http://cart.shop/x"}, want: Denied},
		{name: "kubelet", town: sidecars(), q: Question{Source: "kubelet", Target: "http://cart.shop/x"}, want: Denied},
		{name: "apiserver", town: sidecars(), q: Question{Source: "apiserver", Target: "http://cart.shop/x"}, want: Denied},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			all, _, err := Ask(t.Context(), files(t, tt.town.String()), tt.q)
			if err != nil {
				t.Fatal(err)
			}
			if all.Status.Verdict != tt.want {
				t.Errorf("over files: %s, want %s: %s", all.Status.Verdict, tt.want, all.Status.Summary)
			}
			r := &counter{Reader: files(t, tt.town.String())}
			d, snap, err := Ask(t.Context(), r, tt.q)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%d queries in %d rounds: %s; %v", len(r.queries), r.rounds, d.Status.Verdict, d.Status.Notes)
			checkCost(t, r)
			checkSaved(t, snap, tt.q, d)
			switch {
			case tt.unsure != "" && d.Status.Verdict == Undetermined && strings.Contains(strings.Join(d.Status.Missing, " "), tt.unsure):
			case d.Status.Verdict != tt.want:
				t.Errorf("live: %s, want %s: %s", d.Status.Verdict, tt.want, d.Status.Summary)
				for i, q := range r.queries {
					t.Logf("%d %s %s %s %s %s", i, q.Resource, q.Namespace, q.Name, q.Labels, q.Fields)
				}
			case tt.unsure == "" && d.Status.Summary != all.Status.Summary:
				t.Errorf("live: %s\nfiles: %s", d.Status.Summary, all.Status.Summary)
			}
		})
	}
}

// checkSaved asks the snapshot of a question again and wants the same answer.
func checkSaved(t *testing.T, snap *cluster.Snapshot, q Question, want *Diagnosis) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "snapshot.yaml")
	var text bytes.Buffer
	if err := snap.Write(&text); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, text.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	saved, err := cluster.ReadFiles([]string{file}, nil, "default")
	if err != nil {
		t.Fatal(err)
	}
	got, _, err := Ask(t.Context(), saved, q)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want.Status.Summary, got.Status.Summary); diff != "" {
		t.Errorf("from its snapshot (-live +saved):\n%s", diff)
	}
	if diff := cmp.Diff(want.Status.Notes, got.Status.Notes); diff != "" {
		t.Errorf("notes from its snapshot (-live +saved):\n%s", diff)
	}
}

// checkCost checks that a live cluster was asked little.
func checkCost(t *testing.T, r *counter) {
	t.Helper()
	if r.rounds > maxRounds || len(r.queries) > maxQueries {
		t.Errorf("%d queries in %d rounds, want at most %d in %d", len(r.queries), r.rounds, maxQueries, maxRounds)
	}
	for i, q := range r.queries {
		if q.Namespace == "" && q.Resource.Namespaced {
			t.Errorf("a list of the whole cluster: %+v", q)
		}
		if q.Resource == cluster.Pods && q.Name == "" && q.Labels == "" && q.Fields == "" {
			t.Errorf("a list of all Pods of a namespace: %+v", q)
		}
		if slices.Contains(r.queries[:i], q) {
			t.Errorf("asked twice: %+v", q)
		}
	}
}
