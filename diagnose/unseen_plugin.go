package diagnose

import (
	"maps"
	"slices"
	"strings"

	extensionsapi "istio.io/api/extensions/v1alpha1"
	typeapi "istio.io/api/type/v1beta1"
	extensionsv1alpha1 "istio.io/client-go/pkg/apis/extensions/v1alpha1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

var findingWasm = findingKind{"AD0802", SeverityInfo, "a WasmPlugin runs in a proxy on the way", []string{
	"read what the plugin does, or ask again without it to see what the rest decides",
}}

// wasmPlugins finds those that run in the proxy for this leg's traffic.
func (s side) wasmPlugins() []extension {
	var out []extension
	for _, p := range cluster.List[*extensionsv1alpha1.WasmPlugin](s.w.in.snap, "") {
		refs := p.Spec.GetTargetRefs()
		if ref := p.Spec.GetTargetRef(); len(refs) == 0 && ref != nil {
			refs = append(refs, ref)
		}
		if !s.takes(p.Spec.GetType()) || !s.chosen(p.Spec.GetMatch()) || !s.has(p.Namespace, p.Labels, p.Spec.GetSelector().GetMatchLabels(), refs, true) {
			continue
		}
		phase := p.Spec.GetPhase()
		out = append(out, extension{
			kind: findingWasm, name: "WasmPlugin " + p.Namespace + "/" + p.Name, proxy: s.p.who(), what: "it runs " + phaseWords(phase),
			mayTurnAllow: s.inbound && phase != extensionsapi.PluginPhase_AUTHN && phase != extensionsapi.PluginPhase_AUTHZ,
			early:        phase == extensionsapi.PluginPhase_AUTHN,
		})
	}
	return out
}

// phaseWords says where in the chain of filters a plugin stands (istio:
// pilot/pkg/networking/core/listener_builder.go).
func phaseWords(p extensionsapi.PluginPhase) string {
	switch p {
	case extensionsapi.PluginPhase_AUTHN:
		return "before tokens are verified (phase AUTHN)"
	case extensionsapi.PluginPhase_AUTHZ:
		return "before AuthorizationPolicies are asked (phase AUTHZ)"
	case extensionsapi.PluginPhase_STATS:
		return "after AuthorizationPolicies are asked (phase STATS)"
	case extensionsapi.PluginPhase_UNSPECIFIED_PHASE:
	}
	return "after AuthorizationPolicies are asked (no phase)"
}

// takes reports whether the leg's traffic passes plugins of the type: those for HTTP
// are not on a connection that is none.
func (s side) takes(t extensionsapi.PluginType) bool {
	if t == extensionsapi.PluginType_NETWORK {
		return s.p.presence.Plane != mesh.Waypoint
	}
	if s.inbound && len(s.w.hops) > 0 {
		return s.w.hops[len(s.w.hops)-1].Protocol != "TCP"
	}
	return s.w.r.protocol != mesh.TCP
}

// chosen reports whether a plugin's match is for the leg: a gateway counts as a client,
// and a waypoint's listener has no port (istio: pilot/pkg/model/extensions.go).
func (s side) chosen(match []*extensionsapi.WasmPlugin_TrafficSelector) bool {
	mode, port := typeapi.WorkloadMode_CLIENT, uint32(s.w.r.port)
	switch plane := s.p.presence.Plane; {
	case plane == mesh.Waypoint:
		mode, port = typeapi.WorkloadMode_SERVER, 0
	case s.inbound && plane == mesh.Sidecar:
		mode, port = typeapi.WorkloadMode_SERVER, uint32(s.w.dst.port)
	case s.inbound:
		port = uint32(s.w.dst.port)
	}
	sending := !s.inbound && s.p.presence.Plane == mesh.Gateway // which port it took it in at is not looked at
	return len(match) == 0 || slices.ContainsFunc(match, func(m *extensionsapi.WasmPlugin_TrafficSelector) bool {
		if m.GetMode() != typeapi.WorkloadMode_UNDEFINED && m.GetMode() != typeapi.WorkloadMode_CLIENT_AND_SERVER && m.GetMode() != mode {
			return false
		}
		return len(m.GetPorts()) == 0 || sending || slices.ContainsFunc(m.GetPorts(), func(p *typeapi.PortSelector) bool { return p.GetNumber() == port && port != 0 })
	})
}

// settings notes a ProxyConfig that gives the endpoint's proxy an environment.
func (w *walk) settings(hop *Hop) {
	for _, s := range w.sides() {
		if !s.inbound {
			continue
		}
		for _, o := range w.in.snap.Objects(cluster.ProxyConfigs, "") {
			c, ok := o.(*unstructured.Unstructured)
			if !ok {
				continue
			}
			environment, _, _ := unstructured.NestedMap(c.Object, "spec", "environmentVariables")
			names := slices.Sorted(maps.Keys(environment))
			sel, _, _ := unstructured.NestedStringMap(c.Object, "spec", "selector", "matchLabels")
			here := c.GetNamespace() == s.p.pod.Namespace || c.GetNamespace() == w.cfg.RootNamespace && len(sel) == 0
			if len(names) > 0 && here && mesh.Selects(sel, s.p.pod.Labels) {
				hop.Notes = append(hop.Notes, "ProxyConfig "+c.GetNamespace()+"/"+c.GetName()+" sets variables of the proxy's environment, which are not evaluated: "+strings.Join(names, ", "))
			}
		}
	}
}

// likeExtensions asks for what may change the proxies of the leg, if that can be
// afforded. A way through a waypoint needs all that one question may read.
func (w *walk) likeExtensions() {
	for _, s := range w.sides() {
		for _, ns := range []string{s.p.pod.Namespace, w.cfg.RootNamespace} {
			if !w.in.whole() && s.p.presence.Plane == mesh.Waypoint {
				continue
			}
			w.in.like(list(cluster.EnvoyFilters, ns), list(cluster.WasmPlugins, ns))
		}
	}
}
