package mesh

import (
	"slices"
	"strings"
	"sync/atomic"

	corev1 "k8s.io/api/core/v1"
)

// NodePlane is a data plane on the nodes that is not Istio's own: it is served by
// Istio's control plane, and decides by itself what comes of a connection. What is taken
// for granted of all of them: it passes on what its Pods send as it is, it sees
// connections and no HTTP, and every port of its Pods; it knows callers by their address,
// perhaps without a trust domain; and it refuses whatever comes to a port for which istiod
// makes a policy of STRICT.
type NodePlane struct {
	// Name is the data plane in a word, as [DataPlane.String] gives it, and as the label
	// istio.io/dataplane-mode asks for it, in any case.
	Name string
	// Title is how sentences name it.
	Title string
	// Agent and Mark name its agent, and what that leaves on a Pod that it has taken over.
	Agent, Mark string
	// Strict words what becomes of a port for which istiod makes a policy of STRICT.
	Strict string
	// Probe words what becomes of the requests of kubelet.
	Probe string
	// Stage is the name of the stage that it has of its own, before those of the policies;
	// empty: none.
	Stage string
	// WaypointPort is where connections of its Pods arrive at a waypoint.
	WaypointPort uint16
	// Enrolled tells by what its agent has left on the Pod that the agent is done. If it
	// panics the Pod is not its.
	Enrolled func(pod *corev1.Pod) (why string, ok bool)
	// Meet tells what comes of a connection to one of its Pods. If it panics that is not
	// known.
	Meet func(Client, Server) Connection
}

// enrolled and meet call the functions of a node plane.
func (p *NodePlane) enrolled(pod *corev1.Pod) (why string, ok bool) {
	defer func() {
		if recover() != nil {
			why, ok = "", false
		}
	}()
	return p.Enrolled(pod)
}

func (p *NodePlane) meet(client Client, server Server) (c Connection) {
	defer func() {
		if recover() != nil {
			c = Connection{Missing: "what becomes of a connection to a Pod of " + p.Title + ": the plugin failed"}
		}
	}()
	return p.Meet(client, server)
}

// foreign are the node planes in use, in the order of their numbers.
var foreign atomic.Pointer[[]*NodePlane]

// firstForeign is the number of the first of them.
const firstForeign = 16

// UseNodePlane puts a node plane in use and returns its number; that which it has, if one
// of that name is in use already. It is meant for the start of the program.
func UseNodePlane(p NodePlane) DataPlane {
	for {
		had := foreign.Load()
		all := NodePlanes()
		if i := slices.IndexFunc(all, func(o *NodePlane) bool { return o.Name == p.Name }); i >= 0 {
			return numbered(i)
		}
		all = append(slices.Clone(all), &p)
		if foreign.CompareAndSwap(had, &all) {
			return numbered(len(all) - 1)
		}
	}
}

// NodePlanes are those in use, in the order of their numbers.
func NodePlanes() []*NodePlane {
	if all := foreign.Load(); all != nil {
		return *all
	}
	return nil
}

func numbered(i int) DataPlane { return firstForeign + DataPlane(i) } //nolint:gosec // there are few of them

// Foreign is the node plane that a number stands for; nil for Istio's own data planes,
// and for none.
func (p DataPlane) Foreign() *NodePlane {
	if all := NodePlanes(); p >= firstForeign && int(p-firstForeign) < len(all) {
		return all[p-firstForeign]
	}
	return nil
}

// NodePlaneNamed is the node plane of a name; nil if there is none.
func NodePlaneNamed(name string) *NodePlane {
	for _, f := range NodePlanes() {
		if f.Name == name {
			return f
		}
	}
	return nil
}

// Node reports whether the data plane is one that the node provides. It judges
// connections, and sees no HTTP.
func (p DataPlane) Node() bool { return p == Ambient || p.Foreign() != nil }

// planeFor is the node plane that a value of istio.io/dataplane-mode asks for;
// UnknownPlane if none.
func planeFor(mode string) DataPlane {
	if mode == "ambient" {
		return Ambient
	}
	for i, f := range NodePlanes() {
		if strings.EqualFold(mode, f.Name) {
			return numbered(i)
		}
	}
	return UnknownPlane
}

// enrolledBy is the node plane whose agent has taken the Pod over; UnknownPlane if none.
func enrolledBy(pod *corev1.Pod) (plane DataPlane, why string) {
	for i, f := range NodePlanes() {
		if why, ok := f.enrolled(pod); ok {
			return numbered(i), why
		}
	}
	return UnknownPlane, ""
}

// agentOf names the agent of a node plane, and the annotation or label that it leaves.
func agentOf(p DataPlane) (agent, mark string) {
	if f := p.Foreign(); f != nil {
		return f.Agent, f.Mark
	}
	return "CNI agent", "annotation " + annotationAmbient + ": " + enabled
}
