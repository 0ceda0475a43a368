package diagnose

import (
	"slices"
	"strings"

	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	networkingapi "istio.io/api/networking/v1alpha3"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// Before a gateway's Pods, listeners and routes are all known, three rounds may be
// over. So what the routes in sight name for the host is asked for ahead.

// wantBehind asks for the Services that a gateway may send the request to, as long as
// it is not known which of its routes count.
func (in *inquiry) wantBehind(w *walk) {
	host := w.r.host
	if h, ok := w.m.host.Get(); ok {
		host = bareHost(h)
	}
	in.wantBehindHost(host)
}

// wantBehindHost reports whether a route in sight names the host, and a gateway for it.
func (in *inquiry) wantBehindHost(host string) (named bool) {
	if in.whole() || host == "" {
		return false
	}
	for _, vs := range cluster.List[*networkingv1.VirtualService](in.snap, "") {
		if slices.ContainsFunc(vs.Spec.GetHosts(), func(h string) bool { return hostMatches(h, host) }) {
			named = in.wantVirtualService(vs) || named
		}
	}
	for _, route := range cluster.List[*gatewayv1.HTTPRoute](in.snap, "") {
		names := route.Spec.Hostnames
		if len(names) > 0 && !slices.ContainsFunc(names, func(h gatewayv1.Hostname) bool { return hostMatches(string(h), host) }) {
			continue
		}
		for _, b := range httpBackends(route) {
			if ns, name, ok := serviceOf(b, route.Namespace); ok {
				in.wantService(serviceRef{namespace: ns, name: name})
			}
		}
		for _, p := range route.Spec.ParentRefs {
			if p.Kind == nil || *p.Kind == "Gateway" {
				in.want(list(cluster.Gateways, namespaceOr(p.Namespace, route.Namespace)))
				named = named || len(names) > 0
			}
		}
	}
	return named
}

// namespaceOr is the namespace that a reference names, or its own.
func namespaceOr(ns *gatewayv1.Namespace, own string) string {
	if ns == nil {
		return own
	}
	return string(*ns)
}

// wantVirtualService asks for the Gateways that a VirtualService is for, and for the
// Services that it sends to; false if it is for none. Where the Services are all in one
// namespace the request will get there, so what may drop it is asked for as well: whether
// that looks at the gateway's namespace is known before that is to be read.
func (in *inquiry) wantVirtualService(vs *networkingv1.VirtualService) bool {
	gateways := slices.DeleteFunc(slices.Clone(vs.Spec.GetGateways()), func(g string) bool { return g == "mesh" })
	if len(gateways) == 0 {
		return false
	}
	for _, g := range gateways {
		ns, _, ok := strings.Cut(g, "/")
		if !ok {
			ns = vs.Namespace
		}
		in.want(list(cluster.IstioGateways, ns))
	}
	var namespaces []string
	for _, host := range DestinationsOf(&vs.Spec) {
		t, err := parseTarget(host, vs.Namespace, vs.Namespace)
		if err == nil && len(t.services) > 0 && t.services[0].pod == "" {
			in.wantService(t.services[0])
			namespaces = unique(append(namespaces, t.services[0].namespace))
		}
	}
	if len(namespaces) == 1 {
		in.want(in.networkNeeds(namespaces[0])...)
	}
	return true
}

// DestinationsOf are the hosts that a VirtualService sends to, each once.
func DestinationsOf(spec *networkingapi.VirtualService) []string {
	var out []string
	for _, h := range spec.GetHttp() {
		for _, d := range h.GetRoute() {
			out = append(out, d.GetDestination().GetHost())
		}
	}
	for _, t := range spec.GetTls() {
		for _, d := range t.GetRoute() {
			out = append(out, d.GetDestination().GetHost())
		}
	}
	for _, t := range spec.GetTcp() {
		for _, d := range t.GetRoute() {
			out = append(out, d.GetDestination().GetHost())
		}
	}
	return unique(out)
}

func httpBackends(route *gatewayv1.HTTPRoute) []gatewayv1.BackendRef {
	var out []gatewayv1.BackendRef
	for _, rule := range route.Spec.Rules {
		for _, b := range rule.BackendRefs {
			out = append(out, b.BackendRef)
		}
	}
	return out
}

// serviceOf is the Service that a reference names.
func serviceOf(b gatewayv1.BackendRef, own string) (namespace, name string, ok bool) {
	if b.Kind != nil && *b.Kind != "Service" || b.Group != nil && *b.Group != "" {
		return "", "", false
	}
	return namespaceOr(b.Namespace, own), string(b.Name), true
}

// wantGrants asks for the ReferenceGrants without which a route may not send to
// another namespace, and returns what of them could not be read.
func (in *inquiry) wantGrants(routes gatewayRoutes) string {
	missing := ""
	for _, ns := range routes.foreignBackends() {
		in.want(list(cluster.ReferenceGrants, ns))
		missing = or(missing, in.missing(cluster.ReferenceGrants, ns, ""))
	}
	return missing
}
