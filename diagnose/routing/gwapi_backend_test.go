package routing

import (
	"strings"
	"testing"
)

// gwOne asks about a route with one rule.
func gwOne(t *testing.T, kind, rule, request string) string {
	t.Helper()
	w := gwLoad(t, gwPublic+`
---
kind: `+kind+`
metadata: {name: r, namespace: shop}
spec:
  parentRefs: [{name: public, namespace: infra}]
  rules: [`+rule+`]
---
kind: ReferenceGrant
metadata: {name: g, namespace: lib}
spec:
  from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: shop}]
  to: [{group: "", kind: Service, name: granted}]
---
kind: ReferenceGrant
metadata: {name: g, namespace: open}
spec:
  from: [{group: gateway.networking.k8s.io, kind: GRPCRoute, namespace: shop}]
  to: [{group: "", kind: Service}]
`)
	return gwAsk(t, w, 80, request)
}

// What a rule does: gateway/conversion.go buildDestination, createHeadersFilter,
// createRewriteFilter, createRedirectFilter; networking/core/route/route.go.
func TestGatewayAPIRules(t *testing.T) {
	const is = "HTTPRoute shop/r spec.rules[0] "
	const broken = "404 no route matches; HTTPRoute shop/r is not in effect: spec.rules[0]: "
	backend := func(name string) string { return "-> " + name + ".shop.svc.cluster.local:80" }
	filter := func(f string) string { return "{filters: [" + f + "], backendRefs: [{name: a, port: 80}]}" }
	prefixed := func(f string) string {
		return "{matches: [{path: {value: /api}}], filters: [" + f + "], backendRefs: [{name: a, port: 80}]}"
	}
	for name, tt := range map[string][2]string{
		"a Service":                  {"{backendRefs: [{name: a, port: 80}]}", is + backend("a")},
		"by weight":                  {"{backendRefs: [{name: a, port: 80, weight: 3}, {name: b, port: 80}, {name: c, port: 80, weight: 0}]}", is + backend("a") + " 75%, " + backend("b") + " 25%"},
		"the only one with a weight": {"{backendRefs: [{name: a, port: 80, weight: 0}, {name: b, port: 80, weight: 7}]}", is + backend("b")},
		"none with a weight":         {"{backendRefs: [{name: a, port: 80, weight: 0}]}", is + "500 no backend has a weight"},
		"none":                       {"{}", is + "500 no backend has a weight"},
		"its own namespace":          {"{backendRefs: [{name: a, namespace: shop, port: 80}]}", is + backend("a")},
		"granted":                    {"{backendRefs: [{name: granted, namespace: lib, port: 80}]}", is + "-> granted.lib.svc.cluster.local:80"},
		"not granted by name":        {"{backendRefs: [{name: a, namespace: lib, port: 80}]}", is + "500 no ReferenceGrant in lib lets a HTTPRoute of shop send to Service a"},
		"granted to another kind":    {"{backendRefs: [{name: a, namespace: open, port: 80}]}", is + "500 no ReferenceGrant in open lets a HTTPRoute of shop send to Service a"},
		"a share not granted":        {"{backendRefs: [{name: a, namespace: lib, port: 80}, {name: b, port: 80}]}", is + backend("b") + " 50%; no ReferenceGrant in lib lets a HTTPRoute of shop send to Service a; 50 % of the requests get 500: a backend of the route is not valid"},
		"a host outside":             {"{backendRefs: [{name: a.example.com, kind: Hostname, group: networking.istio.io, port: 443}]}", is + "-> a.example.com:443"},
		"a ServiceImport":            {"{backendRefs: [{name: a, kind: ServiceImport, group: multicluster.x-k8s.io, port: 80}]}", is + backend("a")},
		"a ServiceEntry":             {"{backendRefs: [{name: a, kind: ServiceEntry, group: networking.istio.io, port: 80}]}", is + "500 backendRef a is of kind ServiceEntry, which Istio does not send to"},
		"a ServiceImport elsewhere":  {"{backendRefs: [{name: a, namespace: lib, kind: ServiceImport, group: multicluster.x-k8s.io, port: 80}]}", is + "500 no ReferenceGrant in lib lets a HTTPRoute of shop send to ServiceImport a"},
		"a Hostname with namespace":  {"{backendRefs: [{name: a.b, namespace: shop, kind: Hostname, group: networking.istio.io, port: 80}]}", broken + "backendRef a.b is of kind Hostname and has a namespace"},
		"no port":                    {"{backendRefs: [{name: a}]}", broken + "backendRef a has no port"},
		"a host for a name":          {"{backendRefs: [{name: a.shop, port: 80}]}", broken + "backendRef a.shop is a host, not the name of a Service"},

		"headers":               {filter("{type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: X-A, value: '1'}, {name: x-a, value: '2'}], add: [{name: X-B, value: '1'}], remove: [X-C]}}"), is + "x-a=1 x-b+=1 -x-c " + backend("a")},
		"host":                  {filter("{type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: Host, value: b.com}]}}"), is + "host=b.com " + backend("a")},
		"headers of a response": {filter("{type: ResponseHeaderModifier, responseHeaderModifier: {set: [{name: X-A, value: '1'}]}}, {type: CORS, cors: {}}"), is + backend("a")},
		"header value":          {filter("{type: ResponseHeaderModifier, responseHeaderModifier: {add: [{name: X-A, value: \"a\\n\"}]}}"), broken + `the value of header "X-A" has characters that are not allowed`},
		"headers of a backend":  {"{backendRefs: [{name: a, port: 80, filters: [{type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: X-A, value: '1'}]}}, {type: ResponseHeaderModifier}]}]}", is + backend("a") + " x-a=1"},
		"filter of a backend":   {"{backendRefs: [{name: a, port: 80, filters: [{type: URLRewrite}]}]}", broken + `filter type "URLRewrite" of a backend is not supported`},
		"extension":             {filter("{type: ExtensionRef, extensionRef: {group: x.io, kind: X, name: x}}"), broken + `filter type "ExtensionRef" is not supported`},
		"empty filters":         {filter("{type: RequestHeaderModifier}, {type: URLRewrite}, {type: URLRewrite, urlRewrite: {}}, {type: RequestRedirect}, {type: RequestMirror}"), is + backend("a")},
		"path type":             {"{matches: [{path: {type: X}}]}", "404 no route matches; HTTPRoute shop/r is not in effect: spec.rules[0].matches[0]: path type \"X\" is not supported"},
		"header type":           {"{matches: [{headers: [{name: a, type: X}]}]}", "404 no route matches; HTTPRoute shop/r is not in effect: spec.rules[0].matches[0]: match type \"X\" of a is not supported"},
		"no matches":            {"{matches: [], backendRefs: [{name: a, port: 80}]}", is + backend("a")},

		"rewrite of the host":   {filter("{type: URLRewrite, urlRewrite: {hostname: b.com}}"), is + "host=b.com " + backend("a")},
		"rewrite of the path":   {filter("{type: URLRewrite, urlRewrite: {path: {type: ReplaceFullPath, replaceFullPath: /x}}}"), is + "path=/x?q=1 " + backend("a")},
		"rewrite of the prefix": {prefixed("{type: URLRewrite, urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /x/}}}"), is + "path=/x/v1?q=1 " + backend("a")},
		"prefix taken away":     {prefixed("{type: URLRewrite, urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /}}}"), is + "path=/v1?q=1 " + backend("a")},

		"redirect":                  {"{filters: [{type: RequestRedirect, requestRedirect: {scheme: https}}]}", is + "302 redirect https://a.com/api/v1?q=1"},
		"redirect elsewhere":        {"{filters: [{type: RequestRedirect, requestRedirect: {hostname: b.com, port: 8080, statusCode: 301, path: {type: ReplaceFullPath, replaceFullPath: /x}}}]}", is + "301 redirect http://b.com:8080/x?q=1"},
		"redirect of a prefix":      {prefixed("{type: RequestRedirect, requestRedirect: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /x}}}"), is + "302 redirect http://a.com/x/v1?q=1"},
		"mirror":                    {filter("{type: RequestMirror, requestMirror: {backendRef: {name: m, port: 80}}}"), is + backend("a") + "; a copy of 100 % of the requests goes to m.shop.svc.cluster.local:80"},
		"mirror of a share":         {filter("{type: RequestMirror, requestMirror: {backendRef: {name: m, port: 80}, percent: 7}}"), is + backend("a") + "; a copy of 7 % of the requests goes to m.shop.svc.cluster.local:80"},
		"mirror of a fraction":      {filter("{type: RequestMirror, requestMirror: {backendRef: {name: m, port: 80}, fraction: {numerator: 1, denominator: 2}}}"), is + backend("a") + "; a copy of 50 % of the requests goes to m.shop.svc.cluster.local:80"},
		"mirror of a plain number":  {filter("{type: RequestMirror, requestMirror: {backendRef: {name: m, port: 80}, fraction: {numerator: 3}}}"), is + backend("a") + "; a copy of 3 % of the requests goes to m.shop.svc.cluster.local:80"},
		"mirror that is not there":  {filter("{type: RequestMirror, requestMirror: {backendRef: {name: m}}}"), is + backend("a") + "; nothing is mirrored: backendRef m has no port"},
		"mirror that is not let in": {filter("{type: RequestMirror, requestMirror: {backendRef: {name: m, namespace: lib, port: 80}}}"), is + backend("a") + "; nothing is mirrored: no ReferenceGrant in lib lets a HTTPRoute of shop send to Service m"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := gwOne(t, "HTTPRoute", tt[0], "GET http://a.com/api/v1?q=1"); got != tt[1] {
				t.Errorf("\n got %s\nwant %s", got, tt[1])
			}
		})
	}
}

// createGRPCURIMatch and convertGRPCRoute.
func TestGatewayAPIGRPC(t *testing.T) {
	const is = "GRPCRoute shop/r spec.rules[0] "
	const broken = "404 no route matches; GRPCRoute shop/r is not in effect: spec.rules[0]"
	to := "-> a.shop.svc.cluster.local:80"
	match := func(m string) string { return "{matches: [" + m + "], backendRefs: [{name: a, port: 80}]}" }
	filter := func(f string) string { return "{filters: [" + f + "], backendRefs: [{name: a, port: 80}]}" }
	for name, tt := range map[string][2]string{
		"everything":            {"{backendRefs: [{name: a, port: 80}]}", is + to},
		"a match of everything": {match("{}"), is + to},
		"service and method":    {match("{method: {service: s.T, method: Get}}"), is + to},
		"another method":        {match("{method: {service: s.T, method: Put}}"), "404 no route matches"},
		"service":               {match("{method: {service: s.T}}"), is + to},
		"method":                {match("{method: {method: Get}}"), is + to},
		"regexes":               {match("{method: {type: RegularExpression, service: 's.*', method: 'G.*'}}"), is + to},
		"regex of a service":    {match("{method: {type: RegularExpression, service: 's.*'}}"), is + to},
		"regex of a method":     {match("{method: {type: RegularExpression, method: 'P.*'}}"), "404 no route matches"},
		"header":                {match("{headers: [{name: X-A, value: '1'}]}"), is + to},
		"regex of a header":     {match("{headers: [{name: X-A, type: RegularExpression, value: '[2-9]'}]}"), "404 no route matches"},
		"nothing":               {match("{method: {}}"), broken + ".matches[0]: a method match needs a service or a method"},
		"type":                  {match("{method: {type: X, service: s}}"), broken + `.matches[0]: method type "X" is not supported`},
		"none":                  {"{}", is + "500 no backend has a weight"},
		"granted":               {"{backendRefs: [{name: a, namespace: open, port: 80}]}", is + "-> a.open.svc.cluster.local:80"},
		"not granted":           {"{backendRefs: [{name: granted, namespace: lib, port: 80}]}", is + "500 no ReferenceGrant in lib lets a GRPCRoute of shop send to Service granted"},
		"no port":               {"{backendRefs: [{name: a}]}", broken + ": backendRef a has no port"},
		"headers":               {filter("{type: RequestHeaderModifier, requestHeaderModifier: {remove: [x-b]}}, {type: ResponseHeaderModifier}"), is + "-x-b " + to},
		"headers of a backend":  {"{backendRefs: [{name: a, port: 80, filters: [{type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: x-b, value: '1'}]}}]}]}", is + to + " x-b=1"},
		"mirror":                {filter("{type: RequestMirror, requestMirror: {backendRef: {name: m, port: 80}}}"), is + to + "; a copy of 100 % of the requests goes to m.shop.svc.cluster.local:80"},
		"mirror not let in":     {filter("{type: RequestMirror, requestMirror: {backendRef: {name: m, namespace: lib, port: 80}}}"), broken + ": no ReferenceGrant in lib lets a GRPCRoute of shop send to Service m"},
		"extension":             {filter("{type: ExtensionRef}"), broken + `: filter type "ExtensionRef" is not supported`},
	} {
		t.Run(name, func(t *testing.T) {
			if got := gwOne(t, "GRPCRoute", tt[0], "POST http://a.com/s.T/Get x-a=1"); strings.TrimSpace(got) != tt[1] {
				t.Errorf("\n got %s\nwant %s", got, tt[1])
			}
		})
	}
}
