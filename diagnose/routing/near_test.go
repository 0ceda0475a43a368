package routing

import (
	"testing"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
)

// TestNear: what is nearest where a gateway has nothing for a request.
func TestNear(t *testing.T) {
	const rest = "http: [{match: [{uri: {prefix: /b}}, {method: {exact: POST}, uri: {prefix: /a}}], route: [{destination: {host: web}}]}]"
	for _, tt := range []struct {
		name, servers string
		web           string // of shop/web
		change        func(*GatewayQuery)
		want          string
	}{
		{
			name: "a path", web: "{hosts: [a.shop.com], gateways: [infra/g], http: [{match: [{uri: {prefix: /b}}], route: [{destination: {host: web}}]}]}",
			want: "; the nearest, VirtualService shop/web spec.http[0].match[0].uri, is for requests whose path starts with /b",
		},
		{
			name: "the match that lacks least", web: "{hosts: [a.shop.com], gateways: [infra/g], http: [{match: [{uri: {exact: /b}, headers: {x: {exact: z}}}, {uri: {prefix: /a}, method: {exact: POST}}], route: [{destination: {host: web}}]}]}",
			want: "; the nearest, VirtualService shop/web spec.http[0].match[1].method, is for requests whose method is POST",
		},
		{name: "hosts", web: "{hosts: [b.shop.com], gateways: [infra/g], " + rest + "}", want: "; VirtualService shop/web, which is bound to it, has hosts b.shop.com"},
		{name: "gateways", web: "{hosts: [a.shop.com], gateways: [g], " + rest + "}", want: "; VirtualService shop/web has the host, and its gateways are shop/g, not infra/g"},
		{name: "no gateways", web: "{hosts: [a.shop.com], " + rest + "}", want: "; VirtualService shop/web has the host, and its gateways are mesh (the default), not infra/g"},
		{name: "exportTo", web: "{hosts: [a.shop.com], gateways: [infra/g], exportTo: [.], " + rest + "}", want: "; VirtualService shop/web has the host, and its exportTo hides it from namespace infra"},
		{
			name: "another port", web: "{hosts: [a.shop.com], gateways: [infra/g], http: [{match: [{port: 81}], route: [{destination: {host: web}}]}]}",
			want: "; VirtualService shop/web has the host, and spec.http[0].match[0].port is 81, not 80",
		},
		{
			name: "another gateway of a match", web: "{hosts: [a.shop.com], gateways: [infra/g], http: [{match: [{gateways: [mesh]}], route: [{destination: {host: web}}]}]}",
			want: "; VirtualService shop/web has the host, and none of its routes is for the Gateway (spec.http, match.gateways)",
		},
		{
			name: "a server for another namespace", servers: "{port: {number: 80, name: http, protocol: HTTP}, hosts: [other/a.shop.com]}", web: web,
			want: "; VirtualService shop/web has the host, and " + server0 + " has hosts other/a.shop.com",
		},
		{name: "another port of the server", servers: "{port: {number: 8080, name: http, protocol: HTTP}, hosts: ['*']}", web: web, want: " (Gateway infra/g spec.servers[0].port)"},
		{name: "another server name", servers: shopServer, web: web, change: func(q *GatewayQuery) { *q = q.secure("a.example.com") }, want: " a.example.com: " + server0 + " has hosts *.shop.com"},
		{name: "a server that is TCP", servers: "{port: {number: 80, name: tcp, protocol: TCP}, hosts: ['*']}", web: web, want: " (" + server0 + " is of protocol TCP)"},
		{
			name: "another selector", servers: "{port: {number: 80, name: http, protocol: HTTP}, hosts: [a.shop.com]}", web: web, change: func(q *GatewayQuery) { q.Labels = nil },
			want: "; Gateway infra/g has the host, and its selector wants istio=ingress",
		},
		{name: "nothing", change: func(q *GatewayQuery) { q.VirtualServices = nil }},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if tt.servers == "" {
				tt.servers = plainServer
			}
			var all []*networkingv1.VirtualService
			if tt.web != "" {
				all = append(all, vs(t, "shop/web", tt.web))
			}
			q := askGateway(t, tt.servers, all...)
			if tt.change != nil {
				tt.change(&q)
			}
			listener, branches := Gateway(q)
			got := listener.Near
			if a := branches[0].Answer; a != nil && got == "" {
				got = a.Near
			}
			if got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
