package matrix

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	securityapi "istio.io/api/security/v1beta1"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	securityv1 "istio.io/client-go/pkg/apis/security/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	networkingk8s "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// alike finds targets that nothing distinguishes. Of those with the same word only one has
// to be asked about; an empty word is like no other.
type alike struct {
	*world
	off      bool                // something tells any two targets apart
	names    map[string]bool     // that routes and proxies' settings hold
	named    map[string]bool     // namespaces with policies that go by what is called
	selected map[*corev1.Pod]int // by how many Services
	peers    visible             // what egress policies name of labels
	auth     []*securityv1.AuthorizationPolicy
	peerAuth []*securityv1.PeerAuthentication
	tokens   []*securityv1.RequestAuthentication
}

func newAlike(w *world) *alike {
	a := &alike{
		world: w, off: w.visible.careful, names: map[string]bool{}, named: map[string]bool{},
		selected: map[*corev1.Pod]int{},
		peers:    visible{values: map[string]map[string]bool{}}, auth: cluster.List[*securityv1.AuthorizationPolicy](w.snap, ""),
		peerAuth: cluster.List[*securityv1.PeerAuthentication](w.snap, ""), tokens: cluster.List[*securityv1.RequestAuthentication](w.snap, ""),
	}
	for _, u := range w.snap.Unread() {
		a.off = a.off || u.Reason != cluster.NotInstalled
	}
	for _, svc := range cluster.List[*corev1.Service](w.snap, "") {
		for _, pod := range w.selects(svc) {
			a.selected[pod]++
		}
	}
	a.readNames()
	a.readPolicies()
	return a
}

// slicesOf are the EndpointSlices of a Service.
func (w *world) slicesOf(svc *corev1.Service) []*discoveryv1.EndpointSlice {
	return cluster.Kept(w.snap, "slices of Services", func(all []*discoveryv1.EndpointSlice) map[string][]*discoveryv1.EndpointSlice {
		out := map[string][]*discoveryv1.EndpointSlice{}
		for _, s := range all {
			of := s.Namespace + "/" + s.Labels[discoveryv1.LabelServiceName]
			out[of] = append(out[of], s)
		}
		return out
	})[svc.Namespace+"/"+svc.Name]
}

// selects are the Pods that a Service selects.
func (w *world) selects(svc *corev1.Service) []*corev1.Pod {
	var out []*corev1.Pod
	var fewest []int
	first := true
	for k, v := range svc.Spec.Selector {
		if some := w.byLabel[[3]string{svc.Namespace, k, v}]; first || len(some) < len(fewest) {
			fewest, first = some, false
		}
	}
	for _, i := range fewest {
		if pod := w.callers[i].pod; mesh.Selects(svc.Spec.Selector, pod.Labels) {
			out = append(out, pod)
		}
	}
	return out
}

// unnaming are the kinds that say nothing of a Service by its name, or that are looked at
// otherwise.
var unnaming = []cluster.Resource{
	cluster.Namespaces, cluster.Pods, cluster.Services, cluster.ServiceAccounts, cluster.ConfigMaps, cluster.EndpointSlices,
	cluster.Deployments, cluster.StatefulSets, cluster.DaemonSets, cluster.ReplicaSets, cluster.Jobs, cluster.CronJobs,
	cluster.NetworkPolicies, cluster.AuthorizationPolicies, cluster.PeerAuthentications, cluster.RequestAuthentications, cluster.APIGroups,
}

// readNames collects the words that may be names of Services.
func (a *alike) readNames() {
	for _, r := range cluster.Resources() {
		if slices.Contains(unnaming, r) {
			continue
		}
		for _, o := range a.snap.Objects(r, "") {
			text, err := json.Marshal(o)
			if u, ok := o.(*unstructured.Unstructured); ok {
				text, err = json.Marshal(u.Object)
			}
			a.off = a.off || err != nil || strings.Contains(string(text), "destinationSubnets")
			for _, t := range strings.FieldsFunc(string(text), func(r rune) bool {
				return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-'
			}) {
				a.names[t] = true
			}
		}
	}
	for _, se := range cluster.List[*networkingv1.ServiceEntry](a.snap, "") {
		a.off = a.off || len(se.Spec.GetWorkloadSelector().GetLabels()) > 0
	}
}

// readPolicies finds the policies that go by more than who is selected.
func (a *alike) readPolicies() {
	for ns, policies := range a.authorization {
		for _, p := range policies {
			a.named[ns] = a.named[ns] || byTarget(p)
		}
		a.off = a.off || a.named[ns] && a.roots[ns]
	}
	for _, networks := range a.networks {
		for _, n := range networks {
			for _, r := range n.Spec.Egress {
				a.readPeers(r.To)
			}
		}
	}
}

// byTarget reports whether a policy looks at what is called beyond its port and path.
func byTarget(p *securityv1.AuthorizationPolicy) bool {
	if len(p.Spec.GetTargetRefs()) > 0 || p.Spec.GetTargetRef() != nil {
		return true
	}
	return slices.ContainsFunc(p.Spec.GetRules(), func(r *securityapi.Rule) bool {
		return slices.ContainsFunc(r.GetTo(), func(t *securityapi.Rule_To) bool {
			return len(t.GetOperation().GetHosts())+len(t.GetOperation().GetNotHosts()) > 0
		}) || slices.ContainsFunc(r.GetWhen(), func(c *securityapi.Condition) bool {
			return !strings.HasPrefix(c.GetKey(), "source.") && !strings.HasPrefix(c.GetKey(), "request.auth.")
		})
	})
}

// readPeers notes what egress policies look at in whom they let out to.
func (a *alike) readPeers(peers []networkingk8s.NetworkPolicyPeer) {
	for _, p := range peers {
		if a.off = a.off || p.IPBlock != nil; p.PodSelector == nil {
			continue
		}
		a.peers.name(p.PodSelector.MatchLabels)
		for _, e := range p.PodSelector.MatchExpressions {
			a.peers.name(map[string]string{e.Key: ""})
			for _, v := range e.Values {
				a.peers.name(map[string]string{e.Key: v})
			}
		}
	}
}

// word is the same for targets that have the same answers; empty: they may differ.
func (a *alike) word(svc *corev1.Service, port corev1.ServicePort) string {
	if a.off || a.names[svc.Name] || a.named[svc.Namespace] || len(a.networks[svc.Namespace]) > 0 || svc.Spec.Type == corev1.ServiceTypeExternalName {
		return ""
	}
	shape, _ := json.Marshal(port) // plain data
	out := []string{
		svc.Namespace, string(shape), string(svc.Spec.Type), string(svc.Spec.ExternalTrafficPolicy), fmt.Sprint(svc.Spec.PublishNotReadyAddresses),
		fmt.Sprint(svc.Spec.ClusterIP == corev1.ClusterIPNone, svc.Spec.ClusterIP == "", len(svc.Spec.Selector) == 0), meshWords(svc.Labels), meshWords(svc.Annotations),
	}
	ends, ok := a.ends(svc)
	if !ok {
		return ""
	}
	return strings.Join(append(out, ends...), "\x00")
}

// ends are what the endpoints of a Service are like; false: that is not to be told.
func (a *alike) ends(svc *corev1.Service) (words []string, ok bool) {
	parts := a.slicesOf(svc)
	if len(parts) == 0 {
		for _, pod := range a.selects(svc) {
			words = append(words, a.end(pod))
		}
	}
	for _, s := range parts {
		ports, _ := json.Marshal(s.Ports) // plain data
		words = append(words, string(ports))
		for _, e := range s.Endpoints {
			if e.TargetRef == nil || e.TargetRef.Kind != "Pod" {
				return nil, false
			}
			pod, found := cluster.Get[*corev1.Pod](a.snap, svc.Namespace, e.TargetRef.Name)
			if !found {
				return nil, false
			}
			word := a.end(pod)
			if word != "" {
				word += fmt.Sprint(string(ports), e.Conditions.Ready == nil || *e.Conditions.Ready)
			}
			words = append(words, word)
		}
	}
	slices.Sort(words)
	words = slices.Compact(words)
	return words, !slices.Contains(words, "")
}

// end is what of an endpoint can make an answer differ, empty if it may be like no other.
func (a *alike) end(pod *corev1.Pod) string {
	i, known := a.index[pod]
	if !known || a.selected[pod] > 1 || pod.Spec.HostNetwork {
		return ""
	}
	c := a.callers[i]
	switch c.presence.Plane {
	case mesh.Sidecar, mesh.Ambient, mesh.NoPlane:
	default: // another data plane may know callers by more than what is looked at here
		return ""
	}
	out := []string{c.kind, a.peers.labels(pod.Labels), meshWords(pod.Labels), portWords(pod), string(pod.Status.Phase), fmt.Sprint(pod.DeletionTimestamp == nil)}
	for _, cond := range pod.Status.Conditions {
		if cond.Type == corev1.PodReady {
			out = append(out, string(cond.Status))
		}
	}
	selects := func(kind, ns, name string, selector map[string]string) {
		if (ns == pod.Namespace || a.roots[ns]) && mesh.Selects(selector, pod.Labels) {
			out = append(out, kind+" "+ns+"/"+name)
		}
	}
	for ns, policies := range a.authorization {
		if ns != pod.Namespace && !a.roots[ns] {
			continue
		}
		for _, p := range policies {
			selects("authorization", ns, p.Name, p.Spec.GetSelector().GetMatchLabels())
		}
	}
	for _, p := range a.peerAuth {
		selects("peer", p.Namespace, p.Name, p.Spec.GetSelector().GetMatchLabels())
	}
	for _, p := range a.tokens {
		selects("token", p.Namespace, p.Name, p.Spec.GetSelector().GetMatchLabels())
	}
	slices.Sort(out[6:])
	return strings.Join(out, "\x01")
}
