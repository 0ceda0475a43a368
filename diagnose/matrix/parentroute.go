package matrix

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// parentRoute names a route of the Gateway API that is for a target's Service; empty: there
// is none.
func (m *member) parentRoute(t Target) string {
	out := ""
	look := func(kind string, o metav1.Object, parents []gatewayv1.ParentReference) {
		for _, p := range parents {
			ns := o.GetNamespace()
			if p.Namespace != nil {
				ns = string(*p.Namespace)
			}
			if p.Kind != nil && *p.Kind == "Service" && string(p.Name) == t.service && ns == t.Namespace && out == "" {
				out = kind + " " + o.GetNamespace() + "/" + o.GetName()
			}
		}
	}
	for _, r := range cluster.List[*gatewayv1.HTTPRoute](m.snap, "") {
		look("HTTPRoute", r, r.Spec.ParentRefs)
	}
	for _, r := range cluster.List[*gatewayv1.GRPCRoute](m.snap, "") {
		look("GRPCRoute", r, r.Spec.ParentRefs)
	}
	for _, r := range cluster.List[*gatewayv1.TLSRoute](m.snap, "") {
		look("TLSRoute", r, r.Spec.ParentRefs)
	}
	for _, r := range cluster.List[*gatewayv1.TCPRoute](m.snap, "") {
		look("TCPRoute", r, r.Spec.ParentRefs)
	}
	return out
}
