package diagnose

import (
	"fmt"
	"slices"
	"strings"

	securityapi "istio.io/api/security/v1beta1"

	securityv1 "istio.io/client-go/pkg/apis/security/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// strayToken words, in parentheses, why a RequestAuthentication for the token's issuer
// does not apply to the endpoint; empty if there is no such one.
func (w *walk) strayToken() string {
	claims := w.claims()
	for _, ra := range around[*securityv1.RequestAuthentication](w) {
		if len(ra.Spec.GetJwtRules()) == 0 && ra.Namespace == w.dst.pod.Namespace && selects(ra.Spec.GetSelector().GetMatchLabels(), w.dst.pod.Labels) {
			return inParens("RequestAuthentication " + ra.Namespace + "/" + ra.Name + " selects it and has no jwtRules")
		}
		if !slices.ContainsFunc(ra.Spec.GetJwtRules(), func(r *securityapi.JWTRule) bool { return r.GetIssuer() == claims["iss"] }) {
			continue
		}
		refs := ra.Spec.GetTargetRefs()
		if ref := ra.Spec.GetTargetRef(); len(refs) == 0 && ref != nil {
			refs = append(refs, ref)
		}
		why := w.stray(ra.Namespace, ra.Spec.GetSelector().GetMatchLabels(), refs)
		if plane := w.dst.presence.Plane; why == "" && len(refs) > 0 && ra.Namespace == w.dst.pod.Namespace && plane == mesh.Sidecar {
			why = "its targetRefs name " + refs[0].GetKind() + " " + refs[0].GetName() + ", and a sidecar follows a selector only"
		}
		if why != "" {
			return inParens("RequestAuthentication " + ra.Namespace + "/" + ra.Name + " is for its issuer, but " + why)
		}
	}
	return ""
}

// tokenless is a sentence about a request that has no token for the JWT filter, where what
// decides goes by one: it carries none, carries it elsewhere, or is a CORS preflight.
func (w *walk) tokenless(j judged) string {
	if !j.s.http || !j.jwt.Applies || j.jwt.Outcome != mesh.Established || j.jwt.Why == "" || j.jwt.Claims.State() != authz.StateAbsent {
		return ""
	}
	if w.wantsToken(j) || w.deniedWithout(j, isToken) {
		return " " + upper(j.jwt.Why) + "."
	}
	return ""
}

// unreadClaim adds to the end of a way, where the nearest route asks for a claim and the
// request carries a token, that nobody looks at it: then there is no claim to route by.
func (t trip) unreadClaim(end *ending, near string) *ending {
	if len(t.legs) == 0 || !strings.Contains(near, "claim ") {
		return end
	}
	w := t.legs[len(t.legs)-1]
	if state := w.m.token.State; w.dst.pod == nil || w.jwt.Applies || state != mesh.HasClaims && state != mesh.Raw {
		return end
	}
	end.says += "; " + lower(w.noToken())
	end.help = w.tokenHelp()
	return end
}

// claims are those of the request's token, as far as they can be read.
func (w *walk) claims() map[string]any {
	switch w.m.token.State {
	case mesh.HasClaims:
		return w.m.token.Claims
	case mesh.Raw:
		if claims, err := mesh.DecodeToken(w.m.token.Raw); err == nil {
			return claims
		}
	case mesh.TokenOpen, mesh.NoToken:
	}
	return nil
}

// strayException is a sentence about an exception from STRICT that was most likely meant
// for the connection; empty if there is none.
func (w *walk) strayException(s mesh.Server) string {
	if w.dst.pod == nil {
		return ""
	}
	for _, pa := range around[*securityv1.PeerAuthentication](w) {
		name := pa.Namespace + "/" + pa.Name
		sel := pa.Spec.GetSelector().GetMatchLabels()
		ports := open(pa.Spec.GetPortLevelMtls())
		mine := slices.Contains(ports, fmt.Sprint(w.dst.port))
		if name == s.Policy && len(ports) > 0 && !mine {
			words := "port " + strings.Join(ports, " and ")
			if w.dst.port == w.r.port || w.r.service == nil {
				return fmt.Sprintf(" Its portLevelMtls lets plaintext in on %s only, not on %d.", words, w.dst.port)
			}
			return fmt.Sprintf(" Its portLevelMtls lets plaintext in on %s only, and Service %s/%s leads its port %d to port %d of the Pod.",
				words, w.r.service.Namespace, w.r.service.Name, w.r.port, w.dst.port)
		}
		if !mine && !lets(pa.Spec.GetMtls()) {
			continue
		}
		why := w.stray(pa.Namespace, sel, nil)
		if why == "" && mine && len(sel) == 0 && pa.Namespace == w.dst.pod.Namespace {
			why = "its portLevelMtls counts with a selector only, and it has none"
		}
		if why != "" {
			return fmt.Sprintf(" PeerAuthentication %s would let plaintext in, but %s.", name, why)
		}
	}
	return ""
}

// open are the ports on which plaintext is let in, in their order.
func open(ports map[uint32]*securityapi.PeerAuthentication_MutualTLS) []string {
	var numbers []int
	for port, m := range ports {
		if lets(m) {
			numbers = append(numbers, int(port))
		}
	}
	slices.Sort(numbers)
	out := make([]string, len(numbers))
	for i, n := range numbers {
		out[i] = fmt.Sprint(n)
	}
	return out
}

func lets(m *securityapi.PeerAuthentication_MutualTLS) bool {
	mode := m.GetMode()
	return mode == securityapi.PeerAuthentication_MutualTLS_PERMISSIVE || mode == securityapi.PeerAuthentication_MutualTLS_DISABLE
}
