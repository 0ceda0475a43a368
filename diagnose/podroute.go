package diagnose

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// podRoute leads straight to a Pod.
func (in *inquiry) podRoute(pod *corev1.Pod) (route, error) {
	r := route{}
	port, err := in.podPort(pod)
	if err != nil {
		return r, err
	}
	r.port = port
	r.protocol, r.protocolWhy = in.podPortProtocol(pod, port)
	end := in.podParty(pod)
	end.port = port
	r.ends = []party{end}
	if !running(pod) {
		r.blocked = "the Pod " + pod.Namespace + "/" + pod.Name + " has ended"
		r.symptom = "connection timed out or refused"
	}
	return r, nil
}

// podPort picks the port of a Pod that the target names: by number or by the
// name of a container port, else the scheme's, else the only one.
func (in *inquiry) podPort(pod *corev1.Pod) (uint16, error) {
	ports := appPorts(pod)
	want := or(in.target.port, schemes[in.target.scheme])
	if n, err := strconv.ParseUint(want, 10, 16); err == nil {
		return uint16(n), nil
	}
	for _, p := range ports {
		if want != "" && p.Name == want {
			return uint16(p.ContainerPort), nil
		}
	}
	name := pod.Namespace + "/" + pod.Name
	switch {
	case want != "":
		return 0, fmt.Errorf("target %q: Pod %s has no container port %q; it declares %s", in.q.Target, name, want, containerPortList(ports))
	case len(ports) == 1:
		return uint16(ports[0].ContainerPort), nil
	}
	return 0, fmt.Errorf("target %q: say which port of Pod %s; it declares %s", in.q.Target, name, containerPortList(ports))
}

// appPorts leaves out the ports of the proxy.
func appPorts(pod *corev1.Pod) []corev1.ContainerPort {
	bare := pod.DeepCopy()
	bare.Spec.Containers = slices.DeleteFunc(bare.Spec.Containers, func(c corev1.Container) bool { return c.Name == "istio-proxy" })
	bare.Spec.InitContainers = nil
	return podPorts(bare)
}

func containerPortList(ports []corev1.ContainerPort) string {
	if len(ports) == 0 {
		return "none"
	}
	words := make([]string, len(ports))
	for i, p := range ports {
		words[i] = shortPort(p.ContainerPort, p.Name)
	}
	return strings.Join(words, ", ")
}

// podPortProtocol is the protocol that the Pod's own proxy takes the port for.
func (in *inquiry) podPortProtocol(pod *corev1.Pod, port uint16) (mesh.Protocol, string) {
	if m := in.missing(cluster.Services, pod.Namespace, ""); m != "" {
		return mesh.UnknownProtocol, m
	}
	if p := in.oldestPort(pod, port); p != nil {
		return mesh.PortProtocol(*p)
	}
	return mesh.Auto, "port " + strconv.Itoa(int(port)) + " is no Service's, so its protocol is sniffed"
}

// oldestPort is the port of the oldest Service in sight that leads to a Pod's
// port: it says the protocol (listener_inbound.go). nil if none does.
func (in *inquiry) oldestPort(pod *corev1.Pod, port uint16) *corev1.ServicePort {
	var oldest *corev1.Service
	var found *corev1.ServicePort
	for _, svc := range in.services(pod) {
		if oldest != nil && !older(svc, oldest) {
			continue
		}
		for _, p := range svc.Spec.Ports {
			r := route{servicePort: &p, port: uint16(p.Port), headless: svc.Spec.ClusterIP == corev1.ClusterIPNone}
			if p.Protocol != corev1.ProtocolUDP && targetPort(r, pod) == port {
				oldest, found = svc, &p
				break
			}
		}
	}
	return found
}

func older(a, b *corev1.Service) bool {
	return cmp.Or(a.CreationTimestamp.Compare(b.CreationTimestamp.Time), strings.Compare(a.Name, b.Name)) < 0
}

// noPod tells an unreadable Pod from one that is not there.
func (in *inquiry) noPod(ctx context.Context) (route, error) {
	t := in.target
	if m := in.missing(cluster.Pods, t.namespace, t.name); m != "" {
		return route{missing: m}, nil
	}
	if err := in.noNamespace(ctx, t.namespace); err != nil {
		return route{}, fmt.Errorf("target %q: %w", in.q.Target, err)
	}
	names := in.reader.Names(ctx, cluster.Pods, t.namespace)
	return route{}, fmt.Errorf("target %q: no Pod is called %q in namespace %q%s", in.q.Target, t.name, t.namespace, didYouMean(t.name, names))
}

// noAddress is what is left of an address that no Pod in sight has.
func (in *inquiry) noAddress() (route, error) {
	var looked []string
	for _, ns := range in.addressNamespaces() {
		if m := in.missing(cluster.Pods, ns, ""); m != "" {
			return route{missing: m}, nil
		}
		looked = append(looked, strconv.Quote(ns))
	}
	if in.whole() {
		return route{}, fmt.Errorf("target %q: no Pod has the address %s", in.q.Target, in.target.address)
	}
	return route{}, fmt.Errorf("target %q: no Pod of namespace %s has the address %s; name it as pod/NAME.NAMESPACE, or its namespace with -n",
		in.q.Target, strings.Join(looked, " or "), in.target.address)
}
