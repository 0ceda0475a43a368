package authz

import (
	"slices"
	"strings"
)

// IsIdentity reports whether the field is about who asks, as the data plane knows it.
func (f FieldTrace) IsIdentity() bool {
	switch f.Key {
	case "source.principal", "source.namespace", "source.serviceAccount", "source.trustDomain":
		return true
	}
	for _, name := range []string{"principals", "namespaces", "serviceAccounts", "trustDomains"} {
		if strings.HasSuffix(f.Field, "."+name) || strings.HasSuffix(f.Field, ".not"+strings.ToUpper(name[:1])+name[1:]) {
			return true
		}
	}
	return false
}

// IsHTTP reports whether the field is about what only a proxy sees that reads HTTP; the
// data planes of nodes do not.
func (f FieldTrace) IsHTTP() bool {
	if f.Key != "" {
		return !slices.Contains([]string{"source.ip", "source.namespace", "source.principal", "destination.ip", "destination.port"}, f.Key)
	}
	name := strings.ToLower(strings.TrimPrefix(f.Field[strings.LastIndexByte(f.Field, '.')+1:], "not"))
	return slices.Contains([]string{"hosts", "methods", "paths", "requestprincipals", "remoteipblocks"}, name)
}

// Field returns the path of the first field of the policy that is such a one; false if
// there is none.
func (p PolicyTrace) Field(is func(FieldTrace) bool) (string, bool) {
	for _, r := range p.Rules {
		for _, f := range r.Fields {
			if is(f) {
				return f.Field, true
			}
		}
	}
	return "", false
}
