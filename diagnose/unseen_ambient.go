package diagnose

import (
	"fmt"
	"slices"
	"strings"

	securityapi "istio.io/api/security/v1beta1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// What ztunnel makes of a policy is not what a sidecar makes of it. These are found
// where it turns the answer: the policy is asked as a sidecar would, and compared.
var (
	findingDenyInZtunnel = findingKind{"AD0306", SeverityWarning, "ztunnel enforces a DENY policy without its HTTP fields", []string{
		"let a waypoint enforce it: give the policy targetRefs for the Service or the waypoint, and the Service a waypoint",
		"or deny by what ztunnel sees: principals, namespaces, serviceAccounts, ipBlocks, ports",
	}}
	findingTrustDomains = findingKind{"AD0307", SeverityWarning, "ztunnel takes no note of trustDomains", []string{
		"write whole principals, which begin with the trust domain: TRUST-DOMAIN/ns/NAMESPACE/sa/NAME, or TRUST-DOMAIN/*",
	}}
	findingReadOtherwise = findingKind{"AD0315", SeverityWarning, "ztunnel reads a policy otherwise than a sidecar does", []string{
		"write the values as ztunnel compares them: with the trust domain that identities really have, and with stars at an end only",
	}}
	findingDenyOnTCP = findingKind{"AD0405", SeverityError, "a DENY policy with HTTP fields denies every connection of a port that is not HTTP", []string{
		"name the ports that the rule is for, in to.operation.ports beside its HTTP fields",
		"name the Service's port http-… or set its appProtocol, if it speaks HTTP",
	}}
)

// asHTTP is the request as a proxy that sees HTTP would have it in the scenario.
func (w *walk) asHTTP(s scenario) *authz.Request {
	s.http = true
	jwt := mesh.JWT{}
	switch w.m.token.State {
	case mesh.HasClaims:
		jwt.Claims = authz.Known(w.m.token.Claims)
	case mesh.NoToken:
		jwt.Claims = authz.Absent[map[string]any]()
	case mesh.TokenOpen, mesh.Raw:
	}
	return w.request(s, jwt)
}

// alone asks what the rules of one policy make of a request, wherever the policy is
// in force.
func (w *walk) alone(d authz.Dialect, p authz.Policy, r *authz.Request) authz.PolicyTrace {
	s := p.Spec
	p.Labels, p.Annotations = nil, nil
	p.Spec = &securityapi.AuthorizationPolicy{Action: s.GetAction(), Rules: s.GetRules(), ActionDetail: s.GetActionDetail()}
	e := authz.Compile(d, evaluatorMesh(w.cfg), authz.Workload{Namespace: p.Namespace}, []authz.Policy{p}).Explain(r)
	if len(e.Policies) != 1 { // the data plane does not know the action
		return authz.PolicyTrace{}
	}
	return e.Policies[0]
}

// readings finds policies of which ztunnel makes something else than was written.
func (w *walk) readings(j judged) {
	if j.req == nil || w.dst.presence.Plane.Foreign() != nil { // the platform says what that makes of it
		return
	}
	switch w.dst.presence.Plane {
	case mesh.Ambient:
	case mesh.Sidecar, mesh.Gateway, mesh.Waypoint, mesh.NoPlane, mesh.UnknownPlane:
		w.deniedOnTCP(j)
		return
	}
	for _, got := range j.exp.Policies {
		if got.DryRun || !got.Matches.Decided() || !odd(got) && len(w.cfg.TrustDomainAliases) == 0 && w.cfg.TrustDomain == usualDomain {
			continue
		}
		p, ok := w.policyOf(got.Policy)
		if !ok {
			continue
		}
		want := w.alone(authz.EnvoyHTTP, p, w.asHTTP(j.s))
		if want.Matches == got.Matches || want.Matches == authz.Unseen || !turns(j, got, want.Matches) {
			continue
		}
		w.reading(got, want.Matches)
	}
}

// turns reports whether it matters to the answer that the policy matches as want
// says, and not as it does.
func turns(j judged, got authz.PolicyTrace, want authz.Truth) bool {
	switch got.Action {
	case authz.ActionDeny:
		if got.Matches == authz.True {
			return want == authz.False && j.exp.Verdict == Denied && j.exp.Policy == got.Policy
		}
		return j.verdict != Denied
	case authz.ActionAllow:
		if got.Matches == authz.True {
			return want == authz.False && j.verdict == Allowed
		}
		return j.exp.Verdict == Denied && j.exp.Stage == authz.ActionAllow
	case authz.ActionUnknown, authz.ActionCustom, authz.ActionAudit:
	}
	return false
}

// reading words one policy that ztunnel reads otherwise.
func (w *walk) reading(got authz.PolicyTrace, want authz.Truth) {
	field, http := got.Field(authz.FieldTrace.IsHTTP)
	trustField, trust := got.Field(func(f authz.FieldTrace) bool { return strings.HasSuffix(f.Field, "rustDomains") })
	would := "would match this request"
	switch want {
	case authz.Open:
		would = "may match this request"
	case authz.False:
		would = "would not match this request"
	case authz.True, authz.Unseen:
	}
	name := fmt.Sprintf("%s policy %s", got.Action, got.Policy)
	objects := []string{got.Policy.String()}
	behind := w.src.presence.Plane == mesh.Waypoint // the waypoint's hop tells of it
	switch {
	case http && (behind || got.Action == authz.ActionAllow): // an ALLOW rule that is gone is what denies: AD0401
	case http && got.Action == authz.ActionDeny && got.Matches == authz.True:
		w.tell(findingDenyInZtunnel, fmt.Sprintf("%s %s as it is written. ztunnel sees no HTTP: it leaves %s out and denies by the rest.", name, would, shortField(field)), field, objects)
	case http && got.Action == authz.ActionDeny:
		w.tell(findingDenyInZtunnel, fmt.Sprintf("%s %s as it is written. ztunnel sees no HTTP: it leaves %s out, what is left of the rule never matches, and nothing is denied.", name, would, shortField(field)), field, objects)
	case trust:
		w.tell(findingTrustDomains, fmt.Sprintf("%s %s as it is written. ztunnel leaves %s out, and the policy %s.", name, would, shortField(trustField), matchesWord(got.Matches)), trustField, objects)
	default:
		w.tell(findingReadOtherwise, fmt.Sprintf("%s %s at a sidecar. In ztunnel it %s: ztunnel takes trust domains as they are written, a star only at an end, and an entry that says nothing for one that never matches.",
			name, would, matchesWord(got.Matches)), "", objects)
	}
}

func matchesWord(t authz.Truth) string {
	if t == authz.True {
		return "matches"
	}
	return "does not match"
}

// deniedOnTCP finds that what denies is a rule whose HTTP fields count for nothing.
func (w *walk) deniedOnTCP(j judged) {
	if j.s.http || j.verdict != Denied || j.reason.Stage != StageDeny {
		return
	}
	for _, p := range j.exp.Policies {
		if p.Policy != j.exp.Policy {
			continue
		}
		one := p
		one.Rules = slices.DeleteFunc(slices.Clone(p.Rules), func(r authz.RuleTrace) bool { return r.Index != j.exp.Rule })
		if field, ok := one.Field(func(f authz.FieldTrace) bool { return f.Ignored != "" }); ok {
			w.tell(findingDenyOnTCP, fmt.Sprintf("%s is no HTTP at %s, so %s of DENY policy %s counts for nothing, and the rule denies every connection that the rest of it fits.",
				upper("port "+fmt.Sprint(w.dst.port)), w.dst.who(), shortField(field), p.Policy), field, []string{p.Policy.String()})
		}
	}
}

// odd reports whether anything of a policy is left out or read in another way.
func odd(p authz.PolicyTrace) bool {
	return slices.ContainsFunc(p.Rules, func(r authz.RuleTrace) bool {
		return r.Dropped != "" || len(r.Notes) > 0 || slices.ContainsFunc(r.Fields, func(f authz.FieldTrace) bool {
			return f.Ignored != "" || slices.ContainsFunc(f.Wanted, func(v string) bool { return strings.Contains(strings.Trim(v, "*"), "*") })
		})
	})
}
