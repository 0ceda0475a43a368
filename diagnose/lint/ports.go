package lint

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// ports reports the Service's port where a proxy has the container's, and the other
// way round where a waypoint has the Service's.
func (p *policy) ports() {
	p.each(portNumbers, func(l list, i int, v string) {
		n, err := strconv.ParseUint(v, 10, 16)
		if err != nil {
			return
		}
		why := ""
		if p.refs {
			why = waypointPort(p.services, int32(n))
		} else {
			why = p.containerPort(uint16(n))
		}
		if why != "" {
			p.report("AD0422", l.at(i), "%s", why)
		}
	})
}

// containerPort says what is wrong with a port that only a Service has.
func (f *facts) containerPort(n uint16) string {
	if f.declared[n] || f.planes[mesh.Gateway] > 0 {
		return ""
	}
	var through *loadPort
	for i, p := range f.ports {
		if p.number == n {
			return ""
		}
		if p.as == int32(n) {
			through = &f.ports[i]
		}
	}
	if through == nil {
		return ""
	}
	return fmt.Sprintf("%d is the port of Service %s/%s, which leads to port %d of the Pods: their proxy sees %d only",
		n, through.service.Namespace, through.service.Name, through.number, through.number)
}

// waypointPort says what is wrong with a port that only the Pods have.
func waypointPort(services []*corev1.Service, n int32) string {
	found := ""
	for _, svc := range services {
		for _, p := range svc.Spec.Ports {
			if p.Port == n {
				return ""
			}
			if p.TargetPort.IntVal == n {
				found = fmt.Sprintf("%d is the port of the Pods behind Service %s/%s: a waypoint sees the Service's, %d", n, svc.Namespace, svc.Name, p.Port)
			}
		}
	}
	return found
}

// hostPorts reports hosts without the port that callers send with it.
func (p *policy) hostPorts() {
	for _, l := range p.lists {
		if l.about != hosts || l.not {
			continue
		}
		for i, v := range l.values {
			if v == "" || strings.ContainsAny(v, "*:/") || withPort(l.values, v) {
				continue
			}
			if svc, number := p.named(v); svc != nil {
				p.report("AD0426", l.at(i), "Service %s/%s listens on port %d, and callers send the port with the host: %s", svc.Namespace, svc.Name, number, quoted(fmt.Sprintf("%s:%d", v, number)))
			} else if p.Spec.GetAction() == denying {
				p.report("AD0426", l.at(i), "who sends %s gets past the policy", quoted(v+":443"))
			}
		}
	}
}

// outbound reports hosts outside the mesh: policies are asked where traffic comes in.
func (p *policy) outbound() {
	if p.refs || !p.only(mesh.Sidecar) {
		return
	}
	p.each(hosts, func(l list, i int, v string) {
		if host := p.external(strings.ToLower(v)); host != "" && !l.not {
			p.report("AD0317", l.at(i), "%s is a host outside the mesh (%s), and policies are asked where traffic enters a workload, not where it leaves", quoted(v), host)
		}
	})
}

// external finds a ServiceEntry outside the mesh whose host is meant.
func (w *world) external(host string) string {
	const looked = 1000 // hosts; more are not compared with a star
	if se, ok := w.outside[host]; ok {
		return "ServiceEntry " + se
	}
	suffix, star := strings.CutPrefix(host, "*.")
	if !star || len(w.outside) > looked {
		return ""
	}
	for _, h := range slices.Sorted(maps.Keys(w.outside)) {
		if strings.HasSuffix(h, "."+suffix) {
			return "ServiceEntry " + w.outside[h]
		}
	}
	return ""
}

// withPort reports whether a list has the host with a port too.
func withPort(values []string, host string) bool {
	return slices.ContainsFunc(values, func(v string) bool { return strings.HasPrefix(strings.ToLower(v), strings.ToLower(host)+":") })
}

// named finds a Service that the policy is for and the host means, if it has no port
// that callers leave out.
func (p *policy) named(host string) (*corev1.Service, int32) {
	services := slices.Clone(p.services)
	for _, port := range p.facts.ports {
		services = append(services, port.service)
	}
	for _, svc := range services {
		if !means(host, svc) || len(svc.Spec.Ports) == 0 {
			continue
		}
		if !slices.ContainsFunc(svc.Spec.Ports, func(sp corev1.ServicePort) bool { return sp.Port == 80 || sp.Port == 443 }) {
			return svc, svc.Spec.Ports[0].Port
		}
	}
	return nil, 0
}

// means reports whether a host is a name of the Service within the cluster.
func means(host string, svc *corev1.Service) bool {
	rest, found := strings.CutPrefix(strings.ToLower(host), svc.Name)
	return found && slices.Contains([]string{"", "." + svc.Namespace, "." + svc.Namespace + ".svc", "." + svc.Namespace + ".svc.cluster.local"}, rest)
}
