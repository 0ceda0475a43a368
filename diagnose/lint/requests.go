package lint

import (
	securityv1 "istio.io/client-go/pkg/apis/security/v1"

	typeapi "istio.io/api/type/v1beta1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// requestAuthentication looks at a RequestAuthentication.
func (w *world) requestAuthentication(rep *reporter, ra *securityv1.RequestAuthentication) {
	if w.revision(rep) {
		return
	}
	for _, f := range diagnose.RequestAuthenticationFaults(&ra.Spec) {
		rep.refused("AD0503", f)
	}
	t := w.targets(rep, ra.Spec.GetSelector(), ra.Spec.GetTargetRef(), ra.Spec.GetTargetRefs())
	w.unenforced(rep, t)
	w.elsewhere(rep, t.loads)
	if f := w.facts(t.scope); !t.refs && f.only(mesh.Ambient) {
		field := "spec"
		if len(t.selector) > 0 {
			field = "spec.selector"
		}
		rep.add("AD0524", field, "ztunnel does not look at tokens, and a waypoint passes by a RequestAuthentication without targetRefs: no token is verified")
	}
}

// refNames names what is targeted: Service web.
func refNames(refs []*typeapi.PolicyTargetReference, ref *typeapi.PolicyTargetReference) []string {
	if len(refs) == 0 && ref != nil {
		refs = []*typeapi.PolicyTargetReference{ref}
	}
	var out []string
	for _, r := range refs {
		out = append(out, r.GetKind()+" "+r.GetName())
	}
	return out
}
