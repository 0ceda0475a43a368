package netpol

import (
	"strconv"

	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	policyv1alpha1 "sigs.k8s.io/network-policy-api/apis/v1alpha1"
	policyv1alpha2 "sigs.k8s.io/network-policy-api/apis/v1alpha2"
)

// adminPolicy is a policy of a tier in one direction, whatever its kind.
type adminPolicy struct {
	name     string // AdminNetworkPolicy web
	priority int32
	subject  adminSubject
	rules    []adminRule
}

// adminSubject selects Pods: by their namespace, or by both.
type adminSubject struct {
	namespaces *metav1.LabelSelector
	pods       *policyv1alpha1.NamespacedPod
}

// adminRule is a rule for ingress or egress.
type adminRule struct {
	field, peerField, portField string
	action                      string
	peers                       []adminPeer
	ports                       []adminPort
}

// adminPeer is the other end. One of its fields is set.
type adminPeer struct {
	adminSubject
	nodes    *metav1.LabelSelector
	networks []string
	domains  []string
}

// adminPort is a port by its name, or a range of ports; last is 0 if it is any. A
// protocol that is none is that of the connection.
type adminPort struct {
	field, name string
	protocol    corev1.Protocol
	first, last int32
}

// The actions. An AdminNetworkPolicy says Allow where a ClusterNetworkPolicy says
// Accept.
const (
	actionAllow  = "Allow"
	actionAccept = "Accept"
	actionDeny   = "Deny"
	actionPass   = "Pass"
)

// fieldOf is the field of a rule: spec.ingress[0].
func fieldOf(d Direction, i int) (field, peers string) {
	if d == networkingv1.PolicyTypeIngress {
		return "spec.ingress[" + strconv.Itoa(i) + "]", "from"
	}
	return "spec.egress[" + strconv.Itoa(i) + "]", "to"
}

func newRule[A ~string](d Direction, i int, action A, portField string, ports []adminPort) adminRule {
	field, peers := fieldOf(d, i)
	return adminRule{field: field, peerField: peers, portField: portField, action: string(action), ports: ports}
}

func texts[T ~string](list []T) []string {
	var out []string
	for _, s := range list {
		out = append(out, string(s))
	}
	return out
}

// sourcePeers are the peers of an ingress rule, which both kinds of v1alpha1 spell alike.
func sourcePeers(from []policyv1alpha1.AdminNetworkPolicyIngressPeer) []adminPeer {
	var out []adminPeer
	for _, p := range from {
		out = append(out, adminPeer{adminSubject: adminSubject{p.Namespaces, p.Pods}})
	}
	return out
}

func fromAdmin(p *policyv1alpha1.AdminNetworkPolicy, d Direction) adminPolicy {
	out := adminPolicy{
		name: "AdminNetworkPolicy " + p.Name, priority: p.Spec.Priority,
		subject: adminSubject{p.Spec.Subject.Namespaces, p.Spec.Subject.Pods},
	}
	if d == networkingv1.PolicyTypeIngress {
		for i, r := range p.Spec.Ingress {
			rule := newRule(d, i, r.Action, "ports", portsV1alpha1(r.Ports))
			rule.peers = sourcePeers(r.From)
			out.rules = append(out.rules, rule)
		}
		return out
	}
	for i, r := range p.Spec.Egress {
		rule := newRule(d, i, r.Action, "ports", portsV1alpha1(r.Ports))
		for _, to := range r.To {
			rule.peers = append(rule.peers, adminPeer{adminSubject{to.Namespaces, to.Pods}, to.Nodes, texts(to.Networks), texts(to.DomainNames)})
		}
		out.rules = append(out.rules, rule)
	}
	return out
}

func fromBaseline(p *policyv1alpha1.BaselineAdminNetworkPolicy, d Direction) adminPolicy {
	out := adminPolicy{
		name:    "BaselineAdminNetworkPolicy " + p.Name,
		subject: adminSubject{p.Spec.Subject.Namespaces, p.Spec.Subject.Pods},
	}
	if d == networkingv1.PolicyTypeIngress {
		for i, r := range p.Spec.Ingress {
			rule := newRule(d, i, r.Action, "ports", portsV1alpha1(r.Ports))
			rule.peers = sourcePeers(r.From)
			out.rules = append(out.rules, rule)
		}
		return out
	}
	for i, r := range p.Spec.Egress {
		rule := newRule(d, i, r.Action, "ports", portsV1alpha1(r.Ports))
		for _, to := range r.To {
			rule.peers = append(rule.peers, adminPeer{adminSubject{to.Namespaces, to.Pods}, to.Nodes, texts(to.Networks), nil})
		}
		out.rules = append(out.rules, rule)
	}
	return out
}

func fromCluster(p *policyv1alpha2.ClusterNetworkPolicy, d Direction) adminPolicy {
	out := adminPolicy{
		name: "ClusterNetworkPolicy " + p.Name, priority: p.Spec.Priority,
		subject: adminSubject{p.Spec.Subject.Namespaces, podsV1alpha2(p.Spec.Subject.Pods)},
	}
	if d == networkingv1.PolicyTypeIngress {
		for i, r := range p.Spec.Ingress {
			rule := newRule(d, i, r.Action, "protocols", portsV1alpha2(r.Protocols))
			for _, from := range r.From {
				rule.peers = append(rule.peers, adminPeer{adminSubject: adminSubject{from.Namespaces, podsV1alpha2(from.Pods)}})
			}
			out.rules = append(out.rules, rule)
		}
		return out
	}
	for i, r := range p.Spec.Egress {
		rule := newRule(d, i, r.Action, "protocols", portsV1alpha2(r.Protocols))
		for _, to := range r.To {
			rule.peers = append(rule.peers, adminPeer{adminSubject{to.Namespaces, podsV1alpha2(to.Pods)}, to.Nodes, texts(to.Networks), texts(to.DomainNames)})
		}
		out.rules = append(out.rules, rule)
	}
	return out
}
