package diagnose

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"

	securityapi "istio.io/api/security/v1beta1"
)

// invalidJWT finds RequestAuthentications in force at the hop that would be refused.
func (w *walk) invalidJWT(j judged) {
	var refused offenders
	for _, ra := range w.in.requestAuthentications(w.policyNamespaces()...) {
		if name := ra.Namespace + "/" + ra.Name; slices.Contains(j.jwt.Policies, name) {
			refused.add(name, invalidRequestAuthentication(&ra.Spec)...)
		}
	}
	w.report(findingInvalidJWT, refused, "Istio's validation would refuse %s")
}

// invalidRequestAuthentication lists what Istio's validation would refuse.
func invalidRequestAuthentication(s *securityapi.RequestAuthentication) []problem {
	c := &checker{}
	c.targets(s.GetSelector(), s.GetTargetRef(), s.GetTargetRefs())
	for i, r := range s.GetJwtRules() {
		c.jwtRule(fmt.Sprintf("spec.jwtRules[%d]", i), r)
	}
	return c.out
}

// What becomes of a rule without keys, and of one that Envoy cannot load.
const (
	noKeys = "every token of its issuer is refused"
	noLoad = "Envoy refuses the listener: it keeps what it had, and a new Pod does not become ready"
)

func (c *checker) jwtRule(at string, r *securityapi.JWTRule) {
	issuer, uri, keys := r.GetIssuer(), r.GetJwksUri(), r.GetJwks()
	switch {
	case issuer == "" && uri == "" && keys == "":
		c.add(at+".issuer", "there is neither an issuer nor a jwksUri", "no key is found and every token is refused")
	case issuer == "" && uri == "":
		c.add(at+".issuer", "there is neither an issuer nor a jwksUri", "tokens of any issuer count that are signed with its keys")
	}
	c.addIf(uri != "" && keys != "", at+".jwks", "only one of jwks and jwksUri may be set", "the keys in jwks count and those of jwksUri do not")
	if u, err := url.Parse(uri); uri != "" && keys == "" && (err != nil || u.Scheme != "http" && u.Scheme != "https") {
		c.add(at+".jwksUri", "it is no http or https URL", noKeys)
	}
	c.addIf(keys != "" && !isKeySet(keys), at+".jwks", "it is no JSON Web Key Set", noKeys)
	c.addIf(slices.Contains(r.GetAudiences(), ""), at+".audiences", "a value is empty", "that value fits no token")
	c.addIf(slices.Contains(r.GetFromParams(), ""), at+".fromParams", "a value is empty", "no token is found there")
	c.addIf(slices.Contains(r.GetFromCookies(), ""), at+".fromCookies", "a value is empty", "no token is found there")
	for i, h := range r.GetFromHeaders() {
		c.addIf(h.GetName() == "", fmt.Sprintf("%s.fromHeaders[%d].name", at, i), "it is empty", noLoad)
	}
	for i, o := range r.GetOutputClaimToHeaders() {
		c.addIf(o.GetClaim() == "" || o.GetHeader() == "", fmt.Sprintf("%s.outputClaimToHeaders[%d]", at, i), "claim and header have to be named", noLoad)
	}
}

// isKeySet reports whether the text can be a JSON Web Key Set, or a single key.
func isKeySet(s string) bool {
	var set map[string]json.RawMessage
	if json.Unmarshal([]byte(s), &set) != nil || set == nil {
		return false
	}
	keys, ok := set["keys"]
	return !ok || strings.HasPrefix(strings.TrimSpace(string(keys)), "[")
}
