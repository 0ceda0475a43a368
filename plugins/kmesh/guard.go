package kmesh

import (
	"cmp"
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// networkLabel names the network of what istiod sends, where its namespace has it.
const networkLabel = "topology.istio.io/network"

// Wants are the DaemonSet, and what the ends of the leg hang on: the policies of the
// source, for its XDP program judges the answers, and the namespace of istiod; the states
// of the daemons, if they are to be asked.
func (Platform) Wants(leg diagnose.Leg) []cluster.Query {
	out := []cluster.Query{{Resource: cluster.DaemonSets, Namespace: namespace, Name: name}}
	if leg.Source != nil && ours(leg.SourcePlane) {
		out = append(out, cluster.Query{Resource: cluster.AuthorizationPolicies, Namespace: leg.Source.Namespace})
		out = append(out, states(leg, leg.Source)...)
	}
	if ours(leg.DestinationPlane) {
		out = append(out, cluster.Query{Resource: cluster.Namespaces, Name: leg.MeshNamespace})
		out = append(out, states(leg, leg.Destination)...)
	}
	return out
}

// Guard is how Kmesh stands before a Pod.
func (Platform) Guard(leg diagnose.Leg) diagnose.Guard {
	d := daemonFor(leg, leg.Destination)
	g := diagnose.Guard{Dialect: authz.Kmesh, Single: authz.Kmesh, Refuses: lost(leg)}
	if d.offload == authz.True {
		g.Dialect = authz.KmeshXDP
	}
	if d.native {
		g.Idle = "Kmesh is in kernel-native mode, which knows no AuthorizationPolicy"
		g.IdleHelp = []string{"run Kmesh in dual-engine mode (--mode=dual-engine), which enforces them"}
	}
	if pod := leg.Source; pod != nil {
		account := pod.Spec.ServiceAccountName
		if !leg.Entry {
			account = cmp.Or(account, "default")
		}
		g.Identity = authz.KmeshIdentity(leg.TrustDomain, pod.Namespace, account)
	}
	g.Nobody = "Kmesh looks callers up by their address, and finds nobody at that of " + leg.Caller()
	return g
}

// lost tells why the daemon does not find the Pod and denies whatever comes: it looks
// addresses up without a network, and istiod sends all workloads with that of its own
// namespace (kmesh: rbac.go, doRbac; istio: ambient/workloads.go).
func lost(leg diagnose.Leg) *diagnose.Refusal {
	ns, ok := cluster.Get[*corev1.Namespace](leg.Snapshot, "", leg.MeshNamespace)
	if !ok || ns.Labels[networkLabel] == "" {
		return nil
	}
	return &diagnose.Refusal{
		Why: fmt.Sprintf("namespace %s is labelled %s=%s, so istiod sends its workloads with a network, and Kmesh, which looks them up without one, does not find %s and denies every connection to it",
			ns.Name, networkLabel, ns.Labels[networkLabel], leg.Target()),
		Symptom: resetLater, Kind: findingLost, Object: "Namespace " + ns.Name,
	}
}

// clientPort is one of those that a client's kernel takes: any does, for no policy has it
// in mind.
const clientPort uint16 = 40123

// Returns tells that the client's own XDP program may drop the answers to the
// connection: it judges each packet to a Pod, not only those that open a connection
// (kmesh: xdp.c). That the connection then fails follows from its source; it was not
// seen.
func (Platform) Returns(leg diagnose.Leg) []string {
	d := daemonFor(leg, leg.Source)
	if d.offload == authz.False || d.native {
		return nil
	}
	exp, hidden, ok := leg.Answers(authz.KmeshXDP, clientPort)
	switch o := exp.Offload; {
	case !ok:
		return nil
	case len(hidden) > 0:
		return hidden
	case o.Drops != authz.True:
		return nil
	default:
		return []string{fmt.Sprintf("whether the answers reach %s: Kmesh's XDP program%s judges them as it does what comes to the Pod, and %s policy %s has it drop them",
			leg.Opener(), inParens(cmp.Or(d.version, d.missing)), map[bool]string{true: "ALLOW", false: "DENY"}[o.Rule < 0], o.Policy)}
	}
}

func inParens(s string) string {
	if s == "" {
		return ""
	}
	return " (" + s + ")"
}
