package fix

import (
	"fmt"
	"strings"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// backends correct where a route sends to: a Service that is not there, where one of
// the name or nearly so is, and a port that the Service has not.
func (sc scene) backends() []draft {
	var out []draft
	for _, vs := range sc.named(cluster.VirtualServices) {
		for _, d := range destinations(parse(vs.Raw), vs.Object.GetNamespace()) {
			name, namespace, _ := strings.Cut(strings.TrimSuffix(d.host, clusterDomain), ".")
			in := strings.TrimPrefix(d.path, "spec.") + " of " + reference(vs)
			if svc, ok := cluster.Get[*corev1.Service](sc.snap, namespace, name); ok {
				if port := otherPort(svc, d.port); port != 0 {
					out = append(out, draft{
						kind: Backend, title: fmt.Sprintf("send to port %d in place of %d in %s", port, d.port, in),
						changes: []Change{changed(vs, func(object tree) { set(object, d.path+".port", tree{"number": port}) })},
					})
				}
				continue
			}
			if to := sc.otherHost(d.host, name, namespace); to != "" {
				out = append(out, draft{
					kind: Backend, title: fmt.Sprintf("send to %s in place of %s in %s", to, d.host, in),
					changes: []Change{changed(vs, func(object tree) { set(object, d.path+".host", to) })},
				})
			}
		}
	}
	for _, r := range []cluster.Resource{cluster.HTTPRoutes, cluster.GRPCRoutes} {
		for _, route := range sc.named(r) {
			out = append(out, sc.backendRefs(route)...)
		}
	}
	return out
}

// backendRefs are those of a route of the Gateway API.
func (sc scene) backendRefs(route cluster.Item) []draft {
	var out []draft
	object := parse(route.Raw)
	rules, _ := at(object, "spec.rules").([]any)
	for i, r := range rules {
		refs, _ := at(r, "backendRefs").([]any)
		for j := range refs {
			path := fmt.Sprintf("spec.rules[%d].backendRefs[%d]", i, j)
			name, _ := at(object, path+".name").(string)
			namespace, _ := at(object, path+".namespace").(string)
			number, _ := at(object, path+".port").(float64)
			if kind, _ := at(object, path+".kind").(string); kind != "" && kind != "Service" {
				continue
			}
			if namespace == "" {
				namespace = route.Object.GetNamespace()
			}
			in := strings.TrimPrefix(path, "spec.") + " of " + reference(route)
			if svc, ok := cluster.Get[*corev1.Service](sc.snap, namespace, name); ok {
				if port := otherPort(svc, int(number)); port != 0 {
					out = append(out, draft{
						kind: Backend, title: fmt.Sprintf("send to port %d in place of %d in %s", port, int(number), in),
						changes: []Change{changed(route, func(object tree) { set(object, path+".port", port) })},
					})
				}
				continue
			}
			to := sc.otherHost(name+"."+namespace+clusterDomain, name, namespace)
			service, rest, _ := strings.Cut(strings.TrimSuffix(to, clusterDomain), ".")
			if to == "" || !strings.HasSuffix(to, clusterDomain) {
				continue
			}
			out = append(out, draft{
				kind: Backend, title: fmt.Sprintf("send to Service %s/%s in place of %s/%s in %s", rest, service, namespace, name, in),
				changes: []Change{changed(route, func(object tree) {
					set(object, path+".name", service)
					if rest != namespace {
						set(object, path+".namespace", rest)
					}
				})},
			})
		}
	}
	return out
}

// otherPort is the port of a Service that another was meant for: the one that leads
// there, or the only one; 0 if the Service has the port, or none is evident.
func otherPort(svc *corev1.Service, port int) int {
	ports := svc.Spec.Ports
	for _, p := range ports {
		if int(p.Port) == port {
			return 0
		}
	}
	for _, p := range ports {
		if p.TargetPort.IntValue() == port && port != 0 {
			return int(p.Port)
		}
	}
	if len(ports) == 1 && port != 0 {
		return int(ports[0].Port)
	}
	return 0
}

// otherHost is the host that one was meant for which nobody has: the only Service of
// the name in another namespace, or one that differs by its spelling, or the host of a
// ServiceEntry that the answer names; empty if none is evident.
func (sc scene) otherHost(host, name, namespace string) string {
	var same, all []string
	for _, svc := range cluster.List[*corev1.Service](sc.snap, "") {
		full := svc.Name + "." + svc.Namespace + clusterDomain
		if svc.Name == name {
			same = append(same, full)
		}
		if svc.Namespace == namespace && closest(name, []string{svc.Name}) != "" || svc.Name == name && closest(namespace, []string{svc.Namespace}) != "" {
			all = append(all, full)
		}
	}
	if strings.HasSuffix(host, clusterDomain) {
		if len(same) == 1 {
			return same[0]
		}
		return closest(host, all)
	}
	for _, item := range sc.named(cluster.ServiceEntries) {
		if se, ok := item.Object.(*networkingv1.ServiceEntry); ok {
			all = append(all, se.Spec.GetHosts()...)
		}
	}
	return only(host, all)
}
