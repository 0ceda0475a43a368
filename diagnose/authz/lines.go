package authz

import (
	"slices"
	"strings"
)

// lines are the values of a header as Envoy holds them. Of most headers each line
// is a value of its own; to those that it knows, it adds further lines with a comma
// (http/header_map.h, INLINE_REQ_HEADERS, and what its filters register) unless they
// are empty, so that a rule sees one value.
func lines(name string, values []string) []string {
	if len(values) < 2 || !joined(name) {
		return values
	}
	said := slices.DeleteFunc(slices.Clone(values), func(v string) bool { return v == "" })
	return []string{strings.Join(said, ",")}
}

// joined lists them as a real Envoy showed them. Headers that it takes away from
// every request are left out.
func joined(name string) bool {
	switch name {
	case "accept", "accept-encoding", "access-control-request-headers", "access-control-request-method",
		"access-control-request-private-network", "authentication", "authorization", "cache-control", "content-encoding",
		"content-type", "expect", "grpc-accept-encoding", "grpc-timeout", "if-match", "if-modified-since", "if-none-match",
		"if-range", "if-unmodified-since", "origin", "pragma", "referer", "user-agent", "via",
		"x-client-trace-id", "x-envoy-attempt-count", "x-envoy-decorator-operation", "x-envoy-downstream-service-cluster",
		"x-envoy-downstream-service-node", "x-envoy-external-address", "x-envoy-original-host", "x-envoy-original-path",
		"x-forwarded-client-cert", "x-forwarded-for", "x-forwarded-host", "x-forwarded-port", "x-forwarded-proto", "x-request-id":
		return true
	}
	return false
}
