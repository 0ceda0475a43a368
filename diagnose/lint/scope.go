package lint

import (
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// scope is a set of workloads, and what all policies that select it ask of it.
type scope struct {
	loads []*workload
	facts *facts
}

// facts are what the workloads of a scope have.
type facts struct {
	planes map[mesh.DataPlane]int
	// bare is a running Pod without a proxy.
	bare *workload
	// ports are those of all workloads that a proxy in them stands before, each once.
	ports []loadPort
	// plaintext is the first workload and port that lets callers in without mTLS.
	plaintext *loadPort
	// untold is the first workload to which no RequestAuthentication attaches.
	untold *workload
	// issuers are those of the RequestAuthentications that attach.
	issuers map[string]bool
	// declared are the ports that containers name; all says that all workloads do.
	declared map[uint16]bool
	all      bool
	// waypoint is one that stands before a workload's Service.
	waypoint string
}

// loadPort is a port with one workload that has it.
type loadPort struct {
	port
	load *workload
	mode mesh.Mode
}

// of works out the facts, once.
func (w *world) facts(s *scope) *facts {
	if s.facts != nil {
		return s.facts
	}
	f := &facts{planes: map[mesh.DataPlane]int{}, issuers: map[string]bool{}, declared: map[uint16]bool{}, all: true}
	s.facts = f
	type id struct {
		number   uint16
		protocol mesh.Protocol
		as       int32
	}
	seen := map[id]bool{}
	for _, l := range s.loads {
		plane := l.presence.Plane
		f.planes[plane]++
		if plane == mesh.NoPlane && !l.presence.Predicted && f.bare == nil {
			f.bare = l
		}
		own := declared(l.pod)
		f.all = f.all && len(own) > 0
		for _, n := range own {
			f.declared[n] = true
		}
		w.tokensOf(l, f)
		ports := l.ports()
		for _, p := range ports {
			if one := (id{p.number, p.protocol, p.as}); !seen[one] && plane != mesh.Gateway && plane != mesh.Waypoint {
				seen[one] = true
				f.ports = append(f.ports, loadPort{port: p, load: l})
			}
		}
		w.modesOf(l, ports, f)
		if f.waypoint == "" && plane == mesh.Ambient {
			f.waypoint = w.waypointOf(l)
		}
	}
	return f
}

func (w *world) tokensOf(l *workload, f *facts) {
	if len(l.tokens) == 0 && l.presence.Plane != mesh.Waypoint && f.untold == nil {
		f.untold = l
	}
	for _, ra := range l.tokens {
		for _, r := range ra.Spec.GetJwtRules() {
			f.issuers[r.GetIssuer()] = true
		}
	}
}

// modesOf finds the first port that lets plaintext in.
func (w *world) modesOf(l *workload, ports []port, f *facts) {
	plane := l.presence.Plane
	if f.plaintext != nil || plane != mesh.Sidecar && plane != mesh.Ambient {
		return
	}
	if len(ports) == 0 {
		ports = []port{{}}
	}
	for _, p := range ports {
		if mode := w.mode(l, p.number).Mode; mode == mesh.Permissive || mode == mesh.Disable {
			f.plaintext = &loadPort{p, l, mode}
			return
		}
	}
}

// waypointOf is the waypoint before a Service of the workload: namespace/name.
func (w *world) waypointOf(l *workload) string {
	ns, _ := cluster.Get[*corev1.Namespace](w.snap, "", l.pod.Namespace)
	for _, svc := range l.services {
		if name, in, _ := mesh.WaypointFor(ns, svc, nil, true); name != "" {
			return in + "/" + name
		}
	}
	return ""
}

// only reports whether the workloads of a scope, of which there are some, are of these
// planes.
func (f *facts) only(planes ...mesh.DataPlane) bool {
	return f.onlySuch(func(plane mesh.DataPlane) bool { return slices.Contains(planes, plane) })
}

func (f *facts) onlySuch(is func(mesh.DataPlane) bool) bool {
	some := false
	for plane, n := range f.planes {
		if n > 0 && !is(plane) {
			return false
		}
		some = some || n > 0
	}
	return some
}
