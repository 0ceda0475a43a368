package authz

import "strings"

// claimed is what a token says of one claim: a string, or a list. A claim of any
// other type is like an absent one.
type claimed struct {
	text    string
	list    []any
	strings []string
	isList  bool
}

// claim looks a claim up in the token, or in what stands in for it.
func (e *env) claim(s *subject) (claimed, State) {
	claims := &e.r.Claims
	if claims.state == StateKnown {
		return claimIn(claims.value, s.claim)
	}
	if v, ok := e.stands(s.key()); ok && claims.state != StateAbsent {
		return claimed{text: v.text, strings: v.list, isList: v.isList}, stateOf(v)
	}
	return claimed{}, claims.state
}

func claimIn(at any, path []string) (claimed, State) {
	at, _ = lookUp(at, path)
	switch v := at.(type) {
	case string:
		return claimed{text: v}, StateKnown
	case []any:
		return claimed{list: v, isList: true}, StateKnown
	case []string:
		return claimed{strings: v, isList: true}, StateKnown
	}
	return claimed{}, StateAbsent
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
	switch {
	case state != StateKnown:
		return state.unknown()
	case !c.isList && spaceDelimited(&f.subject):
		return truth(anyWord(c.text, f.tests))
	case !c.isList:
		return truth(anyTest(f.tests, c.text))
	}
	for _, v := range c.list {
		if v, ok := v.(string); ok && anyTest(f.tests, v) {
			return True
		}
	}
	for _, v := range c.strings {
		if anyTest(f.tests, v) {
			return True
		}
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
		if out = Or(out, And(iss.satisfies(&c[0], is), sub.satisfies(&c[1], ss))); out == True {
			return True
		}
	}
	return out
}

// satisfies asks for a claim that must be a string.
func (c *claimed) satisfies(t *test, s State) Truth {
	if s != StateKnown {
		return s.unknown()
	}
	return truth(!c.isList && t.str(c.text))
}
