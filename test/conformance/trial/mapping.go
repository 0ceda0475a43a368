package trial

import (
	"maps"
	"net/netip"
	"slices"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// Seen is what the product makes of a request before it asks the evaluator: what
// the workload's proxy will see of it.
type Seen struct {
	// Refused tells why no policy is asked; empty if one is.
	Refused string
	// JWT tells why the JWT filter refuses the request; CUSTOM comes before it.
	JWT     string
	Dialect authz.Dialect
	Request authz.Request
	// Before is the request before the JWT filter changed it, which is what CUSTOM
	// policies see; nil if it did not.
	Before *authz.Request
}

// See maps a request to what the proxy sees of it. Mode and context come from
// diagnose/mesh, as in the product.
func (w *World) See(r *Request) Seen {
	conn, port := w.meet(r)
	s := Seen{Dialect: authz.EnvoyTCP}
	switch {
	case conn.Outcome != mesh.Established:
		s.Refused = "the connection: " + conn.Why + conn.Missing
	case r.Identity != "" && !w.trusts(r.Identity):
		s.Refused = "the trust domain is not the mesh's"
	case conn.HTTP == mesh.HTTP && r.Opaque:
		s.Refused = "bytes that are no HTTP"
	}
	s.Request = authz.Request{
		Principal:       attribute(r.Identity),
		SNI:             attribute(r.SNI),
		SourceIP:        authz.Known(r.Source),
		RemoteIP:        authz.Known(r.Source),
		DestinationIP:   authz.Known(w.Address),
		DestinationPort: authz.Known(port.Number),
		Authorizers:     w.answers(),
	}
	if s.Refused == "" && conn.HTTP == mesh.HTTP {
		s.Dialect = authz.EnvoyHTTP
		w.seeHTTP(r, &s)
	}
	return s
}

func attribute(s string) authz.Attr[string] {
	if s == "" {
		return authz.Absent[string]()
	}
	return authz.Known(s)
}

func (w *World) meet(r *Request) (mesh.Connection, Port) {
	var port Port
	for _, p := range w.Ports() {
		if p.Number == r.Port {
			port = p
		}
	}
	client, scheme := mesh.Client{TLS: mesh.Plaintext}, "http"
	if r.Identity != "" {
		client.TLS = mesh.MutualTLS
	}
	if r.Opaque || r.Identity == "" && port.Protocol == mesh.Auto && !sniffed(r) {
		scheme = "tcp"
	}
	server := mesh.ServerMode(w.Config, Pod(), mesh.Sidecar, r.Port, w.PeerAuthentications)
	return mesh.Meet(client, server, mesh.Sidecar, port.Protocol, scheme), port
}

// sniffed reports whether Envoy's HTTP inspector takes a request for HTTP.
func sniffed(r *Request) bool {
	return !strings.Contains(r.Target, " ") && (strings.HasPrefix(r.Target, "/") || absolute(r.Target) || r.Target == "*")
}

func absolute(target string) bool {
	const scheme = "http://"
	return len(target) > len(scheme) && strings.EqualFold(target[:len(scheme)], scheme)
}

func (w *World) trusts(identity string) bool {
	domain, _, _ := strings.Cut(identity, "/")
	return w.ForeignTrust || domain == w.Config.TrustDomain || slices.Contains(w.Config.TrustDomainAliases, domain)
}

// seeHTTP adds what an HTTP connection manager sees, in its order: target and
// authority, normalization, client address, the JWT filter.
func (w *World) seeHTTP(r *Request, s *Seen) {
	host, target := r.Host, r.Target
	if absolute(target) {
		host, target, _ = strings.Cut(target[len("http://"):], "/")
		target = "/" + target
	}
	path, ok := w.normalization().Path(target)
	if !ok {
		s.Refused = "the path " + target
		return
	}
	headers := w.headers(r)
	s.Request.Method, s.Request.Host = authz.Known(r.Method), authz.Known(host)
	s.Request.RemoteIP = authz.Known(remote(headers["x-forwarded-for"], r.Source))
	s.Request.Headers = authz.Headers{Values: headers, Closed: true}
	s.Request.Claims = authz.Absent[map[string]any]()
	s.Request.Path = authz.Known(path)
	if !preflight(r.Method, headers) {
		w.authenticate(s, target)
	}
}

// headers are the client's, each line a value, and what the proxy adds and one can
// know. That it adds x-request-id the evaluator knows.
func (w *World) headers(r *Request) map[string][]string {
	scheme := "http"
	if r.Identity != "" {
		scheme = "https"
	}
	out := map[string][]string{"x-forwarded-proto": {scheme}, ":scheme": {scheme}}
	if absolute(r.Target) {
		out[":scheme"] = []string{"http"} // the target's own, whatever the connection is
	}
	if r.Identity != "" {
		out["x-forwarded-client-cert"] = []string{"URI=spiffe://" + r.Identity}
	}
	for _, h := range r.Headers {
		name := strings.ToLower(h.Name)
		out[name] = append(out[name], strings.Trim(h.Value, " \t"))
	}
	return out
}

// remote is the client's address: the last of X-Forwarded-For if it is one, or
// else the peer's.
func remote(values []string, peer netip.Addr) netip.Addr {
	entries := strings.Split(strings.Join(values, ","), ",")
	if a, err := netip.ParseAddr(strings.TrimSpace(entries[len(entries)-1])); err == nil {
		return a
	}
	return peer
}

func preflight(method string, headers map[string][]string) bool {
	return method == "OPTIONS" && len(headers["origin"]) > 0 && len(headers["access-control-request-method"]) > 0
}

// authenticate runs the JWT filter. It takes a token that it verified out of the
// request, unless it is told to forward it.
func (w *World) authenticate(s *Seen, target string) {
	workload := mesh.Workload{Namespace: Namespace, Labels: Labels(), Presence: mesh.Presence{Plane: mesh.Sidecar}, Now: w.Now}
	jwt := workload.Authenticate(w.Config, w.RequestAuthentications, mesh.Token{}, target, s.Request.Headers)
	if jwt.Outcome != mesh.Established {
		s.JWT = "refused: " + jwt.Text + jwt.Missing
		return
	}
	before := s.Request
	before.Claims = authz.Absent[map[string]any]()
	s.Before, s.Request.Claims = &before, jwt.Claims
	headers := maps.Clone(s.Request.Headers.Values)
	s.Request.Headers.Values = headers
	for _, name := range jwt.StrippedHeaders {
		delete(headers, strings.ToLower(name))
	}
	for name, value := range jwt.OutputHeaders {
		headers[strings.ToLower(name)] = []string{value}
	}
	if _, verified := jwt.Claims.Get(); !verified || w.forwards() {
		return
	}
	if strings.Contains(strings.Join(headers["authorization"], ","), "Bearer ") {
		delete(headers, "authorization")
	}
	path, _ := s.Request.Path.Get()
	s.Request.Path = authz.Known(withoutToken(path))
}

// withoutToken takes access_token out of a query.
func withoutToken(path string) string {
	path, query, ok := strings.Cut(path, "?")
	if !ok || !strings.Contains(query, "access_token=") {
		if ok {
			path += "?" + query
		}
		return path
	}
	rest := slices.DeleteFunc(strings.Split(query, "&"), func(p string) bool { return strings.HasPrefix(p, "access_token=") })
	if len(rest) > 0 {
		path += "?" + strings.Join(rest, "&")
	}
	return path
}

func (w *World) forwards() bool {
	for _, ra := range w.RequestAuthentications {
		for _, rule := range ra.Spec.GetJwtRules() {
			if rule.GetForwardOriginalToken() {
				return true
			}
		}
	}
	return false
}

func (w *World) normalization() authz.Normalization {
	for _, n := range []authz.Normalization{authz.None, authz.MergeSlashes, authz.DecodeAndMergeSlashes} {
		if n.String() == w.Config.PathNormalization {
			return n
		}
	}
	return authz.Base
}
