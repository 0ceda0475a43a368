package traffic

import (
	"errors"
	"maps"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
)

// request is what a case, or the defaults, say of the request; nil was not said.
type request struct {
	method, host, token, sourceIP, sni *string

	headers map[string][]string // names in lower case; nil is taken back
	claims  map[string]any
	exact   *bool
}

// under merges what the defaults say under what the case says. Headers and claims
// are merged one by one; a token and claims replace each other.
func (r request) under(defaults request) (diagnose.Request, error) {
	switch {
	case r.claims != nil:
		defaults.token = nil
	case r.token != nil:
		defaults.claims = nil
	}
	out := diagnose.Request{
		Method: first(r.method, defaults.method), Host: first(r.host, defaults.host), Token: first(r.token, defaults.token),
		SourceIP: first(r.sourceIP, defaults.sourceIP), SNI: first(r.sni, defaults.sni),
		Exact: first(r.exact, defaults.exact), Claims: mergedClaims(defaults.claims, r.claims),
	}
	if len(defaults.headers)+len(r.headers) > 0 {
		out.Headers = map[string][]string{}
		maps.Copy(out.Headers, defaults.headers)
		maps.Copy(out.Headers, r.headers)
		maps.DeleteFunc(out.Headers, func(_ string, values []string) bool { return values == nil })
	}
	return out, adoptSpecialHeaders(&out)
}

// first returns what the first of them that was said is.
func first[T any](given ...*T) (value T) {
	for _, g := range given {
		if g != nil {
			return *g
		}
	}
	return value
}

func mergedClaims(under, over map[string]any) map[string]any {
	if under == nil {
		return over
	}
	out := maps.Clone(under)
	for name, claim := range over {
		inner, isObject := claim.(map[string]any)
		if old, both := out[name].(map[string]any); both && isObject {
			claim = mergedClaims(old, inner)
		}
		out[name] = claim
	}
	return out
}

// adoptSpecialHeaders makes of headers what the question has a word for of its
// own: Host, and the token of an Authorization header.
func adoptSpecialHeaders(r *diagnose.Request) error {
	if host := r.Headers["host"]; len(host) > 0 {
		if r.Host != "" || len(host) > 1 {
			return errors.New("the Host header is given twice")
		}
		r.Host = host[0]
		delete(r.Headers, "host")
	}
	authorization := r.Headers["authorization"]
	if len(authorization) != 1 {
		return nil
	}
	scheme, token, _ := strings.Cut(authorization[0], " ")
	if !strings.EqualFold(scheme, "bearer") || strings.Count(token, ".") != 2 {
		return nil
	}
	if r.Token != "" || r.Claims != nil {
		return errors.New("the request has two tokens: one of the authorization header, one of token or claims")
	}
	r.Token = strings.TrimSpace(token)
	return nil
}
