package ambient

import (
	"errors"
	"fmt"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	securityv1 "istio.io/client-go/pkg/apis/security/v1"
	"istio.io/istio/pkg/workloadapi/security"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
)

// Root is the root namespace.
const Root = "istio-system"

// Sent is what istiod sends, and what it tells a workload to ask.
type Sent struct {
	Policies []*security.Authorization
	Listed   []string
}

// ErrCrash says that Istio's code panics on the object: istiod would end.
var ErrCrash = errors.New("istiod's conversion panics")

// Convert returns what istiod makes of a policy; nil if it sends nothing.
func Convert(p *authz.Policy) (out *security.Authorization, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v", ErrCrash, r)
		}
	}()
	o := &securityv1.AuthorizationPolicy{
		ObjectMeta: metav1.ObjectMeta{Namespace: p.Namespace, Name: p.Name, Labels: p.Labels, Annotations: p.Annotations},
	}
	// Not by proto.Clone, which would lose the difference between no labels and none given.
	o.Spec.Selector, o.Spec.TargetRef, o.Spec.TargetRefs = p.Spec.Selector, p.Spec.TargetRef, p.Spec.TargetRefs
	o.Spec.Rules, o.Spec.Action, o.Spec.ActionDetail = p.Spec.Rules, p.Spec.Action, p.Spec.ActionDetail
	out, _ = convertAuthorizationPolicy(Root, o)
	return out, nil
}

// Of returns what istiod sends of the objects, and what a workload lists
// (workloads.go, buildWorkloadPolicies; policies.go, PolicyCollections).
func Of(namespace string, labels map[string]string, policies []authz.Policy, pas []*securityv1.PeerAuthentication) (Sent, error) {
	var s Sent
	for i := range policies {
		p := &policies[i]
		a, err := Convert(p)
		if err != nil {
			return s, err
		}
		if a == nil {
			continue
		}
		s.Policies = append(s.Policies, a)
		wanted := p.Spec.GetSelector().GetMatchLabels()
		if (p.Namespace == Root || p.Namespace == namespace) && wanted != nil && subset(wanted, labels) {
			s.Listed = append(s.Listed, p.Namespace+"/"+p.Name)
		}
	}
	s.peerAuthentications(namespace, labels, pas)
	return s, nil
}

func subset(wanted, labels map[string]string) bool {
	for k, v := range wanted {
		if got, ok := labels[k]; !ok || got != v {
			return false
		}
	}
	return true
}

func (s *Sent) peerAuthentications(namespace string, labels map[string]string, pas []*securityv1.PeerAuthentication) {
	for _, pa := range pas {
		if a := convertPeerAuthentication(Root, pa, oldest(pas, pa.Namespace), oldest(pas, Root)); a != nil {
			s.Policies = append(s.Policies, a)
		}
	}
	if len(pas) > 0 {
		s.Policies = append(s.Policies, Strict())
	}
	s.Listed = append(s.Listed, Listed(namespace, labels, pas)...)
}

// oldest returns the oldest of a namespace that have no selector.
func oldest(pas []*securityv1.PeerAuthentication, namespace string) *securityv1.PeerAuthentication {
	return getOldestPeerAuthn(slices.DeleteFunc(slices.Clone(pas), func(pa *securityv1.PeerAuthentication) bool {
		return pa.Namespace != namespace || pa.Spec.GetSelector() != nil
	}))
}

// Listed returns the policies that a workload lists on account of
// PeerAuthentications (workloads.go, fetchPeerAuthentications).
func Listed(namespace string, labels map[string]string, pas []*securityv1.PeerAuthentication) []string {
	var found []*securityv1.PeerAuthentication
	for _, pa := range pas {
		bare := pa.Spec.GetSelector() == nil
		if pa.Namespace == namespace && (bare || subset(pa.Spec.GetSelector().GetMatchLabels(), labels)) ||
			pa.Namespace == Root && namespace != Root && bare {
			found = append(found, pa)
		}
	}
	return convertedSelectorPeerAuthentications(Root, found)
}

// Strict is the policy that stands for STRICT.
func Strict() *security.Authorization {
	present := &security.StringMatch{MatchType: &security.StringMatch_Presence{}}
	return &security.Authorization{
		Name: "istio_converted_static_strict", Namespace: Root,
		Scope: security.Scope_WORKLOAD_SELECTOR, Action: security.Action_DENY,
		Groups: []*security.Group{{Rules: []*security.Rules{{Matches: []*security.Match{{NotPrincipals: []*security.StringMatch{present}}}}}}},
	}
}
