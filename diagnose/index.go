package diagnose

import (
	"net/netip"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	"k8s.io/apimachinery/pkg/labels"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	securityv1 "istio.io/client-go/pkg/apis/security/v1"

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
	var out []*corev1.Pod
	for _, pod := range fewest {
		if selects(selector, pod.Labels) {
			out = append(out, pod)
		}
	}
	return out
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

// entriesFor are the ServiceEntries for a host: those that name it, then those with a
// wildcard for it, each in the order of their namespaces and names.
func (in *inquiry) entriesFor(host string) []*networkingv1.ServiceEntry {
	type index struct {
		named map[string][]*networkingv1.ServiceEntry
		wild  []*networkingv1.ServiceEntry
	}
	all := cluster.Kept(in.snap, "by host", func(all []*networkingv1.ServiceEntry) index {
		out := index{named: map[string][]*networkingv1.ServiceEntry{}}
		for _, se := range all {
			for _, h := range se.Spec.GetHosts() {
				if h = strings.ToLower(h); strings.HasPrefix(h, "*") {
					out.wild = append(out.wild, se)
				} else {
					out.named[h] = append(out.named[h], se)
				}
			}
		}
		return out
	})
	out := slices.Clone(all.named[host])
	for _, se := range all.wild {
		if slices.ContainsFunc(se.Spec.GetHosts(), func(h string) bool {
			rest, ok := strings.CutPrefix(strings.ToLower(h), "*")
			return ok && strings.HasSuffix(host, rest)
		}) {
			out = append(out, se)
		}
	}
	return out
}

// virtualServices are those in sight that may say something of one of the hosts, which
// are full names: those that name it, whatever their pattern, and those without hosts,
// which others delegate to.
func (in *inquiry) virtualServices(hosts ...string) []*networkingv1.VirtualService {
	domain := in.target.domain()
	type index struct {
		named map[string][]int
		wild  []int // patterns, and delegates
		all   []*networkingv1.VirtualService
	}
	all := cluster.Kept(in.snap, "by host in "+domain, func(all []*networkingv1.VirtualService) index {
		out := index{named: map[string][]int{}, all: all}
		for i, vs := range all {
			if len(vs.Spec.GetHosts()) == 0 {
				out.wild = append(out.wild, i)
			}
			for _, h := range vs.Spec.GetHosts() {
				h = strings.ToLower(h)
				switch {
				case strings.HasPrefix(h, "*"):
					out.wild = append(out.wild, i)
				case !strings.Contains(h, "."):
					h += "." + vs.Namespace + ".svc." + domain
					fallthrough
				default:
					out.named[h] = append(out.named[h], i)
				}
			}
		}
		return out
	})
	found := slices.Clone(all.wild)
	for _, h := range hosts {
		found = append(found, all.named[h]...)
	}
	slices.Sort(found)
	out := make([]*networkingv1.VirtualService, 0, len(found))
	for _, i := range slices.Compact(found) {
		out = append(out, all.all[i])
	}
	return out
}

// policiesOn are the AuthorizationPolicies of a namespace but for those that select
// other workloads by a label which this one has not.
func (in *inquiry) policiesOn(namespace string, labels map[string]string) []*securityv1.AuthorizationPolicy {
	byLabel := cluster.Kept(in.snap, "by selector", func(all []*securityv1.AuthorizationPolicy) map[pair][]*securityv1.AuthorizationPolicy {
		out := map[pair][]*securityv1.AuthorizationPolicy{}
		for _, p := range all {
			selector := p.Spec.GetSelector().GetMatchLabels()
			at := pair{namespace: p.Namespace}
			if k, ok := least(selector); ok {
				at.key, at.value = k, selector[k]
			}
			out[at] = append(out[at], p)
		}
		return out
	})
	out := slices.Clone(byLabel[pair{namespace: namespace}])
	for k, v := range labels {
		out = append(out, byLabel[pair{namespace, k, v}]...)
	}
	slices.SortFunc(out, func(a, b *securityv1.AuthorizationPolicy) int { return strings.Compare(a.Name, b.Name) })
	return out
}
