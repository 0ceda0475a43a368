package wire

import (
	"slices"
	"strings"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	proxyv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/listener/proxy_protocol/v3"
	echov3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/echo/v3"
	hcmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	tcpv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/tcp_proxy/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/envoy"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/xds"
)

// typedStruct is the form of what only Istio's build of Envoy has.
const typedStruct = "udpa.type.v1.TypedStruct"

// foreign reports whether only Istio's build of Envoy has a filter.
func foreign(name string, config *anypb.Any) bool {
	return strings.HasPrefix(name, "istio.") || strings.HasSuffix(config.GetTypeUrl(), typedStruct)
}

// listener makes one of a proxy's run here: on a socket, or, if it is internal, under a
// name of its own.
func (p *proxy) listener(served *listenerv3.Listener) (*listenerv3.Listener, error) {
	l := proto.Clone(served).(*listenerv3.Listener)
	l.Name = p.name(served.GetName())
	l.AccessLog = envoy.ConnectionLog(p.batch.log, p.key)
	l.AdditionalAddresses, l.ConnectionBalanceConfig = nil, nil
	if l.GetInternalListener() == nil {
		l.Address = pipe(p.socket(served))
		l.UseOriginalDst, l.EnableReusePort = nil, wrapperspb.Bool(false)
		l.ListenerFilters = slices.DeleteFunc(l.ListenerFilters, func(f *listenerv3.ListenerFilter) bool {
			return f.GetName() == "envoy.filters.listener.original_dst"
		})
		header, err := anypb.New(&proxyv3.ProxyProtocol{})
		if err != nil {
			return nil, err
		}
		first := &listenerv3.ListenerFilter{
			Name:       "envoy.filters.listener.proxy_protocol",
			ConfigType: &listenerv3.ListenerFilter_TypedConfig{TypedConfig: header},
		}
		l.ListenerFilters = append([]*listenerv3.ListenerFilter{first}, l.ListenerFilters...)
	}
	for _, c := range xds.Chains(l) {
		if err := p.chain(c); err != nil {
			return nil, err
		}
	}
	return l, nil
}

func pipe(path string) *corev3.Address {
	return &corev3.Address{Address: &corev3.Address_Pipe{Pipe: &corev3.Pipe{Path: path}}}
}

func (p *proxy) chain(c *listenerv3.FilterChain) error {
	c.Filters = slices.DeleteFunc(c.Filters, func(f *listenerv3.Filter) bool { return foreign(f.GetName(), f.GetTypedConfig()) })
	for _, f := range c.Filters {
		if err := p.filter(f); err != nil {
			return err
		}
	}
	return p.secure(c.GetTransportSocket())
}

// filter has a filter forward to this proxy's clusters; behind a sidecar the
// application answers at once.
func (p *proxy) filter(f *listenerv3.Filter) error {
	m, t := &hcmv3.HttpConnectionManager{}, &tcpv3.TcpProxy{}
	switch a := f.GetTypedConfig(); {
	case a.MessageIs(m):
		if err := a.UnmarshalTo(m); err != nil {
			return err
		}
		p.manager(m)
		return a.MarshalFrom(m)
	case a.MessageIs(t) && p.kind == xds.Sidecar:
		f.Name = "envoy.filters.network.echo"
		return a.MarshalFrom(&echov3.Echo{})
	case a.MessageIs(t):
		if err := a.UnmarshalTo(t); err != nil {
			return err
		}
		if t.GetCluster() != "" {
			t.ClusterSpecifier = &tcpv3.TcpProxy_Cluster{Cluster: p.use(t.GetCluster(), false)}
		}
		for _, w := range t.GetWeightedClusters().GetClusters() {
			w.Name = p.use(w.GetName(), false)
		}
		t.AccessLog = nil
		return a.MarshalFrom(t)
	default:
		return envoy.StateFactories(a)
	}
}

// alpn is the filter by which a client's proxy tells the server's that it speaks HTTP.
const alpn = "istio.alpn"

func (p *proxy) manager(m *hcmv3.HttpConnectionManager) {
	says := slices.ContainsFunc(m.HttpFilters, func(f *hcmv3.HttpFilter) bool { return f.GetName() == alpn })
	m.HttpFilters = slices.DeleteFunc(m.HttpFilters, func(f *hcmv3.HttpFilter) bool { return foreign(f.GetName(), f.GetTypedConfig()) })
	for _, f := range m.HttpFilters {
		_ = envoy.StateFactories(f.GetTypedConfig()) // what it cannot read it leaves alone
	}
	m.Tracing, m.AccessLog = nil, nil
	m.LocalReplyConfig = envoy.SayWhy(p.key)
	if rds := m.GetRds(); rds != nil {
		rc, _ := proto.Clone(p.config.Routes[rds.GetRouteConfigName()]).(*routev3.RouteConfiguration)
		if rc == nil {
			rc = &routev3.RouteConfiguration{}
		}
		m.RouteSpecifier = &hcmv3.HttpConnectionManager_RouteConfig{RouteConfig: rc}
	}
	rc := m.GetRouteConfig()
	rc.ValidateClusters = wrapperspb.Bool(false)
	for _, host := range rc.GetVirtualHosts() {
		for _, r := range host.GetRoutes() {
			p.route(r, says)
		}
	}
}

func (p *proxy) route(r *routev3.Route, says bool) {
	tunnel := r.GetMatch().GetConnectMatcher() != nil
	if p.kind == xds.Sidecar && !tunnel {
		r.Action = &routev3.Route_DirectResponse{DirectResponse: &routev3.DirectResponseAction{Status: 200}}
		return
	}
	a := r.GetRoute()
	if a == nil {
		return
	}
	a.RequestMirrorPolicies, a.RetryPolicy = nil, nil
	if a.GetCluster() != "" {
		a.ClusterSpecifier = &routev3.RouteAction_Cluster{Cluster: p.use(a.GetCluster(), says)}
	}
	for _, w := range a.GetWeightedClusters().GetClusters() {
		w.Name = p.use(w.GetName(), says)
	}
}
