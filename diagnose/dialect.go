package diagnose

import (
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// dialect is the way of the destination's data plane to read policies in a scenario.
func (w *walk) dialect(s scenario) authz.Dialect {
	switch {
	case w.dst.presence.Plane == mesh.Ambient:
		return authz.Ztunnel
	case w.dst.presence.Plane == mesh.Kmesh && w.in.kmesh().offload == authz.True:
		return authz.KmeshXDP
	case w.dst.presence.Plane == mesh.Kmesh:
		return authz.Kmesh
	case s.http:
		return authz.EnvoyHTTP
	}
	return authz.EnvoyTCP
}

// nodeDialect is that of a destination which the node's data plane stands before, by
// the rules of one policy alone.
func (w *walk) nodeDialect() (d authz.Dialect, ok bool) {
	switch w.dst.presence.Plane {
	case mesh.Ambient:
		return authz.Ztunnel, true
	case mesh.Kmesh:
		return authz.Kmesh, true
	case mesh.Sidecar, mesh.Gateway, mesh.Waypoint, mesh.NoPlane, mesh.UnknownPlane:
	}
	return authz.EnvoyTCP, false
}
