package diagnose

import (
	"fmt"
	"slices"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"

	securityv1 "istio.io/client-go/pkg/apis/security/v1"
)

// Policies that were written where nobody on the way looks for them.
var (
	findingForeignNamespace = findingKind{"AD0316", SeverityWarning, "a policy selects a gateway of another namespace", []string{
		"move the policy to the gateway's namespace: a selector looks at its own namespace only",
	}}
	findingOutbound = findingKind{"AD0317", SeverityWarning, "a policy is meant for what goes out", []string{
		"let the traffic leave through an egress gateway or a waypoint of the ServiceEntry, and apply the policy there",
	}}
)

// misplacedAtGateway finds policies of the namespaces behind a gateway that select the
// gateway's Pods and would deny the request, were they in its namespace.
func (t trip) misplacedAtGateway(i int, w *walk) {
	if w.dst.presence.Plane != mesh.Gateway || w.judged.req == nil || w.verdict() != Allowed {
		return
	}
	for _, ns := range t.namespacesBehind(i) {
		for _, p := range cluster.List[*securityv1.AuthorizationPolicy](w.in.snap, ns) {
			sel := p.Spec.GetSelector().GetMatchLabels()
			if !selects(sel, w.dst.pod.Labels) || selects(sel, t.legs[len(t.legs)-1].dst.labels()) {
				continue
			}
			policy := authz.Policy{Namespace: w.dst.pod.Namespace, Name: p.Name, Annotations: p.Annotations, Spec: &p.Spec}
			if !lacking(w.judged, policy.Action(), w.alone(authz.EnvoyHTTP, policy, w.judged.req).Matches) {
				continue
			}
			w.find(findingForeignNamespace, &w.hops[len(w.hops)-1], fmt.Sprintf(
				"%s policy %s/%s selects the labels of gateway %s, and a policy counts in its own namespace only: in namespace %s it would deny this request.",
				policy.Action(), ns, p.Name, w.dst.who(), w.dst.pod.Namespace), ns+"/"+p.Name)
		}
	}
}

// namespacesBehind are those of the hops after a leg.
func (t trip) namespacesBehind(i int) []string {
	var out []string
	for _, w := range t.legs[i+1:] {
		if w.dst.pod != nil && w.dst.pod.Namespace != t.legs[i].dst.pod.Namespace && w.dst.pod.Namespace != w.cfg.RootNamespace {
			out = append(out, w.dst.pod.Namespace)
		}
	}
	return unique(out)
}

// labels are those of a party's Pod.
func (p party) labels() map[string]string {
	if p.pod == nil {
		return nil
	}
	return p.pod.Labels
}

// misplacedOutbound finds policies that select the caller and name the host that it
// calls: nothing asks them on the way out.
func (w *walk) misplacedOutbound(hop *Hop) {
	if w.src.pod == nil || w.r.external == "" || w.src.presence.Plane == mesh.Gateway || w.src.presence.Plane == mesh.Waypoint {
		return
	}
	host := w.r.external
	for _, p := range of[*securityv1.AuthorizationPolicy](w.in, w.src.pod.Namespace, w.cfg.RootNamespace) {
		if sel := p.Spec.GetSelector().GetMatchLabels(); len(p.Spec.GetTargetRefs()) > 0 || len(sel) > 0 && !selects(sel, w.src.pod.Labels) {
			continue
		}
		for _, r := range p.Spec.GetRules() {
			for _, to := range r.GetTo() {
				if !slices.ContainsFunc(to.GetOperation().GetHosts(), func(h string) bool { return h != "*" && hostMatches(strings.ToLower(bareHost(h)), host) }) {
					continue
				}
				w.find(findingOutbound, hop, fmt.Sprintf(
					"%s policy %s/%s selects the caller %s and names the host: policies are asked where traffic enters a workload, so it has no effect on what goes out.",
					p.Spec.GetAction(), p.Namespace, p.Name, w.src.who()), p.Namespace+"/"+p.Name)
			}
		}
	}
}

// silent are the findings about policies that look as if they decided and do not: the
// summary of an answer says so.
var silent = []string{
	"AD0302", "AD0306", "AD0307", "AD0308", "AD0309", "AD0310", "AD0311", "AD0313", "AD0314", "AD0316", "AD0317", "AD0320",
}

// confess adds to the summary what seems to decide and does not.
func (a Answer) confess() Answer {
	for _, f := range a.findings {
		known := slices.Contains(silent, f.Code)
		if known && a.Verdict == Allowed || f.Code == findingRevision.code && a.Verdict == Denied {
			a.Summary += " " + upper(f.Message)
			return a
		}
	}
	return a
}
