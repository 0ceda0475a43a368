package diagnose

import (
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// What is found by a label, an address or a host is found by an index, which is made
// when it is first asked for: a question about a few objects looks at a few, however
// many there are.

// pair is a label in a namespace.
type pair struct{ namespace, key, value string }

// selected are the Pods of a namespace that have all labels, in the order of their
// names; an empty selector selects none.
func (in *inquiry) selected(namespace string, selector map[string]string) []*corev1.Pod {
	var out []*corev1.Pod
	for _, pod := range in.fewest(namespace, selector) {
		if selects(selector, pod.Labels) {
			out = append(out, pod)
		}
	}
	return out
}

// selectsSome reports whether selected are any.
func (in *inquiry) selectsSome(namespace string, selector map[string]string) bool {
	return slices.ContainsFunc(in.fewest(namespace, selector), func(pod *corev1.Pod) bool { return selects(selector, pod.Labels) })
}

// fewest are the Pods of a namespace that have one of the labels, the one that the fewest
// have.
func (in *inquiry) fewest(namespace string, selector map[string]string) []*corev1.Pod {
	byLabel := cluster.Kept(in.snap, "by label", func(all []*corev1.Pod) map[pair][]*corev1.Pod {
		out := map[pair][]*corev1.Pod{}
		for _, pod := range all {
			for k, v := range pod.Labels {
				p := pair{pod.Namespace, k, v}
				out[p] = append(out[p], pod)
			}
		}
		return out
	})
	var fewest []*corev1.Pod
	first := true
	for k, v := range selector {
		if some := byLabel[pair{namespace, k, v}]; first || len(some) < len(fewest) {
			fewest, first = some, false
		}
	}
	return fewest
}

// candidates are the Pods of a namespace that a selector may match: those with one of
// the labels that it wants a value of, or else all.
func (in *inquiry) candidates(namespace string, sel labels.Selector) []*corev1.Pod {
	requirements, _ := sel.Requirements()
	for _, r := range requirements {
		if v, ok := sel.RequiresExactMatch(r.Key()); ok {
			return in.selected(namespace, map[string]string{r.Key(): v})
		}
	}
	return cluster.List[*corev1.Pod](in.snap, namespace)
}

// runningAs are the Pods of a ServiceAccount.
func (in *inquiry) runningAs(namespace, account string) []*corev1.Pod {
	type key struct{ namespace, name string }
	return cluster.Kept(in.snap, "by account", func(all []*corev1.Pod) map[key][]*corev1.Pod {
		out := map[key][]*corev1.Pod{}
		for _, pod := range all {
			k := key{pod.Namespace, or(pod.Spec.ServiceAccountName, "default")}
			out[k] = append(out[k], pod)
		}
		return out
	})[key{namespace, account}]
}

// podsAt are the Pods with an address, in the order of their namespaces and names.
func (in *inquiry) podsAt(ip netip.Addr) []*corev1.Pod {
	return cluster.Kept(in.snap, "by address", func(all []*corev1.Pod) map[netip.Addr][]*corev1.Pod {
		out := map[netip.Addr][]*corev1.Pod{}
		for _, pod := range all {
			for _, a := range addressesOf(pod) {
				out[a] = append(out[a], pod)
			}
		}
		return out
	})[ip]
}

// addressesOf are a Pod's, each once.
func addressesOf(pod *corev1.Pod) []netip.Addr {
	var out []netip.Addr
	add := func(s string) {
		if a, err := netip.ParseAddr(s); err == nil && !slices.Contains(out, a.Unmap()) {
			out = append(out, a.Unmap())
		}
	}
	add(pod.Status.PodIP)
	for _, ip := range pod.Status.PodIPs {
		add(ip.IP)
	}
	return out
}

// services are those of a Pod's namespace that select it, in the order of their names.
func (in *inquiry) services(pod *corev1.Pod) []*corev1.Service {
	byLabel := cluster.Kept(in.snap, "by selector", func(all []*corev1.Service) map[pair][]*corev1.Service {
		out := map[pair][]*corev1.Service{}
		for _, svc := range all {
			if k, ok := least(svc.Spec.Selector); ok {
				p := pair{svc.Namespace, k, svc.Spec.Selector[k]}
				out[p] = append(out[p], svc)
			}
		}
		return out
	})
	var out []*corev1.Service
	for k, v := range pod.Labels {
		for _, svc := range byLabel[pair{pod.Namespace, k, v}] {
			if selects(svc.Spec.Selector, pod.Labels) {
				out = append(out, svc)
			}
		}
	}
	slices.SortFunc(out, func(a, b *corev1.Service) int { return strings.Compare(a.Name, b.Name) })
	return out
}

// least is one of the keys; false: there is none.
func least(m map[string]string) (string, bool) {
	key, found := "", false
	for k := range m {
		if !found || k < key {
			key, found = k, true
		}
	}
	return key, found
}

// slicesByService are the EndpointSlices of a Service.
func (in *inquiry) slicesByService(s serviceRef) []*discoveryv1.EndpointSlice {
	return cluster.Kept(in.snap, "by service", func(all []*discoveryv1.EndpointSlice) map[serviceRef][]*discoveryv1.EndpointSlice {
		out := map[serviceRef][]*discoveryv1.EndpointSlice{}
		for _, slice := range all {
			of := serviceRef{namespace: slice.Namespace, name: slice.Labels[discoveryv1.LabelServiceName]}
			out[of] = append(out[of], slice)
		}
		return out
	})[serviceRef{namespace: s.namespace, name: s.name}]
}

// serviceAt finds the Service with a cluster IP.
func (in *inquiry) serviceAt(ip string) *corev1.Service {
	return cluster.Kept(in.snap, "by address", func(all []*corev1.Service) map[string]*corev1.Service {
		out := map[string]*corev1.Service{}
		for _, svc := range all {
			for _, ip := range append([]string{svc.Spec.ClusterIP}, svc.Spec.ClusterIPs...) {
				if out[ip] == nil {
					out[ip] = svc
				}
			}
		}
		return out
	})[ip]
}
