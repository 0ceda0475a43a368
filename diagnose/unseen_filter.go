package diagnose

import (
	"net"
	"slices"
	"strings"

	networkingapi "istio.io/api/networking/v1alpha3"
	securityapi "istio.io/api/security/v1beta1"
	typeapi "istio.io/api/type/v1beta1"
	networkingv1alpha3 "istio.io/client-go/pkg/apis/networking/v1alpha3"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

var findingEnvoyFilter = findingKind{"AD0801", SeverityInfo, "an EnvoyFilter changes a proxy on the way", []string{
	"read what the EnvoyFilter patches, or ask again without it to see what the rest decides",
}}

// extension is an object that changes what a proxy on the way does.
type extension struct {
	kind         findingKind
	name, proxy  string // Kind namespace/name; whose proxy it is
	what         string
	mayTurnAllow bool // only what is allowed may turn out otherwise
	early        bool // of a plugin: before tokens are verified
}

func (u extension) fact() string { return "what " + u.name + " makes of the proxy of " + u.proxy }

// side is one of the two ends of a leg, as a proxy that can be changed.
type side struct {
	w       *walk
	p       party
	inbound bool // the leg's end; else the proxy that sends
}

// sides are the proxies of a leg that are Envoys. One that forwards is both the end of
// a leg and the beginning of the next.
func (w *walk) sides() []side {
	var out []side
	for _, s := range []side{{w, w.src, false}, {w, w.dst, true}} {
		switch plane := s.p.presence.Plane; {
		case s.p.pod == nil:
		case plane == mesh.Sidecar, plane == mesh.Gateway, plane == mesh.Waypoint:
			out = append(out, s)
		}
	}
	return out
}

// has reports whether an object with a selector or targetRefs, of whichever kind, is in
// force at the proxy (istio: pilot/pkg/model/policyattachment.go). Only some kinds can
// target a Service.
func (s side) has(namespace string, labels, selector map[string]string, refs []*typeapi.PolicyTargetReference, service bool) bool {
	proxy := authz.Workload{Namespace: s.p.pod.Namespace, Labels: s.p.pod.Labels, Waypoint: s.p.presence.Plane == mesh.Waypoint}
	if r := s.w.r.service; r != nil && proxy.Waypoint && service {
		proxy.Service = authz.Target{Kind: "Service", Namespace: r.Namespace, Name: r.Name}
	}
	spec := &securityapi.AuthorizationPolicy{TargetRefs: refs}
	if len(selector) > 0 {
		spec.Selector = &typeapi.WorkloadSelector{MatchLabels: selector}
	}
	like := authz.Policy{Namespace: namespace, Labels: labels, Spec: spec}
	return len(authz.Compile(authz.EnvoyHTTP, evaluatorMesh(s.w.cfg), proxy, []authz.Policy{like}).Explain(&authz.Request{}).Skipped) == 0
}

// envoyFilters finds those that change what the proxy does with this leg's traffic.
func (s side) envoyFilters() []extension {
	var out []extension
	for _, f := range cluster.List[*networkingv1alpha3.EnvoyFilter](s.w.in.snap, "") {
		if istiosOwn(f) || !slices.ContainsFunc(f.Spec.GetConfigPatches(), s.patched) {
			continue
		}
		if s.has(f.Namespace, f.Labels, f.Spec.GetWorkloadSelector().GetLabels(), f.Spec.GetTargetRefs(), false) {
			out = append(out, extension{kind: findingEnvoyFilter, name: "EnvoyFilter " + f.Namespace + "/" + f.Name, proxy: s.p.who(), what: "it patches " + patchWords(f)})
		}
	}
	return out
}

// patchWords names what a filter patches.
func patchWords(f *networkingv1alpha3.EnvoyFilter) string {
	var out []string
	for _, p := range f.Spec.GetConfigPatches() {
		if name := p.GetApplyTo().String(); !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return strings.Join(out, ", ")
}

// patched reports whether a patch is for this side of the proxy and can turn what
// becomes of the request. istiod passes by one without a patch.
func (s side) patched(p *networkingapi.EnvoyFilter_EnvoyConfigObjectPatch) bool {
	if p.GetPatch() == nil || !s.inContext(p.GetMatch().GetContext()) || harmless(p) {
		return false
	}
	switch p.GetApplyTo() {
	case networkingapi.EnvoyFilter_LISTENER, networkingapi.EnvoyFilter_FILTER_CHAIN, networkingapi.EnvoyFilter_NETWORK_FILTER,
		networkingapi.EnvoyFilter_HTTP_FILTER, networkingapi.EnvoyFilter_LISTENER_FILTER:
		return s.onPort(p.GetMatch().GetListener().GetPortNumber())
	case networkingapi.EnvoyFilter_ROUTE_CONFIGURATION, networkingapi.EnvoyFilter_VIRTUAL_HOST, networkingapi.EnvoyFilter_HTTP_ROUTE:
		return s.onRoute(p.GetMatch().GetRouteConfiguration())
	case networkingapi.EnvoyFilter_CLUSTER:
		return !s.inbound && s.onCluster(p.GetMatch().GetCluster())
	case networkingapi.EnvoyFilter_INVALID, networkingapi.EnvoyFilter_EXTENSION_CONFIG, networkingapi.EnvoyFilter_BOOTSTRAP:
	}
	return false
}

// inContext: a waypoint takes the patches of a sidecar's inbound side (istio:
// pilot/pkg/networking/core/listener_builder.go, patchListeners).
func (s side) inContext(c networkingapi.EnvoyFilter_PatchContext) bool {
	want := networkingapi.EnvoyFilter_SIDECAR_OUTBOUND
	switch plane := s.p.presence.Plane; {
	case plane == mesh.Gateway:
		want = networkingapi.EnvoyFilter_GATEWAY
	case plane == mesh.Waypoint, s.inbound:
		want = networkingapi.EnvoyFilter_SIDECAR_INBOUND
	}
	return c == networkingapi.EnvoyFilter_ANY || c == want
}

// The ports of the listeners that take all traffic of a sidecar in and out.
const (
	inboundPort  = 15006
	outboundPort = 15001
)

// onPort reports whether a listener's port may be the one that this leg passes. What a
// gateway or waypoint sends on was taken in at a port of the leg before.
func (s side) onPort(port uint32) bool {
	switch plane := s.p.presence.Plane; {
	case port == 0, plane == mesh.Waypoint, plane == mesh.Gateway && !s.inbound:
		return true
	case s.inbound:
		return port == uint32(s.w.dst.port) || port == inboundPort && plane == mesh.Sidecar
	}
	return port == uint32(s.w.r.port) || port == outboundPort
}

// onRoute: a sidecar's outbound virtual hosts are named HOST:PORT.
func (s side) onRoute(m *networkingapi.EnvoyFilter_RouteConfigurationMatch) bool {
	if s.inbound || s.p.presence.Plane != mesh.Sidecar {
		return true
	}
	if port := m.GetPortNumber(); port != 0 && port != uint32(s.w.r.port) {
		return false
	}
	host, _, err := net.SplitHostPort(m.GetVhost().GetName())
	return err != nil || s.w.isTarget(host, s.p.pod.Namespace)
}

func (s side) onCluster(m *networkingapi.EnvoyFilter_ClusterMatch) bool {
	if port := m.GetPortNumber(); port != 0 && port != uint32(s.w.r.port) {
		return false
	}
	return m.GetService() == "" || s.w.isTarget(m.GetService(), s.p.pod.Namespace)
}
