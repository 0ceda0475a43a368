package netpol

import (
	"net/netip"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// Endpoint is one end of a connection: a Pod, or an address that is none.
type Endpoint struct {
	Pod             bool // false: an address outside, or a node if Node is set
	Namespace       string
	NamespaceLabels map[string]string
	NamespaceKnown  bool // whether NamespaceLabels could be read
	Name            string
	Labels          map[string]string
	IP              netip.Addr             // of the family that the connection uses; the zero Addr is unknown
	Node            string                 // the node it runs on; empty is unknown
	NodeLabels      map[string]string      // of that node
	NodeKnown       bool                   // whether NodeLabels could be read
	HostNetwork     bool                   // the Pod shares its node's network
	ContainerPorts  []corev1.ContainerPort // all of the Pod's, see PodEndpoint
}

// Connection is what one asks about.
type Connection struct {
	From, To Endpoint
	Port     uint16          // the target Pod's port, not the Service's; 0 is unknown
	Protocol corev1.Protocol // empty is TCP
}

// PodEndpoint describes a Pod. A nil namespace is one that could not be read.
// Of a dual-stack Pod it takes the primary address.
func PodEndpoint(pod *corev1.Pod, namespace *corev1.Namespace) Endpoint {
	e := Endpoint{
		Pod:            true,
		Namespace:      pod.Namespace,
		Name:           pod.Name,
		Labels:         pod.Labels,
		Node:           pod.Spec.NodeName,
		HostNetwork:    pod.Spec.HostNetwork,
		ContainerPorts: containerPorts(&pod.Spec),
	}
	if ip, err := netip.ParseAddr(pod.Status.PodIP); err == nil {
		e.IP = ip
	}
	if namespace != nil {
		e.NamespaceLabels, e.NamespaceKnown = namespace.Labels, true
	}
	return e
}

// containerPorts collects the ports that keep running: those of the containers
// and of the init containers that stay as sidecars.
func containerPorts(spec *corev1.PodSpec) []corev1.ContainerPort {
	var ports []corev1.ContainerPort
	for _, c := range spec.InitContainers {
		if c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways {
			ports = append(ports, c.Ports...)
		}
	}
	for _, c := range spec.Containers {
		ports = append(ports, c.Ports...)
	}
	return ports
}

// String names the endpoint as its user does: namespace/name or the address.
func (e Endpoint) String() string {
	switch {
	case e.Pod:
		return e.Namespace + "/" + e.Name
	case e.IP.IsValid():
		return e.IP.String()
	case e.Name != "":
		return e.Name
	}
	return "an unknown address"
}

// namespaceLabels returns what is known of the labels of the Pod's namespace.
func (e Endpoint) namespaceLabels() labels.Set {
	set := labels.Set{}
	if e.NamespaceKnown {
		set = labels.Merge(e.NamespaceLabels, nil)
	}
	set[corev1.LabelMetadataName] = e.Namespace
	return set
}

// isSelf reports whether both ends are one Pod.
func (c Connection) isSelf() bool {
	return c.From.Pod && c.To.Pod && c.From.Name != "" &&
		c.From.Namespace == c.To.Namespace && c.From.Name == c.To.Name
}

// portString words the port: "port 80", "UDP port 53", "an unknown port".
func (c Connection) portString() string {
	words := make([]string, 0, 4)
	if c.Port == 0 {
		words = append(words, "an", "unknown")
	}
	if p := c.protocol(); p != corev1.ProtocolTCP {
		words = append(words, string(p))
	}
	words = append(words, "port")
	if c.Port != 0 {
		words = append(words, strconv.Itoa(int(c.Port)))
	}
	return strings.Join(words, " ")
}

func (c Connection) protocol() corev1.Protocol {
	if c.Protocol == "" {
		return corev1.ProtocolTCP
	}
	return c.Protocol
}
