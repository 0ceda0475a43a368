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

// Ways are all of them.
var Ways = []string{string(ByVersion), string(Ask), string(On), string(Off)}

var way atomic.Value

// SetAuthz chooses how to know. It is meant for the start of the program. An error tells
// what there is to choose from.
func SetAuthz(a string) error {
	if !slices.Contains(Ways, a) {
		return errors.New("want one of " + strings.Join(Ways, ", "))
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

// states are the queries for the nodes of Pods.
func states(s *cluster.Snapshot, pods ...*corev1.Pod) []cluster.Query {
	if chosen() != Ask && !s.HasAny(States) {
		return nil
	}
	var out []cluster.Query
	for _, pod := range pods {
		if pod != nil && pod.Spec.NodeName != "" {
			q := cluster.Query{Resource: States, Name: pod.Spec.NodeName}
			if !slices.Contains(out, q) {
				out = append(out, q)
			}
		}
	}
	return out
}

// on is what is known of the daemon on the node of a Pod, by what was chosen.
func (d daemon) on(leg diagnose.Leg, pod *corev1.Pod) daemon {
	switch chosen() {
	case On:
		d.offload = authz.True
	case Off:
		d.offload = authz.False
	case Ask:
		d = d.told(leg, pod, true)
	case ByVersion:
		d = d.told(leg, pod, false)
	}
	return d
}

// told is the daemon by its own state; must says that without one nothing is known.
func (d daemon) told(leg diagnose.Leg, pod *corev1.Pod, must bool) daemon {
	node := ""
	if pod != nil {
		node = pod.Spec.NodeName
	}
	if enabled, ok := stateOf(leg.Snapshot, node); ok {
		d.offload = truth(enabled)
		return d
	}
	if must {
		d.offload = authz.Unseen
		d.missing = "the node of the Pod is not known, whose daemon is to be asked"
		if node != "" {
			d.missing = cmp.Or(leg.Unread(States, "", node), "there is no "+States.Kind+" "+node)
		}
	}
	return d
}

// stateOf reads what the daemon of a node said; false if it was not asked, or has not
// answered.
func stateOf(s *cluster.Snapshot, node string) (enabled, ok bool) {
	item, found := s.Item(States, "", node)
	if !found {
		return false, false
	}
	u, isUntyped := item.Object.(*unstructured.Unstructured)
	if !isUntyped {
		return false, false
	}
	enabled, ok, err := unstructured.NestedBool(u.Object, "spec", "enabled")
	return enabled, ok && err == nil
}

func truth(b bool) authz.Truth {
	if b {
		return authz.True
	}
	return authz.False
}
