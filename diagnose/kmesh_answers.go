package diagnose

import (
	"fmt"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// answersDropped words that the client's own XDP program may drop the answers to the
// connection: it judges each packet to a Pod, not only those that open a connection
// (kmesh: xdp.c). That the connection then fails follows from its source; it was not
// seen. Any port does for the client's, which no policy has in mind.
func (w *walk) answersDropped() []string {
	pod := w.src.pod
	if pod == nil || w.src.presence.Plane != mesh.Kmesh || w.dst.pod != nil && w.staysInside() {
		return nil
	}
	k := w.in.kmesh()
	if k.offload == authz.False || k.native {
		return nil
	}
	if hidden := w.in.hidden(cluster.AuthorizationPolicies, unique([]string{pod.Namespace, w.srcCfg.RootNamespace})...); len(hidden) > 0 {
		return hidden
	}
	client := authz.Workload{Namespace: pod.Namespace, Labels: pod.Labels}
	policies := w.in.authorizationPolicies(pod.Labels, unique([]string{pod.Namespace, w.srcCfg.RootNamespace})...)
	answer := &authz.Request{SourceIP: address(w.dst), DestinationIP: address(w.src), DestinationPort: authz.Known(clientPort), Principal: authz.Absent[string]()}
	o := authz.Compile(authz.KmeshXDP, evaluatorMesh(w.srcCfg), client, policies).Explain(answer).Offload
	if o.Drops != authz.True {
		return nil
	}
	return []string{fmt.Sprintf("whether the answers reach %s: Kmesh's XDP program%s judges them as it does what comes to the Pod, and %s policy %s has it drop them",
		w.src.who(), inParens(or(k.version, k.missing)), map[bool]string{true: "ALLOW", false: "DENY"}[o.Rule < 0], o.Policy)}
}

// clientPort is one of those that a client's kernel takes.
const clientPort uint16 = 40123
