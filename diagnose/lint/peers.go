package lint

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	securityv1 "istio.io/client-go/pkg/apis/security/v1"

	securityapi "istio.io/api/security/v1beta1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// peerAuthentication looks at a PeerAuthentication.
func (w *world) peerAuthentication(rep *reporter, pa *securityv1.PeerAuthentication) {
	if w.revision(rep) {
		return
	}
	selector := pa.Spec.GetSelector().GetMatchLabels()
	w.peerFaults(rep, pa, selector)
	if len(selector) > 0 && pa.Namespace == w.cfg.RootNamespace {
		rep.add("AD0305", "spec.selector", fmt.Sprintf("in the root namespace %s only a PeerAuthentication without a selector counts: this one is ignored, for its own Pods too", pa.Namespace))
		return
	}
	t := w.targets(rep, pa.Spec.GetSelector(), nil, nil)
	w.unenforced(rep, t)
	w.elsewhere(rep, t.loads)
	f := w.facts(t.scope)
	for _, n := range slices.Sorted(maps.Keys(pa.Spec.GetPortLevelMtls())) {
		if why := f.containerPort(uint16(min(n, 65535))); why != "" && len(selector) > 0 {
			rep.add("AD0422", fmt.Sprintf("spec.portLevelMtls[%d]", n), why)
		}
	}
	w.rivals(rep, pa, t.scope)
	w.openInFact(rep, pa, t.scope)
}

// peerFaults reports what Istio's validation would refuse.
func (w *world) peerFaults(rep *reporter, pa *securityv1.PeerAuthentication, selector map[string]string) {
	for k, v := range selector {
		if k == "" || strings.Contains(k+v, "*") {
			rep.refused("AD0304", diagnose.Fault{Field: "spec.selector.matchLabels", What: fmt.Sprintf("%s has an empty key or a wildcard", quoted(k+"="+v)), Effect: "it selects no Pod: labels are compared as they are written"})
		}
	}
	ports := pa.Spec.GetPortLevelMtls()
	for _, n := range slices.Sorted(maps.Keys(ports)) {
		field := fmt.Sprintf("spec.portLevelMtls[%d]", n)
		switch {
		case len(selector) == 0:
			rep.refused("AD0304", diagnose.Fault{Field: field, What: "there are ports and no selector", Effect: "they count for nothing"})
		case n == 0 || n > 65535:
			rep.refused("AD0304", diagnose.Fault{Field: field, What: "there is no such port", Effect: "it counts for nothing"})
		}
		if unknownMode(ports[n]) {
			rep.refused("AD0304", diagnose.Fault{Field: field + ".mode", What: "there is no mode " + ports[n].GetMode().String(), Effect: "it counts as not set"})
		}
	}
	if unknownMode(pa.Spec.GetMtls()) {
		rep.refused("AD0304", diagnose.Fault{Field: "spec.mtls.mode", What: "there is no mode " + pa.Spec.GetMtls().GetMode().String(), Effect: "it counts as not set"})
	}
}

func unknownMode(m *securityapi.PeerAuthentication_MutualTLS) bool {
	_, known := securityapi.PeerAuthentication_MutualTLS_Mode_name[int32(m.GetMode())]
	return !known
}

// rivals reports a PeerAuthentication that is for workloads of which an older one of
// the same class decides.
func (w *world) rivals(rep *reporter, pa *securityv1.PeerAuthentication, s *scope) {
	selector := pa.Spec.GetSelector().GetMatchLabels()
	field := "spec"
	if len(selector) > 0 {
		field = "spec.selector"
	}
	tell := func(o *securityv1.PeerAuthentication, who string) {
		rep.add("AD0122", field, fmt.Sprintf("%s/%s is for %s too, and of several the oldest alone counts, or the first by name", o.Namespace, o.Name, who))
	}
	first := w.peersOf[peerClass(pa)][0]
	if first != pa {
		tell(first, "the same workloads")
		return
	}
	for _, l := range s.loads {
		for _, o := range l.peers {
			same := o.Namespace == pa.Namespace && (len(o.Spec.GetSelector().GetMatchLabels()) > 0) == (len(selector) > 0)
			if same && o != pa && older(o, pa) && len(selector) > 0 && o.Namespace != w.cfg.RootNamespace {
				tell(o, l.String())
				return
			}
		}
	}
}

// older reports whether a PeerAuthentication wins over another of its class.
func older(a, b *securityv1.PeerAuthentication) bool {
	if c := a.CreationTimestamp.Compare(b.CreationTimestamp.Time); c != 0 {
		return c < 0
	}
	return a.Name < b.Name
}

// peerClass is what two PeerAuthentications that are for the same have in common.
func peerClass(pa *securityv1.PeerAuthentication) string {
	return pa.Namespace + " " + selectorWords(pa.Spec.GetSelector().GetMatchLabels())
}

// openInFact reports STRICT that ztunnel does not enforce.
func (w *world) openInFact(rep *reporter, pa *securityv1.PeerAuthentication, s *scope) {
	for _, l := range s.loads {
		if l.presence.Plane != mesh.Ambient {
			continue
		}
		for _, n := range slices.Sorted(maps.Keys(pa.Spec.GetPortLevelMtls())) {
			if m := w.mode(l, uint16(n)); m.OpenInFact && m.Policy == pa.Namespace+"/"+pa.Name {
				rep.add("AD0303", fmt.Sprintf("spec.portLevelMtls[%d].mode", n), fmt.Sprintf("at %s %s", l, m.Enforced))
				return
			}
		}
	}
}
