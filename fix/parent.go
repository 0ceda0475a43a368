package fix

import (
	"fmt"
	"slices"

	corev1 "k8s.io/api/core/v1"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// parents attach a route of the Gateway API to the Gateway that has none for the request:
// by what the route names, or by what the Gateway allows.
func (sc scene) parents() []draft {
	var out []draft
	for _, gw := range sc.named(cluster.Gateways) {
		g, ok := gw.Object.(*gatewayv1.Gateway)
		if !ok {
			continue
		}
		out = append(out, sc.listenerPorts(gw, g)...)
		for _, r := range []cluster.Resource{cluster.HTTPRoutes, cluster.GRPCRoutes} {
			for _, route := range sc.named(r) {
				out = append(out, sc.parentRefs(route, g)...)
				out = append(out, sc.routeHost(route)...)
				out = append(out, sc.allow(route, gw, g)...)
			}
		}
	}
	return out
}

// parentRefs name the Gateway, and a listener that it has.
func (sc scene) parentRefs(route cluster.Item, g *gatewayv1.Gateway) []draft {
	var out []draft
	object := parse(route.Raw)
	refs, _ := at(object, "spec.parentRefs").([]any)
	for i := range refs {
		path := fmt.Sprintf("spec.parentRefs[%d]", i)
		name, _ := at(object, path+".name").(string)
		namespace, _ := at(object, path+".namespace").(string)
		section, _ := at(object, path+".sectionName").(string)
		own := route.Object.GetNamespace()
		if namespace == "" {
			namespace = own
		}
		if name != g.Name && namespace == g.Namespace && closest(name, []string{g.Name}) != "" {
			out = append(out, alter(Bind, route, path+".name", name, g.Name))
		}
		if name == g.Name && namespace != g.Namespace {
			out = append(out, alter(Bind, route, path+".namespace", namespace, g.Namespace))
		}
		var names []string
		for _, l := range g.Spec.Listeners {
			names = append(names, string(l.Name))
		}
		if section != "" && !slices.Contains(names, section) {
			if near := only(section, names); near != "" {
				out = append(out, alter(Bind, route, path+".sectionName", section, near))
			}
		}
	}
	return out
}

// routeHost lets a route be for the host that is asked for, which a listener takes.
func (sc scene) routeHost(route cluster.Item) []draft {
	host := sc.host()
	hosts := textsOf(at(parse(route.Raw), "spec.hostnames"))
	if host == "" || len(hosts) == 0 || slices.Contains(hosts, host) {
		return nil
	}
	out := []draft{added(Bind, route, "spec.hostnames", host)}
	if near := only(host, hosts); near != "" {
		out = append(out, alter(Bind, route, fmt.Sprintf("spec.hostnames[%d]", slices.Index(hosts, near)), near, host))
	}
	return out
}

// listenerPorts let a listener be on the port on which the Gateway's Service is asked.
func (sc scene) listenerPorts(gw cluster.Item, g *gatewayv1.Gateway) []draft {
	var ports []int
	for _, svc := range cluster.List[*corev1.Service](sc.snap, g.Namespace) {
		if svc.Labels[gatewayName] == g.Name {
			for _, p := range svc.Spec.Ports {
				ports = append(ports, int(p.Port))
			}
		}
	}
	var out []draft
	for i, l := range g.Spec.Listeners {
		for _, port := range ports {
			if port != int(l.Port) && !slices.ContainsFunc(g.Spec.Listeners, func(o gatewayv1.Listener) bool { return int(o.Port) == port }) {
				out = append(out, alter(Bind, gw, fmt.Sprintf("spec.listeners[%d].port", i), fmt.Sprint(l.Port), port))
			}
		}
	}
	return out
}

// gatewayName labels what is made for a Gateway of the Gateway API.
const gatewayName = "gateway.networking.k8s.io/gateway-name"

// allow lets a listener take routes of the route's namespace: by the label that it asks
// the namespace for, or by the name of the namespace.
func (sc scene) allow(route, gw cluster.Item, g *gatewayv1.Gateway) []draft {
	ns := route.Object.GetNamespace()
	space, ok := sc.snap.Item(cluster.Namespaces, "", ns)
	var out []draft
	for i, l := range g.Spec.Listeners {
		field := fmt.Sprintf("spec.listeners[%d].allowedRoutes.namespaces", i)
		if l.AllowedRoutes == nil || l.AllowedRoutes.Namespaces == nil || l.AllowedRoutes.Namespaces.From == nil {
			if ns != g.Namespace {
				out = append(out, sc.allowByName(gw, field, ns))
			}
			continue
		}
		switch from := *l.AllowedRoutes.Namespaces.From; {
		case from == gatewayv1.NamespacesFromSelector && ok && l.AllowedRoutes.Namespaces.Selector != nil:
			wants := l.AllowedRoutes.Namespaces.Selector.MatchLabels
			var lacks []string
			for k, v := range wants {
				if space.Object.GetLabels()[k] != v {
					lacks = append(lacks, k)
				}
			}
			if len(lacks) != 1 {
				continue
			}
			k := lacks[0]
			out = append(out, draft{
				kind: Bind, title: fmt.Sprintf("label Namespace %s %s=%s, so that %s takes its routes", ns, k, wants[k], reference(gw)),
				changes: []Change{changed(space, func(object tree) {
					set(object, "metadata.labels", withLabel(at(object, "metadata.labels"), k, wants[k]))
				})},
				danger: "every route of the namespace may attach to the Gateway then",
			})
		case from == gatewayv1.NamespacesFromSame && ns != g.Namespace:
			out = append(out, sc.allowByName(gw, field, ns))
		}
	}
	return out
}

// allowByName allows the routes of one namespace and of the Gateway's own.
func (sc scene) allowByName(gw cluster.Item, field, ns string) draft {
	values := texts(unique([]string{gw.Object.GetNamespace(), ns})...)
	expression := tree{"key": "kubernetes.io/metadata.name", "operator": "In", "values": values}
	return draft{
		kind: Bind, title: fmt.Sprintf("allow routes of namespace %s beside its own in %s of %s", ns, field[len("spec."):], reference(gw)),
		changes: []Change{changed(gw, func(object tree) {
			set(object, field, tree{"from": "Selector", "selector": tree{"matchExpressions": []any{expression}}})
		})},
		danger: "every route of the namespace may attach to the Gateway then",
	}
}
