package kmesh

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"sync/atomic"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// Authz is how to know whether the XDP program judges: `kmeshctl authz disable` switches
// it off on a node, and no object of the cluster tells.
type Authz string

// The ways to know.
const (
	ByVersion Authz = "version" // it judges from v1.1.0 on
	Ask       Authz = "ask"     // the daemon of the node is asked, by a port-forward
	On        Authz = "on"
	Off       Authz = "off"
)

var ways = []string{string(ByVersion), string(Ask), string(On), string(Off)}

// Options is how to know whether the program judges.
func (Platform) Options() []diagnose.Option {
	return []diagnose.Option{{
		Name: "kmesh-authz", Values: ways, Choose: SetAuthz,
		Usage: "`HOW` it is known whether Kmesh's XDP program judges: by its version, or it is on or off, or ask: the node's daemon is asked, by a port-forward",
	}}
}

var way atomic.Value

// SetAuthz chooses how to know. It is meant for the start of the program. An error tells
// what there is to choose from.
func SetAuthz(a string) error {
	if !slices.Contains(ways, a) {
		return errors.New("want one of " + strings.Join(ways, ", "))
	}
	way.Store(Authz(a))
	return nil
}

func chosen() Authz {
	if a, ok := way.Load().(Authz); ok {
		return a
	}
	return ByVersion
}

// States are what `kmeshctl authz status` shows of the daemons, each called after its
// node; spec.enabled tells whether the XDP program judges there. No API server has them:
// a running daemon is asked, in files one may write them.
var States = cluster.Resource{Group: "authz-doctor.dev", Version: "v1alpha1", Plural: "kmeshauthzs", Kind: "KmeshAuthz"}

// Kinds are those that Kmesh has of its own.
func (Platform) Kinds() []cluster.ExtraKind {
	return []cluster.ExtraKind{{Resource: States, Source: askDaemon}}
}

// states are the queries for the nodes of Pods. What lies in files is always looked at.
func states(leg diagnose.Leg, pods ...*corev1.Pod) []cluster.Query {
	if leg.Live && chosen() != Ask {
		return nil
	}
	var out []cluster.Query
	for _, pod := range pods {
		if pod != nil && pod.Spec.NodeName != "" {
			out = append(out, cluster.Query{Resource: States, Name: pod.Spec.NodeName})
		}
	}
	return out
}

// Survey is the DaemonSet, and if daemons are to be asked, all that have a Pod in their care.
func (Platform) Survey(s *cluster.Snapshot) []cluster.Query {
	nodes := cluster.Kept(s, "Kmesh's nodes", nodesOf)
	if len(nodes) == 0 {
		return nil
	}
	out := []cluster.Query{{Resource: cluster.DaemonSets, Namespace: namespace, Name: name}}
	if chosen() == Ask {
		for _, node := range nodes {
			out = append(out, cluster.Query{Resource: States, Name: node})
		}
	}
	return out
}

// nodesOf are the nodes of the Pods that Kmesh manages, sorted; one without a name is "".
func nodesOf(all []*corev1.Pod) []string {
	var out []string
	for _, pod := range all {
		if _, ok := enrolled(pod); ok {
			out = append(out, pod.Spec.NodeName)
		}
	}
	slices.Sort(out)
	return slices.DeleteFunc(slices.Compact(out), func(node string) bool { return node == "" && len(out) > 1 })
}

// PerNode reports whether the states of nodes are known or asked for: the program is
// switched off node by node.
func (Platform) PerNode(s *cluster.Snapshot) bool { return chosen() == Ask || s.HasAny(States) }

// on is what is known of the daemon on the node of a Pod, by what was chosen.
func (d daemon) on(leg diagnose.Leg, pod *corev1.Pod) daemon {
	switch chosen() {
	case On:
		d.offload = authz.True
	case Off:
		d.offload = authz.False
	case Ask, ByVersion:
		node := ""
		if pod != nil {
			node = pod.Spec.NodeName
		}
		d.told(leg, node)
	}
	return d
}

// told is the daemon by its own state, if there is one. Where it was to be asked and has
// not told, nothing is known; a version before v1.0.0 was never asked by anybody.
func (d *daemon) told(leg diagnose.Leg, node string) {
	state, missing, found := stateOf(leg, node)
	switch {
	case found:
		d.offload, d.missing = state, missing
	case missing != "" && (chosen() != Ask || d.exempts != authz.False):
		d.offload, d.missing = authz.Unseen, missing
	case chosen() == Ask && d.exempts != authz.False:
		d.offload, d.missing = authz.Unseen, "there is no "+States.Kind+" "+cmp.Or(node, "of the Pod, whose node is not known")
	}
}

// stateOf reads what the daemon of a node said; missing tells why it is not known although
// it was asked for. Neither: it was not.
func stateOf(leg diagnose.Leg, node string) (state authz.Truth, missing string, found bool) {
	if node == "" {
		return authz.Unseen, "", false
	}
	item, ok := leg.Snapshot.Item(States, "", node)
	if !ok {
		return authz.Unseen, leg.Unread(States, "", node), false
	}
	if u, isUntyped := item.Object.(*unstructured.Unstructured); isUntyped {
		if enabled, set, err := unstructured.NestedBool(u.Object, "spec", "enabled"); err == nil && set {
			return truth(enabled), "", true
		}
	}
	return authz.Unseen, States.Kind + " " + node + " has no spec.enabled that is true or false", true
}

func truth(b bool) authz.Truth {
	if b {
		return authz.True
	}
	return authz.False
}
