package fix

import (
	"fmt"
	"slices"
	"strings"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// binds bring an Istio Gateway, its Pods, the VirtualService and the host together where
// one of them names another that is not there.
func (sc scene) binds() []draft {
	var out []draft
	for _, gw := range sc.named(cluster.IstioGateways) {
		g, ok := gw.Object.(*networkingv1.Gateway)
		if !ok {
			continue
		}
		out = append(out, sc.selectGateway(gw, g)...)
		for i, s := range g.Spec.GetServers() {
			at := fmt.Sprintf("spec.servers[%d]", i)
			out = append(out, sc.serverHost(gw, at, s.GetHosts())...)
			for _, port := range sc.gatewayPorts(g) {
				if uint32(port) != s.GetPort().GetNumber() {
					out = append(out, alter(Bind, gw, at+".port.number", fmt.Sprint(s.GetPort().GetNumber()), port))
				}
			}
			if p := s.GetPort().GetProtocol(); strings.HasPrefix(sc.question.Target, "http://") && p == "TCP" {
				out = append(out, alter(Bind, gw, at+".port.protocol", p, "HTTP"))
			}
		}
	}
	for _, vs := range sc.named(cluster.VirtualServices) {
		out = append(out, sc.bindRoute(vs)...)
	}
	return out
}

// alter writes a value in place of another.
func alter(kind Kind, item cluster.Item, field, old string, value any) draft {
	title := fmt.Sprintf("write %v in place of %s in %s of %s", value, old, strings.TrimPrefix(field, "spec."), reference(item))
	return draft{kind: kind, title: title, changes: []Change{changed(item, func(object tree) { put(object, field, value) })}}
}

// added appends a value to a list of texts.
func added(kind Kind, item cluster.Item, field, value string) draft {
	return draft{
		kind: kind, title: fmt.Sprintf("add %s to %s of %s", value, strings.TrimPrefix(field, "spec."), reference(item)),
		changes: []Change{changed(item, func(object tree) { grow(object, field, value) })},
	}
}

// put is set for a path that may end in an index as well.
func put(object tree, path string, value any) {
	list, index, ok := strings.Cut(path[strings.LastIndexByte(path, '.')+1:], "[")
	if !ok {
		set(object, path, value)
		return
	}
	in := path[:strings.LastIndexByte(path, '.')+1] + list
	all, _ := at(object, in).([]any)
	all = slices.Clone(all)
	if n, ok := steps("x[" + index)[1].(int); ok && n < len(all) {
		all[n] = value
		set(object, in, all)
	}
}

// selectGateway lets a Gateway that selects nobody select the Pods that it was meant for.
func (sc scene) selectGateway(gw cluster.Item, g *networkingv1.Gateway) []draft {
	var out []draft
	for _, ns := range unique(append([]string{g.Namespace}, podNamespaces(sc.snap)...)) {
		if pods := sc.meant(ns, g.Name, g.Spec.GetSelector()); len(pods) > 0 && len(selected(sc.snap, "", g.Spec.GetSelector())) == 0 {
			key := wrongLabels(g.Spec.GetSelector(), pods[0].Labels)[0]
			out = append(out, draft{
				kind: Bind, title: fmt.Sprintf("let %s select the Pods of %s/%s: %s=%s in place of %s", reference(gw), ns, pods[0].Name, key, pods[0].Labels[key], g.Spec.GetSelector()[key]),
				changes: []Change{changed(gw, func(object tree) {
					set(object, "spec.selector", withLabel(at(object, "spec.selector"), key, pods[0].Labels[key]))
				})},
			})
		}
	}
	return out
}

func podNamespaces(s *cluster.Snapshot) []string {
	var out []string
	for _, pod := range cluster.List[*corev1.Pod](s, "") {
		out = append(out, pod.Namespace)
	}
	return out
}

// serverHost lets a server take the host: without a namespace before it that is not the
// route's, or beside the hosts that it has.
func (sc scene) serverHost(gw cluster.Item, server string, hosts []string) []draft {
	host := sc.host()
	if host == "" || slices.Contains(hosts, host) {
		return nil
	}
	for i, h := range hosts {
		_, name, qualified := strings.Cut(h, "/")
		if qualified && (name == host || name == "*") {
			return []draft{alter(Bind, gw, fmt.Sprintf("%s.hosts[%d]", server, i), h, host)}
		}
	}
	if near := only(host, hosts); near != "" {
		return []draft{added(Bind, gw, server+".hosts", host), alter(Bind, gw, fmt.Sprintf("%s.hosts[%d]", server, slices.Index(hosts, near)), near, host)}
	}
	return []draft{added(Bind, gw, server+".hosts", host)}
}

// gatewayPorts are the ports of the Services that lead to a Gateway's Pods.
func (sc scene) gatewayPorts(g *networkingv1.Gateway) []int {
	var out []int
	for _, pod := range selected(sc.snap, "", g.Spec.GetSelector()) {
		for _, svc := range cluster.List[*corev1.Service](sc.snap, pod.Namespace) {
			if !matches(svc.Spec.Selector, pod.Labels) {
				continue
			}
			for _, p := range svc.Spec.Ports {
				if !slices.Contains(out, int(p.Port)) {
					out = append(out, int(p.Port))
				}
			}
		}
	}
	return out[:min(len(out), 4)]
}

// bindRoute lets a VirtualService be for the gateway that has no route, for the host, and
// for the port.
func (sc scene) bindRoute(vs cluster.Item) []draft {
	object, ns := parse(vs.Raw), vs.Object.GetNamespace()
	var out []draft
	hosts := textsOf(at(object, "spec.hosts"))
	if host := sc.host(); host != "" && !slices.Contains(hosts, host) {
		if near := only(host, hosts); near != "" {
			out = append(out, alter(Bind, vs, fmt.Sprintf("spec.hosts[%d]", slices.Index(hosts, near)), near, host))
		}
		out = append(out, added(Bind, vs, "spec.hosts", host))
	}
	for _, gw := range sc.named(cluster.IstioGateways) {
		full := gw.Object.GetNamespace() + "/" + gw.Object.GetName()
		short := full
		if gw.Object.GetNamespace() == ns {
			short = gw.Object.GetName()
		}
		gateways := textsOf(at(object, "spec.gateways"))
		if slices.Contains(gateways, full) || slices.Contains(gateways, short) {
			out = append(out, sc.matchedPorts(vs, gw)...)
			continue
		}
		for i, name := range gateways {
			if name != "mesh" && (closest(name, []string{short}) != "" || name == gw.Object.GetName()) {
				out = append(out, alter(Bind, vs, fmt.Sprintf("spec.gateways[%d]", i), name, short))
			}
		}
		out = append(out, added(Bind, vs, "spec.gateways", short))
	}
	return out
}

// matchedPorts lets a match be for the gateway's port.
func (sc scene) matchedPorts(vs, gw cluster.Item) []draft {
	var out []draft
	g, ok := gw.Object.(*networkingv1.Gateway)
	routes, _ := at(parse(vs.Raw), "spec.http").([]any)
	for i, r := range routes {
		all, _ := at(r, "match").([]any)
		for j, m := range all {
			port, has := at(m, "port").(float64)
			if !ok || !has {
				continue
			}
			for _, s := range g.Spec.GetServers() {
				if n := s.GetPort().GetNumber(); n != uint32(port) {
					out = append(out, alter(Bind, vs, fmt.Sprintf("spec.http[%d].match[%d].port", i, j), fmt.Sprint(port), n))
				}
			}
		}
	}
	return out
}

func textsOf(v any) []string {
	list, _ := v.([]any)
	var out []string
	for _, e := range list {
		if s, ok := e.(string); ok {
			out = append(out, s)
		}
	}
	return out
}
