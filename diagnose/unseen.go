package diagnose

import (
	"slices"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// unseen names what was asked for, could not be read and may change what the proxies
// at both ends of the leg do. What a Sidecar or an EnvoyFilter does is not taken to undo a
// denial.
func (w *walk) unseen(v Verdict) []string {
	if v == Denied {
		return nil
	}
	return inOrder(append(w.settingsUnseen(), w.returns()...))
}

// routesUnseen is what was asked for, could not be read and may make the opener of the leg
// send elsewhere, which may turn any verdict.
func (w *walk) routesUnseen() []string {
	if w.src.pod == nil || w.r.host == "" {
		return nil
	}
	own := w.src.pod.Namespace
	namespaces := unique([]string{own, w.r.namespace(own)})
	switch w.src.presence.Plane {
	case mesh.Sidecar, mesh.Waypoint:
		return slices.Concat(w.in.hidden(cluster.VirtualServices, namespaces...), w.in.hidden(cluster.HTTPRoutes, namespaces...))
	case mesh.Gateway:
		if w.src.pod.Labels[gatewayNameLabel] != "" {
			return w.in.hidden(cluster.HTTPRoutes, w.in.routeNamespaces(own)...)
		}
		return slices.Concat(w.in.hidden(cluster.VirtualServices, w.in.routeNamespaces(own)...), w.in.hidden(cluster.IstioGateways, w.in.routeNamespaces(own)...))
	case mesh.UnknownPlane, mesh.NoPlane, mesh.Ambient:
	}
	return nil
}

// settingsUnseen is what may change the proxies themselves.
func (w *walk) settingsUnseen() []string {
	var facts []string
	root := w.cfg.RootNamespace
	for _, p := range []party{w.src, w.dst} {
		if p.pod == nil || p.presence.Plane != mesh.Sidecar || p.entry {
			continue
		}
		facts = append(facts, w.in.hidden(cluster.Sidecars, p.pod.Namespace)...)
		if s := w.in.sidecarOf(p); s == nil || s.Namespace == root {
			facts = append(facts, w.in.hidden(cluster.Sidecars, root)...)
		}
	}
	for _, s := range w.sides() {
		facts = append(facts, w.in.hidden(cluster.EnvoyFilters, s.p.pod.Namespace, root)...)
		facts = append(facts, w.in.hidden(cluster.WasmPlugins, s.p.pod.Namespace, root)...)
	}
	return facts
}
