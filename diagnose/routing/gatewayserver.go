package routing

import (
	"net/netip"
	"slices"
	"strings"

	networkingapi "istio.io/api/networking/v1alpha3"
)

// server is a server of a Gateway.
type server struct {
	spec    *networkingapi.Server
	gateway string // infra/public
	field   string // spec.servers[0]
	hosts   []string
}

// words name the server: Gateway infra/public spec.servers[0].
func (s server) words() string { return "Gateway " + s.gateway + " " + s.field }

func (s server) port() uint16 { return uint16(s.spec.GetPort().GetNumber()) }

// http reports whether the port speaks plain HTTP (istio: pkg/config/protocol IsHTTP).
func (s server) http() bool {
	switch strings.ToLower(s.spec.GetPort().GetProtocol()) {
	case "http", "http2", "http_proxy", "grpc", "grpc-web":
		return true
	}
	return false
}

// tls reports whether the connection is encrypted: tls of an HTTP port is a redirect
// only (istio: pkg/config/gateway IsTLSServer).
func (s server) tls() bool { return s.spec.GetTls() != nil && !s.http() }

func (s server) passthrough() bool {
	m := s.spec.GetTls().GetMode()
	return s.spec.GetTls() != nil && (m == networkingapi.ServerTLSSettings_PASSTHROUGH || m == networkingapi.ServerTLSSettings_AUTO_PASSTHROUGH)
}

// https reports whether the gateway ends TLS and reads HTTP.
func (s server) https() bool {
	return s.tls() && !s.passthrough() && strings.EqualFold(s.spec.GetPort().GetProtocol(), "https")
}

// listener is what the server makes of the gateway's port.
func (s server) listener() Listener {
	l := Listener{Found: true, HTTP: s.http() || s.https(), Server: s.words()}
	if s.tls() {
		l.TLSMode = s.spec.GetTls().GetMode().String()
	}
	return l
}

// servers are those of the selected Gateways that the Pod listens for on the port, in
// order; why tells why there are none, and near what is nearest.
func (q GatewayQuery) servers() (out []server, why, near string) {
	var ports, there []string
	gateways := q.selected()
	for _, g := range gateways {
		for i, s := range g.Spec.GetServers() {
			if s.GetPort() == nil {
				continue
			}
			port := q.resolve(s.GetPort().GetNumber())
			ports = append(ports, number(int(port)))
			there = append(there, "Gateway "+g.Namespace+"/"+g.Name+" spec.servers["+number(i)+"].port")
			if port != q.PodPort || port == 0 || q.Unprivileged && port < 1024 || !q.binds(s.GetBind()) {
				continue
			}
			out = append(out, server{
				spec: s, gateway: g.Namespace + "/" + g.Name, field: "spec.servers[" + number(i) + "]",
				hosts: serverHosts(s.GetHosts(), g.Namespace),
			})
		}
	}
	slices.Sort(ports)
	slices.Sort(there)
	at := number(int(q.PodPort))
	switch {
	case len(out) > 0:
		return out, "", ""
	case len(gateways) == 0:
		return nil, "no Gateway selects the Pod", q.nearGateway()
	case len(ports) == 0:
		return nil, "the Gateways that select the Pod have no server", " (Gateway " + gateways[0].Namespace + "/" + gateways[0].Name + ", spec.servers)"
	case q.Unprivileged && q.PodPort < 1024 && slices.Contains(ports, at):
		return nil, "the gateway is not privileged and does not bind port " + at, ""
	}
	return nil, "no server of the Gateways that select the Pod is for its port " + at + ", only for " + strings.Join(slices.Compact(ports), ", "),
		" (" + strings.Join(slices.Compact(there), ", ") + ")"
}

// binds reports whether a server with an address of its own is the one that was
// dialled. Without one it is all addresses.
func (q GatewayQuery) binds(address string) bool {
	if address == "" {
		return true
	}
	a, err := netip.ParseAddr(address)
	if err != nil {
		return false
	}
	ip, ok := q.Request.DestinationIP.Get()
	return a.IsUnspecified() || ok && ip == a
}

// serverHosts resolves the namespaces of hosts: ./host is the Gateway's own, */host
// any (istio: model/gateway.go sanitizeServerHostNamespace).
func serverHosts(hosts []string, namespace string) []string {
	var out []string
	for _, h := range hosts {
		ns, name, ok := strings.Cut(h, "/")
		switch {
		case ok && ns == "." || ok && ns == namespace:
			out = append(out, namespace+"/"+name)
		case ok && ns == "*" && name == "*":
			return []string{"*"}
		case ok && ns == "*":
			out = append(out, name)
		default:
			out = append(out, h)
		}
	}
	return out
}

// merge groups the servers of a port into filter chains: plain HTTP servers share one,
// any other has its own. Servers that do not go together with an earlier one are left
// out, which notes tell: plaintext and TLS, in that order, two that are not HTTP, two
// with a host in common that use TLS (istio: model/gateway.go mergeGateways).
func merge(servers []server) (groups [][]server, notes []string) {
	plain := -1
	hosts, names := map[string]bool{}, map[string]bool{}
	for _, s := range servers {
		name := number(int(s.port())) + "." + s.spec.GetPort().GetName() + "." + s.gateway
		why := ""
		switch {
		case s.spec.GetTls() != nil && slices.ContainsFunc(s.hosts, func(h string) bool { return hosts[h] }):
			why = "an earlier server has one of its hosts"
		case plain >= 0 && (!s.http() || !groups[plain][0].http()):
			why = "it does not go together with " + groups[plain][0].words() + " on the same port"
		case s.https() && names[name]:
			why = "the name of its port is not unique"
		}
		if why != "" {
			notes = append(notes, s.words()+" is left out: "+why)
			continue
		}
		if s.spec.GetTls() != nil {
			for _, h := range s.hosts {
				hosts[h] = true
			}
		}
		names[name] = names[name] || s.https()
		if plain >= 0 {
			groups[plain] = append(groups[plain], s)
			continue
		}
		if !s.tls() {
			plain = len(groups)
		}
		groups = append(groups, []server{s})
	}
	return groups, notes
}
