package diagnose

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	networkingapi "istio.io/api/networking/v1alpha3"
	networkingv1alpha3 "istio.io/client-go/pkg/apis/networking/v1alpha3"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// unevaluated names what stands on this way and is not evaluated yet. Each could
// turn the answer, whatever the rest says.
func (w *walk) unevaluated() []string {
	var facts []string
	for _, fact := range []string{w.envoyFilter()} {
		if fact != "" {
			facts = append(facts, fact)
		}
	}
	return facts
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

func (w *walk) serviceNamespace() string {
	if w.r.service == nil {
		return ""
	}
	return w.r.service.Namespace
}

// envoyFilter finds an EnvoyFilter that changes what the target's proxy does with
// what comes in.
func (w *walk) envoyFilter() string {
	if w.dst.presence.Plane != mesh.Sidecar {
		return ""
	}
	for _, f := range cluster.List[*networkingv1alpha3.EnvoyFilter](w.in.snap, "") {
		sel := f.Spec.GetWorkloadSelector().GetLabels()
		here := f.Namespace == w.dst.pod.Namespace || f.Namespace == w.cfg.RootNamespace
		if here && (len(sel) == 0 || selects(sel, w.dst.pod.Labels)) && len(f.Spec.GetTargetRefs()) == 0 && changesInbound(&f.Spec) && !istiosOwn(f) {
			return "what EnvoyFilter " + f.Namespace + "/" + f.Name + " makes of the proxy of " + w.dst.who()
		}
	}
	return ""
}

func changesInbound(f *networkingapi.EnvoyFilter) bool {
	return slices.ContainsFunc(f.GetConfigPatches(), func(p *networkingapi.EnvoyFilter_EnvoyConfigObjectPatch) bool {
		context := p.GetMatch().GetContext()
		if context != networkingapi.EnvoyFilter_ANY && context != networkingapi.EnvoyFilter_SIDECAR_INBOUND {
			return false
		}
		switch p.GetApplyTo() {
		case networkingapi.EnvoyFilter_LISTENER, networkingapi.EnvoyFilter_FILTER_CHAIN, networkingapi.EnvoyFilter_NETWORK_FILTER,
			networkingapi.EnvoyFilter_HTTP_FILTER, networkingapi.EnvoyFilter_LISTENER_FILTER:
			return true
		default:
			return false
		}
	})
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
