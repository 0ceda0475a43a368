package routing

import (
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
)

const claimHeader = "@request.auth.claims"

// claimPath reads the name of a header that stands for a claim: after
// @request.auth.claims come .a.b or [a][b] (istio: pkg/jwt/routing.go
// ToRoutingClaim). Any other name is a header's.
func claimPath(name string) ([]string, bool) {
	if !strings.HasPrefix(strings.ToLower(name), claimHeader) {
		return nil, false
	}
	rest := name[len(claimHeader):]
	switch {
	case strings.HasPrefix(rest, ".") && len(rest) > 1:
		return strings.Split(rest[1:], "."), true
	case strings.HasPrefix(rest, "[") && strings.HasSuffix(rest, "]") && len(rest) > 2:
		return strings.Split(rest[1:len(rest)-1], "]["), true
	}
	return nil, false
}

// askClaim asks for a claim of the verified token: a string, or a list with one that
// matches (istio: security/authz/model/util.go MetadataMatcherForJWTClaims).
func askClaim(path []string, t test, not bool, r Request) condition {
	attribute := "claim " + strings.Join(path, ".")
	state := r.Claims.State()
	var values []string
	if payload, ok := r.Claims.Get(); ok {
		if values = claimValues(payload, path); len(values) == 0 {
			state = authz.StateAbsent
		}
	}
	c := ask(attribute, not, values, state, r.Claims.Why(), t)
	c.list = true
	return c
}

// claimValues finds the strings of a claim; none if there are no strings.
func claimValues(payload map[string]any, path []string) []string {
	var v any = payload
	for _, p := range path {
		m, ok := v.(map[string]any)
		if !ok {
			return nil
		}
		v = m[p]
	}
	switch v := v.(type) {
	case string:
		if len(path) == 1 && (path[0] == "scope" || path[0] == "permission") {
			return append(strings.Fields(v), v)
		}
		return []string{v}
	case []string:
		return v
	case []any:
		var out []string
		for _, e := range v {
			if s, ok := e.(string); ok {
				out = append(out, s)
			}
		}
		return out
	}
	return nil
}
