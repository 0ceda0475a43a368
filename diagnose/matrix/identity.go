package matrix

import (
	"slices"
	"strings"

	securityapi "istio.io/api/security/v1beta1"
	securityv1 "istio.io/client-go/pkg/apis/security/v1"
	corev1 "k8s.io/api/core/v1"
)

// named are what AuthorizationPolicies name of callers. Each entry is a set of them: those
// that it may be about. What is left out of it counts as the others.
type named struct {
	principals, namespaces, accounts, addresses map[string]bool
}

// namedBy collects what the policies name that may be in force at the Pods.
func (w *world) namedBy(pods []*corev1.Pod, namespaces []string) named {
	n := named{map[string]bool{}, map[string]bool{}, map[string]bool{}, map[string]bool{}}
	for _, ns := range namespaces {
		for _, p := range w.authorization[ns] {
			if mayBeIn(p, pods, w.roots[ns]) {
				n.add(p)
			}
		}
	}
	return n
}

// mayBeIn reports whether a policy may be in force at one of the Pods.
func mayBeIn(p *securityv1.AuthorizationPolicy, pods []*corev1.Pod, root bool) bool {
	selector := p.Spec.GetSelector().GetMatchLabels()
	if len(selector) == 0 || len(p.Spec.GetTargetRefs()) > 0 || p.Spec.GetTargetRef() != nil {
		return true
	}
	return slices.ContainsFunc(pods, func(pod *corev1.Pod) bool {
		if pod.Namespace != p.Namespace && !root {
			return false
		}
		for k, v := range selector {
			if got, ok := pod.Labels[k]; !ok || got != v {
				return false
			}
		}
		return true
	})
}

func (n named) add(p *securityv1.AuthorizationPolicy) {
	for _, r := range p.Spec.GetRules() {
		for _, f := range r.GetFrom() {
			n.addSource(p.Namespace, f.GetSource())
		}
		for _, c := range r.GetWhen() {
			values := slices.Concat(c.GetValues(), c.GetNotValues())
			switch c.GetKey() {
			case "source.ip", "remote.ip":
				put(n.addresses, values)
			case "source.principal":
				put(n.principals, values)
			case "source.namespace":
				put(n.namespaces, values)
			case "source.serviceAccount":
				n.addAccounts(p.Namespace, values)
			}
		}
	}
}

func (n named) addSource(namespace string, s *securityapi.Source) {
	put(n.principals, s.GetPrincipals(), s.GetNotPrincipals())
	put(n.namespaces, s.GetNamespaces(), s.GetNotNamespaces())
	put(n.addresses, s.GetIpBlocks(), s.GetNotIpBlocks(), s.GetRemoteIpBlocks(), s.GetNotRemoteIpBlocks())
	n.addAccounts(namespace, s.GetServiceAccounts())
	n.addAccounts(namespace, s.GetNotServiceAccounts())
}

func (n named) addAccounts(namespace string, values []string) {
	for _, v := range values {
		if !strings.Contains(v, "/") {
			v = namespace + "/" + v
		}
		n.accounts[v] = true
	}
}

func put(into map[string]bool, lists ...[]string) {
	for _, list := range lists {
		for _, v := range list {
			into[v] = true
		}
	}
}

// identity is what of a SPIFFE name tells Pods of one control plane apart: the trust
// domain is the same for all of them.
type identity struct{ namespace, account string }

func (i identity) String() string { return "/ns/" + i.namespace + "/sa/" + i.account }

// mayMatchPrincipal reports whether a pattern of principals may be about the identity.
func (i identity) mayMatchPrincipal(pattern string) bool {
	pattern = strings.TrimPrefix(pattern, "spiffe://")
	own := i.String()
	end, start := strings.HasPrefix(pattern, "*"), strings.HasSuffix(pattern, "*")
	text := strings.TrimSuffix(strings.TrimPrefix(pattern, "*"), "*")
	if end && strings.HasSuffix(own, text) {
		return true
	}
	for at := 0; ; at++ { // wherever the trust domain may end
		next := strings.Index(text[at:], "/ns/")
		if next < 0 {
			return false
		}
		at += next
		if rest := text[at:]; rest == own || start && strings.HasPrefix(own, rest) {
			return true
		}
	}
}

// mayMatch reports whether a pattern of names, exact or with a * at one of its ends, may be
// about one.
func mayMatch(pattern, name string) bool {
	text := strings.Trim(pattern, "*")
	return text == name || strings.HasPrefix(pattern, "*") && strings.HasSuffix(name, text) || strings.HasSuffix(pattern, "*") && strings.HasPrefix(name, text)
}
