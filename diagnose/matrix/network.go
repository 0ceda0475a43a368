package matrix

import (
	"encoding/json"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// network is a NetworkPolicy with its selector read.
type network struct {
	*networkingv1.NetworkPolicy
	selector labels.Selector // nil: it cannot be read
	egress   string          // what it lets out, empty if it is for what comes in only
}

func newNetwork(np *networkingv1.NetworkPolicy) network {
	n := network{NetworkPolicy: np, selector: selectorOf(&np.Spec.PodSelector)}
	if slices.Contains(np.Spec.PolicyTypes, networkingv1.PolicyTypeEgress) || len(np.Spec.Egress) > 0 {
		text, _ := json.Marshal(np.Spec.Egress) // plain data
		n.egress = "to " + string(text)
		if slices.ContainsFunc(np.Spec.Egress, func(r networkingv1.NetworkPolicyEgressRule) bool {
			return slices.ContainsFunc(r.To, func(p networkingv1.NetworkPolicyPeer) bool { return p.NamespaceSelector == nil && p.PodSelector != nil })
		}) {
			n.egress += " from " + np.Namespace // peers of its own namespace
		}
		n.egress += " " + words(np.Spec.PolicyTypes)
	}
	return n
}

func words(types []networkingv1.PolicyType) string {
	var out []string
	for _, t := range types {
		out = append(out, string(t))
	}
	return strings.Join(out, ",")
}

func selectorOf(s *metav1.LabelSelector) labels.Selector {
	out, err := metav1.LabelSelectorAsSelector(s)
	if err != nil {
		return nil
	}
	return out
}

// maySelect reports whether the policy may select a Pod of its namespace.
func (n network) maySelect(pod *corev1.Pod) bool {
	return n.selector == nil || n.selector.Matches(labels.Set(pod.Labels))
}

// egressOf is what of NetworkPolicies restricts what a Pod sends.
func (w *world) egressOf(c *caller) string {
	var out []string
	for _, n := range w.networks[c.Namespace] {
		switch {
		case n.egress == "" || !n.maySelect(c.pod):
		case n.selector == nil:
			out = append(out, n.egress+" unsure")
		default:
			out = append(out, n.egress)
		}
	}
	slices.Sort(out)
	return strings.Join(slices.Compact(out), "\n")
}

// peers are the peers that NetworkPolicies let in which may select one of the Pods, each
// with the namespace that it is of, and the blocks of addresses.
func (w *world) peers(pods []*corev1.Pod) (peers []peer, blocks map[string]bool, restricted bool) {
	blocks = map[string]bool{}
	seen := map[string]bool{}
	for _, pod := range pods {
		for _, n := range w.networks[pod.Namespace] {
			if seen[n.Namespace+"/"+n.Name] || !n.maySelect(pod) {
				continue
			}
			seen[n.Namespace+"/"+n.Name], restricted = true, true
			for _, r := range n.Spec.Ingress {
				for _, from := range r.From {
					if b := from.IPBlock; b != nil {
						put(blocks, []string{b.CIDR}, b.Except)
						continue
					}
					peers = append(peers, peer{n.Namespace, from})
				}
			}
		}
	}
	return peers, blocks, restricted
}

// peer is a peer of a NetworkPolicy in a namespace.
type peer struct {
	namespace string
	networkingv1.NetworkPolicyPeer
}

// key is the same for peers that are the same Pods.
func (p peer) key() string {
	out := "\x00"
	if p.NamespaceSelector == nil {
		out = p.namespace + "\x00"
	} else {
		out += metav1.FormatLabelSelector(p.NamespaceSelector)
	}
	if p.PodSelector != nil {
		out += "\x00" + metav1.FormatLabelSelector(p.PodSelector)
	}
	return out
}
