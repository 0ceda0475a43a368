package fix

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/netpol"
)

// hbonePort is where ambient's tunnels arrive, whatever the port inside.
const hbonePort = 15008

// admitByNetwork is a NetworkPolicy of the end that drops the connection: policies add
// up, so one more admits just this.
func (sc scene) admitByNetwork() []draft {
	var out []draft
	for _, st := range sc.hop.Stages {
		if st.Verdict != diagnose.Denied || st.NetworkPolicies == nil {
			continue
		}
		subject, other, verb := sc.pod, sc.caller, "from"
		if strings.EqualFold(string(st.NetworkPolicies.Direction), "egress") {
			subject, other, verb = sc.caller, sc.pod, "to"
		}
		if subject == nil {
			continue
		}
		out = append(out, sc.networkDraft(st.NetworkPolicies.Direction, verb, subject, other))
	}
	if len(out) == 2 { // each end drops it
		return []draft{out[0].then(out[1])}
	}
	return out
}

func (sc scene) networkDraft(direction netpol.Direction, verb string, subject, other *corev1.Pod) draft {
	name := free("allow-"+workload(sc.caller, sc.before)+"-to-"+workload(sc.pod, sc.hop), func(name string) bool {
		_, taken := sc.snap.Item(cluster.NetworkPolicies, subject.Namespace, name)
		return taken
	})
	port := sc.networkPort()
	peer := sc.peer(other)
	rule := tree{verb: []any{peer}}
	if port != 0 {
		rule["ports"] = []any{tree{"protocol": "TCP", "port": port}}
	}
	spec := tree{
		"podSelector": tree{"matchLabels": labels(sc.podLabels(subject))},
		"policyTypes": texts(string(direction)), strings.ToLower(string(direction)): []any{rule},
	}
	return draft{
		kind: AdmitByNetwork, changes: []Change{created(cluster.NetworkPolicies, subject.Namespace, name, spec)},
		title: fmt.Sprintf("admit the connection on port %d by a new NetworkPolicy %s/%s (%s)", port, subject.Namespace, name, strings.ToLower(string(direction))),
	}
}

// networkPort is the port that the connection has on the network.
func (sc scene) networkPort() int {
	hops := sc.answer.Hops
	at := slices.IndexFunc(hops, func(h diagnose.Hop) bool { return h.Role == sc.hop.Role && h.Says == sc.hop.Says })
	for _, h := range hops[at+1:] {
		if h.Role == diagnose.RoleNetwork {
			continue
		}
		if h.Transport == "HBONE" || h.DataPlane == "ambient" && sc.before.DataPlane == "ambient" || h.Role == diagnose.RoleWaypoint {
			return hbonePort
		}
		if h.Port != 0 {
			return int(h.Port)
		}
	}
	for _, d := range sc.answer.Destinations {
		return int(d.Port)
	}
	return 0
}

// peer is the other end as a NetworkPolicy names it.
func (sc scene) peer(other *corev1.Pod) tree {
	if other == nil {
		if ip := sc.address(); ip != "" {
			return tree{"ipBlock": tree{"cidr": block(ip)}}
		}
		return tree{}
	}
	return tree{
		"namespaceSelector": tree{"matchLabels": tree{"kubernetes.io/metadata.name": other.Namespace}},
		"podSelector":       tree{"matchLabels": labels(sc.podLabels(other))},
	}
}

// podLabels select the Pods of a workload.
func (sc scene) podLabels(pod *corev1.Pod) map[string]string {
	sc.pod, sc.hop = pod, diagnose.Hop{}
	return sc.selector()
}

// address is the caller's, as an address is all that tells it apart; empty if it is
// not known.
func (sc scene) address() string {
	if sc.caller != nil {
		return sc.caller.Status.PodIP
	}
	if ip := sc.question.Request.SourceIP; ip != "" {
		return ip
	}
	ip := strings.TrimPrefix(sc.question.Source, "ip/")
	if block(ip) != ip {
		return ip
	}
	return ""
}
