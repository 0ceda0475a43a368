package lint

import (
	"maps"
	"slices"

	corev1 "k8s.io/api/core/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// port is a port of a workload's own, as a Service leads there.
type port struct {
	number   uint16
	protocol mesh.Protocol
	service  *corev1.Service
	as       int32 // the Service's
}

// ports are those that Services lead to. Of several Services of one port the oldest
// says what it speaks; where they differ and are of one age, that is not known.
func (l *workload) ports() []port {
	found := map[uint16]port{}
	for _, svc := range l.services {
		for _, p := range svc.Spec.Ports {
			number := targetPort(l.pod, p)
			protocol, _ := mesh.PortProtocol(p)
			if number == 0 || protocol == mesh.UDP {
				continue
			}
			is := port{number, protocol, svc, p.Port}
			was, known := found[number]
			age := 0
			if known {
				age = svc.CreationTimestamp.Compare(was.service.CreationTimestamp.Time)
			}
			switch {
			case known && age > 0:
				continue
			case known && age == 0 && was.protocol != protocol:
				is.protocol = mesh.UnknownProtocol
			}
			found[number] = is
		}
	}
	var out []port
	for _, n := range slices.Sorted(maps.Keys(found)) {
		out = append(out, found[n])
	}
	return out
}

// targetPort is the port of the Pod that a Service's leads to; 0 if it has none.
func targetPort(pod *corev1.Pod, p corev1.ServicePort) uint16 {
	switch name, number := p.TargetPort.StrVal, p.TargetPort.IntVal; {
	case name != "":
		for _, c := range pod.Spec.Containers {
			for _, cp := range c.Ports {
				if cp.Name == name {
					return uint16(cp.ContainerPort)
				}
			}
		}
		return 0
	case number != 0:
		return uint16(number)
	}
	return uint16(p.Port)
}

// declared are the ports that the containers of a Pod name.
func declared(pod *corev1.Pod) []uint16 {
	var out []uint16
	for _, c := range pod.Spec.Containers {
		for _, p := range c.Ports {
			out = append(out, uint16(p.ContainerPort))
		}
	}
	return out
}
