package diagnose

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/routing"
)

// nearEntry words what keeps a host from having a gateway: a Gateway that is not there,
// has other hosts, selects no Pod or has no Service.
func (in *inquiry) nearEntry(host string, port uint16) string {
	for _, gw := range cluster.List[*networkingv1.Gateway](in.snap, "") {
		name := gw.Namespace + "/" + gw.Name
		for _, s := range gw.Spec.GetServers() {
			if !slices.ContainsFunc(s.GetHosts(), func(h string) bool { return hostMatches(h, host) }) {
				continue
			}
			if why := in.nobodyAt(gw.Spec.GetSelector(), port); why != "" {
				return "; Gateway " + name + " has the host, and " + why
			}
		}
	}
	for _, vs := range cluster.List[*networkingv1.VirtualService](in.snap, "") {
		if !slices.ContainsFunc(vs.Spec.GetHosts(), func(h string) bool { return hostMatches(h, host) }) {
			continue
		}
		for _, g := range vs.Spec.GetGateways() {
			ns, name, ok := strings.Cut(g, "/")
			if !ok {
				ns, name = vs.Namespace, g
			}
			if name == "mesh" {
				continue
			}
			gw, ok := cluster.Get[*networkingv1.Gateway](in.snap, ns, name)
			if !ok {
				return fmt.Sprintf("; VirtualService %s/%s has the host, and there is no Gateway %s/%s, which its gateways name", vs.Namespace, vs.Name, ns, name)
			}
			var hosts []string
			for _, s := range gw.Spec.GetServers() {
				hosts = append(hosts, s.GetHosts()...)
			}
			return fmt.Sprintf("; VirtualService %s/%s has it, and Gateway %s/%s, which its gateways name, has hosts %s", vs.Namespace, vs.Name, ns, name, strings.Join(unique(hosts), ", "))
		}
	}
	return in.nearRoute(host, port)
}

// nearRoute is nearEntry for the Gateway API.
func (in *inquiry) nearRoute(host string, port uint16) string {
	for _, r := range cluster.List[*gatewayv1.HTTPRoute](in.snap, "") {
		if !slices.ContainsFunc(r.Spec.Hostnames, func(h gatewayv1.Hostname) bool { return hostMatches(string(h), host) }) {
			continue
		}
		for _, p := range r.Spec.ParentRefs {
			ns := namespaceOr(p.Namespace, r.Namespace)
			if p.Kind != nil && *p.Kind != "Gateway" {
				continue
			}
			gw, ok := cluster.Get[*gatewayv1.Gateway](in.snap, ns, string(p.Name))
			if !ok {
				return fmt.Sprintf("; HTTPRoute %s/%s has the hostname, and there is no Gateway %s/%s, which its parentRefs name", r.Namespace, r.Name, ns, p.Name)
			}
			if why := in.nobodyAt(map[string]string{gatewayNameLabel: gw.Name}, port); in.listens(gw, host, false) && why != "" {
				return fmt.Sprintf("; Gateway %s/%s listens for it, and %s", ns, p.Name, why)
			}
			var hosts []string
			for _, l := range gw.Spec.Listeners {
				if l.Hostname != nil {
					hosts = append(hosts, string(*l.Hostname))
				}
			}
			return fmt.Sprintf("; HTTPRoute %s/%s has it, and the listeners of Gateway %s/%s, which its parentRefs name, have hostname %s",
				r.Namespace, r.Name, ns, p.Name, strings.Join(unique(hosts), ", "))
		}
	}
	return ""
}

// nobodyAt words why a Gateway's Pods are not reached on a port: none has the labels, or
// no Service leads to those that do.
func (in *inquiry) nobodyAt(sel map[string]string, port uint16) string {
	if !in.whole() || len(sel) == 0 {
		return ""
	}
	words := "no Pod has " + mapWords(sel) + ", which its selector wants"
	for _, ns := range cluster.List[*corev1.Namespace](in.snap, "") {
		pods := in.selected(ns.Name, sel)
		for _, svc := range cluster.List[*corev1.Service](in.snap, ns.Name) {
			leads := slices.ContainsFunc(pods, func(pod *corev1.Pod) bool { return selects(svc.Spec.Selector, pod.Labels) })
			has := slices.ContainsFunc(svc.Spec.Ports, func(p corev1.ServicePort) bool { return uint16(p.Port) == port })
			name := "Service " + svc.Namespace + "/" + svc.Name
			switch near := in.meantBy(svc); {
			case leads && has:
				return ""
			case leads:
				return name + ", which leads to its Pods, has no port " + strconv.Itoa(int(port)) + "; its ports are " + portList(svc.Spec.Ports)
			case len(in.selected(ns.Name, svc.Spec.Selector)) > 0:
			case near != nil && slices.Contains(pods, near):
				return name + " does not lead to its Pods: " + in.nobodySelected(svc)
			case len(pods) == 0 && mapWords(svc.Spec.Selector) == mapWords(sel):
				return words + ": " + name + " has no endpoints; " + in.nobodySelected(svc)
			}
		}
		if len(pods) > 0 {
			return "no Service leads to its Pods, such as " + party{pod: pods[0]}.who()
		}
	}
	return words
}

// tellForeign adds to the answer of a gateway without a route for the request which
// HTTPRoute has the hostname and names another Gateway.
func (in *inquiry) tellForeign(branches []routing.Branch, q routing.Request, gateway string) {
	host, ok := q.Host.Get()
	if !ok {
		return
	}
	for _, r := range cluster.List[*gatewayv1.HTTPRoute](in.snap, "") {
		if !slices.ContainsFunc(r.Spec.Hostnames, func(h gatewayv1.Hostname) bool { return hostMatches(string(h), bareHost(host)) }) {
			continue
		}
		var parents []string
		for _, p := range r.Spec.ParentRefs {
			parents = append(parents, namespaceOr(p.Namespace, r.Namespace)+"/"+string(p.Name))
		}
		if slices.Contains(parents, gateway) {
			continue
		}
		names := "name " + strings.Join(parents, ", ")
		if len(parents) == 0 {
			names = "name nothing"
		}
		for i, b := range branches {
			if b.Answer != nil && b.Answer.Status == 404 {
				answer := *b.Answer
				answer.Near += fmt.Sprintf("; HTTPRoute %s/%s has the hostname, and its parentRefs %s", r.Namespace, r.Name, names)
				branches[i].Answer = &answer
			}
		}
		return
	}
}
