package facts

import (
	"net/netip"
	"testing"

	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

func TestChoose(t *testing.T) {
	chain := func(name string, port uint32, transport string, alpn ...string) *listenerv3.FilterChain {
		m := &listenerv3.FilterChainMatch{TransportProtocol: transport, ApplicationProtocols: alpn}
		if port > 0 {
			m.DestinationPort = wrapperspb.UInt32(port)
		}
		return &listenerv3.FilterChain{Name: name, FilterChainMatch: m}
	}
	l := &listenerv3.Listener{
		FilterChains: []*listenerv3.FilterChain{
			chain("mtls-http", 80, "tls", "istio-http/1.1"), chain("mtls-tcp", 80, "tls", "istio-peer-exchange", "istio"),
			chain("http", 80, "raw_buffer", "http/1.1", "h2c"), chain("tcp", 80, "raw_buffer"),
			chain("strict", 81, "tls"), chain("rest", 0, "raw_buffer"),
		},
	}
	for _, c := range []struct {
		conn Conn
		want string
	}{
		{Conn{Port: 80, TLS: true, ALPN: []string{"istio-http/1.1", "istio", "http/1.1"}}, "mtls-http"},
		{Conn{Port: 80, TLS: true, ALPN: []string{"istio-peer-exchange", "istio"}}, "mtls-tcp"},
		{Conn{Port: 80, TLS: true, ALPN: []string{"h2"}}, ""},
		{Conn{Port: 80, ALPN: []string{"http/1.1"}}, "http"},
		{Conn{Port: 80}, "tcp"},
		{Conn{Port: 81}, ""}, // the port is matched, and there is no way back
		{Conn{Port: 82}, "rest"},
	} {
		c.conn.IP = netip.MustParseAddr("10.0.0.1")
		if got := Choose(l, c.conn).GetName(); got != c.want {
			t.Errorf("%+v: got %q, want %q", c.conn, got, c.want)
		}
	}
}

func TestVirtualHost(t *testing.T) {
	rc := &routev3.RouteConfiguration{IgnorePortInHostMatching: true, VirtualHosts: []*routev3.VirtualHost{
		{Name: "all", Domains: []string{"*"}},
		{Name: "wild", Domains: []string{"*.example.com"}},
		{Name: "wilder", Domains: []string{"*.shop.example.com"}},
		{Name: "exact", Domains: []string{"shop.example.com"}},
	}}
	for host, want := range map[string]string{
		"shop.example.com": "exact", "SHOP.example.com:80": "exact", "a.example.com": "wild",
		"a.shop.example.com": "wilder", "example.com": "all",
	} {
		if got := virtualHost(rc, host).GetName(); got != want {
			t.Errorf("%s: got %s, want %s", host, got, want)
		}
	}
}

func TestRewritten(t *testing.T) {
	match := &routev3.RouteMatch{PathSpecifier: &routev3.RouteMatch_Prefix{Prefix: "/api/"}}
	action := &routev3.RouteAction{PrefixRewrite: "/"}
	if got := rewritten(match, action, Message{Path: "/api/x?y=1"}).Path; got != "/x?y=1" {
		t.Errorf("got %s", got)
	}
}
