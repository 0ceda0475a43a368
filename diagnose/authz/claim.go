package authz

import "strings"

// claim looks a claim up in the token, or in what stands in for it. One that is
// known is a string, a []any or a []string; a claim of any other type is like an
// absent one.
func (e *env) claim(s *subject) (any, State) {
	claims := &e.r.Claims
	if claims.state == StateKnown {
		return claimIn(claims.value, s.claim)
	}
	if v, ok := e.stands(s.key()); ok && claims.state != StateAbsent {
		switch {
		case v.absent:
			return nil, StateAbsent
		case v.isList:
			return v.list, StateKnown
		}
		return v.text, StateKnown
	}
	return nil, claims.state
}

func claimIn(at any, path []string) (any, State) {
	at, _ = lookUp(at, path)
	switch at.(type) {
	case string, []any, []string:
		return at, StateKnown
	}
	return nil, StateAbsent
}

// lookUp returns the claim at path whatever its type is.
func lookUp(at any, path []string) (any, bool) {
	for _, name := range path {
		m, ok := at.(map[string]any)
		if !ok {
			return nil, false
		}
		if at, ok = m[name]; !ok {
			return nil, false
		}
	}
	return at, true
}

// spaceDelimited tells the claims that Envoy's JWT filter turns into lists
// (policy_applier.go): scope and permission, at the top.
func spaceDelimited(s *subject) bool {
	return s.name == "scope" || s.name == "permission"
}

// claim: a string that satisfies a test, or a list with such an element
// (generator.go, matcher/metadata.go). Numbers and booleans satisfy none.
func (f *field) claim(e *env) Truth {
	c, state := e.claim(&f.subject)
	if state != StateKnown {
		return state.unknown()
	}
	switch c := c.(type) {
	case string:
		if spaceDelimited(&f.subject) {
			return truth(anyWord(c, f.tests))
		}
		return truth(anyTest(f.tests, c))
	case []any:
		for _, v := range c {
			if v, ok := v.(string); ok && anyTest(f.tests, v) {
				return True
			}
		}
	case []string:
		return truth(anyOf(c, f.tests))
	}
	return False
}

func anyTest(tests []test, s string) bool {
	for i := range tests {
		if tests[i].str(s) {
			return true
		}
	}
	return false
}

// anyOf asks for an element of a list.
func anyOf(list []string, tests []test) bool {
	for _, v := range list {
		if anyTest(tests, v) {
			return true
		}
	}
	return false
}

// anyWord asks for the words of a space-delimited claim.
func anyWord(s string, tests []test) bool {
	for s != "" {
		var word string
		if word, s, _ = strings.Cut(s, " "); word != "" && anyTest(tests, word) {
			return true
		}
	}
	return false
}

// The claims that make a request principal.
var issuer, subjectClaim = claimSubject("iss"), claimSubject("sub")

// requestPrincipal: both claims must be strings (generator.go).
func (f *field) requestPrincipal(e *env) Truth {
	iss, is := e.claim(&issuer)
	sub, ss := e.claim(&subjectClaim)
	out := False
	for i := range f.tests {
		c := f.tests[i].claims
		if out = Or(out, And(c[0].claim(iss, is), c[1].claim(sub, ss))); out == True {
			return True
		}
	}
	return out
}

// claim asks for a claim that must be a string.
func (t *test) claim(c any, s State) Truth {
	if s != StateKnown {
		return s.unknown()
	}
	v, ok := c.(string)
	return truth(ok && t.str(v))
}
