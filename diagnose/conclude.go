package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/netpol"

	securityv1 "istio.io/client-go/pkg/apis/security/v1"
)

// conclude makes the answer out of the hops.
func (w *walk) conclude() Answer {
	a := w.answer
	a.Verdict = Allowed
	for _, h := range w.hops {
		a.Verdict = both(a.Verdict, h.Verdict)
	}
	w.blockedByNetwork(&a)
	if w.r.blocked != "" {
		a.Verdict = Denied
		w.reason = Reason{Stage: StageRoute}
		w.cause, w.symptom = upper(w.r.blocked)+".", or(w.r.symptom, w.noEndpointSymptom())
		w.find(w.blockedKind(), nil, w.cause, "", w.blockedHelp()...)
	}
	if routes, proxies := w.routesUnseen(), slices.Concat(w.broken(), w.unevaluated(), w.unseen(a.Verdict)); len(routes)+len(proxies) > 0 && w.r.blocked == "" {
		w.uncertain(&a, routes, proxies)
		w.tellExtensions()
	}
	a.Reason, a.Symptom = w.reason, w.symptom
	a.Summary = w.cause
	if a.Verdict != Denied {
		a.Symptom = ""
	}
	if a.Verdict != Conditional {
		a.Conditions = nil
	}
	if a.Verdict == Undetermined {
		a.Missing = inOrder(a.Missing)
		a.Reason = Reason{}
		if len(a.Missing) > 0 || a.Summary == "" {
			a.Summary = undetermined(a.Missing)
		}
	} else {
		a.Missing = nil
	}
	if a.Verdict == Allowed {
		a.Reason = w.allowReason()
	}
	a.Hops, a.findings = w.hops, w.findings
	a.Chain, a.gates = w.chain(a), w.gates(a)
	return a
}

// uncertain takes the verdict back where something on the way is not evaluated or not seen,
// and says what it would be without: routes, which say where the request goes at all, and
// what the proxies at both ends may make of it.
func (w *walk) uncertain(a *Answer, routes, proxies []string) {
	last := &w.hops[len(w.hops)-1]
	last.Notes = append(last.Notes, "without what is not evaluated: "+strings.ToLower(a.Verdict.String())+inParens(strings.TrimSuffix(w.cause, ".")))
	if a.Verdict != Undetermined {
		a.Missing = nil // it did not matter; else it is missing no less
	}
	last.Verdict, a.Verdict = Undetermined, Undetermined
	a.Missing, w.findings, w.cause = slices.Concat(routes, a.Missing, proxies), nil, ""
}

// blockedKind is the finding of a route that leads nowhere whatever policies say, and
// blockedHelp what would help beside what helps in general.
func (w *walk) blockedKind() findingKind {
	if w.blockedHelp() != nil {
		return findingRoute
	}
	return findingNoEndpoints
}

func (w *walk) blockedHelp() []string {
	switch {
	case strings.Contains(w.r.blocked, "REGISTRY_ONLY"):
		return []string{"register the host and the port in a ServiceEntry, or let out what is not registered (outboundTrafficPolicy ALLOW_ANY)"}
	case w.r.subset != "":
		return []string{"define subset " + w.r.subset + " in a DestinationRule for the host, with labels that its Pods have, or take the subset out of the route"}
	}
	return nil
}

// dropSymptom is what the client sees of a connection that a NetworkPolicy drops: an
// Envoy before it has accepted the client's own.
func (w *walk) dropSymptom() string {
	if p := w.src.presence.Plane; (p == mesh.Sidecar || p == mesh.Gateway || p == mesh.Waypoint) && (w.m.speaksHTTP() || w.m.scheme == "" && w.protocol == mesh.HTTP) {
		return "503 (flag UF: upstream connection failure, connection timeout) from the client's own proxy, after 10 seconds unless connectTimeout says otherwise"
	}
	return "the connection times out"
}

// noEndpointSymptom is what the client sees of a Service that nobody answers for.
func (w *walk) noEndpointSymptom() string {
	if w.src.presence.Plane == mesh.Sidecar || w.src.presence.Plane == mesh.Gateway {
		return "503 no healthy upstream (flag UH)"
	}
	return "connection refused or timed out"
}

func undetermined(missing []string) string {
	switch len(missing) {
	case 0:
		return "A fact is missing that decides."
	case 1:
		return "It cannot be told without this: " + missing[0] + "."
	}
	return fmt.Sprintf("It cannot be told without these: %s.", strings.Join(missing, "; "))
}

// blockedByNetwork makes NetworkPolicies the reason where they deny: they come
// before any proxy.
func (w *walk) blockedByNetwork(a *Answer) {
	for _, h := range w.hops {
		if h.Role != RoleNetwork {
			continue
		}
		var missing []string // before what a proxy would ask
		for _, s := range h.Stages {
			if s.Verdict == Undetermined {
				missing = append(missing, s.NetworkPolicies.Missing...)
			}
		}
		a.Missing = append(missing, a.Missing...)
		for _, s := range h.Stages {
			if s.Verdict != Denied {
				continue
			}
			w.findings = nil
			w.reason = Reason{Hop: subjectOf(w, s.NetworkPolicies).String(), Stage: StageNetworkPolicy, Policy: s.Policy}
			w.cause = fmt.Sprintf("NetworkPolicies drop the connection before any proxy sees it: %s.", s.NetworkPolicies.Why+w.nearNetwork(s.NetworkPolicies))
			if w.client.HBONE {
				w.cause += fmt.Sprintf(" The mesh carries the connection to port %d, whatever the port inside: that one must be admitted.", hbonePort)
			}
			w.symptom = w.dropSymptom()
			w.find(findingNetworkPolicy, nil, w.cause, s.Policy)
			w.askPlatformsEarly(w.reason, w.symptom)
			return
		}
	}
}

func subjectOf(w *walk, r *netpol.Result) party {
	if strings.EqualFold(string(r.Direction), "egress") {
		return w.src
	}
	return w.dst
}

// allowReason names the deciding stage of the last hop.
func (w *walk) allowReason() Reason {
	last := w.hops[len(w.hops)-1]
	r := Reason{Hop: w.dst.String()}
	if len(last.Stages) == 0 {
		return r
	}
	r.Stage = last.Stages[len(last.Stages)-1].Name
	if r.Stage != StageAllow || w.allowed == nil || w.allowed.Policy == (authz.Ref{}) {
		return r
	}
	rule := w.allowed.Rule
	r.Policy, r.Rule = w.allowed.Policy.String(), &rule
	return r
}

// notEnforced finds policies that select a destination without a proxy.
func (w *walk) notEnforced(hop *Hop) {
	g, foreign := w.guard()
	if w.dst.presence.Plane != mesh.NoPlane && g.Idle == "" {
		return
	}
	var names []string
	var all []*securityv1.AuthorizationPolicy
	for _, ns := range unique([]string{w.dst.pod.Namespace, w.cfg.RootNamespace}) {
		all = append(all, w.in.policiesOn(ns, w.dst.pod.Labels)...)
	}
	for _, p := range all {
		sel := p.Spec.GetSelector().GetMatchLabels()
		if len(p.Spec.GetTargetRefs()) == 0 && p.Spec.GetTargetRef() == nil && (len(sel) == 0 || selects(sel, w.dst.pod.Labels)) {
			names = append(names, p.Namespace+"/"+p.Name)
		}
	}
	if len(names) == 0 {
		return
	}
	slices.Sort(names)
	if foreign {
		w.find(findingNotEnforced, hop, fmt.Sprintf("%s select %s, and %s: they have no effect.", strings.Join(names, ", "), w.dst, g.Idle), names[0], g.IdleHelp...)
		return
	}
	w.find(findingNotEnforced, hop, fmt.Sprintf("%s select %s, but no proxy stands before it (%s): they have no effect.",
		strings.Join(names, ", "), w.dst, w.dst.presence.Why), names[0])
}
