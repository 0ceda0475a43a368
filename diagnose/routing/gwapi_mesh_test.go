package routing

import (
	"strings"
	"testing"
)

const gwMesh = `
kind: Service
metadata: {name: cart, namespace: shop}
---
kind: ServiceEntry
metadata: {name: out, namespace: shop}
---
kind: HTTPRoute
metadata: {name: producer, namespace: shop, creationTimestamp: "2020-01-01T00:00:00Z"}
spec:
  parentRefs: [{group: "", kind: Service, name: cart}]
  rules: [{matches: [{path: {value: /v1}}], backendRefs: [{name: cart-v1, port: 80}]}]
---
kind: HTTPRoute
metadata: {name: on-81, namespace: shop, creationTimestamp: "2021-01-01T00:00:00Z"}
spec:
  parentRefs: [{group: "", kind: Service, name: cart, port: 81}]
  rules: [{backendRefs: [{name: cart-81, port: 81}]}]
---
kind: HTTPRoute
metadata: {name: consumer, namespace: web}
spec:
  parentRefs: [{group: "", kind: Service, name: cart, namespace: shop}]
  rules: [{matches: [{path: {value: /v2}}], backendRefs: [{name: cart, namespace: shop, port: 80}]}]
---
kind: HTTPRoute
metadata: {name: far, namespace: far}
spec:
  parentRefs: [{group: "", kind: Service, name: cart, namespace: shop}]
  rules: [{backendRefs: [{name: far, port: 80}]}]
---
kind: HTTPRoute
metadata: {name: out, namespace: shop}
spec:
  parentRefs: [{group: networking.istio.io, kind: ServiceEntry, name: out}]
  rules: [{backendRefs: [{name: proxy, port: 80}]}]
---
kind: GRPCRoute
metadata: {name: broken, namespace: shop}
spec:
  parentRefs: [{group: "", kind: Service, name: cart}]
  rules: [{backendRefs: [{name: cart}]}]
---
kind: TCPRoute
metadata: {name: tcp, namespace: far}
spec:
  parentRefs: [{group: "", kind: Service, name: cart, namespace: shop}]
  rules: [{backendRefs: [{name: far, port: 80}]}]
---
kind: TLSRoute
metadata: {name: own, namespace: shop}
spec:
  parentRefs: [{group: "", kind: Service, name: cart, port: 443}]
  rules: [{backendRefs: [{name: own, port: 443}]}]
---
kind: TLSRoute
metadata: {name: later, namespace: shop, creationTimestamp: "2021-01-01T00:00:00Z"}
spec:
  parentRefs: [{group: "", kind: Service, name: cart, port: 443}]
  hostnames: [cart.shop.svc.cluster.local]
  rules: [{backendRefs: [{name: later, port: 443}]}, {backendRefs: []}]
---
kind: TLSRoute
metadata: {name: more, namespace: shop, creationTimestamp: "2022-01-01T00:00:00Z"}
spec:
  parentRefs: [{group: "", kind: Service, name: cart, port: 443}, {group: "", kind: Service, name: cart, port: 444}]
  hostnames: ["*.cluster.local", other.com]
  rules: [{backendRefs: [{name: more, port: 443}]}]
---
kind: TCPRoute
metadata: {name: out, namespace: shop}
spec:
  parentRefs: [{group: networking.istio.io, kind: ServiceEntry, name: out}]
  rules: [{backendRefs: [{name: proxy, port: 80}]}]
`

// GEP-1324 as Istio has it: buildSidecarVirtualHostsForVirtualService,
// getVirtualServiceForWaypoint, getWaypointTCPRoutes, tls.go.
func TestGatewayAPIMesh(t *testing.T) {
	w := gwLoad(t, gwMesh)
	const note = "; GRPCRoute shop/broken is not in effect: spec.rules[0]: backendRef cart has no port"
	const nothing = "-"
	for name, tt := range map[string]struct {
		namespace string
		port      uint16
		waypoint  bool
		tls       bool
		entry     bool
		request   string
		want      string
	}{
		"producer":                      {"other", 80, false, false, false, "http://cart/v1", "HTTPRoute shop/producer spec.rules[0] -> cart-v1.shop.svc.cluster.local:80" + note},
		"producer, no match":            {"other", 80, false, false, false, "http://cart/v2", "404 no route matches" + note},
		"consumer":                      {"web", 80, false, false, false, "http://cart/v2", "HTTPRoute web/consumer spec.rules[0] -> cart.shop.svc.cluster.local:80" + note},
		"consumer, not the producer":    {"web", 80, false, false, false, "http://cart/v1", "404 no route matches" + note},
		"both at a waypoint":            {"web", 80, true, false, false, "http://cart/v1", "HTTPRoute shop/producer spec.rules[0] -> cart-v1.shop.svc.cluster.local:80" + note},
		"consumer at its waypoint":      {"web", 80, true, false, false, "http://cart/v2", "HTTPRoute web/consumer spec.rules[0] -> cart.shop.svc.cluster.local:80" + note},
		"producer's waypoint":           {"shop", 80, true, false, false, "http://cart/v2", "404 no route matches" + note},
		"port, but the older is before": {"shop", 81, false, false, false, "http://cart/x", "404 no route matches" + note},
		"port at a waypoint":            {"shop", 81, true, false, false, "http://cart/x", "HTTPRoute shop/on-81 spec.rules[0] -> cart-81.shop.svc.cluster.local:81" + note},
		"ServiceEntry":                  {"web", 80, false, false, true, "http://out.example.com/", "HTTPRoute shop/out spec.rules[0] -> proxy.shop.svc.cluster.local:80"},
		"tcp of any namespace":          {"web", 80, false, false, false, "tcp", "TCPRoute far/tcp spec.rules[0] -> far.far.svc.cluster.local:80"},
		"tcp at a waypoint":             {"shop", 80, true, false, false, "tcp", nothing},
		"tcp of a ServiceEntry":         {"shop", 80, true, false, true, "tcp", "TCPRoute shop/out spec.rules[0] -> proxy.shop.svc.cluster.local:80"},
		"tls":                           {"web", 443, false, true, false, "tcp sni=cart.shop.svc.cluster.local", "TLSRoute shop/own spec.rules[0] -> own.shop.svc.cluster.local:443"},
		"tls by another name":           {"web", 443, false, true, false, "tcp sni=x.cluster.local", "TLSRoute shop/more spec.rules[0] -> more.shop.svc.cluster.local:443"},
		"tls by no name":                {"web", 443, false, true, false, "tcp sni=other.com", "0 no TLSRoute is for this SNI"},
		"tls, no route":                 {"web", 80, false, true, false, "tcp sni=other.com", nothing},
		"tls at a waypoint":             {"shop", 443, true, true, false, "tcp sni=x", "TLSRoute shop/own spec.rules[0] -> own.shop.svc.cluster.local:443"},
		"tls at a waypoint, not its":    {"shop", 444, true, true, false, "tcp sni=cart.shop.svc.cluster.local", nothing},
	} {
		t.Run(name, func(t *testing.T) {
			q := GatewayAPIMeshQuery{
				HTTPRoutes: w.HTTPRoutes, GRPCRoutes: w.GRPCRoutes, TLSRoutes: w.TLSRoutes, TCPRoutes: w.TCPRoutes,
				Service: w.services[0], Namespace: tt.namespace, Domain: "cluster.local", Waypoint: tt.waypoint, TLSPort: tt.tls,
				Request: gwRequest(t, tt.port, tt.request),
			}
			if tt.entry {
				q.Service, q.ServiceEntry, q.Host = nil, w.entries[0], "out.example.com"
			}
			branches, ok := GatewayAPIMesh(q)
			got := strings.TrimSpace(gwShow(q.Request, branches))
			if !ok {
				got = nothing
			}
			if got != tt.want {
				t.Errorf("\n got %s\nwant %s", got, tt.want)
			}
		})
	}
	if branches, ok := GatewayAPIMesh(GatewayAPIMeshQuery{HTTPRoutes: w.HTTPRoutes, Request: Request{HTTP: true}}); ok || branches != nil {
		t.Errorf("no parent: %v", branches)
	}
}
