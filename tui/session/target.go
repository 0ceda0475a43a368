package session

import (
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
	"github.com/authz-doctor/kubectl-authz_doctor/tui"
)

// serviceEntries are a Service's ports as targets.
func serviceEntries(svc *corev1.Service) []tui.Entry {
	var out []tui.Entry
	for _, p := range svc.Spec.Ports {
		if p.Protocol != "" && p.Protocol != corev1.ProtocolTCP {
			continue // no proxy and no policy of the mesh looks at it
		}
		out = append(out, tui.Entry{
			Kind: tui.ServiceEntry, Namespace: svc.Namespace, Name: svc.Name, Text: targetOf(svc, p), Says: p.Name,
		})
	}
	return out
}

// targetOf is a port of a Service as one would type it: with the scheme of what the mesh
// takes it for.
func targetOf(svc *corev1.Service, p corev1.ServicePort) string {
	host := svc.Name + "." + svc.Namespace + ":" + strconv.Itoa(int(p.Port))
	if protocol, _ := mesh.PortProtocol(p); protocol != mesh.HTTP {
		return host
	}
	name := p.Name
	if p.AppProtocol != nil {
		name = *p.AppProtocol
	}
	if head, _, _ := strings.Cut(strings.ToLower(name), "-"); head == "grpc" && !strings.HasPrefix(strings.ToLower(name), "grpc-web") {
		return "grpc://" + host
	}
	return "http://" + host
}
