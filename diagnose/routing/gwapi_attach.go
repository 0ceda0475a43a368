package routing

import (
	"maps"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// gwGateway is a Gateway with what is attached to it.
type gwGateway struct {
	q         GatewayAPIQuery
	listeners []*gwListener
	attached  []attachment
	// unknown are the namespaces whose labels decide and are not known; assume says
	// whether their routes are let in.
	unknown map[string]bool
	assume  bool
	// broken and refused are what to tell of routes without effect.
	broken, refused []string
}

// attachment is a route at a listener.
type attachment struct {
	route    *gwRoute
	listener *gwListener
}

func newGWGateway(q GatewayAPIQuery, assume bool) *gwGateway {
	g := &gwGateway{q: q, unknown: map[string]bool{}, assume: assume}
	g.listeners, g.refused = newListeners(q)
	routes := gwRoutes{http: q.HTTPRoutes, grpc: q.GRPCRoutes, tls: q.TLSRoutes, tcp: q.TCPRoutes, grants: q.ReferenceGrants, domain: q.Domain}
	for _, r := range routes.all() {
		g.attach(r)
	}
	return g
}

// attach finds the listeners that the route is attached to, among those of the port
// (gateway/conversion.go: extractParentReferenceInfo, referenceAllowed).
func (g *gwGateway) attach(r *gwRoute) {
	reasons, found := g.elsewhere(r), false
	for _, l := range g.listeners {
		if l.Port != gatewayv1.PortNumber(g.q.Request.Port) || !slices.ContainsFunc(r.parents, func(p gatewayv1.ParentReference) bool { return g.refers(p, r, l) }) {
			continue
		}
		switch why := g.refuses(l, r); {
		case why != "":
			reasons = append(reasons, why)
		case r.broken != "":
			g.broken = append(g.broken, r.broken)
			return
		default:
			g.attached = append(g.attached, attachment{r, l})
			found = true
		}
	}
	if !found {
		g.refused = append(g.refused, reasons...)
	}
}

// refers reports whether a parentRef means the listener.
func (g *gwGateway) refers(p gatewayv1.ParentReference, r *gwRoute, l *gwListener) bool {
	return orElse(p.Group, groupGatewayAPI) == groupGatewayAPI && orElse(p.Kind, kindGateway) == kindGateway &&
		string(p.Name) == g.q.Gateway.Name && orElse(p.Namespace, r.namespace) == g.q.Gateway.Namespace &&
		(p.Port == nil || *p.Port == 0 || *p.Port == l.Port) && (value(p.SectionName) == "" || *p.SectionName == l.Name)
}

// refuses tells why a listener does not let a route attach; empty: it does.
func (g *gwGateway) refuses(l *gwListener, r *gwRoute) string {
	switch {
	case !slices.ContainsFunc(r.hostnames, func(h string) bool { return overlap(l.host, h) }):
		return r.object() + " is not attached: its hostnames " + strings.Join(r.hostnames, ", ") + " are none of " + l.server() + ", which is for " + l.host
	case !l.allows(r.kind):
		return r.object() + " is not attached: " + l.server() + " does not allow a " + r.kind
	case !g.admits(l, r.namespace):
		return r.object() + " is not attached: " + l.server() + " does not allow routes of namespace " + r.namespace + l.admitted()
	}
	return ""
}

// admits reports whether the listener lets in routes of a namespace
// (namespacesFromSelector).
func (g *gwGateway) admits(l *gwListener, namespace string) bool {
	if l.AllowedRoutes == nil || l.AllowedRoutes.Namespaces == nil || l.AllowedRoutes.Namespaces.From == nil {
		return namespace == g.q.Gateway.Namespace
	}
	from := l.AllowedRoutes.Namespaces
	switch {
	case *from.From == gatewayv1.NamespacesFromSame:
		return namespace == g.q.Gateway.Namespace
	case *from.From == gatewayv1.NamespacesFromAll || from.Selector == nil:
		return true
	}
	selector, err := metav1.LabelSelectorAsSelector(from.Selector)
	if err != nil {
		return false
	}
	if selector.Empty() {
		return true
	}
	have, known := map[string]string(nil), false
	if g.q.Namespaces != nil {
		have, known = g.q.Namespaces(namespace)
	}
	if !known {
		return g.guess(selector, namespace)
	}
	set := labels.Set(maps.Clone(have))
	if set == nil {
		set = labels.Set{}
	}
	set[corev1Name] = namespace
	return selector.Matches(set)
}

// corev1Name is the label that every namespace has (corev1.LabelMetadataName).
const corev1Name = "kubernetes.io/metadata.name"

// guess answers for a namespace of which only the name is known, which may be enough.
func (g *gwGateway) guess(selector labels.Selector, namespace string) bool {
	requirements, _ := selector.Requirements()
	decided := true
	for _, r := range requirements {
		switch {
		case r.Key() != corev1Name:
			decided = false
		case !r.Matches(labels.Set{corev1Name: namespace}):
			return false
		}
	}
	if !decided {
		g.unknown[namespace] = true
		return g.assume
	}
	return true
}

// missing names the labels that are not known.
func (g *gwGateway) missing() []string {
	return []string{"the labels of namespace " + strings.Join(slices.Sorted(maps.Keys(g.unknown)), ", ")}
}

// allows reports whether routes of the kind can be attached
// (gatewaycommon/conversion.go: GenerateGatewaySupportedKinds).
func (l *gwListener) allows(kind string) bool {
	var fits bool
	switch l.Protocol {
	case gatewayv1.HTTPProtocolType, gatewayv1.HTTPSProtocolType:
		fits = kind == kindHTTPRoute || kind == kindGRPCRoute
	case gatewayv1.TCPProtocolType:
		fits = kind == kindTCPRoute
	case gatewayv1.TLSProtocolType:
		terminates := l.TLS != nil && (l.TLS.Mode == nil || *l.TLS.Mode == gatewayv1.TLSModeTerminate)
		fits = kind == kindTLSRoute || kind == kindTCPRoute && terminates
	default:
	}
	if !fits || l.AllowedRoutes == nil || len(l.AllowedRoutes.Kinds) == 0 {
		return fits
	}
	return slices.ContainsFunc(l.AllowedRoutes.Kinds, func(k gatewayv1.RouteGroupKind) bool {
		return string(k.Kind) == kind && orElse(k.Group, groupGatewayAPI) == groupGatewayAPI
	})
}

// listenerSets is what is not seen where the Gateway takes listeners of others.
func (g *gwGateway) listenerSets() []string {
	a := g.q.Gateway.Spec.AllowedListeners
	if a == nil || a.Namespaces == nil || a.Namespaces.From == nil || *a.Namespaces.From == gatewayv1.NamespacesFromNone {
		return nil
	}
	return []string{"the ListenerSets of Gateway " + g.q.Gateway.Namespace + "/" + g.q.Gateway.Name}
}
