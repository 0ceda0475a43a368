package diagnose

import (
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// TargetOf is a port of a Service as one would type it: with the scheme of what the mesh
// takes it for. It is empty for a port that no proxy and no policy of the mesh looks at.
func TargetOf(svc *corev1.Service, p corev1.ServicePort) string {
	if p.Protocol != "" && p.Protocol != corev1.ProtocolTCP {
		return ""
	}
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
