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
	case s.http:
		return authz.EnvoyHTTP
	}
	if g, foreign := w.guard(); foreign {
		return g.Dialect
	}
	return authz.EnvoyTCP
}

// nodeDialect is that of a destination which the node's data plane stands before, by
// the rules of one policy alone.
func (w *walk) nodeDialect() (d authz.Dialect, ok bool) {
	if g, foreign := w.guard(); foreign {
		return g.Single, true
	}
	if w.dst.presence.Plane == mesh.Ambient {
		return authz.Ztunnel, true
	}
	return authz.EnvoyTCP, false
}
