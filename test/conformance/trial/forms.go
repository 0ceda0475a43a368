package trial

import (
	"net/netip"
	"strconv"
	"strings"
)

// keyName is a condition's key without what is variable in it.
func keyName(key string) string {
	if !known(key) {
		return "(no such key)"
	}
	name, rest, ok := strings.Cut(key, "[")
	switch {
	case !ok:
		return key
	case strings.HasPrefix(key, "request.headers[:"), strings.HasPrefix(key, "request.headers[host"):
		return name + "[pseudo]"
	case strings.Contains(rest, "]["):
		return name + "[nested]"
	case name == "request.auth.claims" && (strings.HasPrefix(rest, "scope") || strings.HasPrefix(rest, "permission")):
		return name + "[spaces]"
	}
	return name + "[name]"
}

const unknownKey = "unknown key"

// known reports whether istiod can make something of a condition's key.
func known(key string) bool {
	for _, prefix := range []string{"request.headers[", "request.auth.claims[", "experimental.envoy.filters."} {
		if strings.HasPrefix(key, prefix) {
			return strings.HasSuffix(key, "]")
		}
	}
	switch key {
	case "source.ip", "remote.ip", "source.namespace", "source.principal", "source.serviceAccount", "source.trustDomain",
		"request.auth.principal", "request.auth.audiences", "request.auth.presenter", "destination.ip", "destination.port", "connection.sni":
		return true
	}
	return false
}

// Form names the form of a list: that of its value, or that there are several.
func (l List) Form() string {
	if l.Condition != nil && !known(l.Condition.GetKey()) {
		return unknownKey
	}
	if len(*l.Values) != 1 {
		return "several"
	}
	v := (*l.Values)[0]
	switch field := strings.TrimPrefix(strings.ToLower(l.Field), "when "); {
	case strings.Contains(field, "ip"):
		if strings.Contains(field, "principal") {
			break
		}
		return addressForm(v)
	case strings.Contains(field, "port"):
		if n, err := strconv.Atoi(v); err != nil || n < 0 || n > 65535 {
			return "invalid"
		}
		return "number"
	case strings.Contains(field, "serviceaccount"):
		if strings.Contains(v, "/") {
			return "namespace/name"
		}
		return "name"
	case strings.HasSuffix(field, "paths") && strings.Contains(v, "{**}"):
		return "template {**}"
	case strings.HasSuffix(field, "paths") && strings.Contains(v, "{*}"):
		return "template {*}"
	case strings.HasSuffix(field, "hosts") && strings.Contains(v, ":"):
		return "with a port"
	case strings.HasPrefix(field, "experimental") && strings.HasPrefix(v, "["):
		return "element"
	}
	return stringForm(v)
}

func addressForm(v string) string {
	form := "address"
	a, _, block := strings.Cut(v, "/")
	if block {
		form = "block"
		if _, err := netip.ParsePrefix(v); err != nil {
			return "invalid"
		}
	}
	switch ip, err := netip.ParseAddr(a); {
	case err != nil:
		return "invalid"
	case ip.Is4():
		return "IPv4 " + form
	}
	return "IPv6 " + form
}

func stringForm(v string) string {
	switch {
	case v == "*":
		return "presence"
	case strings.HasPrefix(v, "*"):
		return "suffix"
	case strings.HasSuffix(v, "*"):
		return "prefix"
	case strings.Contains(v, "*"):
		return "star inside"
	}
	return "exact"
}
