package diagnose

import (
	"slices"
	"strings"

	networkingv1alpha3 "istio.io/client-go/pkg/apis/networking/v1alpha3"
	corev1 "k8s.io/api/core/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// unevaluated names what stands on this way and is not evaluated, where it could turn
// the answer, whatever the rest says.
func (w *walk) unevaluated() []string {
	var facts []string
	for _, u := range w.extensions() {
		facts = append(facts, u.fact())
	}
	return facts
}

// extensions lists what changes the proxies of this leg and could turn what is known so
// far. What a NetworkPolicy drops no proxy sees; after a denial, what stands behind it
// in the chain is not asked any more.
func (w *walk) extensions() []extension {
	if w.reason.Stage == StageNetworkPolicy {
		return nil
	}
	var out []extension
	for _, s := range w.sides() {
		for _, u := range append(s.envoyFilters(), s.wasmPlugins()...) {
			if w.verdict() != Denied || !s.inbound || u.kind.code == findingEnvoyFilter.code || u.turnsDenial(w.reason.Stage) {
				out = append(out, u)
			}
		}
	}
	return out
}

// copied is the leg as one of several ways has it: each concludes it for itself.
func (w *walk) copied() *walk {
	one := *w
	one.hops, one.findings = slices.Clone(w.hops), slices.Clone(w.findings)
	for i := range one.hops {
		one.hops[i].Stages, one.hops[i].Notes = slices.Clone(one.hops[i].Stages), slices.Clone(one.hops[i].Notes)
	}
	return &one
}

// mayEndElsewhere reports whether what is not evaluated at the proxy that ends the way
// may have it end otherwise, and says on its hop how it would end without.
func (w *walk) mayEndElsewhere(a Answer, end *ending) bool {
	if end.verdict != Denied || a.Verdict != Undetermined || len(w.unevaluated()) == 0 {
		return false
	}
	last := &a.Hops[len(a.Hops)-1]
	last.Notes = append(slices.Clip(last.Notes), "without it: "+end.says)
	return true
}

// turnsDenial reports whether a plugin comes before what denies.
func (u extension) turnsDenial(by StageName) bool {
	switch by {
	case StageMTLS, StageCustom:
		return false
	case StageJWT:
		return u.early
	case StageRoute, StageNetworkPolicy, StageDeny, StageAllow:
	}
	return !u.mayTurnAllow
}

// tellExtensions makes findings of what is not evaluated.
func (w *walk) tellExtensions() {
	for _, u := range w.extensions() {
		_, object, _ := strings.Cut(u.name, " ")
		w.tell(u.kind, u.name+" is in force at the proxy of "+u.proxy+": "+u.what+". What it does is not evaluated.", "spec", []string{object})
	}
}

// routesItself reports whether the source's own proxy chooses where to send.
func (w *walk) routesItself() bool {
	return w.src.presence.Plane == mesh.Sidecar || w.src.presence.Plane == mesh.Gateway
}

// names are those that the client may know the Service by.
func (w *walk) names() []string {
	if w.r.service == nil {
		return []string{or(w.r.external, w.in.target.host)}
	}
	s := w.r.service
	names := []string{s.Name, s.Name + "." + s.Namespace, s.Name + "." + s.Namespace + ".svc", w.fqdn(), s.Spec.ClusterIP}
	return append(names, w.in.target.host, w.r.external)
}

// fqdn is the Service's full name in the cluster's domain.
func (w *walk) fqdn() string {
	if w.r.service == nil {
		return ""
	}
	return w.in.fqdn(w.r.service)
}

// fqdn is a Service's full name in the cluster's domain.
func (in *inquiry) fqdn(svc *corev1.Service) string {
	return svc.Name + "." + svc.Namespace + ".svc." + in.target.domain()
}

// domain is the cluster's domain as the target says it, else the usual one.
func (t targetRef) domain() string {
	if _, domain, ok := strings.Cut(t.host, ".svc."); ok && t.kind == hostTarget {
		return domain
	}
	return usualDomain
}

const usualDomain = "cluster.local"

// isTarget reports whether a host, as an object of a namespace writes it, is the
// target's.
func (w *walk) isTarget(host, namespace string) bool {
	host = strings.ToLower(host)
	target := or(w.fqdn(), or(w.r.external, w.in.target.host))
	if rest, ok := strings.CutPrefix(host, "*"); ok {
		return strings.HasSuffix(target, rest)
	}
	if w.r.service != nil && !strings.Contains(host, ".") {
		host += "." + namespace + ".svc." + w.in.target.domain()
	}
	return host == target || w.r.service != nil && slices.Contains(w.names()[1:4], host)
}

// istiosOwn reports whether a filter is one of those that older versions of Istio
// installed for metrics.
func istiosOwn(f *networkingv1alpha3.EnvoyFilter) bool {
	for _, prefix := range []string{"stats-filter-", "tcp-stats-filter-", "metadata-exchange-", "tcp-metadata-exchange-"} {
		if strings.HasPrefix(f.Name, prefix) {
			return true
		}
	}
	return false
}
