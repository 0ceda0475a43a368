package fix

import (
	"fmt"
	"slices"
	"strings"

	securityv1 "istio.io/client-go/pkg/apis/security/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// tokens lets the token of the request count: at a gateway that takes it out, or where
// nobody looks at it.
func (sc scene) tokens() []draft {
	if !sc.lacksToken() {
		return nil
	}
	if item, _, ok := sc.linked("RequestAuthentication", cluster.RequestAuthentications); ok {
		return []draft{{
			kind: ForwardToken, title: fmt.Sprintf("let RequestAuthentication %s/%s leave the token in (forwardOriginalToken: true)", item.Object.GetNamespace(), item.Object.GetName()),
			changes: []Change{changed(item, func(object tree) { sc.eachRule(object, func(rule tree) { rule["forwardOriginalToken"] = true }) })},
			danger:  "whoever is called behind the gateway gets the token",
		}}
	}
	issuer := sc.issuer()
	if issuer == "" || sc.pod == nil {
		return nil
	}
	name := free(workload(sc.pod, sc.hop)+"-tokens", func(name string) bool {
		_, taken := sc.snap.Item(cluster.RequestAuthentications, sc.pod.Namespace, name)
		return taken
	})
	spec := tree{"jwtRules": []any{tree{"issuer": issuer, "forwardOriginalToken": true}}}
	sc.attach(spec)
	return []draft{{
		kind: VerifyToken, title: fmt.Sprintf("verify tokens of %s in a new RequestAuthentication %s/%s", issuer, sc.pod.Namespace, name),
		changes:    []Change{created(cluster.RequestAuthentications, sc.pod.Namespace, name, spec)},
		danger:     "a request with a token that does not verify, or is of another issuer, is refused with 401 from then on",
		tokens:     tokens{taken: "its token is of issuer " + issuer, refused: "its token does not verify, or is of another issuer"},
		afterwards: []string{"istiod gets the keys from " + issuer + "/.well-known/openid-configuration; set jwksUri if they are elsewhere"},
	}}
}

// acceptToken lets a RequestAuthentication take the issuer or the audience of the token.
func (sc scene) acceptToken() []draft {
	item, _, ok := sc.linked("RequestAuthentication", cluster.RequestAuthentications)
	if !ok {
		return nil
	}
	issuer, _ := sc.payload()["iss"].(string)
	name := item.Object.GetNamespace() + "/" + item.Object.GetName()
	if made(item) {
		return nil
	}
	out := sc.issuerSlip(item, issuer)
	if issuer != "" && !sc.known(issuer) {
		out = append(out, draft{
			kind: VerifyToken, title: fmt.Sprintf("take tokens of %s in RequestAuthentication %s", issuer, name),
			changes: []Change{changed(item, func(object tree) {
				list, _ := at(object, "spec.jwtRules").([]any)
				set(object, "spec.jwtRules", append(list, tree{"issuer": issuer, "forwardOriginalToken": true}))
			})},
			danger:     "tokens of one more issuer count as verified",
			tokens:     tokens{taken: "its token is of issuer " + issuer},
			afterwards: []string{"istiod gets the keys from " + issuer + "/.well-known/openid-configuration; set jwksUri if they are elsewhere"},
		})
	}
	audience := firstAudience(sc.payload()["aud"])
	switch {
	case audience != "":
		out = append(out, draft{
			kind: VerifyToken, title: fmt.Sprintf("take tokens for audience %s in RequestAuthentication %s", audience, name),
			changes: []Change{changed(item, func(object tree) {
				sc.eachRule(object, func(rule tree) {
					if rule["audiences"] != nil {
						grow(rule, "audiences", audience)
					}
				})
			})},
			danger: "tokens that were issued for another service count here too",
			tokens: tokens{taken: "its token is for audience " + audience},
		})
	case issuer != "":
		out = append(out, draft{
			kind: VerifyToken, title: fmt.Sprintf("take tokens of %s for any audience, and for none, in RequestAuthentication %s", issuer, name),
			changes: []Change{changed(item, func(object tree) { sc.eachRule(object, func(rule tree) { delete(rule, "audiences") }) })},
			danger:  "tokens that were issued for any other service count here too", grave: true,
			tokens: tokens{taken: "its token is of issuer " + issuer},
		})
	}
	return out
}

// issuerSlip writes the token's issuer in place of one that differs by its spelling.
func (sc scene) issuerSlip(item cluster.Item, issuer string) []draft {
	var issuers []string
	list, _ := at(parse(item.Raw), "spec.jwtRules").([]any)
	for _, r := range list {
		had, _ := at(r, "issuer").(string)
		issuers = append(issuers, had)
	}
	near := closest(issuer, issuers)
	if near == "" || slices.Contains(issuers, issuer) {
		return nil
	}
	return []draft{alter(CorrectSlip, item, fmt.Sprintf("spec.jwtRules[%d].issuer", slices.Index(issuers, near)), near, issuer)}
}

// known reports whether a RequestAuthentication of the workload takes tokens of an issuer
// already: one that is refused all the same is no token of it, and another rule does not
// help.
func (sc scene) known(issuer string) bool {
	for _, ra := range cluster.List[*securityv1.RequestAuthentication](sc.snap, "") {
		set := ra.Spec.GetSelector().GetMatchLabels()
		if sc.pod != nil && len(set) > 0 && !matches(set, sc.pod.Labels) {
			continue
		}
		for _, rule := range ra.Spec.GetJwtRules() {
			if rule.GetIssuer() == issuer {
				return true
			}
		}
	}
	return false
}

// eachRule changes the jwtRules of the token's issuer, or all where that is not known.
func (sc scene) eachRule(object tree, change func(tree)) {
	issuer, _ := sc.payload()["iss"].(string)
	list, _ := at(object, "spec.jwtRules").([]any)
	for _, r := range list {
		if rule, ok := r.(tree); ok && (issuer == "" || rule["issuer"] == issuer) {
			change(rule)
		}
	}
}

// payload are the claims of the question's token, however it is given; nil for none.
func (sc scene) payload() map[string]any {
	r := sc.question.Request
	if r.Claims == nil && r.Token != "" {
		if claims, err := mesh.DecodeToken(r.Token); err == nil {
			return claims
		}
	}
	return r.Claims
}

// issuer is the one of the question's token, or the one that the rule asks for.
func (sc scene) issuer() string {
	if iss, ok := sc.payload()["iss"].(string); ok {
		return iss
	}
	near := sc.near()
	if len(near) == 0 {
		return ""
	}
	for _, f := range near[0].Lacks {
		if !strings.HasSuffix(f.Field, ".requestPrincipals") {
			continue
		}
		for _, v := range f.Wanted {
			if i := strings.LastIndexByte(v, '/'); i > 0 && !strings.Contains(v[:i], "*") {
				return v[:i]
			}
		}
	}
	return ""
}

// lacksToken reports whether what decides asks for a token: the nearest ALLOW rule, or a
// DENY rule about requests without one.
func (sc scene) lacksToken() bool {
	if sc.decides() == diagnose.StageDeny {
		return aboutTokens(sc.decisive())
	}
	near := sc.near()
	return len(near) > 0 && wantsToken(near[0])
}

// decisive is the rule that matched, as its policy has it; nil if none did.
func (sc scene) decisive() tree {
	var ref authz.Ref
	if sc.answer.Reason.Rule == nil || ref.UnmarshalText([]byte(sc.answer.Reason.Policy)) != nil {
		return nil
	}
	item, ok := sc.snap.Item(cluster.AuthorizationPolicies, ref.Namespace, ref.Name)
	if !ok {
		return nil
	}
	rule, _ := at(parse(item.Raw), fmt.Sprintf("spec.rules[%d]", *sc.answer.Reason.Rule)).(tree)
	return rule
}

// aboutTokens reports whether a rule is about who shows no token, or not the right one.
func aboutTokens(rule tree) bool {
	from, _ := rule["from"].([]any)
	for _, f := range from {
		if at(f, "source.notRequestPrincipals") != nil {
			return true
		}
	}
	when, _ := rule["when"].([]any)
	for _, c := range when {
		if key, _ := at(c, "key").(string); strings.HasPrefix(key, "request.auth.") && at(c, "notValues") != nil {
			return true
		}
	}
	return false
}

func wantsToken(n authz.NearMiss) bool {
	for _, f := range n.Lacks {
		if !f.Not && (strings.HasSuffix(f.Field, ".requestPrincipals") || strings.HasPrefix(f.Key, "request.auth.")) {
			return true
		}
	}
	return false
}

func firstAudience(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case []any:
		if len(v) > 0 {
			s, _ := v[0].(string)
			return s
		}
	}
	return ""
}
