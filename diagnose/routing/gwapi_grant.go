package routing

import (
	"slices"
	"strings"

	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

const (
	groupGatewayAPI = "gateway.networking.k8s.io"
	groupIstio      = "networking.istio.io"
	groupMCS        = "multicluster.x-k8s.io"

	kindGateway      = "Gateway"
	kindService      = "Service"
	kindServiceEntry = "ServiceEntry"
	kindHTTPRoute    = "HTTPRoute"
	kindGRPCRoute    = "GRPCRoute"
	kindTLSRoute     = "TLSRoute"
	kindTCPRoute     = "TCPRoute"
)

// gwRef is an object of another namespace that something refers to.
type gwRef struct{ group, kind, namespace, name string }

// granted reports whether a ReferenceGrant lets objects of a kind and a namespace
// refer to it (gatewaycommon/references.go). Only of some kinds may it be.
func granted(grants []*gatewayv1.ReferenceGrant, kind, namespace string, to gwRef) bool {
	if to.group != "" || to.kind != kindService && to.kind != "Secret" && to.kind != "ConfigMap" {
		return false
	}
	return slices.ContainsFunc(grants, func(g *gatewayv1.ReferenceGrant) bool {
		return g != nil && g.Namespace == to.namespace &&
			slices.ContainsFunc(g.Spec.From, func(f gatewayv1.ReferenceGrantFrom) bool {
				return string(f.Group) == groupGatewayAPI && string(f.Kind) == kind && string(f.Namespace) == namespace
			}) &&
			slices.ContainsFunc(g.Spec.To, func(t gatewayv1.ReferenceGrantTo) bool {
				return t.Group == "" && string(t.Kind) == to.kind && (t.Name == nil || string(*t.Name) == to.name)
			})
	})
}

// gwBackend is where a rule sends, with its weight.
type gwBackend struct {
	host   string
	port   uint16
	weight int32
	// why nothing can be sent there; empty: it can.
	why string
	// near follows why in a sentence: the grants that there are.
	near string
}

// backend resolves a reference (gateway/conversion.go: buildDestination). A soft
// failure is of this backend alone and is in its why; a hard one, which is returned,
// takes the whole route out of effect. Whether a Service is there is not looked at.
func (r *gwRoute) backend(ref gatewayv1.BackendRef, mesh bool) (gwBackend, string) {
	out := gwBackend{weight: weight(ref)}
	name, group, kind := string(ref.Name), orElse(ref.Group, ""), orElse(ref.Kind, kindService)
	namespace := orElse(ref.Namespace, r.namespace)
	// A route of the mesh may send anywhere (route_collections.go: enforceRefGrant).
	if !mesh && namespace != r.namespace && !granted(r.grants, r.kind, r.namespace, gwRef{group, kind, namespace, name}) {
		out.why = "no ReferenceGrant in " + namespace + " lets a " + r.kind + " of " + r.namespace + " send to " + kind + " " + name
		out.near = nearGrant(r.grants, namespace)
		return out, ""
	}
	switch {
	case group == "" && kind == kindService && strings.Contains(name, "."):
		return out, "backendRef " + name + " is a host, not the name of a Service"
	case group == "" && kind == kindService, group == groupMCS && kind == "ServiceImport":
		out.host = name + "." + namespace + ".svc." + r.domain
	case group == groupIstio && kind == "Hostname" && ref.Namespace != nil:
		return out, "backendRef " + name + " is of kind Hostname and has a namespace"
	case group == groupIstio && kind == "Hostname":
		out.host = name
	default:
		out.why = "backendRef " + name + " is of kind " + kind + ", which Istio does not send to"
		return out, ""
	}
	if ref.Port == nil {
		return out, "backendRef " + name + " has no port"
	}
	out.port = uint16(*ref.Port)
	return out, ""
}

// backends resolves those of a rule that get a share.
func (r *gwRoute) backends(refs []gatewayv1.BackendRef, mesh bool) (out []gwBackend, broken string) {
	for _, ref := range refs {
		if weight(ref) <= 0 {
			continue
		}
		b, broken := r.backend(ref, mesh)
		if broken != "" {
			return nil, broken
		}
		out = append(out, b)
	}
	return out, ""
}

// value is the text that a pointer points to; nil: none.
func value[T ~string](p *T) string { return orElse(p, "") }

// orElse is the text that a pointer points to; nil: otherwise.
func orElse[T ~string](p *T, otherwise string) string {
	if p == nil {
		return otherwise
	}
	return string(*p)
}

// weight is a backend's, as the API server would default it.
func weight(ref gatewayv1.BackendRef) int32 {
	if ref.Weight == nil {
		return 1
	}
	return *ref.Weight
}
