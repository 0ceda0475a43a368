package diagnose

import (
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// message is the request as it travels on one leg of the way: as the question
// says it, and as the proxies before have changed it.
type message struct {
	scheme  string // what the client speaks: http, https, tcp …; empty: not said
	silent  bool   // neither scheme, path nor method say what the client speaks
	method  authz.Attr[string]
	path    string // the request target as sent, with its query; empty: open
	host    authz.Attr[string]
	headers authz.Headers // without the Host
	token   mesh.Token
	// sourceIP and sni are what the question says of the first leg; empty: nothing.
	sourceIP, sni string
	// dialled is the host name that the client connects to; empty: an address, or
	// one of several names.
	dialled string
	// client is the address that a gateway before has put at the end of
	// X-Forwarded-For; nil: no gateway was there.
	client *authz.Attr[netip.Addr]
	// rewritten tells which route changed path or authority; empty: none did.
	rewritten string
	// taken tells who took the token out of the request; empty: nobody did.
	taken string
}

// message is the question's request, as the source sends it.
func (in *inquiry) message() message {
	m := message{
		scheme: in.target.scheme, method: in.method(), path: in.rawPath(), host: in.hostHeader(),
		headers: in.headers(), token: in.token(), sourceIP: in.q.Request.SourceIP, sni: in.q.Request.SNI,
	}
	if in.source.kind == apiserverKind && m.scheme == "" { // it calls webhooks and aggregated APIs with TLS only
		m.scheme = "https"
	}
	m.silent = m.scheme == "" && in.target.path == "" && in.q.Request.Method == ""
	if in.target.kind == hostTarget {
		m.dialled = in.target.host
	}
	return m
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
	if in.q.AnyPath {
		return ""
	}
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
	if in.q.AnyHost || t.kind == serviceTarget || t.kind == podTarget || t.scheme == "" && t.path == "" && !in.q.Request.Exact {
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

// headers are the request's; the authority has its own place.
func (in *inquiry) headers() authz.Headers {
	h := authz.Headers{Values: map[string][]string{}, Closed: in.q.Request.Exact}
	for name, values := range in.q.Request.Headers {
		if n := strings.ToLower(name); n != "host" {
			h.Values[n] = slices.Clone(values)
		}
	}
	if token := in.q.Request.Token; token != "" && h.Values["authorization"] == nil {
		h.Values["authorization"] = []string{"Bearer " + token}
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

// speaksHTTP reports whether a proxy sees HTTP requests, and whether the scheme
// says so at all.
func (m message) speaksHTTP() bool {
	return slices.Contains([]string{"http", "grpc", "ws"}, m.scheme)
}

// with returns the message with other headers.
func (m message) with(change func(map[string][]string)) message {
	values := maps.Clone(m.headers.Values)
	if values == nil {
		values = map[string][]string{}
	}
	change(values)
	m.headers.Values = values
	return m
}

// bareHost is the authority without its port.
func bareHost(authority string) string {
	i := strings.LastIndexByte(authority, ':')
	if i < 0 || strings.HasSuffix(authority, "]") {
		return authority
	}
	if _, err := strconv.Atoi(authority[i+1:]); err != nil {
		return authority
	}
	return authority[:i]
}
