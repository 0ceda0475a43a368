package diagnose

import (
	"context"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// entryRoutes are the ways in for somebody outside who asks for a host that is no
// Service's: the Services of the gateways that listen for the host. What the host's
// address leads to in DNS nobody in the cluster knows.
func (in *inquiry) entryRoutes(ctx context.Context, src party, r route) []route {
	var out []route
	named := in.wantBehindHost(r.host)
	for _, sel := range in.entrances(r.host, src.pod != nil, named) {
		in.wantEntrance(sel)
		for _, svc := range cluster.List[*corev1.Service](in.snap, sel.namespace) {
			if !in.leadsTo(svc, sel) {
				continue
			}
			in.want(in.serviceNeeds(serviceRef{namespace: svc.Namespace, name: svc.Name}, 0)...)
			to, err := in.serviceRoute(ctx, svc, dial{port: strconv.Itoa(int(r.port))}, 0)
			if err == nil && !slices.ContainsFunc(out, func(o route) bool { return o.service == svc }) {
				to.host = r.host
				out = append(out, to)
			}
		}
	}
	return out
}

// wantEntrance asks for the Services of a gateway's namespace. Where the Pods of an Istio
// Gateway are nothing tells but its selector: once a Service leads to such Pods, those that
// may be elsewhere can wait.
func (in *inquiry) wantEntrance(sel entrance) {
	if in.whole() {
		return
	}
	ask := in.want
	if sel.labels[gatewayNameLabel] == "" && slices.ContainsFunc(cluster.List[*corev1.Service](in.snap, ""), func(svc *corev1.Service) bool {
		return svc.Namespace != sel.namespace && selects(sel.labels, svc.Spec.Selector)
	}) {
		ask = in.like
	}
	ask(list(cluster.Services, sel.namespace))
}

// leadsTo reports whether a Service has Pods of the gateway: by what it selects, or by
// Pods that both select.
func (in *inquiry) leadsTo(svc *corev1.Service, sel entrance) bool {
	if selects(sel.labels, svc.Spec.Selector) {
		return true
	}
	return slices.ContainsFunc(in.selected(sel.namespace, sel.labels), func(pod *corev1.Pod) bool { return selects(svc.Spec.Selector, pod.Labels) })
}

// entrance is the Pods of a gateway.
type entrance struct {
	namespace string
	labels    map[string]string
}

// entrances are the gateways in sight that listen for a host. One that listens for every
// host is none for a caller inside, who may as well mean the world outside, unless a
// route of it names the host. Named says that a route in sight is for the host: the gateways
// that it names are asked for already, and the others can wait.
func (in *inquiry) entrances(host string, inside, named bool) []entrance {
	var out []entrance
	add := func(e entrance) {
		if !slices.ContainsFunc(out, func(o entrance) bool { return o.namespace == e.namespace && mapWords(o.labels) == mapWords(e.labels) }) {
			out = append(out, e)
		}
	}
	for _, gw := range cluster.List[*networkingv1.Gateway](in.snap, "") {
		for _, s := range gw.Spec.GetServers() {
			if slices.ContainsFunc(s.GetHosts(), func(h string) bool {
				return hostMatches(h, host) && (!inside || !everyHost(h) || in.routeNames(gw, host))
			}) {
				for _, ns := range in.gatewayHomes(gw) {
					add(entrance{ns, gw.Spec.GetSelector()})
				}
			}
		}
	}
	for _, gw := range cluster.List[*gatewayv1.Gateway](in.snap, "") {
		if gw.Spec.GatewayClassName != "istio-waypoint" && in.listens(gw, host, inside) {
			add(entrance{gw.Namespace, map[string]string{gatewayNameLabel: gw.Name}})
		}
	}
	in.wantEntrances(len(out) > 0 || named)
	return out
}

// wantEntrances asks for gateways, and for what they route by, beside what is asked and in
// the mesh's namespace; found: there is a way in already, and the others can wait. To one
// from outside the VirtualServices of the namespace are known by then: its HTTPRoutes come
// first, with what may be at both ends of them.
func (in *inquiry) wantEntrances(found bool) {
	ask, own := in.want, ""
	if found {
		ask = in.like
	}
	if in.fromOutside() {
		own = in.q.namespace()
		ask(list(cluster.HTTPRoutes, own), list(cluster.Gateways, own), list(cluster.Services, own))
	}
	for _, ns := range in.routeNamespaces(in.q.meshNamespace()) {
		ask(list(cluster.VirtualServices, ns), list(cluster.Gateways, ns), list(cluster.HTTPRoutes, ns))
		if ns == own {
			in.like(list(cluster.IstioGateways, ns)) // nothing that was read names one of them
			continue
		}
		ask(list(cluster.IstioGateways, ns))
	}
}

// gatewayHomes are the namespaces in which the Pods of an Istio Gateway may be: its
// selector looks everywhere.
func (in *inquiry) gatewayHomes(gw *networkingv1.Gateway) []string {
	if !in.whole() {
		homes := []string{gw.Namespace, in.q.meshNamespace()}
		slices.Sort(homes)
		return slices.Compact(homes)
	}
	in.want(podsBy("", gw.Spec.GetSelector()))
	var homes []string
	for _, ns := range cluster.List[*corev1.Namespace](in.snap, "") {
		if len(in.selected(ns.Name, gw.Spec.GetSelector())) > 0 {
			homes = append(homes, ns.Name)
		}
	}
	return homes
}

// listens reports whether a Gateway has a listener, and a route where that names no
// host, for the host; to a caller inside a route that names no host either is for others.
func (in *inquiry) listens(gw *gatewayv1.Gateway, host string, inside bool) bool {
	for _, l := range gw.Spec.Listeners {
		if l.Hostname != nil && *l.Hostname != "" {
			if hostMatches(string(*l.Hostname), host) {
				return true
			}
			continue
		}
		for _, hosts := range in.routesOf(parent{"Gateway", gw.Namespace, gw.Name}).hosts() {
			if len(hosts) == 0 && !inside || slices.ContainsFunc(hosts, func(h gatewayv1.Hostname) bool { return hostMatches(string(h), host) }) {
				return true
			}
		}
	}
	return false
}

// everyHost reports whether a pattern of a gateway, perhaps NAMESPACE/HOST, is for all.
func everyHost(pattern string) bool { return pattern == "*" || strings.HasSuffix(pattern, "/*") }

// routeNames reports whether a VirtualService of a Gateway names a host.
func (in *inquiry) routeNames(gw *networkingv1.Gateway, host string) bool {
	return slices.ContainsFunc(cluster.List[*networkingv1.VirtualService](in.snap, ""), func(vs *networkingv1.VirtualService) bool {
		bound := slices.ContainsFunc(vs.Spec.GetGateways(), func(g string) bool {
			return g == gw.Namespace+"/"+gw.Name || g == gw.Name && vs.Namespace == gw.Namespace
		})
		return bound && slices.ContainsFunc(vs.Spec.GetHosts(), func(h string) bool { return !everyHost(h) && hostMatches(h, host) })
	})
}

// hostMatches reports whether a pattern of a gateway, perhaps NAMESPACE/HOST, is for
// the host.
func hostMatches(pattern, host string) bool {
	if _, after, ok := strings.Cut(pattern, "/"); ok {
		pattern = after
	}
	pattern, host = strings.ToLower(pattern), strings.ToLower(host)
	if rest, ok := strings.CutPrefix(pattern, "*"); ok {
		return strings.HasSuffix(host, rest) && len(host) > len(rest)
	}
	return pattern == host
}
