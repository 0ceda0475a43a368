package diagnose

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/owner"

	securityv1 "istio.io/client-go/pkg/apis/security/v1"
)

// chain tells how a denial comes about, step by step, from what somebody has set to
// what the client sees. The finding's code stands where the finding is about.
func (w *walk) chain(a Answer) []Link {
	if a.Verdict != Denied {
		return nil
	}
	var links []Link
	switch a.Reason.Stage {
	case StageMTLS:
		links = w.refusalChain()
	case StageJWT:
		links = w.tokenChain()
	case StageCustom, StageDeny:
		links = w.matchChain(a.Reason)
	case StageAllow:
		links = w.lackChain()
	case StageNetworkPolicy:
		links = w.dropChain(a.Reason)
	case StageRoute:
		links = []Link{{Says: lower(strings.TrimSuffix(w.cause, ".")), Object: a.Reason.Policy, Field: a.Reason.Field}}
	default: // a stage of the data plane's own
		links = slices.Clone(w.judged.ruling.Links)
	}
	return symptomLast(coded(links, w.findings), a.Symptom)
}

// coded puts the code of what decides on the first step that carries a field, or
// else an object, or else on the first.
func coded(links []Link, findings []Finding) []Link {
	if len(links) == 0 || len(findings) == 0 {
		return links
	}
	at := slices.IndexFunc(links, func(l Link) bool { return l.Field != "" })
	if at < 0 {
		at = max(0, slices.IndexFunc(links, func(l Link) bool { return l.Object != "" }))
	}
	links[at].Code = findings[0].Code
	return links
}

func symptomLast(links []Link, symptom string) []Link {
	if len(links) > 0 && symptom != "" {
		links = append(links, symptomLink(symptom))
	}
	return links
}

func symptomLink(symptom string) Link { return Link{Says: "the client sees: " + symptom} }

// dropChain is a connection that NetworkPolicies of an end drop.
func (w *walk) dropChain(r Reason) []Link {
	var links []Link
	if w.client.HBONE {
		links = append(links, Link{Says: fmt.Sprintf("the mesh carries the connection to port %d", hbonePort)})
	}
	for _, h := range w.hops {
		for _, s := range h.Stages {
			if s.Name == StageNetworkPolicy && s.Verdict == Denied {
				return append(links, Link{Says: s.NetworkPolicies.Why, Object: policyObject("NetworkPolicy", r.Policy)})
			}
		}
	}
	return links
}

// refusalChain is a connection that the server does not take.
func (w *walk) refusalChain() []Link {
	s := w.judged.s
	if s.client.TLS == mesh.MutualTLS || s.client.Blocked != "" {
		return []Link{{Says: or(s.conn.Why, or(s.client.Blocked, "the two ends do not agree on TLS")), Object: ruleObject(s.client.Rule), Field: s.client.Field}}
	}
	links := w.plaintextChain()
	if s.server.Mode == mesh.Strict || s.server.StrictInFact {
		return append(links, Link{Says: w.dst.who() + " accepts only mTLS (STRICT)", Object: peerObject(s.server.Policy), Field: s.server.Field})
	}
	return append(links, Link{Says: or(s.conn.Why, w.dst.who()+" refuses the connection"), Object: peerObject(s.server.Policy), Field: s.server.Field})
}

// plaintextChain is why the client sends what it sends, and why that shows no identity.
func (w *walk) plaintextChain() []Link {
	p, who := w.src.presence, w.src.who()
	sends := Link{Says: who + " " + sends(w.client)}
	switch {
	case w.src.node:
		return []Link{{Says: w.probeWords() + " is a process of the node"}, sends}
	case w.src.pod == nil:
		return []Link{{Says: who + " is outside the mesh"}, sends}
	case p.Plane == mesh.NoPlane:
		object, field := w.absentBy()
		none := map[string]string{"no sidecar": "has no sidecar", "not in the mesh": "is not in the mesh"}[without(w.dst)]
		root := Link{Says: or(w.absence(), "nothing asks for a proxy"), Object: object, Field: field}
		return []Link{root, {Says: who + " " + none}, sends}
	case w.server.Mode == mesh.Disable && w.server.Policy != "":
		return []Link{{Says: "the mode of mTLS is DISABLE", Object: peerObject(w.server.Policy), Field: w.server.Field}, sends}
	case w.client.Rule != "":
		return []Link{{Says: "the client's TLS is set to " + or(w.client.RuleMode, w.client.TLS.String()), Object: ruleObject(w.client.Rule), Field: w.client.Field}, sends}
	case w.client.Why != "":
		return []Link{{Says: w.client.Why}, sends}
	}
	return []Link{sends}
}

// absentBy names what keeps the source out of the mesh.
func (w *walk) absentBy() (object, field string) {
	pod := "Pod " + w.src.String()
	switch w.src.presence.Cause {
	case mesh.CauseHostNetwork:
		return pod, "spec.hostNetwork"
	case mesh.CauseInjectFalse:
		return pod, "metadata.labels[sidecar.istio.io/inject]"
	case mesh.CauseNoneOptOut:
		return pod, "metadata.labels[istio.io/dataplane-mode]"
	case mesh.CauseNotLabelled, mesh.CauseNamespaceUnread, mesh.CauseIgnoredNamespace:
		return "Namespace " + w.src.pod.Namespace, "metadata.labels"
	case mesh.CauseNone, mesh.CauseNotRestarted, mesh.CausePredicted, mesh.CauseAmbientNotEnrolled, mesh.CauseWindows:
	}
	return pod, ""
}

// tokenChain is a token that the JWT filter refuses.
func (w *walk) tokenChain() []Link {
	j := w.judged
	return []Link{{Says: or(j.jwt.Why, "the token is refused"), Object: policyObject("RequestAuthentication", j.reason.Policy), Field: j.reason.Field}}
}

// matchChain is a DENY or CUSTOM rule that matches.
func (w *walk) matchChain(r Reason) []Link {
	object := policyObject("AuthorizationPolicy", r.Policy)
	links := w.madeBy(r.Policy)
	if r.Stage == StageCustom {
		return append(links, Link{Says: w.customWords(w.judged), Object: object, Field: "spec.provider.name"})
	}
	for _, f := range w.judged.decidingFields() {
		says := got(f) + " matches"
		if f.Ignored != "" {
			says = fieldWord(f) + " counts for nothing: " + f.Ignored
		}
		links = append(links, Link{Says: says, Object: object, Field: f.Field})
	}
	all := "rules[" + strconv.Itoa(w.judged.exp.Rule) + "]"
	return append(links, Link{Says: all + " of a DENY policy matches", Object: object, Field: "spec." + all})
}

// decidingFields are the fields of the rule that decides.
func (j judged) decidingFields() []authz.FieldTrace {
	for _, p := range j.exp.Policies {
		for _, r := range p.Rules {
			if p.Policy == j.exp.Policy && r.Index == j.exp.Rule {
				return r.Fields
			}
		}
	}
	return nil
}

// lackChain is an ALLOW stage where no rule matches: why the nearest does not.
func (w *walk) lackChain() []Link {
	j := w.judged
	var links []Link
	switch {
	case w.lacksIdentity(j) && w.dst.presence.Plane.Foreign() != nil:
		links = []Link{{Says: w.noIdentity()}}
	case w.lacksIdentity(j):
		links = append(w.plaintextChain(), Link{Says: w.dst.who() + " sees no principal"})
	case w.m.taken != "" && w.wantsToken(j):
		links = []Link{{Says: w.m.taken, Object: objectIn(w.m.taken), Field: "spec.jwtRules"}}
	case w.lacksToken(j):
		links = []Link{{Says: "no RequestAuthentication applies to " + w.dst.who()}, {Says: "nobody looks at the token: no request principal, no claims"}}
	case !j.s.http && w.httpFieldsDropped(j):
		links = []Link{{Says: fmt.Sprintf("port %d is %s", w.dst.port, w.tcpWords(j))}}
	}
	none := Link{Says: "no rule of an ALLOW policy on " + w.dst.who() + " matches"}
	if len(j.exp.Near) == 0 {
		for _, p := range enforcedAllow(j.exp) {
			links = append(links, w.emptyPolicy(p)...)
		}
		return append(links, none)
	}
	near := j.exp.Near[0]
	links = append(links, w.madeBy(near.Policy.String())...)
	for _, f := range near.Lacks {
		links = append(links, Link{Says: fmt.Sprintf("rules[%d] ", near.Rule) + lackWord(f), Object: policyObject("AuthorizationPolicy", near.Policy.String()), Field: f.Field})
	}
	return append(links, none)
}

// lackWord words what a field wants and what was there.
func lackWord(f authz.FieldTrace) string {
	want := short(f.Wanted)
	if f.Not {
		want = "not " + want
	}
	words := fmt.Sprintf("wants %s %s, got %s", fieldWord(f), want, or(f.Got, "none"))
	if f.Slip != "" {
		words += ": " + f.Slip
	}
	return words
}

// emptyPolicy is an ALLOW policy of which no rule is left.
func (w *walk) emptyPolicy(p authz.PolicyTrace) []Link {
	object := policyObject("AuthorizationPolicy", p.Policy.String())
	links := w.madeBy(p.Policy.String())
	for _, r := range p.Rules {
		if r.Dropped != "" {
			links = append(links, Link{Says: fmt.Sprintf("rules[%d] does not exist there: %s", r.Index, r.Dropped), Object: object, Field: fmt.Sprintf("spec.rules[%d]", r.Index)})
		}
	}
	if len(p.Rules) == 0 {
		links = append(links, Link{Says: "an ALLOW policy without rules allows nothing", Object: object, Field: "spec.rules"})
	}
	return links
}

// madeBy tells of the object that a policy is made of.
func (w *walk) madeBy(policy string) []Link {
	o, ok := w.policyOwner(policy)
	if !ok {
		return nil
	}
	says := o.Manager + " applies the policy from " + o.String()
	if o.Made {
		says = o.Manager + " makes the policy of " + o.String()
	}
	return []Link{{Says: says, Object: o.String()}}
}

// policyOwner is who keeps an AuthorizationPolicy as it is.
func (w *walk) policyOwner(policy string) (owner.Owner, bool) {
	namespace, name, _ := strings.Cut(policy, "/")
	return OwnerOfPolicy(w.in.snap, authz.Ref{Namespace: namespace, Name: name})
}

// OwnerOfPolicy is who keeps an AuthorizationPolicy as it is; false if nobody does, or it
// was not read.
func OwnerOfPolicy(s *cluster.Snapshot, policy authz.Ref) (owner.Owner, bool) {
	p, ok := cluster.Get[*securityv1.AuthorizationPolicy](s, policy.Namespace, policy.Name)
	if !ok {
		return owner.Owner{}, false
	}
	return OwnerOf(p)
}

// objectIn is the object that a sentence begins with: its kind and name.
func objectIn(s string) string {
	words := strings.Fields(s)
	if len(words) < 2 || !strings.Contains(words[1], "/") {
		return ""
	}
	return words[0] + " " + words[1]
}

func peerObject(policy string) string { return policyObject("PeerAuthentication", policy) }
func ruleObject(rule string) string   { return policyObject("DestinationRule", rule) }

func policyObject(kind, name string) string {
	if !strings.Contains(name, "/") {
		return ""
	}
	return kind + " " + name
}
