package apirule

import (
	"fmt"
	"strings"
)

// issuers turns request principals into the issuers that an APIRule names.
func issuers(c change) change {
	cut := func(values []string) []string {
		var out []string
		for _, v := range values {
			issuer, _ := strings.CutSuffix(v, "/*")
			out = append(out, issuer)
		}
		return out
	}
	c.missing, c.excess = cut(c.missing), cut(c.excess)
	return c
}

// conditionWords are about claims: KEY=VALUE.
func conditionWords(authorizations string, item int, c change) []string {
	at := authorizations
	if item >= 0 {
		at = fmt.Sprintf("%s[%d]", at, item)
	}
	name := func(values []string) []string {
		var out []string
		for _, v := range values {
			key, value, _ := strings.Cut(v, "=")
			claim, isClaim := strings.CutPrefix(key, "request.auth.claims[")
			switch {
			case isClaim:
				key = "the claim " + strings.TrimSuffix(claim, "]")
			case key == "":
				key = "what has no name"
			}
			out = append(out, value+" in "+key)
		}
		return out
	}
	c.missing, c.excess = name(c.missing), name(c.excess)
	return each(c, at+" asks for %s, the generated policy does not", "the generated policy asks for %s, "+at+" does not")
}

// sayAuthentication is say for a RequestAuthentication.
func (r *APIRule) sayAuthentication(rule int, c change) []string {
	field := c.path[strings.LastIndexByte(c.path, '.')+1:]
	at := r.tokensAt(rule)
	switch {
	case c.whole && len(c.got) > 0:
		return []string{fmt.Sprintf("the generated RequestAuthentication has %s (%s), which %s does not come to", c.path, list(c.got), at)}
	case c.whole:
		return []string{fmt.Sprintf("%s comes to %s (%s), the generated RequestAuthentication does not have it", at, c.path, list(c.wanted))}
	case field == "matchLabels":
		return []string{fmt.Sprintf("the Service of spec.rules[%d] selects %s, the generated RequestAuthentication selects %s", rule, list(c.wanted), list(c.got))}
	case field == "forwardOriginalToken":
		return []string{"the workload is to get the token, and the generated RequestAuthentication takes it away (forwardOriginalToken)"}
	}
	what := at + strings.TrimPrefix(c.path, "spec.jwtRules")
	return each(c, what+" is %s, the generated RequestAuthentication does not have it", "the generated RequestAuthentication has "+what+" %s, which the APIRule does not")
}
