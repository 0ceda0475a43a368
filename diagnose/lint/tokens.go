package lint

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	securityv1 "istio.io/client-go/pkg/apis/security/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// tokens reports a policy that goes by tokens where nothing verifies them.
func (p *policy) tokens() {
	i := slices.IndexFunc(p.lists, list.token)
	if i < 0 || p.Action() == authz.ActionCustom || p.byNode() && !p.refs {
		return
	}
	l := p.lists[i]
	who := ""
	switch {
	case p.refs:
		if who = p.untargeted(); who == "" {
			return
		}
	case len(p.loads) > 0:
		if p.untold == nil || !p.dump && !p.someTokens(p.untold.pod.Namespace) {
			return
		}
		who = p.untold.String()
	default:
		if who = p.unselected(); who == "" {
			return
		}
	}
	p.report("AD0502", at{l.field, -1}, "no RequestAuthentication is in force at %s, and without one a token counts for nothing: %s", who, lost(p.Action(), l.not))
}

// lost is what becomes of a rule that goes by a token that nobody looks at.
func lost(a authz.Action, not bool) string {
	switch {
	case a == authz.ActionDeny && not:
		return "the rule denies whoever fits the rest of it"
	case not:
		return "the rule fits everybody"
	}
	return "the rule matches nothing"
}

func (p *policy) someTokens(ns string) bool {
	return len(cluster.List[*securityv1.RequestAuthentication](p.snap, ns))+len(cluster.List[*securityv1.RequestAuthentication](p.snap, p.cfg.RootNamespace)) > 0
}

// untargeted is the first target of the policy that no RequestAuthentication names, if
// others are in sight.
func (p *policy) untargeted() string {
	if len(cluster.List[*securityv1.RequestAuthentication](p.snap, p.Namespace)) == 0 && !p.dump {
		return ""
	}
	for _, name := range refNames(p.Spec.GetTargetRefs(), p.Spec.GetTargetRef()) {
		// One for the waypoint is in force for all that is behind it.
		if !p.targeted[p.Namespace+" "+name] && !p.targeted[p.Namespace] && !p.targeted[p.cfg.RootNamespace] {
			return name
		}
	}
	return ""
}

// unselected is who has no RequestAuthentication where no Pods are in sight, but
// RequestAuthentications are: none of them selects what the policy does.
func (p *policy) unselected() string {
	all := cluster.List[*securityv1.RequestAuthentication](p.snap, p.Namespace)
	all = append(all, cluster.List[*securityv1.RequestAuthentication](p.snap, p.cfg.RootNamespace)...)
	const looked = 200 // more are not compared with each policy
	if len(all) == 0 || len(all) > looked || len(p.selector) == 0 {
		return ""
	}
	for _, ra := range all {
		if mesh.Selects(ra.Spec.GetSelector().GetMatchLabels(), p.selector) || !p.disagrees(ra.Spec.GetSelector().GetMatchLabels()) {
			return ""
		}
	}
	return "what has " + selectorWords(p.selector)
}

// disagrees reports whether a selector wants another value of a label than the policy.
func (p *policy) disagrees(other map[string]string) bool {
	for k, v := range other {
		if mine, ok := p.selector[k]; ok && mine != v {
			return true
		}
	}
	return false
}

// requestPrincipals reports request principals that no token has.
func (p *policy) requestPrincipals() {
	p.each(requestPrincipals, func(l list, i int, v string) {
		if why := oddRequestPrincipal(v); why != "" {
			p.report("AD0520", l.at(i), "%s %s", quoted(v), why)
			return
		}
		cut := strings.LastIndexByte(v, '/')
		if cut <= 0 || strings.Contains(v[:cut], "*") || p.refs || len(p.issuers) == 0 || p.untold != nil {
			return
		}
		if issuer := v[:cut]; !p.issuers[issuer] {
			known := slices.Sorted(maps.Keys(p.issuers))
			p.report("AD0523", l.at(i), "the issuer of %s is %s, and the RequestAuthentications of the workload know %s", quoted(v), quoted(issuer), some(known))
		}
	})
}

// oddRequestPrincipal says why no token has such a request principal: it is cut at its
// last slash, and each half is compared.
func oddRequestPrincipal(v string) string {
	cut := strings.LastIndexByte(v, '/')
	switch {
	case v == "" || v == "*":
		return ""
	case v == "*/*":
		return `is every issuer with the subject "*": write "*" for any request principal`
	case cut < 0 && !strings.Contains(v, "*"):
		return "has no slash; a request principal is ISSUER/SUBJECT"
	case strings.HasSuffix(v, "*") && strings.HasSuffix(v[:max(cut, 0)], ":/"):
		return fmt.Sprintf("is cut at its last slash, so the issuer has to be %s: the beginning of an issuer with // cannot be written", quoted(v[:cut]))
	case strings.HasPrefix(v, "*") && strings.HasSuffix(v, "*") && len(v) > 1:
		return "has a star at both ends, of which only the first stands for anything"
	}
	return ""
}

// stepped is a claim that is written as a way of names: realm_access.roles.
var stepped = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_-]*([./][A-Za-z_][A-Za-z0-9_-]*)+$`)
})

// claims reports keys and values of claims that are never looked up or never equal.
func (p *policy) claims() {
	for _, l := range p.lists {
		if l.about != claims {
			continue
		}
		name := strings.TrimSuffix(strings.TrimPrefix(strings.TrimPrefix(l.key, claims), "["), "]")
		key := strings.TrimSuffix(strings.TrimSuffix(l.field, ".values"), ".notValues") + ".key"
		if stepped().MatchString(name) && name != "kubernetes.io" && strings.HasPrefix(l.key, claims+"[") {
			steps := strings.FieldsFunc(name, func(r rune) bool { return r == '.' || r == '/' })
			p.report("AD0521", at{key, -1}, "this is one claim of the name %s; for one inside another write %s[%s]", quoted(name), claims, strings.Join(steps, "]["))
		}
		for i, v := range l.values {
			p.claimValue(l, i, name, v)
		}
	}
}

// What claims hold that is no text.
var (
	numeric = []string{"exp", "iat", "nbf", "auth_time", "updated_at"}
	logical = []string{"email_verified", "phone_number_verified"}
	spaced  = []string{"scope", "permission"}
)

func (p *policy) claimValue(l list, i int, name, v string) {
	switch {
	case slices.Contains(numeric, name):
		p.report("AD0522", l.at(i), "the claim %s is a number, and only text is compared", name)
	case slices.Contains(logical, name):
		p.report("AD0522", l.at(i), "the claim %s is true or false, and only text is compared", name)
	case slices.Contains(spaced, name) && strings.Contains(strings.TrimSpace(v), " "):
		p.report("AD0522", l.at(i), "the words of %s are compared one by one, so %s equals none: write %s", name, quoted(v), some(strings.Fields(v)))
	case v == "true" || v == "false":
		p.addAs(diagnose.SeverityInfo, "AD0522", l.at(i), fmt.Sprintf("if the claim is true or false, and not the text %s, it never matches", quoted(v)))
	}
}
