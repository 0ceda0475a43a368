package routing

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	networkingapi "istio.io/api/networking/v1alpha3"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
)

// oddServices are VirtualServices that no admission would let in.
func oddServices() []*networkingv1.VirtualService {
	var out []*networkingv1.VirtualService
	for _, spec := range []*networkingapi.VirtualService{
		{},
		{Hosts: []string{"", "*", "cart", "..", "*."}, Http: []*networkingapi.HTTPRoute{nil, {}, {Match: []*networkingapi.HTTPMatchRequest{nil}}}},
		{Hosts: []string{"cart"}, Http: []*networkingapi.HTTPRoute{
			{Match: []*networkingapi.HTTPMatchRequest{{Uri: &networkingapi.StringMatch{}, Headers: map[string]*networkingapi.StringMatch{"": nil, "x": nil}, QueryParams: map[string]*networkingapi.StringMatch{"": nil}}}},
			{Route: []*networkingapi.HTTPRouteDestination{nil, {}}, Mirrors: []*networkingapi.HTTPMirrorPolicy{nil}, Rewrite: &networkingapi.HTTPRewrite{Uri: "/", UriRegexRewrite: &networkingapi.RegexRewrite{}}, Headers: &networkingapi.Headers{}},
			{Redirect: &networkingapi.HTTPRedirect{}, Fault: &networkingapi.HTTPFaultInjection{Abort: &networkingapi.HTTPFaultInjection_Abort{}}},
			{Delegate: &networkingapi.Delegate{}},
		}},
		{
			Hosts: []string{"*"}, Gateways: []string{"", "mesh", "a/b", "/", "."}, Tls: []*networkingapi.TLSRoute{nil, {Match: []*networkingapi.TLSMatchAttributes{nil, {SniHosts: []string{"", "*"}}}, Route: []*networkingapi.RouteDestination{nil}}},
			Tcp: []*networkingapi.TCPRoute{nil, {Match: []*networkingapi.L4MatchAttributes{nil, {DestinationSubnets: []string{"", "::/0", "1.2.3.4/99"}}}, Route: []*networkingapi.RouteDestination{nil, {}}}},
		},
	} {
		vs := &networkingv1.VirtualService{}
		spec.DeepCopyInto(&vs.Spec)
		vs.Spec.Http, vs.Spec.Tls, vs.Spec.Tcp = spec.GetHttp(), spec.GetTls(), spec.GetTcp()
		out = append(out, vs, nil)
	}
	return out
}

func oddGateways() []*networkingv1.Gateway {
	var out []*networkingv1.Gateway
	for _, servers := range [][]*networkingapi.Server{
		nil,
		{nil, {}, {Port: &networkingapi.Port{}}, {Port: &networkingapi.Port{Number: 80, Protocol: "HTTP"}, Tls: &networkingapi.ServerTLSSettings{}}},
		{{Port: &networkingapi.Port{Number: 80, Protocol: "HTTPS"}}, {Port: &networkingapi.Port{Number: 80, Protocol: "TLS"}, Hosts: []string{"", "/", "a/b/c", "*/*"}, Tls: &networkingapi.ServerTLSSettings{Mode: networkingapi.ServerTLSSettings_AUTO_PASSTHROUGH}}},
		{{Port: &networkingapi.Port{Number: 80, Protocol: "what"}, Tls: &networkingapi.ServerTLSSettings{Mode: 99}, Hosts: []string{"*"}}},
		{{Port: &networkingapi.Port{Number: 1 << 20, Protocol: "HTTP"}, Hosts: []string{"*"}}},
	} {
		g := &networkingv1.Gateway{}
		g.Namespace, g.Name = "a", "b"
		g.Spec.Servers = servers
		out = append(out, g, nil)
	}
	return out
}

// Nothing panics, whatever the objects and the request, and all comes out the same each
// time.
func TestOdd(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	pick := func(values ...string) authz.Attr[string] {
		switch i := random.IntN(len(values) + 3); i {
		case 0:
			return authz.Attr[string]{}
		case 1:
			return authz.Absent[string]()
		case 2:
			return authz.UnseenBecause[string]("it")
		default:
			return authz.Known(values[i-3])
		}
	}
	services, gateways := oddServices(), oddGateways()
	for range 1000 {
		r := Request{
			Port: uint16(random.IntN(2) * 80), TLS: random.IntN(2) == 0, HTTP: random.IntN(2) == 0,
			SNI: pick("", "a", "outbound_.1_._.a", "outbound_.x_._.a"), Host: pick("", ":", "[", "cart", "a.b:80", "*"), Method: pick("", "GET"), Path: pick("", "/", "?", "*", "/a#?"),
			Headers: authz.Headers{Closed: random.IntN(2) == 0},
		}
		some := slices.DeleteFunc(slices.Clone(services), func(*networkingv1.VirtualService) bool { return random.IntN(2) == 0 })
		mesh := MeshQuery{VirtualServices: some, Request: r, Host: []string{"", "cart", "Cart.a", "*"}[random.IntN(4)], Waypoint: random.IntN(4) == 0, TLSPort: random.IntN(2) == 0, Sniffed: random.IntN(4) == 0}
		gateway := GatewayQuery{VirtualServices: some, Request: r, Namespace: "a", Gateways: slices.DeleteFunc(slices.Clone(gateways), func(*networkingv1.Gateway) bool { return random.IntN(2) == 0 })}
		one := show(Mesh(mesh))
		l, branches := Gateway(gateway)
		two := append(show(branches), l.Why, l.Server)
		if len(one) == 0 || len(branches) == 0 {
			t.Fatalf("no branch: %+v", r)
		}
		if d := cmp.Diff(one, show(Mesh(mesh))); d != "" {
			t.Fatal(d)
		}
		l, branches = Gateway(gateway)
		if d := cmp.Diff(two, append(show(branches), l.Why, l.Server)); d != "" {
			t.Fatal(d)
		}
	}
}

// The objects are left as they are.
func TestObjectsStay(t *testing.T) {
	rules := inOrder(
		vs(t, "shop/root", "{hosts: [cart], gateways: [g, mesh], http: [{match: [{gateways: [g, mesh]}], mirror: {host: m}, delegate: {name: sub}}, {route: [{destination: {host: x}}]}], tcp: [{route: [{destination: {host: x}}]}]}"),
		vs(t, "shop/sub", "{http: [{route: [{destination: {host: x}}]}]}"),
	)
	before := []string{rules[0].Spec.String(), rules[1].Spec.String()}
	q := askMesh()
	q.VirtualServices = rules
	Mesh(q)
	for i, r := range rules {
		if r.Spec.String() != before[i] {
			t.Errorf("%s became %s", before[i], r.Spec.String())
		}
	}
}
