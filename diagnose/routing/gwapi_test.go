package routing

import (
	"strings"
	"testing"

	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

const gwPublic = `
kind: Gateway
metadata: {name: public, namespace: infra}
spec:
  listeners:
  - {name: web, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: All}}}
`

// The order is that of sortHTTPRoutes, across routes and before their age.
func TestGatewayAPIPrecedence(t *testing.T) {
	w := gwLoad(t, gwPublic+`
---
kind: HTTPRoute
metadata: {name: old, namespace: shop, creationTimestamp: "2020-01-01T00:00:00Z"}
spec:
  parentRefs: [{name: public, namespace: infra}]
  hostnames: [shop.example.com]
  rules:
  - backendRefs: [{name: rest, port: 80}]
  - matches: [{path: {type: RegularExpression, value: "/cart.*"}}]
    backendRefs: [{name: regex, port: 80}]
  - matches:
    - {path: {value: /cart}}
    - {path: {value: /basket/}}
    backendRefs: [{name: cart, port: 80}]
---
kind: HTTPRoute
metadata: {name: new, namespace: shop, creationTimestamp: "2021-01-01T00:00:00Z"}
spec:
  parentRefs: [{name: public, namespace: infra}]
  hostnames: [shop.example.com]
  rules:
  - matches: [{path: {type: Exact, value: /cart}}]
    backendRefs: [{name: exact, port: 80}]
  - matches: [{path: {value: /cart}, method: POST}]
    backendRefs: [{name: post, port: 80}]
  - matches: [{path: {value: /cart}, headers: [{name: X-Team, value: a}]}]
    backendRefs: [{name: header, port: 80}]
  - matches: [{path: {value: /cart}, queryParams: [{name: q, value: "1"}]}]
    backendRefs: [{name: query, port: 80}]
  - matches: [{path: {value: /cart}}]
    backendRefs: [{name: hidden, port: 80}]
  - matches: [{path: {value: /cart/items}}]
    backendRefs: [{name: items, port: 80}]
---
kind: GRPCRoute
metadata: {name: rpc, namespace: shop}
spec:
  parentRefs: [{name: public, namespace: infra}]
  hostnames: [shop.example.com]
  rules:
  - matches: [{method: {service: shop.Cart, method: Add}}]
    backendRefs: [{name: grpc, port: 90}]
  - matches: [{method: {service: shop.Stock}}]
    backendRefs: [{name: stock, port: 90}]
`)
	gwTable(t, w, 80, [][2]string{
		{"GET http://shop.example.com/cart", "HTTPRoute shop/new spec.rules[0] -> exact.shop.svc.cluster.local:80"},
		{"GET http://shop.example.com/cart?q=1", "HTTPRoute shop/new spec.rules[0] -> exact.shop.svc.cluster.local:80"},
		{"POST http://shop.example.com/cart/1", "HTTPRoute shop/new spec.rules[1] -> post.shop.svc.cluster.local:80"},
		{"GET http://shop.example.com/cart/1 x-team=a", "HTTPRoute shop/new spec.rules[2] -> header.shop.svc.cluster.local:80"},
		{"GET http://shop.example.com/cart/1?q=1", "HTTPRoute shop/new spec.rules[3] -> query.shop.svc.cluster.local:80"},
		{"GET http://shop.example.com/cart/1", "HTTPRoute shop/old spec.rules[2].matches[0] -> cart.shop.svc.cluster.local:80"},
		{"GET http://shop.example.com/basket", "HTTPRoute shop/old spec.rules[2].matches[1] -> cart.shop.svc.cluster.local:80"},
		{"GET http://shop.example.com/cart/items/3", "HTTPRoute shop/new spec.rules[5] -> items.shop.svc.cluster.local:80"},
		// "/" is a prefix, and goes before every regex.
		{"GET http://SHOP.example.com:80/carts", "HTTPRoute shop/old spec.rules[0] -> rest.shop.svc.cluster.local:80"},
		{"GET http://other.example.com/", "404 no route matches"},
		{"POST http://shop.example.com/shop.Cart/Add", "GRPCRoute shop/rpc spec.rules[0] -> grpc.shop.svc.cluster.local:90"},
		{"POST http://shop.example.com/shop.Stock/Get", "GRPCRoute shop/rpc spec.rules[1] -> stock.shop.svc.cluster.local:90"},
	})
	want := `
GRPCRoute shop/rpc spec.rules[0] -> grpc.shop.svc.cluster.local:90
HTTPRoute shop/new spec.rules[0] -> exact.shop.svc.cluster.local:80
GRPCRoute shop/rpc spec.rules[1] -> stock.shop.svc.cluster.local:90
HTTPRoute shop/new spec.rules[5] -> items.shop.svc.cluster.local:80
HTTPRoute shop/old spec.rules[2].matches[1] -> cart.shop.svc.cluster.local:80
HTTPRoute shop/new spec.rules[2] -> header.shop.svc.cluster.local:80
HTTPRoute shop/old spec.rules[0] -> rest.shop.svc.cluster.local:80
`
	if got := gwBrief(t, w, 80, "GET http://shop.example.com x-team=a"); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
}

func TestGatewayAPIHosts(t *testing.T) {
	w := gwLoad(t, `
kind: Gateway
metadata: {name: public, namespace: infra}
spec:
  listeners:
  - {name: all, port: 80, protocol: HTTP}
  - {name: shop, port: 80, protocol: HTTP, hostname: "*.shop.com"}
  - {name: one, port: 80, protocol: HTTP, hostname: "www.shop.com"}
  - {name: other, port: 81, protocol: HTTP, hostname: "other.com"}
---
kind: HTTPRoute
metadata: {name: any, namespace: infra}
spec:
  parentRefs: [{name: public}]
  rules: [{backendRefs: [{name: any, port: 80}]}]
---
kind: HTTPRoute
metadata: {name: wide, namespace: infra}
spec:
  parentRefs: [{name: public, sectionName: shop}]
  hostnames: ["*.com"]
  rules: [{matches: [{path: {value: /wide}}], backendRefs: [{name: wide, port: 80}]}]
---
kind: HTTPRoute
metadata: {name: named, namespace: infra}
spec:
  parentRefs: [{name: public}]
  hostnames: [a.shop.com, www.shop.com]
  rules: [{matches: [{path: {value: /named}}], backendRefs: [{name: named, port: 80}]}]
---
kind: HTTPRoute
metadata: {name: port, namespace: infra}
spec:
  parentRefs: [{name: public, port: 81}, {name: gone}, {kind: Service, group: "", name: public}]
  rules: [{backendRefs: [{name: port, port: 80}]}]
`)
	gwTable(t, w, 80, [][2]string{
		{"http://b.com/", "HTTPRoute infra/any spec.rules[0] -> any.infra.svc.cluster.local:80"},
		{"http://b.shop.com/wide", "HTTPRoute infra/wide spec.rules[0] -> wide.infra.svc.cluster.local:80"},
		{"http://b.shop.com/", "HTTPRoute infra/any spec.rules[0] -> any.infra.svc.cluster.local:80"},
		{"http://a.shop.com/named", "HTTPRoute infra/named spec.rules[0] -> named.infra.svc.cluster.local:80"},
		{"http://a.shop.com/", "404 no route matches"}, // its virtual host has that route only
		{"http://www.shop.com/named", "HTTPRoute infra/named spec.rules[0] -> named.infra.svc.cluster.local:80"},
	})
	want := `
HTTPRoute infra/any spec.rules[0] -> any.infra.svc.cluster.local:80
404 no route matches
HTTPRoute infra/any spec.rules[0] -> any.infra.svc.cluster.local:80
HTTPRoute infra/any spec.rules[0] -> any.infra.svc.cluster.local:80
`
	if got := gwBrief(t, w, 80, ":///"); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	gwTable(t, w, 81, [][2]string{
		{"http://other.com/", "HTTPRoute infra/any spec.rules[0] -> any.infra.svc.cluster.local:80"},
		{"http://x.com/", "404 no route matches; HTTPRoute infra/named is not attached: its hostnames a.shop.com, www.shop.com are none of Gateway infra/public spec.listeners[3], which is for other.com"},
	})
	want = `
?why: HTTPRoute infra/any spec.rules[0] -> any.infra.svc.cluster.local:80
?why: 404 no route matches; HTTPRoute infra/named is not attached: its hostnames a.shop.com, www.shop.com are none of Gateway infra/public spec.listeners[3], which is for other.com
`
	if got := gwBrief(t, w, 81, "unseen=why http:///"); got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	gwTable(t, w, 82, [][2]string{{"http://b.com/", "0 the gateway does not listen on this port"}})
}

// Listeners, and who may attach.
func TestGatewayAPIAttachment(t *testing.T) {
	route := `
kind: HTTPRoute
metadata: {name: r, namespace: shop}
spec:
  parentRefs: [{name: public, namespace: infra}]
  hostnames: [a.com]
  rules: [{backendRefs: [{name: cart, port: 80}]}]
`
	const reached, refused = "HTTPRoute shop/r spec.rules[0] -> cart.shop.svc.cluster.local:80", "404 no route matches; HTTPRoute shop/r is not attached: "
	server := "Gateway infra/public spec.listeners[0]"
	labels := map[string]map[string]string{"shop": {"team": "a"}, "infra": nil}
	for name, tt := range map[string][2]string{
		"same is the default":   {"", refused + server + " does not allow routes of namespace shop (allowedRoutes.namespaces.from Same, the default)"},
		"same":                  {"{namespaces: {from: Same}}", refused + server + " does not allow routes of namespace shop (allowedRoutes.namespaces.from Same)"},
		"all":                   {"{namespaces: {from: All}}", reached},
		"selector":              {"{namespaces: {from: Selector, selector: {matchLabels: {team: a}}}}", reached},
		"selector of others":    {"{namespaces: {from: Selector, selector: {matchLabels: {team: b}}}}", refused + server + " does not allow routes of namespace shop (allowedRoutes.namespaces.selector team=b)"},
		"selector of all":       {"{namespaces: {from: Selector, selector: {}}}", reached},
		"no selector":           {"{namespaces: {from: Selector}}", reached}, // namespacesFromSelector
		"selector that is none": {"{namespaces: {from: Selector, selector: {matchExpressions: [{key: a, operator: X}]}}}", refused + server + " does not allow routes of namespace shop (allowedRoutes.namespaces.selector a)"},
		"selector by name":      {"{namespaces: {from: Selector, selector: {matchLabels: {kubernetes.io/metadata.name: shop}}}}", reached},
		"kinds":                 {"{namespaces: {from: All}, kinds: [{kind: GRPCRoute}]}", refused + server + " does not allow a HTTPRoute"},
		"kinds with it":         {"{namespaces: {from: All}, kinds: [{kind: GRPCRoute}, {kind: HTTPRoute}]}", reached},
		"kinds of others":       {"{namespaces: {from: All}, kinds: [{kind: HTTPRoute, group: x.io}]}", refused + server + " does not allow a HTTPRoute"},
		"hostname":              {"{namespaces: {from: All}}, hostname: b.com", refused + "its hostnames a.com are none of " + server + ", which is for b.com"},
		"hostname of it":        {"{namespaces: {from: All}}, hostname: '*.com'", reached},
	} {
		t.Run(name, func(t *testing.T) {
			allowed := ""
			if tt[0] != "" {
				allowed = ", allowedRoutes: " + tt[0]
			}
			w := gwLoad(t, "kind: Gateway\nmetadata: {name: public, namespace: infra}\nspec: {listeners: [{name: web, port: 80, protocol: HTTP"+allowed+"}]}\n---"+route)
			w.Namespaces = func(n string) (map[string]string, bool) { l, ok := labels[n]; return l, ok }
			gwTable(t, w, 80, [][2]string{{"http://a.com/", tt[1]}})
		})
	}
}

// What is not known of a namespace is missing where it decides.
func TestGatewayAPIUnknownNamespace(t *testing.T) {
	w := gwLoad(t, `
kind: Gateway
metadata: {name: public, namespace: infra}
spec:
  listeners:
  - {name: web, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: Selector, selector: {matchLabels: {team: a}}}}}
  - {name: named, port: 81, protocol: HTTP, allowedRoutes: {namespaces: {from: Selector, selector: {matchLabels: {kubernetes.io/metadata.name: shop}}}}}
  - {name: other, port: 82, protocol: HTTP, allowedRoutes: {namespaces: {from: Selector, selector: {matchLabels: {team: a, kubernetes.io/metadata.name: other}}}}}
---
kind: HTTPRoute
metadata: {name: r, namespace: shop}
spec:
  parentRefs: [{name: public, namespace: infra}]
  hostnames: [a.com]
  rules: [{backendRefs: [{name: cart, port: 80}]}]
`)
	for range 2 {
		gwTable(t, w, 80, [][2]string{
			{"http://a.com/", `
?the labels of namespace shop: HTTPRoute shop/r spec.rules[0] -> cart.shop.svc.cluster.local:80
?the labels of namespace shop: 404 no route matches; HTTPRoute shop/r is not attached: Gateway infra/public spec.listeners[0] does not allow routes of namespace shop (allowedRoutes.namespaces.selector team=a)
`},
			{"http://b.com/", "404 no route matches"},
		})
		gwTable(t, w, 81, [][2]string{{"http://a.com/", "HTTPRoute shop/r spec.rules[0] -> cart.shop.svc.cluster.local:80"}})
		gwTable(t, w, 82, [][2]string{{"http://a.com/", "404 no route matches; HTTPRoute shop/r is not attached: Gateway infra/public spec.listeners[2] does not allow routes of namespace shop (allowedRoutes.namespaces.selector kubernetes.io/metadata.name=other,team=a)"}})
		w.Namespaces = func(string) (map[string]string, bool) { return nil, false }
	}
}

func TestGatewayAPIOddObjects(t *testing.T) {
	if l, b := GatewayAPI(GatewayAPIQuery{}); l.Found || len(b) != 1 || b[0].Answer == nil {
		t.Errorf("no Gateway: %+v, %+v", l, b)
	}
	w := gwLoad(t, gwPublic)
	w.HTTPRoutes = []*gatewayv1.HTTPRoute{nil, {}}
	w.GRPCRoutes = []*gatewayv1.GRPCRoute{nil, {}}
	w.TLSRoutes = []*gatewayv1.TLSRoute{nil, {}}
	w.TCPRoutes = []*gatewayv1.TCPRoute{nil, {}}
	w.ReferenceGrants = []*gatewayv1.ReferenceGrant{nil, {}}
	gwTable(t, w, 80, [][2]string{{"http://a.com/", "404 no route matches"}})
	set := gwLoad(t, strings.Replace(gwPublic, "spec:", "spec:\n  allowedListeners: {namespaces: {from: All}}", 1))
	gwTable(t, set, 80, [][2]string{{"http://a.com/", "?the ListenerSets of Gateway infra/public: 404 no route matches"}})
	gwTable(t, set, 8080, [][2]string{{"http://a.com/", "?the ListenerSets of Gateway infra/public: 0 the gateway does not listen on this port"}})
}
