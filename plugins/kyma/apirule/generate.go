package apirule

import (
	"fmt"
	"slices"
	"strconv"

	securityv1beta1 "istio.io/api/security/v1beta1"
	typev1beta1 "istio.io/api/type/v1beta1"
	securityv1 "istio.io/client-go/pkg/apis/security/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Generate makes what the latest release makes of an APIRule: see [GenerateAs].
func Generate(r *APIRule, w World) ([]*securityv1.AuthorizationPolicy, []*securityv1.RequestAuthentication, error) {
	return GenerateAs(r, w, Latest)
}

// GenerateAs makes what a release makes of a v2 APIRule: the policies in the order of the
// rules, CUSTOM before ALLOW, and one RequestAuthentication for each selector, issuers and
// namespace. Their names are to be generated. The error names what the world does not know.
//
// Releases before 3.5.0 get the owner label and those of the hash only. What other labels
// they set is not known.
func GenerateAs(r *APIRule, w World, release Release) ([]*securityv1.AuthorizationPolicy, []*securityv1.RequestAuthentication, error) {
	if r.Version == V1Beta1 {
		return nil, nil, fmt.Errorf("apirule %q: it was read as v1beta1: only what is made of v2 is known", r.Ref)
	}
	made, err := generate(r, w, release)
	if err != nil {
		return nil, nil, err
	}
	var policies []*securityv1.AuthorizationPolicy
	for _, m := range made {
		policies = append(policies, m.policy)
	}
	authentications, err := authentications(r, w, release)
	return policies, authentications, err
}

// made is a policy and what of the APIRule it was made of.
type made struct {
	policy *securityv1.AuthorizationPolicy
	part   part
}

// part is what of an APIRule one policy stands for.
type part struct {
	rule     int
	strategy Strategy
	// item is the index of the authorizer that is asked, or of the authorization that a
	// token has to fit; -1 for none.
	item int
}

// generate follows creator.Create (kyma-project/api-gateway,
// internal/processing/processors/v2alpha1/authorizationpolicy/creator.go). Two policies
// with the same hash and index are one, the later.
func generate(r *APIRule, w World, release Release) ([]made, error) {
	names, err := Hosts(r, w)
	if err != nil {
		return nil, err
	}
	var out []made
	for i := range r.Rules {
		service, selector, err := target(r, w, i)
		if err != nil {
			return nil, err
		}
		m := maker{r: r, index: i, release: release, namespace: service.Namespace, selector: selector, hosts: names}
		for _, one := range m.policies() {
			key := func(m made) string { return m.policy.Labels[HashLabel] + ":" + m.policy.Labels[IndexLabel] }
			if at := slices.IndexFunc(out, func(m made) bool { return key(m) == key(one) }); at >= 0 {
				out[at] = one
				continue
			}
			out = append(out, one)
		}
	}
	return out, nil
}

// maker makes the policies of one rule.
type maker struct {
	r         *APIRule
	index     int // of the rule
	release   Release
	namespace string
	selector  map[string]string
	hosts     []string
}

func (m *maker) rule() *Rule { return &m.r.Rules[m.index] }

// policies are those of the rule. The index of a policy counts the authorizers first and
// then the authorizations (creator.go, generateAuthorizationPolicies).
func (m *maker) policies() []made {
	var out []made
	rule, strategy := m.rule(), m.rule().Strategy()
	if rule.ExtAuth != nil && strategy == ExtAuth {
		for i, authorizer := range rule.ExtAuth.Authorizers {
			out = append(out, m.made(i, part{m.index, ExtAuthAsk, i}, m.custom(authorizer)))
		}
	}
	first := len(out)
	var authorizations []Authorization
	if tokens := rule.Tokens(); tokens != nil {
		authorizations = tokens.Authorizations
	}
	for i, a := range authorizations {
		out = append(out, m.made(first+i, part{m.index, strategy, i}, m.allow(&a)))
	}
	if len(authorizations) == 0 {
		out = append(out, m.made(first, part{m.index, strategy, -1}, m.allow(&Authorization{})))
	}
	if m.release == Internal {
		out = append(out, m.made(first+1+len(authorizations), part{m.index, InCluster, -1}, m.internal()))
	}
	return out
}

// made is a policy with its labels.
func (m *maker) made(index int, p part, spec *securityv1beta1.AuthorizationPolicy) made {
	labels := ownerLabels(m.r, m.release)
	labels[HashLabel], labels[IndexLabel] = Hash(m.namespace, spec, m.release), strconv.Itoa(index)
	out := &securityv1.AuthorizationPolicy{ObjectMeta: m.meta(labels)}
	spec.DeepCopyInto(&out.Spec)
	return made{policy: out, part: p}
}

func (m *maker) meta(labels map[string]string) metav1.ObjectMeta {
	return metav1.ObjectMeta{GenerateName: m.r.Name + "-", Namespace: m.namespace, Labels: labels}
}

// ownerLabels say whose a generated object is (kyma-project/api-gateway,
// internal/processing/label.go).
func ownerLabels(r *APIRule, release Release) map[string]string {
	if release < Since350 {
		return map[string]string{LegacyLabel: r.Name + "." + r.Namespace}
	}
	const module = "api-gateway"
	return map[string]string{
		NameLabel: r.Name, NamespaceLabel: r.Namespace, "kyma-project.io/module": module,
		"app.kubernetes.io/component": module, "app.kubernetes.io/managed-by": module, "app.kubernetes.io/part-of": module,
	}
}

func (m *maker) workload() *typev1beta1.WorkloadSelector {
	labels := map[string]string{}
	for k, v := range m.selector {
		labels[k] = v
	}
	return &typev1beta1.WorkloadSelector{MatchLabels: labels}
}
