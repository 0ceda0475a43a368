package mesh

import (
	"cmp"
	"maps"
	"net/url"
	"slices"
	"strings"
	"time"

	securityapi "istio.io/api/security/v1beta1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
)

// request is what the JWT filter sees of a request.
type request struct {
	token   Token
	path    string
	headers authz.Headers
	now     time.Time
}

// place is one place where a rule looks for a token.
type place struct {
	header, prefix string
	param, cookie  string
}

func (p place) String() string {
	switch {
	case p.header != "":
		return "header " + p.header
	case p.param != "":
		return "query parameter " + p.param
	}
	return "cookie " + p.cookie
}

// usual reports whether the place is the one that a token of the question is taken
// to be in: Authorization: Bearer.
func (p place) usual() bool {
	return strings.EqualFold(p.header, "authorization") && p.prefix == "Bearer "
}

// key orders headers as Envoy does, which takes the claims of the first token.
func (p place) key() string { return strings.ToLower(p.header) + p.prefix }

// places returns where the rule looks: headers, parameters, cookies. Any place of its
// own switches both default places off (envoy: jwt_authn/extractor.cc).
func places(rule *securityapi.JWTRule) []place {
	var out []place
	for _, h := range rule.GetFromHeaders() {
		out = append(out, place{header: h.GetName(), prefix: h.GetPrefix()})
	}
	slices.SortStableFunc(out, func(a, b place) int { return cmp.Compare(a.key(), b.key()) })
	for _, p := range rule.GetFromParams() {
		out = append(out, place{param: p})
	}
	for _, c := range rule.GetFromCookies() {
		out = append(out, place{cookie: c})
	}
	if len(out) == 0 {
		out = []place{{header: "Authorization", prefix: "Bearer "}, {param: "access_token"}}
	}
	return out
}

// tokens returns the tokens in the rule's places, and what of the places the
// question left open. A question that says which token there is says with it that
// there is no other. Claims count for the rule of their issuer, wherever it looks;
// claims without an issuer for the only one that is configured.
func (r request) tokens(rule *securityapi.JWTRule, issuer string) (out []carried, open string) {
	if r.token.State == NoToken {
		return nil, ""
	}
	for _, p := range places(rule) {
		if r.token.State == HasClaims && p.usual() {
			continue
		}
		texts, known := r.at(p)
		for _, t := range texts {
			out = append(out, parsed(t, p, r.now))
		}
		switch {
		case known:
		case r.token.State == TokenOpen && open == "":
			open = "the token: " + p.String()
		case r.token.State == Raw && p.usual():
			out = append(out, parsed(r.token.Raw, p, r.now))
		}
	}
	if r.token.State == HasClaims {
		if t, ok := r.claimed(rule, issuer); ok {
			out = append(out, t)
		}
	}
	if len(out) > 0 {
		open = ""
	}
	return out, open
}

// claimed returns the token with the question's claims if the rule comes across it:
// its own issuer's, or anybody's if it looks in the usual place.
func (r request) claimed(rule *securityapi.JWTRule, issuer string) (carried, bool) {
	t := carried{claims: maps.Clone(r.token.Claims), assumed: true, why: "the token is taken to verify", place: r.assumed(rule)}
	if t.claims == nil {
		t.claims = map[string]any{}
	}
	iss, has := t.claims["iss"].(string)
	if !has && issuer != "" {
		iss, t.claims["iss"] = issuer, issuer
		t.why += "; its issuer is taken to be " + issuer + ", the only one that is configured"
	}
	for _, p := range places(rule) {
		if p.usual() {
			return t, true
		}
	}
	return t, iss == rule.GetIssuer() || iss == ""
}

// at returns the texts in one place; known is false if the question left it open.
func (r request) at(p place) (texts []string, known bool) {
	switch {
	case p.header != "":
		values, state := r.headers.Get(p.header)
		if strings.EqualFold(p.header, "authorization") && len(values) > 1 {
			values = []string{strings.Join(values, ",")} // Envoy keeps one of these
		}
		for _, v := range values {
			if t, ok := afterPrefix(v, p.prefix); ok {
				texts = append(texts, t)
			}
		}
		return texts, state == authz.StateKnown || state == authz.StateAbsent
	case p.cookie != "":
		values, state := r.headers.Get("cookie")
		for _, v := range values {
			for pair := range strings.SplitSeq(v, ";") {
				if name, value, _ := strings.Cut(strings.TrimSpace(pair), "="); name == p.cookie {
					return []string{strings.Trim(value, `"`)}, true
				}
			}
		}
		return nil, state == authz.StateKnown || state == authz.StateAbsent
	case r.path == "":
		return nil, false
	}
	_, query, _ := strings.Cut(r.path, "?")
	values, err := url.ParseQuery(query)
	if v, ok := values[p.param]; ok && err == nil {
		return v[:1], true
	}
	return nil, true
}

// afterPrefix returns what follows the prefix, which may stand anywhere in the
// value, from the first character that a token can have.
func afterPrefix(value, prefix string) (string, bool) {
	value = strings.TrimSpace(value)
	if prefix == "" {
		return value, true
	}
	_, rest, ok := strings.Cut(value, prefix)
	if !ok {
		return "", false
	}
	if i := strings.IndexFunc(rest, tokenCharacter); i >= 0 {
		return rest[i:], true
	}
	return value, true
}

func tokenCharacter(c rune) bool {
	return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-' || c == '_' || c == '.'
}

// placed says why a token of the question was not come across, "" if there is none.
func (r request) placed(rules []*securityapi.JWTRule) string {
	if r.token.State != Raw && r.token.State != HasClaims {
		return ""
	}
	var looked []string
	for _, rule := range rules {
		for _, p := range places(rule) {
			looked = append(looked, p.String())
		}
	}
	return "no rule looks where the token is, in Authorization: Bearer; they look in: " + strings.Join(looked, ", ")
}
