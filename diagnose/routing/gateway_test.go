package routing

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
)

const (
	plainServer = "{port: {number: 80, name: http, protocol: HTTP}, hosts: ['*']}"
	shopServer  = "{port: {number: 443, name: https, protocol: HTTPS}, hosts: ['*.shop.com'], tls: {mode: SIMPLE}}"
	web         = "{hosts: [a.shop.com], gateways: [infra/g], http: [{match: [{uri: {prefix: /a}}], route: [{destination: {host: web}}]}]}"
)

// askGateway asks a gateway in infra for http://a.shop.com/a, with a Gateway infra/g
// that has the servers.
func askGateway(t *testing.T, servers string, objects ...*networkingv1.VirtualService) GatewayQuery {
	t.Helper()
	r := get("/a")
	r.Host, r.SourceNamespace, r.SourceLabels = authz.Known("a.shop.com"), "", nil
	return GatewayQuery{
		Gateways:        inOrder(gw(t, "infra/g", "{selector: {istio: ingress}, servers: ["+servers+"]}")),
		VirtualServices: inOrder(objects...), Labels: map[string]string{"istio": "ingress", "app": "gw"}, Namespace: "infra", Domain: "cluster.local",
		Request: r,
	}
}

// secure is https:// to the port 443 with a server name.
func (q GatewayQuery) secure(sni string) GatewayQuery {
	q.Request.TLS, q.Request.Port, q.PodPort = true, 443, 443
	q.Request.SNI = authz.Known(sni)
	return q
}

func sameGateway(t *testing.T, q GatewayQuery, server string, want ...string) {
	t.Helper()
	l, got := Gateway(q)
	same(t, got, want...)
	if l.Server != server || l.Found != (server != "") || l.Found == (l.Why != "") {
		t.Errorf("listener %+v, want %q", l, server)
	}
}

const server0 = "Gateway infra/g spec.servers[0]"

// Which server it is, and which VirtualServices are bound to it.
func TestGateway(t *testing.T) {
	const to = "shop/web http[0]; -> web.shop 100%"
	q := askGateway(t, plainServer, vs(t, "shop/web", web))
	sameGateway(t, q, server0, to)
	l, _ := Gateway(q)
	if d := cmp.Diff(Listener{Found: true, HTTP: true, Server: server0}, l); d != "" {
		t.Error(d)
	}

	q.Request.Path = authz.Known("/b")
	sameGateway(t, q, server0, "shop/web; = 404 no route matches")
	q.Request.Path, q.Request.Host = authz.Known("/a"), authz.Known("A.shop.com:8080")
	sameGateway(t, q, server0, to)
	q.Request.Host = authz.Known("b.shop.com")
	sameGateway(t, q, server0, "Gateway infra/g servers[0]; = 404 no VirtualService of Gateway infra/g has the host")
	q.Request.TLS = true
	sameGateway(t, q, server0, "= 0 the server reads plain HTTP, and the connection is encrypted")

	q = askGateway(t, plainServer)
	sameGateway(t, q, server0, "Gateway infra/g servers[0]; = 404 no VirtualService has a route for Gateway infra/g spec.servers[0]")
	q.Labels = map[string]string{"istio": "egress"}
	sameGateway(t, q, "", "= 0 nothing listens: no Gateway selects the Pod")
	q.Labels = map[string]string{"istio": "ingress"}
	q.Request.Port = 81
	sameGateway(t, q, "", "= 0 nothing listens: no server of the Gateways that select the Pod is for its port 81, only for 80")
	q.Gateways = append(q.Gateways, nil, gw(t, "x/all", "{servers: [{hosts: ['*']}, {port: {number: 81, protocol: HTTP2}, hosts: ['*']}]}"))
	sameGateway(t, q, "Gateway x/all spec.servers[1]", "Gateway x/all servers[1]; = 404 no VirtualService has a route for Gateway x/all spec.servers[1]")
	sameGateway(t, GatewayQuery{}, "", "= 0 nothing listens: no Gateway selects the Pod")

	for name, tt := range map[string]struct{ spec, want string }{
		"another gateway": {"{hosts: [a.shop.com], gateways: [g, mesh]", ""},
		"as of old":       {"{hosts: [a.shop.com], gateways: [g.infra.svc.cluster.local]", to},
		"not exported":    {"{exportTo: ['.'], hosts: [a.shop.com], gateways: [infra/g]", ""},
		"exported":        {"{exportTo: [infra], hosts: [a.shop.com], gateways: [infra/g]", to},
		"a wildcard":      {"{hosts: ['*.shop.com'], gateways: [infra/g]", to},
		"any":             {"{hosts: ['*'], gateways: [infra/g]", to},
		"another port":    {"{hosts: ['*'], gateways: [infra/g], http: [{match: [{port: 81}], route: [{destination: {host: web}}]}]}", ""},
		"for a gateway":   {"{hosts: ['*'], gateways: [infra/g], http: [{match: [{gateways: [infra/g], port: 80}], route: [{destination: {host: web}}]}]}", to},
		"for the mesh":    {"{hosts: ['*'], gateways: [infra/g, mesh], http: [{match: [{gateways: [mesh]}], route: [{destination: {host: web}}]}]}", ""},
		"labels":          {"{hosts: ['*'], gateways: [infra/g], http: [{match: [{sourceLabels: {app: gw}, sourceNamespace: infra}], route: [{destination: {host: web}}]}]}", to},
	} {
		t.Run(name, func(t *testing.T) {
			spec := tt.spec
			if spec[len(spec)-1] != '}' {
				spec += ", http: [{route: [{destination: {host: web}}]}]}"
			}
			want := tt.want
			if want == "" {
				want = "Gateway infra/g servers[0]; = 404 no VirtualService has a route for Gateway infra/g spec.servers[0]"
			}
			sameGateway(t, askGateway(t, plainServer, vs(t, "shop/web", spec)), server0, want)
		})
	}
}

// What a server and a VirtualService have in common (istio: core/gateway.go
// buildGatewayHTTPRouteConfig).
func TestGatewayHosts(t *testing.T) {
	rule := func(hosts, to string) string {
		return "{hosts: [" + hosts + "], gateways: [infra/g], http: [{route: [{destination: {host: " + to + "}}]}]}"
	}
	at := func(hosts string) string { return "{port: {number: 80, protocol: HTTP}, hosts: [" + hosts + "]}" }
	for _, tt := range []struct {
		name, hosts string
		rules       []*networkingv1.VirtualService
		want        string
	}{
		{"its namespace", "shop/*.shop.com", []*networkingv1.VirtualService{vs(t, "shop/web", rule("a.shop.com", "x"))}, "shop/web http[0]; -> x.shop 100%"},
		{"not its namespace", "other/*.shop.com, './b.com'", []*networkingv1.VirtualService{vs(t, "shop/web", rule("a.shop.com", "x"))}, ""},
		{"the Gateway's own", "'./*.shop.com'", []*networkingv1.VirtualService{vs(t, "infra/web", rule("a.shop.com", "x"))}, "infra/web http[0]; -> x.infra 100%"},
		{"any namespace", "'*/*.shop.com'", []*networkingv1.VirtualService{vs(t, "shop/web", rule("a.shop.com", "x"))}, "shop/web http[0]; -> x.shop 100%"},
		{"all", "'*/*', b.com", []*networkingv1.VirtualService{vs(t, "shop/web", rule("a.shop.com", "x"))}, "shop/web http[0]; -> x.shop 100%"},
		{"the narrower one", "a.shop.com", []*networkingv1.VirtualService{vs(t, "shop/web", rule("'*.com'", "x"))}, "shop/web http[0]; -> x.shop 100%"},
		{"a name before a wildcard", "'*'", []*networkingv1.VirtualService{vs(t, "shop/any", rule("'*.com'", "x")), vs(t, "shop/web", rule("a.shop.com", "zz"))}, "shop/web http[0]; -> zz.shop 100%"},
		{"the longest wildcard", "'*'", []*networkingv1.VirtualService{vs(t, "shop/any", rule("'*'", "x")), vs(t, "shop/web", rule("'*.com'", "zz"))}, "shop/web http[0]; -> zz.shop 100%"},
		{
			"all of a host, what takes everything last", "'*'",
			[]*networkingv1.VirtualService{
				vs(t, "shop/any", rule("a.shop.com", "x")), vs(t, "shop/web", "{hosts: [A.shop.com], gateways: [infra/g], http: [{match: [{uri: {prefix: /a}}], route: [{destination: {host: zz}}]}]}"),
			},
			"shop/web http[0]; -> zz.shop 100%",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			want := tt.want
			if want == "" {
				want = "Gateway infra/g servers[0]; = 404 no VirtualService has a route for Gateway infra/g spec.servers[0]"
			}
			sameGateway(t, askGateway(t, at(tt.hosts), tt.rules...), server0, want)
		})
	}
	q := askGateway(t, at("'*'"), vs(t, "shop/any", rule("'*.com'", "x")), vs(t, "shop/web", rule("a.shop.com", "zz")))
	q.Request.Host = authz.Attr[string]{}
	sameGateway(t, q, server0,
		"if host is a.shop.com; shop/web http[0]; -> zz.shop 100%",
		"if host is not a.shop.com; if host ends in .com; shop/any http[0]; -> x.shop 100%",
		"if host does not end in .com; Gateway infra/g servers[0]; = 404 no VirtualService of Gateway infra/g has the host")
	q.VirtualServices = inOrder(vs(t, "shop/any", rule("'*'", "x")))
	sameGateway(t, q, server0, "shop/any http[0]; -> x.shop 100%")
}

// Servers that end TLS, and are told apart by server names.
func TestGatewayTLS(t *testing.T) {
	const to = "shop/web http[0]; -> web.shop 100%"
	q := askGateway(t, plainServer+", "+shopServer, vs(t, "shop/web", web))
	const second = "Gateway infra/g spec.servers[1]"
	sameGateway(t, q.secure("b.shop.com"), second, to) // the host chooses the route
	sameGateway(t, q.secure("shop.com"), "", "= 0 no server on the port takes the server name")
	o := q.secure("")
	o.Request.SNI = authz.Attr[string]{}
	sameGateway(t, o, second, "if SNI ends in .shop.com; "+to, "if SNI does not end in .shop.com; = 0 no server on the port takes the server name")
	o.Request.SNI = authz.Absent[string]()
	sameGateway(t, o, "", "= 0 no server on the port takes the server name")
	p := q.secure("a.shop.com")
	p.Request.TLS = false
	sameGateway(t, p, "", "= 0 the servers on the port expect TLS")
	for mode, protocol := range map[string]string{"SIMPLE": "HTTPS", "MUTUAL": "HTTPS", "OPTIONAL_MUTUAL": "HTTPS", "ISTIO_MUTUAL": "HTTPS"} {
		q := askGateway(t, "{port: {number: 443, protocol: "+protocol+"}, hosts: [shop/a.shop.com, '*'], tls: {mode: "+mode+"}}", vs(t, "shop/web", web)).secure("any")
		l, got := Gateway(q)
		same(t, got, to)
		if d := cmp.Diff(Listener{Found: true, HTTP: true, Server: server0, TLSMode: mode}, l); d != "" {
			t.Error(d)
		}
		q.Request.TLS = false
		sameGateway(t, q, server0, "= 0 the server expects TLS")
	}
}

func TestGatewayRedirect(t *testing.T) {
	redirect := "{port: {number: 80, protocol: HTTP}, hosts: ['*.shop.com'], tls: {httpsRedirect: true}}"
	const moved = "Gateway infra/g servers[0].tls.httpsRedirect; = 301 redirect to HTTPS https://a.shop.com/a"
	sameGateway(t, askGateway(t, redirect, vs(t, "shop/web", web)), server0, moved)
	sameGateway(t, askGateway(t, redirect), server0, moved) // without a VirtualService too
	// a host of two servers: the redirect of the later one is that of both
	q := askGateway(t, "{port: {number: 80, protocol: HTTP}, hosts: [a.shop.com]}, "+redirect, vs(t, "shop/web", web))
	sameGateway(t, q, server0, "Gateway infra/g servers[1].tls.httpsRedirect; = 301 redirect to HTTPS https://a.shop.com/a")
}

// Servers on one port that go together, or do not (istio: model/gateway.go
// mergeGateways).
func TestGatewayMerge(t *testing.T) {
	const to = "shop/web http[0]; -> web.shop 100%"
	left := func(server, why string) string { return "; (Gateway infra/g " + server + " is left out: " + why + ")" }
	tcp := "{port: {number: 443, protocol: TCP}, hosts: ['*']}"
	for _, tt := range []struct{ name, servers, sni, server, want string }{
		{"HTTP and HTTPS", "{port: {number: 443, protocol: HTTP}, hosts: ['*']}, " + shopServer, "a.shop.com", server0, "= 0 the server reads plain HTTP, and the connection is encrypted" + left("spec.servers[1]", "it does not go together with Gateway infra/g spec.servers[0] on the same port")},
		{"HTTPS and HTTP", shopServer + ", {port: {number: 443, protocol: HTTP}, hosts: ['*']}", "a.shop.com", server0, to},
		{"HTTPS and HTTP, another name", shopServer + ", {port: {number: 443, protocol: HTTP}, hosts: ['*']}", "a.com", "Gateway infra/g spec.servers[1]", "= 0 the server reads plain HTTP, and the connection is encrypted"},
		{"TCP twice", tcp + ", " + tcp, "", server0, "shop/web tcp[0]; -> db.shop 100%" + left("spec.servers[1]", "it does not go together with Gateway infra/g spec.servers[0] on the same port")},
		{"a host twice", shopServer + ", {port: {number: 443, name: other, protocol: HTTPS}, hosts: [b.com, '*.shop.com'], tls: {mode: SIMPLE}}", "b.com", "", "= 0 no server on the port takes the server name" + left("spec.servers[1]", "an earlier server has one of its hosts")},
		{"a port's name twice", shopServer + ", {port: {number: 443, name: https, protocol: HTTPS}, hosts: [b.com], tls: {mode: SIMPLE}}", "a.shop.com", server0, to + left("spec.servers[1]", "the name of its port is not unique")},
		{"two names", shopServer + ", {port: {number: 443, name: other, protocol: HTTPS}, hosts: [a.shop.com], tls: {mode: SIMPLE}}", "a.shop.com", "Gateway infra/g spec.servers[1]", to},
		{"HTTP and GRPC", "{port: {number: 443, protocol: HTTP}, hosts: [b.com]}, {port: {number: 443, protocol: GRPC}, hosts: ['*']}", "", server0, to},
	} {
		t.Run(tt.name, func(t *testing.T) {
			q := askGateway(t, tt.servers, vs(t, "shop/web", web[:len(web)-1]+", tcp: [{route: [{destination: {host: db}}]}]}")).secure(tt.sni)
			q.Request.TLS = tt.sni != ""
			sameGateway(t, q, tt.server, tt.want)
		})
	}
}

// Connections that the gateway does not read (istio: core/gateway.go
// createGatewayTCPFilterChainOpts).
func TestGatewayStream(t *testing.T) {
	server := func(protocol, tls string) string {
		return "{port: {number: 443, protocol: " + protocol + "}, hosts: ['*.shop.com']" + tls + "}"
	}
	const routes = ", tcp: [{match: [{port: 1}, {gateways: [infra/x]}], route: [{destination: {host: no-one}}]}, {match: [{port: 443, gateways: [infra/g]}]}, {match: [{port: 443}], route: [{destination: {host: db}}]}], " +
		"tls: [{}, {match: [{sniHosts: [a.shop.com]}], route: [{destination: {host: x}}]}, {match: [{sniHosts: [a.shop.com, b.shop.com]}, {sniHosts: [c.shop.com], port: 1}, {sniHosts: ['*.shop.com']}], route: [{destination: {host: zz}}]}]}"
	for _, tt := range []struct {
		name, server, sni, mode string
		want                    []string
	}{
		{"TCP", server("TCP", ""), "", "", []string{"shop/db tcp[2]; -> db.shop 100%"}},
		{"TLS in TCP", server("TCP", ""), "x", "", []string{"shop/db tcp[2]; -> db.shop 100%"}},
		{"TLS ends", server("TLS", ", tls: {mode: SIMPLE}"), "z.shop.com", "SIMPLE", []string{"shop/db tcp[2]; -> db.shop 100%"}},
		{"PASSTHROUGH", server("TLS", ", tls: {mode: PASSTHROUGH}"), "a.shop.com", "PASSTHROUGH", []string{"shop/db tls[1]; -> x.shop 100%"}},
		{"PASSTHROUGH of HTTPS", server("HTTPS", ", tls: {mode: PASSTHROUGH}"), "d.shop.com", "PASSTHROUGH", []string{"shop/db tls[2]; -> zz.shop 100%"}},
		{"no SNI", server("TLS", ", tls: {mode: PASSTHROUGH}"), "", "", []string{"= 0 the servers on the port expect TLS"}},
		{"AUTO_PASSTHROUGH", "{port: {number: 443, protocol: TLS}, hosts: ['*.local'], tls: {mode: AUTO_PASSTHROUGH}}", "outbound_.90_.v1_." + cart, "AUTO_PASSTHROUGH", []string{"Gateway infra/g servers[0]; -> cart.shop.svc.cluster.local:90 subset v1 100%"}},
		{"AUTO_PASSTHROUGH, another host", "{port: {number: 443, protocol: TLS}, hosts: ['*.global'], tls: {mode: AUTO_PASSTHROUGH}}", "outbound_.90_.v1_." + cart, "", []string{"= 0 no server on the port takes the server name"}},
		{"AUTO_PASSTHROUGH, another name", "{port: {number: 443, protocol: TLS}, hosts: ['*'], tls: {mode: AUTO_PASSTHROUGH}}", cart, "", []string{"= 0 no server on the port takes the server name"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			q := askGateway(t, tt.server, vs(t, "shop/none", "{hosts: [other.com], gateways: [infra/g], tcp: [{route: [{destination: {host: no-one}}]}]}"), vs(t, "shop/db", "{hosts: ['*.shop.com'], gateways: [infra/g]"+routes)).secure(tt.sni)
			q.Request.TLS = tt.sni != ""
			l, got := Gateway(q)
			same(t, got, tt.want...)
			if l.TLSMode != tt.mode || l.HTTP {
				t.Errorf("%+v", l)
			}
		})
	}
	q := askGateway(t, server("TCP", "")).secure("")
	sameGateway(t, q, "", "= 0 nothing listens: the server on port 443 has no route for connections, so the gateway does not listen")
	q = askGateway(t, "{port: {number: 443, protocol: TLS}, hosts: ['*'], tls: {mode: AUTO_PASSTHROUGH}}").secure("")
	q.Request.SNI = authz.Attr[string]{}
	sameGateway(t, q, server0, "unseen: which service the server name stands for; Gateway infra/g servers[0]; = 0 AUTO_PASSTHROUGH forwards by the server name")
	q.Request.SNI = authz.UnseenBecause[string]("the server name")
	_, got := Gateway(q)
	same(t, got, "unseen: the server name; unseen: which service the server name stands for; Gateway infra/g servers[0]; = 0 AUTO_PASSTHROUGH forwards by the server name", "unseen: the server name; = 0 no server on the port takes the server name")
}

// A server's port is the Service's, and the Pod listens on the targetPort (istio:
// model/gateway.go resolvePorts).
func TestGatewayPorts(t *testing.T) {
	const to = "shop/web http[0]; -> web.shop 100%"
	const none = "= 0 nothing listens: no server of the Gateways that select the Pod is for its port 8080, only for "
	port := func(target intstr.IntOrString) []corev1.ServicePort {
		return []corev1.ServicePort{{Port: 80, TargetPort: intstr.FromInt(1), Protocol: corev1.ProtocolUDP}, {Port: 80, TargetPort: target}, {Port: 80, TargetPort: intstr.FromInt(2)}}
	}
	for _, tt := range []struct {
		name    string
		pod     uint16
		dialled uint16
		ports   []corev1.ServicePort
		named   map[string]uint16
		want    string
	}{
		{"by number", 8080, 80, port(intstr.FromInt(8080)), nil, to},
		{"not known", 0, 80, port(intstr.FromInt(8080)), nil, to},
		{"by name", 8080, 80, port(intstr.FromString("http")), map[string]uint16{"http": 8080}, to},
		{"by a name that is not known", 8080, 80, port(intstr.FromString("http")), nil, to},
		{"and is not what was dialled", 8080, 8080, port(intstr.FromString("http")), nil, none + "0"},
		{"another number", 8080, 80, port(intstr.FromInt(81)), nil, none + "81"},
		{"the same", 80, 80, port(intstr.IntOrString{}), nil, to},
		{"no Service", 80, 80, nil, nil, to},
		{"no Service, another number", 8080, 80, nil, nil, none + "80"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			q := askGateway(t, plainServer, vs(t, "shop/web", web))
			q.PodPort, q.Request.Port, q.Ports, q.NamedPorts = tt.pod, tt.dialled, tt.ports, tt.named
			_, got := Gateway(q)
			same(t, got, tt.want)
		})
	}
	q := askGateway(t, plainServer, vs(t, "shop/web", web))
	q.Unprivileged = true
	sameGateway(t, q, "", "= 0 nothing listens: the gateway is not privileged and does not bind port 80")
	q = askGateway(t, "{bind: 10.0.0.1, port: {number: 80, protocol: HTTP}, hosts: ['*']}, {bind: 'unix:///x', port: {number: 80, protocol: HTTP}, hosts: ['*']}", vs(t, "shop/web", web))
	sameGateway(t, q, "", "= 0 nothing listens: no server of the Gateways that select the Pod is for its port 80, only for 80")
	q.Request.DestinationIP = ip("10.0.0.1")
	sameGateway(t, q, server0, to)
}
