package mesh

import (
	"slices"
	"strings"
	"sync/atomic"

	corev1 "k8s.io/api/core/v1"
)

// NodePlane is a data plane on the nodes that is not Istio's own: it is served by
// Istio's control plane, and decides by itself what comes of a connection. It passes on
// what its Pods send as it is, sees connections and no HTTP, and every port of its Pods.
type NodePlane interface {
	// Name is the data plane in a word, as [DataPlane.String] gives it, and as the label
	// istio.io/dataplane-mode asks for it, in any case.
	Name() string
	// Title is how sentences name it.
	Title() string
	// Enrolled tells by what its agent has left on the Pod that the agent is done.
	Enrolled(pod *corev1.Pod) (why string, ok bool)
	// Agent names the agent, and what it leaves on a Pod that it has taken over.
	Agent() (name, mark string)
	// Strict words what becomes of a port for which istiod makes a policy of STRICT.
	Strict() string
	// Meet tells what comes of a connection to one of its Pods.
	Meet(Client, Server) Connection
	// Probe words what becomes of the requests of kubelet.
	Probe() string
}

// foreign are the node planes in use, in the order of their numbers.
var foreign atomic.Pointer[[]NodePlane]

// firstForeign is the number of the first of them.
const firstForeign = 16

// UseNodePlane puts a node plane in use and returns its number; that which it has, if one
// of that name is in use already. It is meant for the start of the program.
func UseNodePlane(p NodePlane) DataPlane {
	for {
		had := foreign.Load()
		all := foreigners()
		if i := slices.IndexFunc(all, func(o NodePlane) bool { return o.Name() == p.Name() }); i >= 0 {
			return numbered(i)
		}
		all = append(slices.Clone(all), p)
		if foreign.CompareAndSwap(had, &all) {
			return numbered(len(all) - 1)
		}
	}
}

func foreigners() []NodePlane {
	if all := foreign.Load(); all != nil {
		return *all
	}
	return nil
}

func numbered(i int) DataPlane { return firstForeign + DataPlane(i) } //nolint:gosec // there are few of them

// Foreign is the node plane that a number stands for; nil for Istio's own data planes,
// and for none.
func (p DataPlane) Foreign() NodePlane {
	if all := foreigners(); p >= firstForeign && int(p-firstForeign) < len(all) {
		return all[p-firstForeign]
	}
	return nil
}

// NodePlaneNamed is the node plane of a name; nil if there is none.
func NodePlaneNamed(name string) NodePlane {
	for _, f := range foreigners() {
		if f.Name() == name {
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
	for i, f := range foreigners() {
		if strings.EqualFold(mode, f.Name()) {
			return numbered(i)
		}
	}
	return UnknownPlane
}

// enrolledBy is the node plane whose agent has taken the Pod over; UnknownPlane if none.
func enrolledBy(pod *corev1.Pod) (plane DataPlane, why string) {
	for i, f := range foreigners() {
		if why, ok := f.Enrolled(pod); ok {
			return numbered(i), why
		}
	}
	return UnknownPlane, ""
}

// agentOf names the agent of a node plane, and the annotation or label that it leaves.
func agentOf(p DataPlane) (agent, mark string) {
	if f := p.Foreign(); f != nil {
		return f.Agent()
	}
	return "CNI agent", "annotation " + annotationAmbient + ": " + enabled
}
