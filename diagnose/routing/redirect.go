package routing

import (
	"strings"

	networkingapi "istio.io/api/networking/v1alpha3"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
)

// What stands in a location for what the question left open.
const (
	someHost = "{host}"
	somePath = "{path}"
)

// redirect makes the answer of a redirect. A code that Envoy does not know makes it
// refuse the configuration (istio: core/route/route.go ApplyRedirect).
func (e entry) redirect(b *Branch, r Request) {
	d := e.route.GetRedirect()
	code := int(d.GetRedirectCode())
	switch code {
	case 0:
		code = 301
	case 301, 302, 303, 307, 308:
	default:
		b.Missing = append(b.Missing, "what is done with redirectCode "+number(code)+", which Envoy does not take")
	}
	b.Answer = &Answer{Status: code, Why: "redirect", Location: e.location(d, r)}
}

// location is the new address (envoy: router/config_impl.cc newUri).
func (e entry) location(d *networkingapi.HTTPRedirect, r Request) string {
	old, _ := scheme(r).Get()
	scheme := d.GetScheme()
	if scheme == "" {
		scheme = old
	}
	port := e.redirectPort(d, r)
	host := d.GetAuthority()
	if host == "" {
		host = redirectHost(r.Host, scheme, old, port != "")
	}
	path, ok := r.Path.Get()
	switch {
	case d.GetPrefixRewrite() != "" && ok:
		path = e.replace(d.GetPrefixRewrite())(path)
	case d.GetPrefixRewrite() != "":
		path = "/" + somePath
	case d.GetUri() != "" && (strings.Contains(d.GetUri(), "?") || !ok):
		path = d.GetUri()
	case d.GetUri() != "":
		path = d.GetUri() + path[len(withoutQuery(path)):]
	case !ok:
		path = "/" + somePath
	}
	return scheme + "://" + host + port + path
}

// redirectPort is the port of the location, with its colon; empty for the one that
// goes without saying.
func (e entry) redirectPort(d *networkingapi.HTTPRedirect, r Request) string {
	var port uint32
	switch p := d.GetRedirectPort().(type) {
	case *networkingapi.HTTPRedirect_DerivePort:
		if p.DerivePort == networkingapi.HTTPRedirect_FROM_REQUEST_PORT {
			port = uint32(r.Port)
		}
	case *networkingapi.HTTPRedirect_Port:
		port = p.Port
	}
	scheme := d.GetScheme()
	if scheme == "" {
		scheme = "http"
		if r.TLS {
			scheme = "https"
		}
	}
	if port == 0 || port == 80 && scheme == "http" || port == 443 && scheme == "https" {
		return ""
	}
	return ":" + number(int(port))
}

// redirectHost is the host of the request, without its port if there is a new one, or
// if it is what the old scheme implied (envoy: processRequestHost).
func redirectHost(v authz.Attr[string], scheme, old string, newPort bool) string {
	host, ok := v.Get()
	if !ok {
		return someHost
	}
	bare := host[:len(withoutPort(host))]
	port := host[len(bare):]
	implied := scheme != old && (old == "https" && port == ":443" || old == "http" && port == ":80")
	if newPort || implied {
		return bare
	}
	return host
}

// toHTTPS is the answer of a server with httpsRedirect (envoy: http/utility.cc
// createSslRedirectPath).
func toHTTPS(r Request) *Answer {
	host, path := someHost, "/"+somePath
	if h, ok := r.Host.Get(); ok {
		host = h
	}
	if p, ok := r.Path.Get(); ok {
		path = p
	}
	return &Answer{Status: 301, Location: "https://" + host + path, Why: "redirect to HTTPS"}
}
