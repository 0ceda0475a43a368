package apirule

import (
	"fmt"
	"regexp"
	"strings"
)

// validPath is a path that v2 takes (kyma-project/api-gateway,
// apis/gateway/v2/apirule_types.go): segments, of which some may be {*} or {**}, or /*.
var validPath = regexp.MustCompile(`^((/([A-Za-z0-9._~!$&'()+,;=:@-]|%[0-9a-fA-F]{2})*)|(/\{\*{1,2}\}))+$|^/\*$`)

func (m *migration) path(i int) {
	path, field := m.r.Rules[i].Path, fmt.Sprintf("spec.rules[%d].path", i)
	switch {
	case !validPath.MatchString(path):
		s := Step{Topic: TopicPath, Field: field, To: asTemplate(path), Blocks: true}
		s.Words = fmt.Sprintf("%s is the regular expression %s, and v2 has paths with {*} and {**} only", field, path)
		if len(s.To) > 0 {
			s.Words += ": write " + strings.Join(s.To, " and ")
		}
		m.add(s)
	case strings.ContainsAny(path, "()+$"):
		m.add(Step{Topic: TopicPath, Field: field, To: []string{path}, Words: fmt.Sprintf("%s is %s, which v1beta1 takes for a regular expression and v2 for these very characters", field, path)})
	}
	for before := range i {
		if m.r.shares(before, i) {
			m.add(Step{Topic: TopicRuleOrder, Field: field, Words: fmt.Sprintf("spec.rules[%d] and spec.rules[%d] have a method in common: in v2 the first decides about its path for all methods, so the more specific one has to come first", before, i)})
		}
	}
}

// plainPath is a path without anything that a regular expression gives a meaning.
const plainPath = `((?:/[A-Za-z0-9_~-]+)*)`

var (
	anyBelow    = regexp.MustCompile(`^` + plainPath + `/(?:\.\*|\(\.\*\))$`)
	anyAfter    = regexp.MustCompile(`^` + plainPath + `(?:\.\*|\(\.\*\)|\(/\.\*\)\?)$`)
	oneSegment  = regexp.MustCompile(`\(?\[\^/\]\+\)?`)
	withSegment = regexp.MustCompile(`^((/[A-Za-z0-9_~-]+)|(/\{\*\}))+$`)
)

// asTemplate is what v2 has for the regular expressions that people write most; nothing
// for the rest.
func asTemplate(path string) []string {
	if found := anyBelow.FindStringSubmatch(path); found != nil {
		return []string{found[1] + "/{**}"}
	}
	if found := anyAfter.FindStringSubmatch(path); found != nil && found[1] != "" {
		return []string{found[1], found[1] + "/{**}"}
	}
	if replaced := oneSegment.ReplaceAllString(path, "{*}"); replaced != path && withSegment.MatchString(replaced) {
		return []string{replaced}
	}
	return nil
}

// handler is about an access strategy. Only no_auth and jwt are carried over
// (kyma-project/api-gateway, apis/gateway/v2/apirule_conversion.go,
// isFullConversionPossible).
func (m *migration) handler(field string, h Handler) {
	s := Step{Topic: TopicHandler, Field: field}
	switch h.Name {
	case "no_auth":
		s.To = []string{"noAuth: true"}
		s.Words = field + " is no_auth, which is noAuth: true in v2"
	case "noop", "allow", "anonymous":
		s.To, s.Blocks = []string{"noAuth: true"}, true
		s.Words = fmt.Sprintf("%s is %s, which is noAuth: true in v2 and is not carried over by itself", field, h.Name)
	case "jwt":
		m.jwt(field, h)
		return
	case "ext-auth": // how v1beta1 shows what v2 has
		return
	default:
		s.To, s.Blocks = []string{"extAuth"}, true
		s.Words = fmt.Sprintf("%s is Oathkeeper's %s, which v2 does not have: register an external authorizer and name it in extAuth", field, h.Name)
		if h.Name == "oauth2_introspection" {
			s.Words += ", for opaque tokens too"
		}
	}
	m.add(s)
}

// jwt: v2 wants an issuer and its keys in pairs.
func (m *migration) jwt(field string, h Handler) {
	s := Step{Topic: TopicIssuer, Field: field + ".config"}
	switch o := h.Ory; {
	case h.JWT != nil:
		for i, a := range h.JWT.Authentications {
			if a.Issuer == "" {
				s.Field = fmt.Sprintf("%s.config.authentications[%d].issuer", field, i)
				s.Words = s.Field + " is not set: v2 wants the issuer of the tokens to be named"
				m.add(s)
			}
		}
		return
	case o == nil:
		s.Blocks = true
		s.Words = field + " has no config: v2 wants the issuer of the tokens, and where its keys are"
	case len(o.TrustedIssuers) == 1 && len(o.JWKSURLs) == 1:
		s.To = []string{"issuer: " + o.TrustedIssuers[0], "jwksUri: " + o.JWKSURLs[0]}
		s.Words = field + " is in Oathkeeper's form, which is carried over: one issuer and one address of keys"
	default:
		s.Blocks = true
		s.Words = fmt.Sprintf("%s has %d trusted_issuers and %d jwks_urls: v2 wants each issuer with its own jwksUri", field, len(o.TrustedIssuers), len(o.JWKSURLs))
	}
	m.add(s)
}

func (m *migration) mutator(field, name string) {
	s := Step{Topic: TopicMutator, Field: field}
	switch name {
	case "header":
		s.To, s.Words = []string{"request.headers"}, field+" is header, which is request.headers in v2"
	case "cookie":
		s.To, s.Words = []string{"request.cookies"}, field+" is cookie, which is request.cookies in v2"
	case "noop":
		return
	default:
		s.Words = fmt.Sprintf("%s is Oathkeeper's %s, which v2 does not have: an external authorizer may do it", field, name)
	}
	m.add(s)
}
