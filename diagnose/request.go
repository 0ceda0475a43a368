package diagnose

import (
	"fmt"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"

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

// method is as asked; with Exact one that is left out is GET.
func (in *inquiry) method() authz.Attr[string] {
	switch r := in.q.Request; {
	case r.Method != "":
		return authz.Known(r.Method)
	case strings.HasPrefix(in.target.scheme, "grpc"):
		return authz.Known("POST")
	case r.Exact:
		return authz.Known("GET")
	}
	return authz.Attr[string]{}
}

// rawPath is the request's path with its query, as sent; empty if it is open.
func (in *inquiry) rawPath() string {
	if p := in.q.Request.Path; p != "" {
		return p
	}
	if in.target.path == "" && in.q.Request.Exact {
		return "/"
	}
	return in.target.path
}

// hostHeader is the Host that the client sends: with the port, unless it is the
// scheme's own.
func (in *inquiry) hostHeader() authz.Attr[string] {
	if h := in.q.Request.Host; h != "" {
		return authz.Known(h)
	}
	if v := in.q.Request.Headers["host"]; len(v) > 0 {
		return authz.Known(v[0])
	}
	t := in.target
	if t.kind == serviceTarget || t.kind == podTarget || t.scheme == "" && t.path == "" && !in.q.Request.Exact {
		return authz.Attr[string]{}
	}
	host := t.host
	if t.kind == addressTarget && strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	if t.port != "" && t.port != schemes[or(t.scheme, "http")] {
		host += ":" + t.port
	}
	return authz.Known(host)
}

// headers are the request's; token and authority have their own place.
func (in *inquiry) headers(out map[string]string, stripped []string) authz.Headers {
	h := authz.Headers{Values: map[string][]string{}, Closed: in.q.Request.Exact}
	for name, values := range in.q.Request.Headers {
		if n := strings.ToLower(name); n != "host" {
			h.Values[n] = slices.Clone(values)
		}
	}
	if token := in.q.Request.Token; token != "" && h.Values["authorization"] == nil {
		h.Values["authorization"] = []string{"Bearer " + token}
	}
	for _, name := range stripped { // the JWT filter takes them from every request
		h.Values[strings.ToLower(name)] = nil
	}
	for name, value := range out {
		h.Values[strings.ToLower(name)] = []string{value}
	}
	return h
}

// token is what the question says of the request's token.
func (in *inquiry) token() mesh.Token {
	r := in.q.Request
	switch {
	case r.Token != "":
		return mesh.Token{State: mesh.Raw, Raw: r.Token}
	case r.Claims != nil:
		return mesh.Token{State: mesh.HasClaims, Claims: maps.Clone(r.Claims)}
	case r.Exact:
		return mesh.Token{State: mesh.NoToken}
	}
	return mesh.Token{}
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
	if w.dst.port == 0 {
		r.DestinationPort = authz.UnseenBecause[uint16]("which port of " + w.dst.String() + " the Service's port leads to")
	}
	if w.r.servicePort != nil && w.r.port != w.dst.port {
		r.ServicePort = w.r.port
	}
	r.RemoteIP = r.SourceIP
	if !s.http {
		return r
	}
	r.Headers = w.in.headers(jwt.OutputHeaders, jwt.StrippedHeaders)
	r.RemoteIP = w.remoteIP(r.Headers, r.SourceIP)
	r.Method, r.Host, r.Claims = w.in.method(), w.in.hostHeader(), jwt.Claims
	if raw := w.in.rawPath(); raw != "" {
		if path, ok := normalization(w.cfg).Path(raw); ok {
			r.Path = authz.Known(path)
		}
	}
	return r
}

// principal is the identity that the proxy verifies.
func (w *walk) principal(s scenario) authz.Attr[string] {
	switch {
	case w.dst.presence.Plane == mesh.Kmesh:
		return authz.UnseenBecause[string]("the identity that Kmesh looks up by the source's address: its way to match identities is not evaluated yet")
	case s.client.TLS == mesh.OwnMutualTLS:
		return authz.UnseenBecause[string]("the certificate that " + s.client.Rule + " makes the client show")
	case s.conn.Identity && w.src.pod != nil:
		return authz.Known(mesh.Principal(w.cfg, w.src.pod))
	}
	return authz.Absent[string]()
}

func (w *walk) sourceIP() authz.Attr[netip.Addr] {
	if s := w.in.q.Request.SourceIP; s != "" {
		if ip, err := netip.ParseAddr(s); err == nil {
			return authz.Known(ip.Unmap())
		}
	}
	if why := w.translated(); why != "" {
		return authz.UnseenBecause[netip.Addr](why)
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
	return authz.UnseenBecause[netip.Addr]("the address of " + p.String())
}

// remoteIP is the client's address as a sidecar has it: the last entry of
// X-Forwarded-For, else the peer's (xff_num_trusted_hops 0, use_remote_address
// false: pilot/pkg/networking/core/listener_inbound.go).
func (w *walk) remoteIP(h authz.Headers, peer authz.Attr[netip.Addr]) authz.Attr[netip.Addr] {
	values, state := h.Get("x-forwarded-for")
	switch state {
	case authz.StateAbsent:
		return peer
	case authz.StateKnown:
		entries := strings.Split(strings.Join(values, ","), ",")
		last := strings.TrimSpace(entries[len(entries)-1])
		if ip, err := netip.ParseAddr(last); err == nil {
			return authz.Known(ip)
		}
		return peer
	case authz.StateOpen, authz.StateUnseen:
	}
	return authz.Attr[netip.Addr]{}
}

// sni is the server name of the TLS connection to the proxy. Sidecars name the
// Service in their own form (pkg/config/model, BuildSubsetKey).
func (w *walk) sni(s scenario) authz.Attr[string] {
	switch sni := w.in.q.Request.SNI; {
	case sni != "":
		return authz.Known(sni)
	case s.client.TLS == mesh.MutualTLS && s.client.HBONE, s.client.TLS == mesh.Plaintext && w.in.target.scheme != "https" && w.in.target.scheme != "tls":
		return authz.Absent[string]()
	case s.client.TLS == mesh.MutualTLS && w.r.service != nil && w.setsSNI(s.client.Rule) == "":
		return authz.Known(fmt.Sprintf("outbound_.%d_._.%s", w.r.port, w.fqdn()))
	case s.client.TLS == mesh.Plaintext && w.in.target.kind == hostTarget:
		return authz.Known(w.in.target.host)
	}
	return authz.Attr[string]{}
}

// setsSNI is the server name that a DestinationRule sets; empty if it sets none.
func (w *walk) setsSNI(rule string) string {
	for _, dr := range w.in.destinationRules(w.dst) {
		if dr.Namespace+"/"+dr.Name == rule {
			tp := dr.Spec.GetTrafficPolicy()
			for _, p := range tp.GetPortLevelSettings() {
				if sni := p.GetTls().GetSni(); sni != "" {
					return sni
				}
			}
			return tp.GetTls().GetSni()
		}
	}
	return ""
}

// refusedBefore words why the proxy refuses the request before it asks any
// policy; empty if it does not (seen on Envoy 1.40; docs/architecture.md).
func (w *walk) refusedBefore() string {
	raw := w.in.rawPath()
	if raw != "" {
		if _, ok := normalization(w.cfg).Path(raw); !ok {
			return "Envoy refuses the path " + strconv.Quote(scrub(raw)) + " with 400 before it asks any policy"
		}
	}
	if m, ok := w.in.method().Get(); ok && !slices.Contains(knownMethods, m) {
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
