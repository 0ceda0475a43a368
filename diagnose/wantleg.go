package diagnose

import (
	"slices"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// wantLeg asks for what decides at the end of a leg, and for what its opener's proxy
// makes of it.
func (in *inquiry) wantLeg(w *walk) {
	ns, root := w.destinationNamespace(), w.cfg.RootNamespace
	if w.routesItself() {
		for _, ns := range w.ruleNamespaces() {
			in.want(list(cluster.DestinationRules, ns))
		}
	}
	in.wantForeign(w)
	if ns == "" {
		return
	}
	plane := w.dst.presence.Plane
	if !in.snap.Asked(get(cluster.Namespaces, "", ns)) && predicted(w.dst.pod) && plane != mesh.Gateway {
		plane = mesh.UnknownPlane // its namespace may make it anything
	}
	if !slices.Contains(in.passed, ns) {
		in.passed = append(in.passed, ns)
	}
	if plane != mesh.Gateway || in.labelsCount(ns) {
		in.want(get(cluster.Namespaces, "", ns))
	}
	in.want(in.networkNeeds(ns)...)
	for _, at := range unique([]string{ns, root}) {
		in.want(list(cluster.AuthorizationPolicies, at))
		switch {
		case plane == mesh.Ambient && w.tunnels():
			in.like(list(cluster.PeerAuthentications, at))
		case plane == mesh.Sidecar || plane.Node() || plane == mesh.UnknownPlane:
			in.want(list(cluster.PeerAuthentications, at))
		}
		if plane == mesh.Sidecar || plane == mesh.Gateway || plane == mesh.Waypoint || plane == mesh.UnknownPlane {
			in.want(list(cluster.RequestAuthentications, at))
		}
	}
	if plane == mesh.Waypoint && w.r.service != nil {
		in.passed = append(in.passed, w.r.service.Namespace)
		in.want(list(cluster.AuthorizationPolicies, w.r.service.Namespace), list(cluster.RequestAuthentications, w.r.service.Namespace))
	}
	if plane == mesh.Sidecar || plane == mesh.UnknownPlane || w.r.service == nil {
		in.want(list(cluster.Services, ns))
	}
	if plane == mesh.Sidecar {
		in.like(list(cluster.EnvoyFilters, ns), list(cluster.Sidecars, ns), list(cluster.EnvoyFilters, root), list(cluster.Sidecars, root))
	}
	w.likeExtensions()
	in.likePlatforms(w)
}

// tunnels reports whether the leg is opened by what speaks HBONE to ztunnel, whatever
// a PeerAuthentication says.
func (w *walk) tunnels() bool {
	return w.src.presence.Plane == mesh.Ambient || w.src.presence.Plane == mesh.Waypoint
}

// destinationNamespace is where the end of a leg is; empty: it is outside.
func (w *walk) destinationNamespace() string {
	switch {
	case w.dst.pod != nil:
		return w.dst.pod.Namespace
	case w.r.service != nil:
		return w.r.service.Namespace
	}
	return ""
}

// wantService asks for a Service that a route names, and for its endpoints.
func (in *inquiry) wantService(s serviceRef) {
	in.want(in.serviceNeeds(s, 0)...)
	in.want(get(cluster.Namespaces, "", s.namespace))
}
