package diagnose

import (
	"slices"
	"strings"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	securityv1 "istio.io/client-go/pkg/apis/security/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

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

// virtualServicesOf are those in sight that may say something of a request with the
// Host to a gateway; all, where that is open.
func (in *inquiry) virtualServicesOf(host authz.Attr[string]) []*networkingv1.VirtualService {
	h, ok := host.Get()
	if !ok {
		return cluster.List[*networkingv1.VirtualService](in.snap, "")
	}
	return in.virtualServices(strings.ToLower(bareHost(h)))
}

// virtualServices are those in sight that may say something of one of the hosts, which
// are full names: those that name it, whatever their pattern, those without hosts, which
// others delegate to, and those for connections, which are not told apart by a Host.
func (in *inquiry) virtualServices(hosts ...string) []*networkingv1.VirtualService {
	domain := in.target.domain()
	type index struct {
		named map[string][]int
		wild  []int // for whatever host
		all   []*networkingv1.VirtualService
	}
	all := cluster.Kept(in.snap, "by host in "+domain, func(all []*networkingv1.VirtualService) index {
		out := index{named: map[string][]int{}, all: all}
		for i, vs := range all {
			if len(vs.Spec.GetHosts()) == 0 || len(vs.Spec.GetTcp())+len(vs.Spec.GetTls()) > 0 {
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
