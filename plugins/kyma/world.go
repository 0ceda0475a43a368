package kyma

import (
	"slices"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	securityv1 "istio.io/client-go/pkg/apis/security/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
	"github.com/authz-doctor/kubectl-authz_doctor/plugins/kyma/apirule"
)

// world is what was read as the controller sees it.
type world struct{ snap *cluster.Snapshot }

// Selector is what a Service selects its Pods by.
func (w world) Selector(service apirule.Ref) (map[string]string, bool) {
	svc, ok := cluster.Get[*corev1.Service](w.snap, service.Namespace, service.Name)
	if !ok {
		return nil, false
	}
	return svc.Spec.Selector, true
}

// Domain is that of the Gateway of an APIRule.
func (w world) Domain(r *apirule.APIRule) (string, bool) {
	g, ok := w.gateway(r)
	if !ok {
		return "", false
	}
	domain := apirule.Domain(g)
	return domain, domain != ""
}

// gateway is the Gateway that an APIRule names.
func (w world) gateway(r *apirule.APIRule) (*networkingv1.Gateway, bool) {
	ref, ok := r.GatewayRef()
	if !ok {
		return nil, false
	}
	return cluster.Get[*networkingv1.Gateway](w.snap, ref.Namespace, ref.Name)
}

// rule is an APIRule that was read and can be understood.
func (w world) rule(ref apirule.Ref) (*apirule.APIRule, bool) {
	item, ok := w.snap.Item(APIRules, ref.Namespace, ref.Name)
	if !ok {
		return nil, false
	}
	return parsed(item.Object)
}

// rules are all that were read, in the order of their names.
func (w world) rules() []*apirule.APIRule {
	var out []*apirule.APIRule
	for _, o := range w.snap.Objects(APIRules, "") {
		if r, ok := parsed(o); ok {
			out = append(out, r)
		}
	}
	return out
}

func parsed(o cluster.Object) (*apirule.APIRule, bool) {
	u, ok := o.(*unstructured.Unstructured)
	if !ok {
		return nil, false
	}
	r, err := apirule.Parse(u)
	return r, err == nil // one that cannot be understood is as good as unread
}

// exposing are the APIRules of which a Service selects a Pod with these labels.
func (w world) exposing(namespace string, labels map[string]string) []*apirule.APIRule {
	var out []*apirule.APIRule
	for _, r := range w.rules() {
		if slices.ContainsFunc(r.Services(), func(s apirule.Ref) bool {
			selector, ok := w.Selector(s)
			return ok && s.Namespace == namespace && len(selector) > 0 && mesh.Selects(selector, labels)
		}) {
			out = append(out, r)
		}
	}
	return out
}

// read reports whether the objects of a resource in a namespace are known: what is not
// among them is not there.
func (w world) read(r cluster.Resource, namespace string) bool {
	_, missing := w.snap.Missing(r, namespace, "")
	return !missing && w.snap.Asked(cluster.Query{Resource: r, Namespace: namespace})
}

// policies are the AuthorizationPolicies of a namespace; of all if it is empty.
func (w world) policies(namespace string) []*securityv1.AuthorizationPolicy {
	return cluster.List[*securityv1.AuthorizationPolicy](w.snap, namespace)
}

// tokens are the RequestAuthentications of a namespace; of all if it is empty.
func (w world) tokens(namespace string) []*securityv1.RequestAuthentication {
	return cluster.List[*securityv1.RequestAuthentication](w.snap, namespace)
}
