package apirule

import (
	"slices"
	"strconv"
	"strings"

	securityv1beta1 "istio.io/api/security/v1beta1"
	securityv1 "istio.io/client-go/pkg/apis/security/v1"
)

// Labels that say whose a generated object is: the first two since 3.5.0, the third
// before, with NAME.NAMESPACE (kyma-project/api-gateway, internal/processing/label.go).
// The controller finds its objects by either (internal/subresources/repository.go); it
// sets no owner reference.
const (
	NameLabel      = "apirule.gateway.kyma-project.io/name"
	NamespaceLabel = "apirule.gateway.kyma-project.io/namespace"
	LegacyLabel    = "apirule.gateway.kyma-project.io/v1beta1"
)

// Owner is the APIRule whose labels an object carries; false if it carries none.
func Owner(labels map[string]string) (Ref, bool) {
	if name, namespace := labels[NameLabel], labels[NamespaceLabel]; name != "" && namespace != "" {
		return Ref{Namespace: namespace, Name: name}, true
	}
	// A name may have dots, a namespace has none.
	both := labels[LegacyLabel]
	dot := strings.LastIndexByte(both, '.')
	if dot <= 0 || dot == len(both)-1 {
		return Ref{}, false
	}
	return Ref{Namespace: both[dot+1:], Name: both[:dot]}, true
}

// Origin is where a generated policy comes from.
type Origin struct {
	Owner Ref
	// Legacy says that it has the owner label from before 3.5.0.
	Legacy   bool
	Strategy Strategy
	// Release is the span that writes such a policy, as far as the policy itself shows.
	// What shows in none is of the oldest that may be.
	Release Release
	// Migrating says that it is of the time between two steps of a migration.
	Migrating bool
	// Hash and Index are its labels. Index is -1, and Hash empty, without one: the
	// controller deletes such a policy.
	Hash  string
	Index int
}

// Recognise tells of a policy which APIRule it comes from, and what for; false if it has
// no labels of one. The ALLOW after an authorizer looks like one for noAuth or jwt: among
// are other policies, where the one that asks the authorizer may be.
func Recognise(p *securityv1.AuthorizationPolicy, among []*securityv1.AuthorizationPolicy) (Origin, bool) {
	owner, ok := Owner(p.Labels)
	if !ok {
		return Origin{}, false
	}
	out := Origin{Owner: owner, Legacy: p.Labels[NameLabel] == "", Hash: p.Labels[HashLabel], Index: index(p)}
	out.Strategy = strategyOf(p)
	if out.Strategy == NoAuth && out.Index > 0 || out.Strategy != InCluster && out.Strategy != ExtAuthAsk && asked(p, among) {
		out.Strategy = ExtAuth
	}
	out.Release, out.Migrating = releaseOf(p, out)
	return out, true
}

func index(p *securityv1.AuthorizationPolicy) int {
	n, err := strconv.Atoi(p.Labels[IndexLabel])
	if err != nil || n < 0 {
		return -1
	}
	return n
}

// strategyOf is what a policy shows by itself.
func strategyOf(p *securityv1.AuthorizationPolicy) Strategy {
	if p.Spec.GetAction() == securityv1beta1.AuthorizationPolicy_CUSTOM {
		return ExtAuthAsk
	}
	out := StrategyUnknown
	eachSource(p, func(r *securityv1beta1.Rule, s *securityv1beta1.Source) {
		switch {
		case len(s.GetRequestPrincipals()) > 0:
			out = Tokens
		case out == Tokens:
		case slices.Contains(s.GetNotPrincipals(), IngressGateway) && len(r.GetTo()) == 0:
			out = InCluster
		case slices.Contains(s.GetPrincipals(), IngressGateway):
			out = NoAuth
		}
	})
	return out
}

func eachSource(p *securityv1.AuthorizationPolicy, f func(*securityv1beta1.Rule, *securityv1beta1.Source)) {
	for _, r := range p.Spec.GetRules() {
		for _, from := range r.GetFrom() {
			f(r, from.GetSource())
		}
	}
}

func operations(p *securityv1.AuthorizationPolicy) []*securityv1beta1.Operation {
	var out []*securityv1beta1.Operation
	for _, r := range p.Spec.GetRules() {
		for _, to := range r.GetTo() {
			out = append(out, to.GetOperation())
		}
	}
	return out
}

// asked reports whether among others is one that asks an authorizer about the same. During
// a migration the two have other hosts, and so other hashes.
func asked(p *securityv1.AuthorizationPolicy, among []*securityv1.AuthorizationPolicy) bool {
	return slices.ContainsFunc(among, func(o *securityv1.AuthorizationPolicy) bool {
		mine, _ := Owner(p.Labels)
		other, _ := Owner(o.Labels)
		return o.Spec.GetAction() == securityv1beta1.AuthorizationPolicy_CUSTOM && o.Namespace == p.Namespace && mine == other &&
			samePart(p, o)
	})
}

// samePart reports whether two policies are for the same methods and paths of the same
// workload.
func samePart(a, b *securityv1.AuthorizationPolicy) bool {
	x, y := operations(a), operations(b)
	return len(x) > 0 && len(y) > 0 && sameLabels(a.Spec.GetSelector().GetMatchLabels(), b.Spec.GetSelector().GetMatchLabels()) &&
		sameSet(x[0].GetMethods(), y[0].GetMethods()) && sameSet(x[0].GetPaths(), y[0].GetPaths())
}

func sameSet(a, b []string) bool {
	x, y := slices.Sorted(slices.Values(a)), slices.Sorted(slices.Values(b))
	return slices.Equal(x, y)
}
