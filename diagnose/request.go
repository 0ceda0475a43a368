package diagnose

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	networkingapi "istio.io/api/networking/v1alpha3"
	corev1 "k8s.io/api/core/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// scenario is one way in which client and server can meet. There is one, unless
// a fact is missing or the question does not say what the client speaks.
type scenario struct {
	client mesh.Client
	server mesh.Server
	conn   mesh.Connection
	http   bool // what arrives is taken for HTTP
	// missing is why there is more than one: the facts. Empty where only the
	// protocol, which the question left open, makes the difference.
	missing []string
}

// request is what the destination's proxy sees in a scenario.
func (w *walk) request(s scenario, jwt mesh.JWT) *authz.Request {
	r := &authz.Request{
		Principal:       w.principal(s),
		SourceIP:        w.sourceIP(),
		DestinationIP:   address(w.dst),
		DestinationPort: authz.Known(w.dst.port),
		SNI:             w.sni(s),
	}
	if w.dst.presence.Plane == mesh.Waypoint && w.r.service != nil { // it has the connection as it was dialled
		r.DestinationIP, r.DestinationPort = virtualIP(w.r.service), authz.Known(w.r.port)
	} else if w.dst.port == 0 {
		r.DestinationPort = authz.UnseenBecause[uint16]("which port of " + w.dst.String() + " the Service's port leads to")
	}
	if w.r.servicePort != nil && w.r.port != w.dst.port && w.dst.presence.Plane != mesh.Waypoint {
		r.ServicePort = w.r.port
	}
	r.RemoteIP = r.SourceIP
	if !s.http {
		return r
	}
	m := w.m.afterJWT(jwt)
	r.Headers = m.headers
	r.RemoteIP = w.remoteIP(r.Headers, r.SourceIP)
	r.Method, r.Host, r.Claims = m.method, m.host, jwt.Claims
	if raw := m.path; raw != "" {
		if path, ok := w.cfg.Normalization().Path(raw); ok {
			r.Path = authz.Known(path)
		}
	}
	return r
}

// principal is the identity that the proxy verifies.
func (w *walk) principal(s scenario) authz.Attr[string] {
	switch {
	case w.dst.presence.Plane.Foreign() != nil:
		return w.byAddress(s)
	case w.ledToWaypoint() != nil:
		return authz.UnseenBecause[string]("whether the waypoint " + w.dst.String() + " sees an identity of what " + w.ledToWaypoint().Title + " leads to it")
	case s.client.TLS == mesh.OwnMutualTLS:
		return authz.UnseenBecause[string]("the certificate that " + s.client.Rule + " makes the client show")
	case w.ownCertificate():
		return authz.UnseenBecause[string]("the certificate that the client shows to the gateway (tls mode " + w.listener.TLSMode + ")")
	case s.conn.Identity && w.src.principal != "":
		return authz.Known(w.src.principal)
	case s.conn.Identity && w.src.meshed:
		return authz.Attr[string]{}
	case s.conn.Identity && w.src.pod != nil:
		return authz.Known(mesh.Principal(w.srcCfg, w.src.pod))
	}
	return authz.Absent[string]()
}

func (w *walk) sourceIP() authz.Attr[netip.Addr] {
	if s := w.m.sourceIP; s != "" {
		if ip, err := netip.ParseAddr(s); err == nil {
			return authz.Known(ip.Unmap())
		}
	}
	if why := w.translated(); why != "" && !w.src.anybody {
		return authz.UnseenBecause[netip.Addr](why)
	}
	if w.src.presence.Plane == mesh.Waypoint && w.dst.presence.Plane == mesh.Ambient {
		return authz.UnseenBecause[netip.Addr]("which address the connection of the waypoint " + w.src.String() + " carries")
	}
	return address(w.src)
}

// translated words why the proxy may see another address than the one of a source
// outside: nodes that take in traffic for a Service put their own in its place.
func (w *walk) translated() string {
	if w.src.pod != nil || w.r.service == nil {
		return ""
	}
	s := w.r.service
	open := s.Spec.Type == corev1.ServiceTypeLoadBalancer || s.Spec.Type == corev1.ServiceTypeNodePort
	if !open || s.Spec.ExternalTrafficPolicy == corev1.ServiceExternalTrafficPolicyLocal {
		return ""
	}
	return "which address the proxy sees of " + w.src.String() + ": Service " + s.Namespace + "/" + s.Name + " lacks externalTrafficPolicy: Local, so it is a node's or load balancer's"
}

func address(p party) authz.Attr[netip.Addr] {
	if ip := p.ip(); ip.IsValid() {
		return authz.Known(ip)
	}
	if p.anybody {
		return authz.Attr[netip.Addr]{}
	}
	return authz.UnseenBecause[netip.Addr]("the address of " + p.String())
}

// remoteIP is the client's address as a proxy has it. A sidecar or waypoint takes
// the last entry of X-Forwarded-For, else the peer (xff_num_trusted_hops 0,
// use_remote_address false: pilot/pkg/networking/core/listener_inbound.go); a
// gateway takes the peer, or with trusted proxies before it the entry as far from
// the end (gateway.go, buildGatewayConnectionManager).
func (w *walk) remoteIP(h authz.Headers, peer authz.Attr[netip.Addr]) authz.Attr[netip.Addr] {
	back := 1
	if w.dst.presence.Plane == mesh.Gateway {
		if back = w.cfg.ForPod(w.dst.pod).NumTrustedProxies; back == 0 {
			return peer
		}
	}
	if w.m.client != nil && back == 1 {
		return *w.m.client
	}
	values, state := h.Get("x-forwarded-for")
	switch state {
	case authz.StateAbsent:
		return peer
	case authz.StateKnown:
		entries := strings.Split(strings.Join(values, ","), ",")
		if len(entries) < back {
			return peer
		}
		if ip, err := netip.ParseAddr(strings.TrimSpace(entries[len(entries)-back])); err == nil {
			return authz.Known(ip)
		}
		return peer
	case authz.StateOpen, authz.StateUnseen:
	}
	return authz.Attr[netip.Addr]{}
}

// gatewaySNI is the server name that a client asks a gateway for.
func (w *walk) gatewaySNI(s scenario) authz.Attr[string] {
	host, _ := w.m.host.Get()
	name := or(w.m.dialled, bareHost(host))
	switch {
	case s.client.TLS == mesh.MutualTLS:
		if sni := w.setsSNI(s.client.Rule); sni != "" {
			return authz.Known(sni)
		}
		return authz.Known(fmt.Sprintf("outbound_.%d_.%s_.%s", w.r.port, w.r.subset, w.fqdn()))
	case w.listener.Found && w.listener.TLSMode == "":
		return authz.Absent[string]()
	case name != "":
		return authz.Known(name)
	}
	return authz.Attr[string]{}
}

// sni is the server name of the TLS connection to the proxy. Sidecars name the
// Service in their own form (pkg/config/model, BuildSubsetKey).
func (w *walk) sni(s scenario) authz.Attr[string] {
	switch sni := w.m.sni; {
	case sni != "":
		return authz.Known(sni)
	case w.dst.presence.Plane == mesh.Gateway:
		return w.gatewaySNI(s)
	case s.client.TLS == mesh.MutualTLS && s.client.HBONE, s.client.TLS == mesh.Plaintext && w.m.scheme != "https" && w.m.scheme != "tls":
		return authz.Absent[string]()
	case s.client.TLS == mesh.MutualTLS && w.r.service != nil && w.setsSNI(s.client.Rule) == "":
		return authz.Known(fmt.Sprintf("outbound_.%d_.%s_.%s", w.r.port, w.r.subset, w.fqdn()))
	case s.client.TLS == mesh.Plaintext && w.m.dialled != "":
		return authz.Known(w.m.dialled)
	}
	return authz.Attr[string]{}
}

// setsSNI is the server name that a DestinationRule sets for the port, and for the
// subset where one is routed to; empty if it sets none. The subset's tls goes over that
// of all, and in each the port's over the rest.
func (w *walk) setsSNI(rule string) string {
	for _, dr := range w.destinationRules() {
		if dr.Namespace+"/"+dr.Name != rule {
			continue
		}
		var policies []*networkingapi.TrafficPolicy
		for _, s := range dr.Spec.GetSubsets() {
			if s.GetName() == w.r.subset {
				policies = append(policies, s.GetTrafficPolicy())
			}
		}
		for _, tp := range append(policies, dr.Spec.GetTrafficPolicy()) {
			for _, p := range tp.GetPortLevelSettings() {
				if p.GetPort().GetNumber() == uint32(w.r.port) && p.GetTls() != nil {
					return p.GetTls().GetSni()
				}
			}
			if tp.GetTls() != nil {
				return tp.GetTls().GetSni()
			}
		}
	}
	return ""
}

// refusedBefore words why the proxy refuses the request before it asks any
// policy; empty if it does not (seen on Envoy 1.40; docs/architecture.md).
func (w *walk) refusedBefore() string {
	raw := w.m.path
	if raw != "" {
		if _, ok := w.cfg.Normalization().Path(raw); !ok {
			return "Envoy refuses the path " + strconv.Quote(scrub(raw)) + " with 400 before it asks any policy"
		}
	}
	if m, ok := w.m.method.Get(); ok && !slices.Contains(knownMethods, m) {
		return "Envoy refuses the method " + strconv.Quote(m) + " with 400 over HTTP/1.1, before it asks any policy"
	}
	return ""
}

// knownMethods are those that Envoy's HTTP/1 codec takes
// (source/common/http/http1/balsa_parser.cc, isMethodValid).
var knownMethods = []string{
	"ACL", "BIND", "CHECKOUT", "CONNECT", "COPY", "DELETE", "GET", "HEAD", "LINK", "LOCK", "MERGE", "MKACTIVITY",
	"MKCALENDAR", "MKCOL", "MOVE", "MSEARCH", "NOTIFY", "OPTIONS", "PATCH", "POST", "PROPFIND", "PROPPATCH", "PURGE",
	"PUT", "QUERY", "REBIND", "REPORT", "SEARCH", "SOURCE", "SUBSCRIBE", "TRACE", "UNBIND", "UNLINK", "UNLOCK", "UNSUBSCRIBE",
}

// afterJWT is the request as the JWT filter passes it on.
func (m message) afterJWT(jwt mesh.JWT) message {
	m = m.with(func(h map[string][]string) {
		for _, name := range slices.Concat(jwt.StrippedHeaders, jwt.TokenHeaders) {
			h[strings.ToLower(name)] = nil
		}
		for name, value := range jwt.OutputHeaders {
			h[strings.ToLower(name)] = []string{value}
		}
	})
	if len(jwt.TokenHeaders)+len(jwt.TokenParams) > 0 {
		m.token = mesh.Token{State: mesh.NoToken}
		m.path = withoutParams(m.path, jwt.TokenParams)
	}
	return m
}

// withoutParams takes parameters out of the query of a request target.
func withoutParams(target string, params []string) string {
	path, query, ok := strings.Cut(target, "?")
	if !ok || len(params) == 0 {
		return target
	}
	kept := slices.DeleteFunc(strings.Split(query, "&"), func(p string) bool {
		name, _, _ := strings.Cut(p, "=")
		return slices.Contains(params, name)
	})
	if len(kept) == 0 {
		return path
	}
	return path + "?" + strings.Join(kept, "&")
}
