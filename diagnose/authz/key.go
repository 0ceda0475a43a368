package authz

import (
	"errors"
	"fmt"
	"strings"
)

const (
	keyHeaders     = "request.headers"
	keyClaims      = "request.auth.claims"
	keyEnvoyFilter = "experimental.envoy.filters."
)

// condition returns what Envoy makes of a when key; an unknown one is an error
// and costs the whole rule (model.go, New).
func (g generator) condition(k string) (attribute, error) {
	switch k {
	case "destination.ip":
		return addresses(kindDestinationIP), nil
	case "destination.port":
		return ports(), nil
	case "connection.sni":
		return attribute{subject: subject{kind: kindSNI}, tests: plain}, nil
	case "source.ip":
		return addresses(kindSourceIP), nil
	case "remote.ip":
		return addresses(kindRemoteIP), nil
	case "source.namespace":
		return g.namespaces(), nil
	case "source.principal":
		return g.principals(), nil
	case "source.serviceAccount":
		return g.serviceAccounts(), nil
	case "source.trustDomain":
		return g.trustDomains(), nil
	case "request.auth.principal":
		return requestPrincipals(), nil
	case "request.auth.audiences":
		return attribute{subject: claimSubject("aud"), http: true, tests: plain}, nil
	case "request.auth.presenter":
		return attribute{subject: claimSubject("azp"), http: true, tests: plain}, nil
	}
	switch {
	case strings.HasPrefix(k, keyEnvoyFilter):
		return metadata(k), nil
	case strings.HasPrefix(k, keyHeaders):
		return requestHeader(strings.TrimPrefix(k, keyHeaders)), nil
	case strings.HasPrefix(k, keyClaims):
		return requestClaim(strings.TrimPrefix(k, keyClaims)), nil
	}
	return attribute{}, fmt.Errorf("unknown key %q", k)
}

// requestHeader makes the attribute of [NAME]. The name ignores case, and the
// pseudo headers read what hosts, methods and paths read.
func requestHeader(brackets string) attribute {
	name, err := inBrackets(brackets)
	if err != nil {
		return broken(subject{kind: kindHeader, name: brackets}, true, err)
	}
	switch name = strings.ToLower(name); name {
	case ":method":
		return attribute{subject: subject{kind: kindMethod}, http: true, tests: header}
	case ":authority", "host":
		return attribute{subject: subject{kind: kindHost}, http: true, tests: header}
	case ":path":
		return attribute{subject: subject{kind: kindPath}, http: true, tests: func(v string) ([]test, error) {
			t := headerTest(v)
			t.full = true
			return one(t)
		}}
	}
	return attribute{subject: subject{kind: kindHeader, name: name}, http: true, tests: header}
}

func requestClaim(brackets string) attribute {
	path, err := inNestedBrackets(brackets)
	if err != nil {
		return broken(subject{kind: kindClaim, name: brackets}, true, err)
	}
	return attribute{subject: claimSubject(path...), http: true, tests: plain}
}

// metadata makes the attribute of experimental.envoy.filters.X[KEY]; a value in
// brackets asks for the element of a list.
func metadata(k string) attribute {
	s := subject{kind: kindMetadata, name: k}
	if !strings.Contains(strings.TrimSuffix(k, "]"), "[") {
		return broken(s, false, fmt.Errorf("the key %q names no metadata key in brackets", k))
	}
	return attribute{subject: s, tests: func(v string) ([]test, error) {
		if strings.HasPrefix(v, "[") && strings.HasSuffix(v, "]") {
			t := stringTest(strings.Trim(v, "[]"))
			t.list = true
			return one(t)
		}
		return plain(v)
	}}
}

// broken is an attribute of which no value can be generated.
func broken(s subject, http bool, err error) attribute {
	return attribute{subject: s, http: http, tests: func(string) ([]test, error) { return nil, err }}
}

var errBrackets = errors.New("the key has no name in brackets")

func inBrackets(s string) (string, error) {
	if !strings.HasPrefix(s, "[") || !strings.HasSuffix(s, "]") {
		return "", errBrackets
	}
	return strings.TrimPrefix(strings.TrimSuffix(s, "]"), "["), nil
}

// inNestedBrackets reads [a][b]; if the brackets are irregular, all between the
// first and the last is one name (util.go).
func inNestedBrackets(s string) ([]string, error) {
	var out []string
	for rest := s; rest != ""; {
		i := strings.IndexByte(rest, ']')
		if rest[0] != '[' || i < 0 || strings.Contains(rest[1:i], "[") {
			name, err := inBrackets(s)
			return []string{name}, err
		}
		out = append(out, rest[1:i])
		rest = rest[i+1:]
	}
	return out, nil
}
