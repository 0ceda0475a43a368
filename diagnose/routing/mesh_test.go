package routing

import (
	"slices"
	"testing"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
)

const (
	cart    = "cart.shop.svc.cluster.local"
	reviews = "reviews.other.svc.cluster.local"
)

// ask asks for http://cart/a from the namespace shop; the mesh knows cart and reviews.
func askMesh(objects ...*networkingv1.VirtualService) MeshQuery {
	return MeshQuery{
		VirtualServices: inOrder(objects...), Namespace: "shop", RootNamespace: "istio-system", Domain: "cluster.local",
		Request: get("/a"), Host: cart, HostNamespace: "shop",
		Known: func(host string, port uint16) bool {
			return port != 9 && slices.Contains([]string{cart, reviews, "foo.com", "*.wild.com", "pods.shop.svc.cluster.local"}, host)
		},
	}
}

// Which VirtualService is the one of a host.
func TestMeshVirtualService(t *testing.T) {
	to := func(host, more string) string {
		return "{hosts: [" + host + "], http: [{route: [{destination: {host: " + more + "}}]}]}"
	}
	for _, tt := range []struct {
		name    string
		objects []*networkingv1.VirtualService
		want    string
	}{
		{"none", nil, "-> cart.shop 100%"},
		{"by its short name", []*networkingv1.VirtualService{vs(t, "shop/a", to("cart", "x"))}, "shop/a http[0]; -> x.shop 100%"},
		{"by its full name, in another namespace", []*networkingv1.VirtualService{vs(t, "b/a", to(cart, "x"))}, "b/a http[0]; -> x.b 100%"},
		{"a short name is one of its own namespace", []*networkingv1.VirtualService{vs(t, "b/a", to("cart", "x"))}, "-> cart.shop 100%"},
		{"the oldest", []*networkingv1.VirtualService{vs(t, "shop/z", to("cart", "x")), vs(t, "shop/a", to("cart", "yy"))}, "shop/z http[0]; -> x.shop 100%"},
		{
			"what its namespace has for itself goes first",
			[]*networkingv1.VirtualService{
				vs(t, "shop/a", to("cart", "x")), vs(t, "b/exported", "{exportTo: [shop], "+to(cart, "yy")[1:]), vs(t, "shop/private", "{exportTo: ['.'], "+to("cart", "z")[1:]),
			},
			"shop/private http[0]; -> z.shop 100%",
		},
		{
			"what is exported to it goes second",
			[]*networkingv1.VirtualService{vs(t, "shop/a", to("cart", "x")), vs(t, "b/exported", "{exportTo: [shop], "+to(cart, "yy")[1:])},
			"b/exported http[0]; -> yy.b 100%",
		},
		{"what is not exported to it", []*networkingv1.VirtualService{vs(t, "b/a", "{exportTo: ['.'], "+to(cart, "yy")[1:])}, "-> cart.shop 100%"},
		{"what is exported to none", []*networkingv1.VirtualService{vs(t, "shop/a", "{exportTo: ['~'], "+to("cart", "yy")[1:])}, "-> cart.shop 100%"},
		{"star goes before the rest", []*networkingv1.VirtualService{vs(t, "b/a", "{exportTo: ['~', '*'], "+to(cart, "yy")[1:])}, "b/a http[0]; -> yy.b 100%"},
		{"of a gateway only", []*networkingv1.VirtualService{vs(t, "shop/a", "{gateways: [g], "+to("cart", "yy")[1:])}, "-> cart.shop 100%"},
		{"of both", []*networkingv1.VirtualService{vs(t, "shop/a", "{gateways: [g, mesh], "+to("cart", "yy")[1:])}, "shop/a http[0]; -> yy.shop 100%"},
		{
			"a name before a wildcard",
			[]*networkingv1.VirtualService{vs(t, "shop/a", to("'*'", "x")), vs(t, "shop/b", to("'*.svc.cluster.local'", "yy")), vs(t, "shop/c", to("cart", "z"))},
			"shop/c http[0]; -> z.shop 100%",
		},
		{
			"the longest wildcard",
			[]*networkingv1.VirtualService{vs(t, "shop/a", to("'*'", "x")), vs(t, "shop/b", to("'*.svc.cluster.local'", "yy"))},
			"shop/b http[0]; -> yy.shop 100%",
		},
		{"any", []*networkingv1.VirtualService{vs(t, "shop/a", to("'*'", "x")), vs(t, "shop/b", to("'*'", "yy"))}, "shop/a http[0]; -> x.shop 100%"},
		{
			"one of whose routes none concerns the proxy is none",
			[]*networkingv1.VirtualService{
				vs(t, "shop/a", "{hosts: [cart], http: [{match: [{sourceNamespace: x}], route: [{destination: {host: x}}]}]}"), vs(t, "shop/b", to("cart", "yy")),
			},
			"shop/b http[0]; -> yy.shop 100%",
		},
		{
			"and hides the wildcard",
			[]*networkingv1.VirtualService{
				vs(t, "shop/a", "{hosts: [cart], http: [{match: [{port: 81}], route: [{destination: {host: x}}]}]}"), vs(t, "shop/b", to("'*'", "yy")),
			},
			"-> cart.shop 100%",
		},
		{"tcp only is none", []*networkingv1.VirtualService{vs(t, "shop/a", "{hosts: [cart], tcp: [{route: [{destination: {host: x}}]}]}")}, "-> cart.shop 100%"},
		{"a short form is a host of its own", []*networkingv1.VirtualService{vs(t, "shop/a", to("cart.shop", "x"))}, "-> cart.shop 100%"},
		{"nil", []*networkingv1.VirtualService{vs(t, "shop/a", "{}"), vs(t, "shop/b", to("cart", "x"))}, "shop/b http[0]; -> x.shop 100%"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			q := askMesh(tt.objects...)
			q.Request.Host = authz.Known(cart)
			same(t, Mesh(q), tt.want)
		})
	}
	q := askMesh(vs(t, "b/a", to(cart, "x")))
	q.DefaultExportTo = []string{"."}
	same(t, Mesh(q), "-> cart.shop 100%")
	q.VirtualServices = append(q.VirtualServices, nil)
	same(t, Mesh(q), "-> cart.shop 100%")
}

// Where the Host header leads (istio: core/httproute.go generateVirtualHostDomains).
func TestMeshHost(t *testing.T) {
	rules := inOrder(
		vs(t, "shop/cart", "{hosts: [cart], http: [{route: [{destination: {host: x}}]}]}"),
		vs(t, "shop/web", "{hosts: [bar.com, '*.bar.com', cart.shop], http: [{route: [{destination: {host: bar}}]}]}"),
		vs(t, "shop/a", "{hosts: [a.wild.com], http: [{route: [{destination: {host: a}}]}]}"),
		vs(t, "shop/mixed", "{hosts: [foo.com, mixed.com], http: [{route: [{destination: {host: mixed}}]}]}"),
	)
	const (
		own     = "shop/cart http[0]; -> x.shop 100%"
		through = ": PassthroughCluster sends it to the address that was dialled)"
		there   = "-> reviews.other 100%; (the Host header names " + reviews + ", so the request is routed as one to it, not to " + cart + ", which was dialled)"
	)
	for _, tt := range []struct {
		host string
		port uint16
		want string
	}{
		{"cart", 80, own},
		{"CART:80", 80, own},
		{"cart:1", 80, own}, // the port does not count
		{cart, 80, own},
		{cart + ".", 80, own},
		{"cart.shop.svc", 80, own},
		{"cart.shop", 80, own}, // that of cart is the older one
		{"10.0.0.1:80", 80, own},
		{"reviews.other", 80, there},
		{"reviews.other.svc", 80, there},
		{reviews + ":80", 80, there},
		{"reviews", 80, "-> dialled 100%; (no service of the mesh is called reviews on port 80" + through},
		{"x.cart.shop", 80, "-> dialled 100%; (no service of the mesh is called x.cart.shop on port 80" + through},
		{"10.9.9.9", 80, "-> dialled 100%; (no service of the mesh is called 10.9.9.9 on port 80" + through},
		{"bar.com", 80, "shop/web http[0]; -> bar.shop 100%"},
		{"x.bar.com", 80, "shop/web http[0]; -> bar.shop 100%"},
		{"bar.com", 8080, "-> dialled 100%; (no service of the mesh is called bar.com on port 8080" + through},
		{"a.wild.com", 80, "shop/a http[0]; -> a.shop 100%"},
		{"b.wild.com", 80, "-> *.wild.com 100%; (the Host header names *.wild.com, so the request is routed as one to it, not to " + cart + ", which was dialled)"},
		{"a.wild.com", 8080, "-> *.wild.com 100%; (the Host header names *.wild.com, so the request is routed as one to it, not to " + cart + ", which was dialled)"},
		{"foo.com", 8080, "shop/mixed http[0]; -> mixed.shop 100%; (the Host header names foo.com, so the request is routed as one to it, not to " + cart + ", which was dialled)"},
		{"mixed.com", 8080, "shop/mixed http[0]; -> mixed.shop 100%"},
		{"", 80, "-> dialled 100%; (the request names no host" + through},
	} {
		t.Run(tt.host, func(t *testing.T) {
			q := askMesh()
			q.VirtualServices = rules
			q.Request.Host, q.Request.Port, q.Request.DestinationIP = authz.Known(tt.host), tt.port, ip("10.0.0.1")
			same(t, Mesh(q), tt.want)
		})
	}
	q := askMesh()
	q.VirtualServices = rules
	q.Request.Host = authz.Attr[string]{}
	same(t, Mesh(q), own)
	q.Request.Host = authz.UnseenBecause[string]("the Host header")
	same(t, Mesh(q), "unseen: the Host header; "+own)
	q.Request.Host = authz.Absent[string]()
	same(t, Mesh(q), "-> dialled 100%; (the request has no Host header"+through)
	p := q
	p.Request.HTTP, p.HTTPPort = false, true
	same(t, Mesh(p), "-> dialled 100%; (the connection is not HTTP, as the port is declared"+through)
	q.RegistryOnly, q.Request.Host = true, authz.Known("unknown.com")
	same(t, Mesh(q), "= 502 no service of the mesh is called unknown.com on port 80, and outboundTrafficPolicy is REGISTRY_ONLY")
	q.Request.HTTP, q.Host = false, "unknown.com"
	same(t, Mesh(q), "= 0 no service of the mesh listens there, and outboundTrafficPolicy is REGISTRY_ONLY")
}

// A port whose protocol is not declared has a listener of its own.
func TestMeshSniffed(t *testing.T) {
	q := askMesh(vs(t, "shop/cart", "{hosts: [cart], http: [{route: [{destination: {host: x}}]}]}"))
	q.Sniffed, q.Request.Host = true, authz.Known(reviews)
	same(t, Mesh(q), "shop/cart http[0]; -> x.shop 100%")
	q.VirtualServices = nil
	same(t, Mesh(q), "-> cart.shop 100%")
	q.Host = "unknown.com"
	same(t, Mesh(q), "-> reviews.other 100%; (the Host header names "+reviews+", so the request is routed as one to it, not to unknown.com, which was dialled)")
}

func TestMeshHeadless(t *testing.T) {
	q := askMesh()
	q.Host, q.Headless = "pods.shop.svc.cluster.local", true
	for _, host := range []string{"pods", "p-0.pods", "p-0.pods.shop.svc.cluster.local:80", "p-0.pods.shop.svc"} {
		q.Request.Host = authz.Known(host)
		same(t, Mesh(q), "-> pods.shop 100%")
	}
	q.Request.Host, q.Request.DestinationIP = authz.Known("[fd00::1]:80"), ip("fd00::1")
	same(t, Mesh(q), "-> dialled 100%; (no service of the mesh is called [fd00::1] on port 80: PassthroughCluster sends it to the address that was dialled)")
	q.Headless, q.Sniffed = true, true
	same(t, Mesh(q), "-> pods.shop 100%")
	q.Headless, q.Sniffed = false, false
	same(t, Mesh(q), "-> pods.shop 100%")
}

// Without Known only what was dialled is known.
func TestMeshKnownIsNil(t *testing.T) {
	q := askMesh()
	q.Known = nil
	same(t, Mesh(q), "-> cart.shop 100%")
	q.Request.Host = authz.Known(reviews)
	same(t, Mesh(q), "-> dialled 100%; (no service of the mesh is called "+reviews+" on port 80: PassthroughCluster sends it to the address that was dialled)")
	same(t, Mesh(MeshQuery{}), "-> dialled 100%; (no service of the mesh listens there: PassthroughCluster sends it to the address that was dialled)")
}

// Connections that are not HTTP (istio: core/tls.go).
func TestMeshStream(t *testing.T) {
	const through = "-> dialled 100%; (no tls route of the Service matches: PassthroughCluster sends it to the address that was dialled)"
	sni := func(s string) Request { r := get(""); r.HTTP, r.SNI = false, authz.Known(s); return r }
	at := func(a string) Request { r := get(""); r.HTTP, r.DestinationIP = false, ip(a); return r }
	plain := get("")
	plain.HTTP = false
	unseen := plain
	unseen.DestinationIP = unseenIP("the address")
	absent := plain
	absent.DestinationIP = authz.Absent[netipAddr]()
	for _, tt := range []struct {
		name, spec string
		tls        bool
		r          Request
		want       []string
	}{
		{"tcp", "tcp: [{route: [{destination: {host: x, port: {number: 5}}}]}]", false, plain, []string{"shop/a tcp[0]; -> x.shop.svc.cluster.local:5 100%"}},
		{"weights", "tcp: [{route: [{destination: {host: x}, weight: 30}, {destination: {host: z}, weight: 70}, {destination: {host: o}}]}]", false, plain, []string{"shop/a tcp[0]; -> x.shop 30%; -> z.shop 70%"}},
		{"no weights", "tcp: [{route: [{destination: {host: x}}, {destination: {host: z}}]}]", false, plain, []string{"unseen: what the proxy does: Envoy refuses a route without a destination; shop/a tcp[0]; = 0 the route has no destination"}},
		{"a route without destinations is none", "tcp: [{}, {route: [{destination: {host: x}}]}]", false, plain, []string{"shop/a tcp[1]; -> x.shop 100%"}},
		{"tcp of a TLS port", "tcp: [{route: [{destination: {host: x}}]}]", true, plain, []string{"-> cart.shop 100%"}},
		{"port", "tcp: [{match: [{port: 81}], route: [{destination: {host: x}}]}]", false, plain, []string{"-> cart.shop 100%"}},
		{"all has to hold", "tcp: [{match: [{gateways: [mesh], sourceLabels: {app: no-one}}], route: [{destination: {host: x}}]}]", false, plain, []string{"-> cart.shop 100%"}},
		{"gateway", "{gateways: [mesh, g], tcp: [{match: [{gateways: [g]}], route: [{destination: {host: x}}]}]}", false, plain, []string{"-> cart.shop 100%"}},
		{"labels", "tcp: [{match: [{sourceLabels: {app: web}, sourceNamespace: shop}], route: [{destination: {host: x}}]}]", false, plain, []string{"shop/a tcp[0]; -> x.shop 100%"}},
		{
			"the smallest block", "tcp: [{match: [{destinationSubnets: [10.0.0.0/8, bad]}], route: [{destination: {host: x}}]}, {match: [{destinationSubnets: [10.1.0.1]}], route: [{destination: {host: z}}]}]", false, at("10.1.0.1"),
			[]string{"shop/a tcp[1]; -> z.shop 100%"},
		},
		{
			"a block is open", "tcp: [{match: [{destinationSubnets: [10.0.0.0/8]}], route: [{destination: {host: x}}]}, {match: [{port: 80}], route: [{destination: {host: z}}]}, {route: [{destination: {host: u}}]}]", false, plain,
			[]string{"if destination IP is in 10.0.0.0/8; shop/a tcp[0]; -> x.shop 100%", "if destination IP is not in 10.0.0.0/8; shop/a tcp[1]; -> z.shop 100%"},
		},
		{
			"a block is not seen", "tcp: [{match: [{destinationSubnets: [10.0.0.0/8]}], route: [{destination: {host: x}}]}]", false, unseen,
			[]string{"unseen: the address; shop/a tcp[0]; -> x.shop 100%", "unseen: the address; -> cart.shop 100%"},
		},
		{"no address", "tcp: [{match: [{destinationSubnets: [10.0.0.0/8]}], route: [{destination: {host: x}}]}]", false, absent, []string{"-> cart.shop 100%"}},
		{"all addresses are no block", "tcp: [{match: [{destinationSubnets: [0.0.0.0/0]}], route: [{destination: {host: x}}]}]", false, plain, []string{"shop/a tcp[0]; -> x.shop 100%"}},
		{"SNI", "tls: [{match: [{sniHosts: ['*.b.com', a.com]}], route: [{destination: {host: x}}]}]", true, sni("A.com"), []string{"shop/a tls[0]; -> x.shop 100%"}},
		{"the closest SNI", "tls: [{match: [{sniHosts: ['*.b.com']}], route: [{destination: {host: x}}]}, {match: [{sniHosts: [c.b.com]}], route: [{destination: {host: z}}]}]", true, sni("c.b.com"), []string{"shop/a tls[1]; -> z.shop 100%"}},
		{"no SNI matches", "tls: [{match: [{sniHosts: [a.com]}], route: [{destination: {host: x}}]}]", true, sni("b.com"), []string{through}},
		{"any SNI", "tls: [{match: [{sniHosts: ['*']}], route: [{destination: {host: x}}]}]", true, plain, []string{"shop/a tls[0]; -> x.shop 100%"}},
		{
			"SNI is open", "tls: [{match: [{sniHosts: [a.com]}], route: [{destination: {host: x}}]}]", true, plain,
			[]string{"if SNI is a.com; shop/a tls[0]; -> x.shop 100%", "if SNI is not a.com; " + through},
		},
		{"SNI and block", "tls: [{match: [{sniHosts: [a.com], destinationSubnets: [10.0.0.0/8]}], route: [{destination: {host: x}}]}]", true, at("11.0.0.1"), []string{through}},
		{"tls without a match", "tls: [{route: [{destination: {host: x}}]}]", true, plain, []string{"-> cart.shop 100%"}},
		{"tls of a port that is not", "tls: [{match: [{sniHosts: [a.com]}], route: [{destination: {host: x}}]}]", false, sni("a.com"), []string{"-> cart.shop 100%"}},
		{"tls of other labels", "tls: [{match: [{sniHosts: [a.com], sourceLabels: {app: x}}], route: [{destination: {host: x}}]}]", true, sni("a.com"), []string{"-> cart.shop 100%"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			spec := "{hosts: [cart], " + trimBrace(tt.spec)
			q := askMesh(vs(t, "shop/a", spec), vs(t, "shop/b", "{hosts: [nothing]}"))
			q.Request, q.TLSPort = tt.r, tt.tls
			same(t, Mesh(q), tt.want...)
		})
	}
	q := askMesh(vs(t, "shop/a", "{hosts: ['*'], tcp: [{route: [{destination: {host: x}}]}]}"), vs(t, "shop/b", "{hosts: [cart], tcp: [{route: [{destination: {host: z}}]}]}"))
	q.Request = plain
	same(t, Mesh(q), "shop/a tcp[0]; -> x.shop 100%") // no one is more specific
}

// A waypoint (istio: core/listener_waypoint.go).
func TestWaypoint(t *testing.T) {
	q := askMesh(
		vs(t, "c/foreign", "{hosts: ["+cart+"], http: [{route: [{destination: {host: nope}}]}]}"),
		vs(t, "shop/one", "{hosts: [cart], http: [{match: [{sourceLabels: {app: web}}], route: [{destination: {host: nope}}]}, {match: [{uri: {prefix: /b}}], route: [{destination: {host: x}}]}]}"),
		vs(t, "way/two", "{hosts: ['*.shop.svc.cluster.local'], http: [{match: [{uri: {prefix: /a}}], route: [{destination: {host: z}}]}]}"),
		vs(t, "shop/three", "{hosts: [reviews], http: [{route: [{destination: {host: nope}}]}]}"),
	)
	q.Waypoint, q.Namespace = true, "way"
	q.Request.Host = authz.Known("whatever")
	same(t, Mesh(q), "way/two http[0]; -> z.way 100%")
	q.Request.Path = authz.Known("/c")
	same(t, Mesh(q), "way/two; = 404 no route matches")
	q.VirtualServices = q.VirtualServices[:1]
	same(t, Mesh(q), "-> cart.shop 100%")
	q.Request.HTTP = false
	same(t, Mesh(q), "-> cart.shop 100%")
	for spec, want := range map[string]string{
		"tls: [{match: [{sniHosts: [" + cart + "]}], route: [{destination: {host: x}}]}], tcp: [{route: [{destination: {host: z}}]}]": "shop/a tls[0]; -> x.shop 100%",
		"tls: [{match: [{sniHosts: [a.com]}], route: [{destination: {host: x}}]}], tcp: [{route: [{destination: {host: z}}]}]":        "shop/a tcp[0]; -> z.shop 100%",
		"tls: [{route: [{destination: {host: x}}]}]":                                                       "shop/a tls[0]; -> x.shop 100%",
		"tcp: [{match: [{sourceNamespace: shop}], route: [{destination: {host: x}}]}]":                     "-> cart.shop 100%",
		"tcp: [{match: [{destinationSubnets: [1.0.0.0/8], port: 80}], route: [{destination: {host: x}}]}]": "shop/a tcp[0]; -> x.shop 100%",
	} {
		q.VirtualServices = inOrder(vs(t, "shop/a", "{hosts: [cart], "+spec+"}"))
		same(t, Mesh(q), want)
	}
}
