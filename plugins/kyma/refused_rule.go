package kyma

import (
	"fmt"
	"slices"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/plugins/kyma/apirule"
)

// whyNot says why none of an APIRule's rules admits the request: the host, which all of
// them have, or each rule.
func whyNot(ref apirule.Ref, misses []miss) string {
	var mine []miss
	for _, m := range misses {
		if m.of == ref {
			mine = append(mine, m)
		}
	}
	var host *authz.FieldTrace
	other := 0
	for _, m := range mine {
		at := slices.IndexFunc(m.fields, func(f authz.FieldTrace) bool { return strings.HasSuffix(f.Field, ".hosts") })
		if at < 0 {
			other++
			continue
		}
		host = &m.fields[at]
	}
	if host != nil && other == 0 {
		return "it " + hostWords(*host)
	}
	var words []string
	for _, m := range mine {
		words = append(words, m.words())
	}
	return atMost(3, words)
}

// hostWords are about the host that an APIRule is for.
func hostWords(f authz.FieldTrace) string {
	words := fmt.Sprintf("is for host %s, and the request's is %s", strings.Join(f.Wanted, ", "), f.Got)
	if name, _, ok := strings.Cut(f.Got, ":"); ok && slices.Contains(f.Wanted, name) {
		words += ", in which the port counts"
	}
	return words
}

// words say why a rule does not admit the request.
func (m miss) words() string {
	var out []string
	for _, f := range m.fields {
		if w := m.fieldWords(f); w != "" && !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	words := m.rule.RuleWords(m.index) + " " + strings.Join(out, ", and ")
	if m.others > 0 {
		words += fmt.Sprintf(" (and %d more of its authorizations %s not fit either)", m.others, plural(m.others, "does", "do"))
	}
	return words
}

// fieldWords say what a field of the policy wants in terms of the APIRule.
func (m miss) fieldWords(f authz.FieldTrace) string {
	wanted := strings.Join(f.Wanted, ", ")
	name := f.Field[strings.LastIndexByte(f.Field, '.')+1:]
	switch {
	case name == "methods":
		return "is for " + wanted + ", not " + f.Got
	case name == "paths":
		return "is for path " + m.rule.Rules[m.index].Path + ", not " + f.Got
	case name == "notPaths":
		return m.leaves(f)
	case name == "hosts":
		return hostWords(f)
	case name == "requestPrincipals":
		return fmt.Sprintf("wants a token of %s (%s), got %s", m.issuers(), m.rule.TokenField(m.index)+".authentications", f.Got)
	case strings.HasPrefix(f.Key, "request.auth.claims["):
		return m.claim(f)
	}
	return fmt.Sprintf("comes to %s %s, got %s", name, wanted, f.Got)
}

// leaves is a path that an earlier rule decides about, for the methods of this one too.
func (m miss) leaves(f authz.FieldTrace) string {
	for before := range m.index {
		path := m.rule.Rules[before].Path
		if !slices.Contains(f.Wanted, path) || !apirule.PathMatches(path, f.Got) {
			continue
		}
		return fmt.Sprintf("leaves path %s to %s, which comes first and shares a method with it: such a rule decides about its path for all methods", path, m.rule.RuleWords(before))
	}
	return "leaves path " + strings.Join(f.Wanted, ", ") + " to a rule before it"
}

// issuers are those whose tokens a rule takes.
func (m miss) issuers() string {
	var out []string
	if tokens := m.rule.Rules[m.index].Tokens(); tokens != nil {
		for _, a := range tokens.Authentications {
			out = append(out, a.Issuer)
		}
	}
	if len(out) == 0 {
		return "another issuer"
	}
	return strings.Join(out, " or ")
}

// claim is about a scope or an audience. The controller looks for scopes in three claims,
// of which any will do.
func (m miss) claim(f authz.FieldTrace) string {
	claim := strings.TrimSuffix(strings.TrimPrefix(f.Key, "request.auth.claims["), "]")
	at := m.rule.TokenField(m.index) + ".authorizations"
	if origin, ok := apirule.Recognise(m.object, nil); ok {
		item := origin.Index
		if e := m.rule.Rules[m.index].ExtAuth; e != nil {
			item -= len(e.Authorizers)
		}
		if item >= 0 {
			at = fmt.Sprintf("%s[%d]", at, item)
		}
	}
	wanted := strings.Join(f.Wanted, ", ")
	switch claim {
	case "aud":
		return fmt.Sprintf("wants audience %s (%s.audiences), got %s", wanted, at, f.Got)
	case "scp", "scope", "scopes":
		return fmt.Sprintf("wants scope %s in one of the claims scp, scope and scopes (%s.requiredScopes), got %s", wanted, at, f.Got)
	}
	return fmt.Sprintf("wants claim %s %s (%s), got %s", claim, wanted, at, f.Got)
}
