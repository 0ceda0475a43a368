package matrix

import (
	"cmp"
	"maps"
	"net/netip"
	"slices"
	"strings"

	securityv1 "istio.io/client-go/pkg/apis/security/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// world is what was read, arranged for telling callers apart. It does not change, but for
// the sets, which each worker keeps for itself.
type world struct {
	snap          *cluster.Snapshot
	callers       []*caller
	kinds         []set // callers whose ways are the same
	visible       *visible
	anywhere      bool              // targets may be anything, not only Services
	marked        map[string]string // a revision that Pods or labels of a namespace name
	roots         map[string]bool   // namespaces whose policies are in force in all
	authorization map[string][]*securityv1.AuthorizationPolicy
	networks      map[string][]network
	identities    map[identity]set
	byNamespace   map[string]set
	byLabel       map[[3]string][]int // namespace, key, value
	index         map[*corev1.Pod]int
}

func newWorld(snap *cluster.Snapshot, meshNamespace string, alone, anywhere bool) *world {
	w := &world{
		snap: snap, callers: callers(snap), visible: visibleIn(snap, meshNamespace), marked: map[string]string{}, roots: map[string]bool{meshNamespace: true},
		authorization: map[string][]*securityv1.AuthorizationPolicy{}, networks: map[string][]network{},
		identities: map[identity]set{}, byNamespace: map[string]set{}, byLabel: map[[3]string][]int{}, index: map[*corev1.Pod]int{},
	}
	for _, cm := range cluster.List[*corev1.ConfigMap](snap, meshNamespace) {
		for _, text := range cm.Data {
			for _, found := range rootSetting().FindAllStringSubmatch(text, -1) {
				w.roots[found[1]] = true
			}
		}
	}
	for _, p := range cluster.List[*securityv1.AuthorizationPolicy](snap, "") {
		w.authorization[p.Namespace] = append(w.authorization[p.Namespace], p)
	}
	for _, np := range cluster.List[*networkingv1.NetworkPolicy](snap, "") {
		w.networks[np.Namespace] = append(w.networks[np.Namespace], newNetwork(np))
	}
	w.visible.alone, w.anywhere = alone, anywhere
	w.visible.careful = w.visible.careful || alone
	w.arrange()
	return w
}

// revisionMark is the label and annotation that names a control plane's revision.
const revisionMark = "istio.io/rev"

// arrange indexes the callers and finds those whose ways are the same.
func (w *world) arrange() {
	for _, c := range w.callers {
		w.marked[c.Namespace] = cmp.Or(w.marked[c.Namespace], c.pod.Annotations[revisionMark])
	}
	for ns, rev := range w.marked {
		if o, ok := cluster.Get[*corev1.Namespace](w.snap, "", ns); ok && rev == "" {
			w.marked[ns] = "label " + o.Labels[revisionMark]
		}
	}
	kinds := map[string]set{}
	var order []string
	put := func(into map[string]set, key string, i int) {
		if into[key] == nil {
			into[key] = newSet(len(w.callers))
		}
		into[key].add(i)
	}
	for i, c := range w.callers {
		w.index[c.pod] = i
		if c.kind = w.kindOf(c); kinds[c.kind] == nil {
			order = append(order, c.kind)
		}
		put(kinds, c.kind, i)
		put(w.byNamespace, c.Namespace, i)
		id := identity{c.Namespace, c.account}
		if w.identities[id] == nil {
			w.identities[id] = newSet(len(w.callers))
		}
		w.identities[id].add(i)
		for k, v := range c.pod.Labels {
			at := [3]string{c.Namespace, k, v}
			w.byLabel[at] = append(w.byLabel[at], i)
		}
	}
	for _, k := range order {
		w.kinds = append(w.kinds, kinds[k])
	}
}

// sets makes sets of callers and keeps them: many policies name the same.
type sets struct {
	*world
	made map[string]set
}

func (s *sets) get(key string, fill func(set)) set {
	if got, ok := s.made[key]; ok {
		return got
	}
	out := newSet(len(s.callers))
	fill(out)
	s.made[key] = out
	return out
}

func (s set) join(other set) {
	for i, w := range other {
		s[i] |= w
	}
}

// ofNames are the sets that policies make by what they name, in a stable order.
func (s *sets) ofNames(n named) []set {
	var out []set
	for _, p := range slices.Sorted(maps.Keys(n.principals)) {
		out = append(out, s.get("principal "+p, func(into set) {
			for id, members := range s.identities {
				if id.mayMatchPrincipal(p) {
					into.join(members)
				}
			}
		}))
	}
	for _, p := range slices.Sorted(maps.Keys(n.namespaces)) {
		out = append(out, s.get("namespace "+p, func(into set) {
			for ns, members := range s.byNamespace {
				if mayMatch(p, ns) {
					into.join(members)
				}
			}
		}))
	}
	for _, p := range slices.Sorted(maps.Keys(n.accounts)) {
		out = append(out, s.accounts(p)...)
	}
	return append(out, s.ofBlocks(n.addresses)...)
}

// accounts are the callers that run as an account; of a pattern each account is told
// from the others.
func (s *sets) accounts(p string) []set {
	if strings.Contains(p, "*") {
		return slices.Collect(maps.Values(s.identities))
	}
	return []set{s.get("account "+p, func(into set) {
		for id, members := range s.identities {
			if id.namespace+"/"+id.account == p {
				into.join(members)
			}
		}
	})}
}

// ofBlocks are the callers whose addresses are in each block, and those without one.
func (s *sets) ofBlocks(blocks map[string]bool) []set {
	if len(blocks) == 0 {
		return nil
	}
	out := []set{s.get("no address", func(into set) {
		for i, c := range s.callers {
			if !c.address.IsValid() {
				into.add(i)
			}
		}
	})}
	for _, b := range slices.Sorted(maps.Keys(blocks)) {
		out = append(out, s.get("block "+b, func(into set) {
			prefix, err := netip.ParsePrefix(b)
			if ip, single := netip.ParseAddr(b); single == nil {
				prefix, err = ip.Prefix(ip.BitLen())
			}
			for i, c := range s.callers {
				if err == nil && c.address.IsValid() && prefix.Contains(c.address) {
					into.add(i)
				}
			}
		}))
	}
	return out
}

// ofPeers are the callers that peers of NetworkPolicies select.
func (s *sets) ofPeers(peers []peer) []set {
	var out []set
	for _, p := range peers {
		out = append(out, s.get("peer "+p.key(), func(into set) { s.fillPeer(into, p) }))
	}
	return out
}

func (s *sets) fillPeer(into set, p peer) {
	pods := labels.Everything()
	if p.PodSelector != nil {
		if pods = selectorOf(p.PodSelector); pods == nil {
			return // it is broken, for whoever calls
		}
	}
	for ns, members := range s.byNamespace {
		if p.NamespaceSelector == nil && ns != p.namespace {
			continue
		}
		if p.NamespaceSelector != nil {
			set := labels.Set{corev1.LabelMetadataName: ns}
			if o, ok := cluster.Get[*corev1.Namespace](s.snap, "", ns); ok {
				set = labels.Merge(o.Labels, set)
			}
			if sel := selectorOf(p.NamespaceSelector); sel == nil || !sel.Matches(set) {
				continue
			}
		}
		if pods.Empty() {
			into.join(members)
			continue
		}
		s.fillSelected(into, ns, members, pods)
	}
}

// fillSelected adds the callers of a namespace that a selector matches.
func (s *sets) fillSelected(into set, ns string, members set, selector labels.Selector) {
	requirements, _ := selector.Requirements()
	for _, r := range requirements {
		if v, ok := selector.RequiresExactMatch(r.Key()); ok {
			for _, i := range s.byLabel[[3]string{ns, r.Key(), v}] {
				if selector.Matches(labels.Set(s.callers[i].pod.Labels)) {
					into.add(i)
				}
			}
			return
		}
	}
	members.each(func(i int) {
		if selector.Matches(labels.Set(s.callers[i].pod.Labels)) {
			into.add(i)
		}
	})
}
