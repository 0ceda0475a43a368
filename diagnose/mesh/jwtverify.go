package mesh

import (
	"errors"
	"slices"
	"strings"
	"time"

	securityapi "istio.io/api/security/v1beta1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
)

// The answers of the filter (jwt_verify_lib/status.cc).
const (
	textIssuer   = "Jwt issuer is not configured"
	textAudience = "Audiences in Jwt are not allowed"
)

// status is what one rule makes of the tokens in its own places.
type status struct {
	rule   *securityapi.JWTRule
	found  bool           // there is a token
	text   string         // of a refusal; empty if every token verifies
	open   string         // what the question leaves open and the answer depends on
	claims map[string]any // of the first token
	why    string
	tokens []carried
}

func (s status) verified() bool { return s.found && s.text == "" && s.open == "" }

// verify combines the rules as istiod configures the filter: the first rule that
// verifies its tokens lets the request through; without one, no rule may have found
// a token in its places (istio: security/authn/policy_applier.go
// convertToEnvoyJwtConfig; envoy: jwt_authn/verifier.cc).
func (r request) verify(rules []*securityapi.JWTRule) JWT {
	var open, refusal status
	issuer := onlyIssuer(rules)
	for _, rule := range rules {
		s := r.status(rule, issuer)
		switch {
		case s.verified() && open.open == "":
			return accepted(s)
		case s.open != "" && open.open == "":
			open = s
		case s.found && (refusal.text == "" || refusal.text == textIssuer):
			refusal = s
		}
	}
	switch {
	case open.open != "":
		return JWT{Missing: open.open, Why: "it depends on " + open.open}
	case refusal.text == "":
		return JWT{Outcome: Established, Claims: authz.Absent[map[string]any](), Why: first(r.placed(rules), "the request carries no token, and a RequestAuthentication requires none")}
	}
	j := JWT{
		Outcome: Refused, Status: 401, Text: refusal.text, Claims: authz.Absent[map[string]any](),
		Why: "a token that is there must be valid for a rule that looks at its place: " + refusal.text,
	}
	if refusal.text == textAudience {
		j.Status = 403
	}
	return j
}

// accepted returns the answer to verified tokens: their claims are seen, those that
// hold words in one string as lists.
func accepted(s status) JWT {
	claims := make(map[string]any, len(s.claims))
	for name, v := range s.claims {
		claims[name] = v
	}
	for _, name := range slices.Concat([]string{"permission", "scope"}, s.rule.GetSpaceDelimitedClaims()) {
		if text, ok := claims[name].(string); ok {
			list := []any{}
			for word := range strings.SplitSeq(text, " ") {
				if word != "" {
					list = append(list, word)
				}
			}
			claims[name] = list
		}
	}
	j := JWT{Outcome: Established, Claims: authz.Known(claims), Why: s.why, OutputHeaders: output(s)}
	j.TokenHeaders, j.TokenParams = removed(s.rule, s.tokens)
	return j
}

// status lets one rule look at its places. All tokens it finds must verify.
func (r request) status(rule *securityapi.JWTRule, issuer string) status {
	tokens, open := r.tokens(rule, issuer)
	s := status{rule: rule, found: len(tokens) > 0, open: open, tokens: tokens}
	for i, t := range tokens {
		switch t := t.check(rule); {
		case t.text != "" && s.text == "":
			s.text, s.open = t.text, ""
		case t.open != "" && s.text == "":
			s.open = t.open
		case i == 0:
			s.claims, s.why = t.claims, t.why
		}
	}
	return s
}

// carried is one token in one place.
type carried struct {
	claims  map[string]any
	assumed bool // verifies by assumption; claims that are not there are open
	text    string
	open    string
	why     string
	place   place
	raw     string    // the token itself, where it is there in full
	now     time.Time // when its lifetime and signature are checked; zero: they are not
}

// parsed reads a token that is there in full.
func parsed(raw string, at place, now time.Time) carried {
	claims, err := DecodeToken(raw)
	var bad *tokenError
	if errors.As(err, &bad) {
		return carried{text: bad.text, place: at}
	}
	return carried{claims: claims, place: at, raw: raw, now: now, why: "the token's issuer and audience match; its signature and its lifetime (exp, nbf) are not checked here"}
}

// check is Envoy's order: issuer, then lifetime, then audience, then signature
// (envoy: jwt_authn/authenticator.cc). Lifetime and signature are assumed where they
// are not to be checked, or cannot be.
func (t carried) check(rule *securityapi.JWTRule) carried {
	if t = t.addressed(rule); t.text != "" || t.open != "" || t.now.IsZero() || t.raw == "" {
		return t
	}
	text, checked := signature(t.raw, rule)
	t.text = text
	if t.why = "the token's issuer, audience and lifetime are right, and its signature verifies with the keys of the RequestAuthentication"; !checked {
		t.why = "the token's issuer, audience and lifetime are right; its signature is not checked, for its keys are not in the RequestAuthentication"
	}
	return t
}

// addressed checks everything but the signature.
func (t carried) addressed(rule *securityapi.JWTRule) carried {
	if t.text != "" {
		return t
	}
	iss, _ := t.claims["iss"].(string)
	if rule.GetIssuer() != "" && rule.GetIssuer() != iss {
		if _, has := t.claims["iss"]; t.assumed && !has {
			t.open = "the claim iss, because several issuers are configured"
			return t
		}
		t.text = textIssuer
		return t
	}
	if t.text = lifetime(t.claims, t.now); t.text != "" || len(rule.GetAudiences()) == 0 {
		return t
	}
	list, _ := audiences(t.claims)
	if _, has := t.claims["aud"]; t.assumed && !has {
		t.open = "the claim aud"
		return t
	}
	for _, a := range list {
		if slices.ContainsFunc(rule.GetAudiences(), func(want string) bool { return audience(want) == audience(a) }) {
			return t
		}
	}
	t.text = textAudience
	return t
}

// audience compares without the scheme and a trailing slash
// (jwt_verify_lib/check_audience.cc).
func audience(a string) string {
	for _, scheme := range []string{"http://", "https://"} {
		if rest, ok := strings.CutPrefix(a, scheme); ok {
			a = rest
			break
		}
	}
	return strings.TrimSuffix(a, "/")
}

// onlyIssuer returns the issuer of the rules if they have the same, else "".
func onlyIssuer(rules []*securityapi.JWTRule) string {
	issuer := ""
	for i, r := range rules {
		if i > 0 && r.GetIssuer() != issuer {
			return ""
		}
		issuer = r.GetIssuer()
	}
	return issuer
}
