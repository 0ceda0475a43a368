package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// nearWords words why no ALLOW rule matched: what the nearest rule lacks.
func (w *walk) nearWords(j judged) string {
	allow := enforcedAllow(j.exp)
	workload := w.dst.who()
	if len(j.exp.Near) == 0 {
		return w.nothingAllowed(j, allow)
	}
	n := j.exp.Near[0]
	only := "the only ALLOW policy on " + workload + ","
	switch {
	case len(allow) > 1:
		return fmt.Sprintf("none of the %d ALLOW policies on %s matches; the nearest, %s rules[%d], %s.%s", len(allow), workload, n.Policy, n.Rule, w.lackWords(j, n.Lacks), w.withoutRules(allow))
	case rulesOf(allow) > 1:
		return fmt.Sprintf("%s, %s has %d rules and none matches; the nearest, rules[%d], %s.", n.Policy, only, rulesOf(allow), n.Rule, w.lackWords(j, n.Lacks))
	}
	return fmt.Sprintf("%s, %s %s.", n.Policy, only, w.lackWords(j, n.Lacks))
}

// withoutRules is a sentence about a policy that was made for the workload and has no
// rule: one for a whole namespace is so on purpose.
func (w *walk) withoutRules(allow []authz.PolicyTrace) string {
	for _, t := range allow {
		if p, ok := w.policyOf(t.Policy); ok && len(t.Rules) == 0 && (len(p.Spec.GetSelector().GetMatchLabels()) > 0 || len(p.Spec.GetTargetRefs()) > 0) {
			return fmt.Sprintf(" ALLOW policy %s has no rules, so it allows nothing.", t.Policy)
		}
	}
	return ""
}

// nothingAllowed is the case of ALLOW policies without a rule that could match.
func (w *walk) nothingAllowed(j judged, allow []authz.PolicyTrace) string {
	if len(allow) == 1 && len(allow[0].Rules) == 0 {
		return fmt.Sprintf("%s is an ALLOW policy without rules on %s: it allows nothing, so everything is denied that no other policy allows.", allow[0].Policy, w.dst.who())
	}
	for _, p := range allow {
		for _, r := range p.Rules {
			if r.Dropped != "" {
				if j.s.http {
					return fmt.Sprintf("rules[%d] of %s is dropped (%s), and no other ALLOW rule is left.", r.Index, p.Policy, r.Dropped)
				}
				return fmt.Sprintf("port %d is %s, so rules[%d] of %s does not exist there (%s), and no other ALLOW rule is left.",
					w.dst.port, w.tcpWords(j), r.Index, p.Policy, r.Dropped)
			}
		}
	}
	var names []string
	for _, p := range allow {
		names = append(names, p.Policy.String())
	}
	return fmt.Sprintf("the ALLOW policies on %s, %s, have no rule that could match, so everything is denied.", w.dst.who(), short(names))
}

func (w *walk) tcpWords(j judged) string {
	if w.dst.presence.Plane.Node() {
		return "judged connection by connection by the node's proxy"
	}
	if j.s.http {
		return "HTTP"
	}
	return "not HTTP" + inParens(w.portOwner()+w.r.protocolWhy)
}

func enforcedAllow(e authz.Explanation) []authz.PolicyTrace {
	return slices.DeleteFunc(slices.Clone(e.Policies), func(p authz.PolicyTrace) bool { return p.Action != authz.ActionAllow || p.DryRun })
}

// loggedDeny names a DENY policy that matches and is in a dry run; empty if there is none.
func loggedDeny(e authz.Explanation) string {
	for _, p := range e.Policies {
		if p.Action == authz.ActionDeny && p.DryRun && p.Matches == authz.True {
			return p.Policy.String()
		}
	}
	return ""
}

func hasAllow(e authz.Explanation) bool {
	return slices.ContainsFunc(e.Policies, func(p authz.PolicyTrace) bool { return p.Action == authz.ActionAllow })
}

func rulesOf(policies []authz.PolicyTrace) int {
	n := 0
	for _, p := range policies {
		n += len(p.Rules)
	}
	return n
}

// lackWords words what a rule lacks: "admits nobody but X" where it is about who
// asks, else "wants methods GET, got POST".
func (w *walk) lackWords(j judged, lacks []authz.FieldTrace) string {
	if len(lacks) == 0 {
		return "does not match"
	}
	if who := onlyWho(lacks); who != "" {
		return who + w.comes(j) + slip(lacks)
	}
	var words []string
	for i, f := range lacks {
		if i == 2 && len(lacks) > 3 {
			words = append(words, fmt.Sprintf("%d more", len(lacks)-i))
			break
		}
		words = append(words, wants(f))
	}
	return "wants " + strings.Join(words, ", and ") + slip(lacks)
}

// onlyWho is for rules that lack nothing but the caller's identity.
func onlyWho(lacks []authz.FieldTrace) string {
	var who []string
	for _, f := range lacks {
		if f.Not || !f.IsIdentity() {
			return ""
		}
		name := ""
		if !strings.HasSuffix(f.Field, ".principals") && f.Key != "source.principal" {
			name = fieldWord(f) + " "
		}
		who = append(who, name+short(f.Wanted)+" ("+shortField(f.Field)+")")
	}
	return "admits nobody but " + strings.Join(slices.Compact(who), " or ")
}

// comes tells as whom the source comes, where it shows an identity: behind a gateway or
// waypoint the answer says so anyway.
func (w *walk) comes(j judged) string {
	if j.req == nil || len(w.hops) == 0 || w.hops[0].Role != RoleSource {
		return ""
	}
	principal, ok := j.req.Principal.Get()
	if !ok {
		return ""
	}
	return fmt.Sprintf(", and %s comes as %s", w.src.who(), principal)
}

func wants(f authz.FieldTrace) string {
	want := short(f.Wanted)
	if f.Not {
		want = "not " + want
	}
	return fmt.Sprintf("%s %s (%s), got %s", fieldWord(f), want, shortField(f.Field), or(f.Got, "none"))
}

func short(values []string) string {
	const shown = 3
	if len(values) <= shown {
		return strings.Join(values, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(values[:shown], ", "), len(values)-shown)
}

// slip adds the first likely mistake that was seen.
func slip(lacks []authz.FieldTrace) string {
	for _, f := range lacks {
		if f.Slip != "" {
			return ": " + f.Slip
		}
	}
	return ""
}

func shortField(f string) string { return strings.TrimPrefix(f, "spec.") }

// fieldWord names what a field is about: methods → method.
func fieldWord(f authz.FieldTrace) string {
	if f.Key != "" {
		return keyWord(f.Key)
	}
	last := f.Field[strings.LastIndexByte(f.Field, '.')+1:]
	last, _, _ = strings.Cut(last, "[")
	if w, ok := fieldWords[last]; ok {
		return w
	}
	return last
}

// keyWord names what the key of a condition is about: header x-a, claim groups.
func keyWord(key string) string {
	if rest, ok := strings.CutPrefix(key, "request.headers["); ok {
		return "header " + strings.TrimSuffix(rest, "]")
	}
	if rest, ok := strings.CutPrefix(key, "request.auth.claims["); ok {
		return "claim " + strings.ReplaceAll(strings.TrimSuffix(rest, "]"), "][", ".")
	}
	return key
}

var fieldWords = map[string]string{
	"principals": "principal", "notPrincipals": "principal", "namespaces": "namespace", "notNamespaces": "namespace",
	"serviceAccounts": "service account", "notServiceAccounts": "service account",
	"trustDomains": "trust domain", "notTrustDomains": "trust domain",
	"requestPrincipals": "request principal", "notRequestPrincipals": "request principal",
	"ipBlocks": "source address", "notIpBlocks": "source address",
	"remoteIpBlocks": "client address", "notRemoteIpBlocks": "client address",
	"hosts": "host", "notHosts": "host", "ports": "port", "notPorts": "port",
	"methods": "method", "notMethods": "method", "paths": "path", "notPaths": "path",
	"values": "value", "notValues": "value",
}

// whyAllowed words what lets the request through.
func (w *walk) whyAllowed(j judged) string {
	switch {
	case w.dst.presence.Plane == mesh.NoPlane:
		return fmt.Sprintf("No proxy stands before %s%s, so no AuthorizationPolicy is enforced there.", w.dst.who(), inParens(w.dst.presence.Why))
	case w.r.protocol == mesh.UDP:
		return fmt.Sprintf("Port %d is UDP, which no proxy carries, so no AuthorizationPolicy is enforced there.", w.r.port)
	case w.idle() != "":
		_, why := w.captured()
		return upper(why) + ": none is enforced before " + w.dst.who() + "."
	case !w.enforced():
		_, why := w.captured()
		return fmt.Sprintf("The proxy of %s does not see port %d%s, so no AuthorizationPolicy is enforced there.", w.dst.who(), w.dst.port, inParens(why))
	case j.exp.Policy != (authz.Ref{}):
		by := matchedWords(j.exp)
		if by == "" {
			by = "every request"
		}
		return fmt.Sprintf("ALLOW policy %s admits it: rules[%d] matches %s.", j.exp.Policy, j.exp.Rule, by)
	case len(enforcedAllow(j.exp)) == 0 && loggedDeny(j.exp) != "":
		return fmt.Sprintf("DENY policy %s matches and is only logged (dry-run), and no ALLOW policy applies to %s: what is not denied is allowed.", loggedDeny(j.exp), w.dst.who())
	case len(j.exp.Policies) > 0 && len(enforcedAllow(j.exp)) == 0 && hasAllow(j.exp):
		return fmt.Sprintf("No DENY policy on %s matches, and its ALLOW policies are only logged (dry-run): what is not denied is allowed.", w.dst.who())
	case len(j.exp.Policies) > 0:
		return fmt.Sprintf("No DENY policy on %s matches, and no ALLOW policy applies to it: what is not denied is allowed.", w.dst.who())
	}
	return fmt.Sprintf("No AuthorizationPolicy applies to %s, so everything is allowed.", w.dst.who())
}

func (w *walk) whyConditional(j judged) string {
	words := j.words
	for _, st := range j.stages {
		if st.Name == StageJWT && st.Verdict == Conditional {
			words = joinWords(words, "a token, if the request carries one, must verify")
		}
	}
	return "It depends on the request: " + words + "."
}

func joinWords(a, b string) string {
	if a == "" {
		return b
	}
	return a + "; " + b
}
