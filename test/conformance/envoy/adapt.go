package envoy

import (
	"fmt"
	"slices"

	corev3 "github.com/envoyproxy/go-control-plane/envoy/config/core/v3"
	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	routev3 "github.com/envoyproxy/go-control-plane/envoy/config/route/v3"
	commonv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/common/set_filter_state/v3"
	httpstatev3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/set_filter_state/v3"
	proxyv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/listener/proxy_protocol/v3"
	echov3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/echo/v3"
	hcmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	networkstatev3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/set_filter_state/v3"
	tcpv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/tcp_proxy/v3"
	tlsv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/transport_sockets/tls/v3"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/trial"
)

// onlyInIstio are filters that only Istio's build of Envoy has.
var onlyInIstio = []string{"istio.metadata_exchange", "istio.stats"}

// adaptation makes listeners of istiod's run on loopback, without iptables, agent and
// application: their own address, certificates that are there, an upstream that is
// played. What decides is not touched.
type adaptation struct {
	connections string // the log of connections
	// clusters are those that the listeners forward to, if they do. They keep the
	// access logs that istiod gave them then. nil: each answers itself.
	clusters map[string]bool
}

func (a *adaptation) listener(l *listenerv3.Listener, w *trial.World) error {
	l.Name = name(w)
	listen(l, w)
	l.UseOriginalDst = nil
	l.EnableReusePort = wrapperspb.Bool(false)
	if a.clusters == nil {
		l.AccessLog = nil
	}
	l.AccessLog = append(l.AccessLog, ConnectionLog(a.connections, "this")...)
	if err := destination(l, len(w.Extra) > 0); err != nil {
		return err
	}
	for _, chain := range l.GetFilterChains() {
		if err := a.chain(chain); err != nil {
			return fmt.Errorf("world %s: chain %s: %w", w.Name, chain.GetName(), err)
		}
	}
	return nil
}

// listen has the listener on all ports of the workload, or on one if a PROXY header
// tells which is meant.
func listen(l *listenerv3.Listener, w *trial.World) {
	for i, p := range w.Ports() {
		a := address(w.Address.String(), uint32(p.Number))
		if i == 0 {
			l.Address = a
		} else if len(w.Extra) == 0 {
			l.AdditionalAddresses = append(l.AdditionalAddresses, &listenerv3.AdditionalAddress{Address: a})
		}
	}
}

// destination takes the filter out that asks iptables where a connection was meant
// to go, or has a PROXY header say it in its place.
func destination(l *listenerv3.Listener, proxied bool) error {
	const original = "envoy.filters.listener.original_dst"
	i := slices.IndexFunc(l.ListenerFilters, func(f *listenerv3.ListenerFilter) bool { return f.GetName() == original })
	if i < 0 {
		return fmt.Errorf("listener %s: no %s", l.GetName(), original)
	}
	if !proxied {
		l.ListenerFilters = slices.Delete(l.ListenerFilters, i, i+1)
		return nil
	}
	f := l.ListenerFilters[i]
	f.Name = "envoy.filters.listener.proxy_protocol"
	return set(f.GetTypedConfig(), &proxyv3.ProxyProtocol{})
}

func name(w *trial.World) string { return "inbound-" + w.Name }

func address(host string, port uint32) *corev3.Address {
	return &corev3.Address{Address: &corev3.Address_SocketAddress{SocketAddress: &corev3.SocketAddress{
		Address: host, PortSpecifier: &corev3.SocketAddress_PortValue{PortValue: port},
	}}}
}

func (a *adaptation) chain(chain *listenerv3.FilterChain) error {
	chain.Filters = slices.DeleteFunc(chain.Filters, func(f *listenerv3.Filter) bool {
		return slices.Contains(onlyInIstio, f.GetName())
	})
	for _, f := range chain.Filters {
		switch f.GetName() {
		case "envoy.filters.network.tcp_proxy":
			if err := a.proxy(f); err != nil {
				return err
			}
		case "envoy.filters.network.http_connection_manager":
			if err := edit(f.GetTypedConfig(), &hcmv3.HttpConnectionManager{}, a.manager); err != nil {
				return err
			}
		}
	}
	if chain.GetTransportSocket() == nil {
		return nil
	}
	return edit(chain.GetTransportSocket().GetTypedConfig(), &tlsv3.DownstreamTlsContext{}, staticSecrets)
}

// proxy has the upstream of connections answer.
func (a *adaptation) proxy(f *listenerv3.Filter) error {
	if a.clusters == nil {
		f.Name = "envoy.filters.network.echo"
		return set(f.GetTypedConfig(), &echov3.Echo{})
	}
	t := &tcpv3.TcpProxy{}
	if err := f.GetTypedConfig().UnmarshalTo(t); err != nil {
		return err
	}
	a.clusters[t.GetCluster()] = true
	return nil
}

// staticSecrets: without a source the names are those of the bootstrap's secrets.
func staticSecrets(c *tlsv3.DownstreamTlsContext) {
	for _, s := range c.GetCommonTlsContext().GetTlsCertificateSdsSecretConfigs() {
		s.SdsConfig = nil
	}
	if s := c.GetCommonTlsContext().GetCombinedValidationContext().GetValidationContextSdsSecretConfig(); s != nil {
		s.SdsConfig = nil
	}
}

// manager has the upstream answer 200, and every answer say why.
func (a *adaptation) manager(m *hcmv3.HttpConnectionManager) {
	m.HttpFilters = slices.DeleteFunc(m.HttpFilters, func(f *hcmv3.HttpFilter) bool {
		return slices.Contains(onlyInIstio, f.GetName())
	})
	for _, host := range m.GetRouteConfig().GetVirtualHosts() {
		for _, r := range host.GetRoutes() {
			if a.clusters != nil {
				a.clusters[r.GetRoute().GetCluster()] = true
				continue
			}
			r.Action = &routev3.Route_DirectResponse{DirectResponse: &routev3.DirectResponseAction{Status: 200}}
		}
	}
	m.Tracing = nil
	if a.clusters == nil {
		m.AccessLog = nil
	}
	m.LocalReplyConfig = SayWhy("this")
}

// StateFactories has a filter that keeps a string under a name use Envoy's own kind of
// string in place of Istio's.
func StateFactories(a *anypb.Any) error {
	values := func(list []*commonv3.FilterStateValue) {
		for _, v := range list {
			if v.GetFactoryKey() == "istio.hashable_string" {
				v.FactoryKey = "envoy.string"
			}
		}
	}
	switch http, network := (&httpstatev3.Config{}), (&networkstatev3.Config{}); {
	case a.MessageIs(http):
		return edit(a, http, func(c *httpstatev3.Config) { values(c.GetOnRequestHeaders()) })
	case a.MessageIs(network):
		return edit(a, network, func(c *networkstatev3.Config) { values(c.GetOnNewConnection()) })
	}
	return nil
}

// edit changes the message inside of a.
func edit[M proto.Message](a *anypb.Any, m M, change func(M)) error {
	if err := a.UnmarshalTo(m); err != nil {
		return err
	}
	change(m)
	return set(a, m)
}

func set(a *anypb.Any, m proto.Message) error {
	made, err := anypb.New(m)
	if err != nil {
		return err
	}
	a.TypeUrl, a.Value = made.GetTypeUrl(), made.GetValue()
	return nil
}
