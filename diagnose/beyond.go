package diagnose

import (
	"slices"
	"strconv"
	"strings"

	networkingapi "istio.io/api/networking/v1alpha3"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	networkingv1alpha3 "istio.io/client-go/pkg/apis/networking/v1alpha3"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// unevaluated names what stands on this way and is not evaluated yet. Each could
// turn the answer, whatever the rest says.
func (w *walk) unevaluated() []string {
	var facts []string
	for _, fact := range []string{w.routedByHost(), w.virtualService(), w.sidecarResource(), w.envoyFilter()} {
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
	return w.r.service.Name + "." + w.r.service.Namespace + ".svc." + w.in.target.domain()
}

// domain is the cluster's domain as the target says it, else the usual one.
func (t targetRef) domain() string {
	if _, domain, ok := strings.Cut(t.host, ".svc."); ok && t.kind == hostTarget {
		return domain
	}
	return usualDomain
}

const usualDomain = "cluster.local"

// routedByHost finds a Host header that is not the Service's: a sidecar routes
// HTTP by the header, whatever address was dialled.
func (w *walk) routedByHost() string {
	host, ok := w.in.hostHeader().Get()
	if !ok || w.r.service == nil || !w.routesItself() || w.r.protocol == mesh.TCP || w.r.protocol == mesh.UDP || host == "" {
		return ""
	}
	name := strings.ToLower(host)
	if bare, port, ok := strings.Cut(name, ":"); ok && port == strconv.Itoa(int(w.r.port)) {
		name = bare
	}
	if slices.Contains(w.names(), strings.TrimSuffix(name, ".")) {
		return ""
	}
	return "where the proxy of " + w.src.who() + " sends a request for the host " + host + ": it routes HTTP by the Host header, and no name of Service " +
		w.r.service.Namespace + "/" + w.r.service.Name + " is that"
}

// virtualService finds a VirtualService that may send the request elsewhere or
// change it.
func (w *walk) virtualService() string {
	if !w.routesItself() {
		return ""
	}
	for _, vs := range cluster.List[*networkingv1.VirtualService](w.in.snap, "") {
		if w.routes(vs) && !w.plain(&vs.Spec) {
			return "where VirtualService " + vs.Namespace + "/" + vs.Name + " sends the request, and how it changes it: VirtualServices are not evaluated yet"
		}
	}
	return ""
}

// routes reports whether a VirtualService is about the target's host, for clients
// in the mesh.
func (w *walk) routes(vs *networkingv1.VirtualService) bool {
	if g := vs.Spec.GetGateways(); len(g) > 0 && !slices.Contains(g, "mesh") {
		return false
	}
	if e := vs.Spec.GetExportTo(); len(e) > 0 && w.src.pod != nil && vs.Namespace != w.src.pod.Namespace && !slices.Contains(e, "*") && !slices.Contains(e, w.src.pod.Namespace) {
		return false
	}
	return slices.ContainsFunc(vs.Spec.GetHosts(), func(host string) bool { return w.isTarget(host, vs.Namespace) })
}

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

// plain reports whether a VirtualService sends everything where it would go
// without it, unchanged.
func (w *walk) plain(vs *networkingapi.VirtualService) bool {
	if len(vs.GetTls()) > 0 || len(vs.GetTcp()) > 0 || len(vs.GetHttp()) == 0 {
		return false
	}
	all := false
	for _, r := range vs.GetHttp() {
		changed := r.GetRedirect() != nil || r.GetDirectResponse() != nil || r.GetFault() != nil || r.GetRewrite() != nil || r.GetDelegate() != nil || r.GetHeaders() != nil
		if changed || !slices.ContainsFunc(r.GetRoute(), func(*networkingapi.HTTPRouteDestination) bool { return true }) {
			return false
		}
		for _, d := range r.GetRoute() {
			to := d.GetDestination()
			port := to.GetPort().GetNumber()
			if d.GetHeaders() != nil || to.GetSubset() != "" || !w.isTarget(to.GetHost(), w.serviceNamespace()) || port != 0 && port != uint32(w.r.port) {
				return false
			}
		}
		all = all || len(r.GetMatch()) == 0
	}
	return all
}

func (w *walk) serviceNamespace() string {
	if w.r.service == nil {
		return ""
	}
	return w.r.service.Namespace
}

// sidecarResource finds a Sidecar that narrows what the source may call or sets
// up the target's ports itself.
func (w *walk) sidecarResource() string {
	for _, s := range cluster.List[*networkingv1.Sidecar](w.in.snap, "") {
		sel := s.Spec.GetWorkloadSelector().GetLabels()
		of := func(p party, plane bool) bool {
			return plane && p.pod != nil && p.pod.Namespace == s.Namespace && (len(sel) == 0 || selects(sel, p.pod.Labels))
		}
		name := "Sidecar " + s.Namespace + "/" + s.Name
		switch {
		case of(w.src, w.routesItself()) && len(s.Spec.GetEgress()) > 0 && !w.inEgress(&s.Spec, s.Namespace):
			return "whether the proxy of " + w.src.who() + " knows the target: " + name + " narrows what it may call, and is not evaluated yet"
		case of(w.dst, w.dst.presence.Plane == mesh.Sidecar) && len(s.Spec.GetIngress()) > 0:
			return "what the proxy of " + w.dst.who() + " does with its ports: " + name + " sets them up (ingress), and is not evaluated yet"
		}
	}
	return ""
}

// inEgress reports whether a Sidecar surely lets the source call the target.
func (w *walk) inEgress(s *networkingapi.Sidecar, namespace string) bool {
	if w.r.service == nil {
		return false
	}
	for _, e := range s.GetEgress() {
		if e.GetPort() != nil {
			continue
		}
		for _, h := range e.GetHosts() {
			ns, host, _ := strings.Cut(h, "/")
			if ns == "." {
				ns = namespace
			}
			if (ns == "*" || ns == w.r.service.Namespace) && (host == "*" || w.isTarget(host, w.r.service.Namespace)) {
				return true
			}
		}
	}
	return false
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
