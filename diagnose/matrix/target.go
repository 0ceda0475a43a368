package matrix

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// Target is what is called: a port of a Service, or whatever a question can have.
type Target struct {
	// Name is what one would ask about: svc/httpbin.default:8000.
	Name string `json:"name"`
	// Namespace is of the Service; empty where the target is none.
	Namespace string `json:"namespace,omitempty"`
	// Port is the Service's port, with its name.
	Port     string `json:"port,omitempty"`
	question string // as a question has it
	service  string
	index    int // of the port
	number   int32
}

// targets are the TCP ports of all Services, by namespace, name and port.
func targets(snap *cluster.Snapshot) []Target {
	var out []Target
	for _, svc := range cluster.List[*corev1.Service](snap, "") {
		for i, p := range svc.Spec.Ports {
			if p.Protocol != "" && p.Protocol != corev1.ProtocolTCP {
				continue
			}
			name := fmt.Sprintf("svc/%s.%s:%d", svc.Name, svc.Namespace, p.Port)
			port := fmt.Sprint(p.Port)
			if p.Name != "" {
				port += " (" + p.Name + ")"
			}
			out = append(out, Target{Name: name, Namespace: svc.Namespace, Port: port, question: name, service: svc.Name, index: i, number: p.Port})
		}
	}
	return out
}
