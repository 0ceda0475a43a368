package routing

import (
	"net/netip"
	"strings"
)

// meshGateway is what VirtualServices call the sidecars of the mesh.
const meshGateway = "mesh"

// wildcard reports whether a host is a pattern: * or *.example.com.
func wildcard(host string) bool { return strings.HasPrefix(host, "*") }

// overlap reports whether two hosts, each perhaps a pattern, have a name in common
// (istio: pkg/config/host/name.go Matches).
func overlap(a, b string) bool { return within(a, b) || within(b, a) }

// within reports whether all names of a are names of b (pkg/config/host/name.go
// SubsetOf).
func within(a, b string) bool {
	switch {
	case wildcard(b):
		return strings.HasSuffix(strings.TrimPrefix(a, "*"), b[1:])
	case wildcard(a):
		return false
	}
	return a == b
}

// moreSpecific reports whether pattern a goes before b: names before wildcards, then
// the longer one (pkg/config/host/names.go MoreSpecific).
func moreSpecific(a, b string) bool {
	switch {
	case wildcard(a) != wildcard(b):
		return wildcard(b)
	case len(a) != len(b):
		return len(a) > len(b)
	}
	return a < b
}

// fullName resolves a host of an object in a namespace: a name without a dot is a
// Service there, any other is taken as it is, name.ns included (istio:
// model/config.go ResolveShortnameToFQDN).
func fullName(host, namespace, domain string) string {
	if host == "" || host == "*" || strings.Contains(host, ".") || isIP(host) {
		return host
	}
	if namespace != "" {
		host += "." + namespace
	}
	if domain != "" {
		host += ".svc." + domain
	}
	return host
}

// gatewayName resolves the name of a Gateway to ns/name; name.ns.svc… is the form of
// old (model/config.go resolveGatewayName).
func gatewayName(name, namespace string) string {
	if name == meshGateway {
		return name
	}
	if ns, rest, ok := strings.Cut(name, "/"); ok {
		if ns == "." {
			ns = namespace
		}
		return ns + "/" + rest
	}
	first, rest, ok := strings.Cut(name, ".")
	if !ok {
		return namespace + "/" + name
	}
	ns, _, _ := strings.Cut(rest, ".")
	return ns + "/" + first
}

func isIP(s string) bool {
	_, err := netip.ParseAddr(strings.Trim(s, "[]"))
	return err == nil
}

// withoutPort is what Envoy compares with the domains of virtual hosts: lower case,
// and no port (istio: core/httproute.go, IgnorePortInHostMatching).
func withoutPort(host string) string {
	host = strings.ToLower(host)
	if i := strings.LastIndexByte(host, ':'); i >= 0 && (strings.HasSuffix(host[:i], "]") || strings.Count(host, ":") == 1) {
		return host[:i]
	}
	return host
}

// withoutQuery is the path that routes are matched with.
func withoutQuery(target string) string {
	if i := strings.IndexAny(target, "?#"); i >= 0 {
		return target[:i]
	}
	return target
}
