package mesh

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// Of returns the data plane of a Pod. A nil Namespace is one that could not be
// read: it matters only to why nothing is there and to a Pod that does not exist
// yet (annotation authz-doctor.dev/predicted).
//
// What runs decides, not what labels ask for: a proxy container first, then the
// annotations that the node agents of Kmesh and Istio write once they are done
// (kmesh: pkg/utils/enroll.go; istio: cni/pkg/util/podutil.go). A Pod on the host
// network is never captured, but a gateway there still is a gateway, because
// nothing has to be captured for it.
func Of(pod *corev1.Pod, ns *corev1.Namespace) Presence {
	if pod == nil {
		return Presence{Missing: "the Pod"}
	}
	p := Presence{
		Revision:    first(pod.Annotations[labelRevision], pod.Labels[labelRevision]),
		GatewayName: pod.Labels[labelGatewayName],
	}
	_, p.Predicted = pod.Annotations[annotationPredicted]
	c, role := proxyContainer(pod)
	if c != nil {
		p.Version = imageTag(c.Image)
		if notReady(pod, c.Name) {
			p.Notes = append(p.Notes, "container "+c.Name+" is not ready")
		}
	}
	switch found := p.fromContainer(pod, c, role); {
	case found:
	case pod.Spec.HostNetwork:
		p.Plane, p.Cause, p.Why = NoPlane, CauseHostNetwork, "hostNetwork"
	case p.fromSidecar(pod, c, role), p.fromNode(pod):
	case p.Predicted:
		p.predict(pod, ns)
	default:
		p.Plane = NoPlane
		p.Cause, p.Why = absence(pod, ns)
	}
	p.HBONE = p.acceptsHBONE(pod)
	return p
}

// fromContainer recognizes gateways and waypoints: they need no capture.
func (p *Presence) fromContainer(pod *corev1.Pod, c *corev1.Container, role string) bool {
	managed := pod.Labels[labelManaged]
	switch {
	case role == "waypoint":
		p.Plane, p.Why = Waypoint, "container "+c.Name+" runs proxy waypoint"
	case role == "router":
		p.Plane, p.Why = Gateway, "container "+c.Name+" runs proxy router"
	case managed == managedWaypoint:
		p.Plane, p.Why = Waypoint, "label "+labelManaged+": "+managed
	case managed == managedGateway, managed == managedEastWest:
		p.Plane, p.Why = Gateway, "label "+labelManaged+": "+managed
	case strings.Contains(managed, "agentgateway"):
		p.Missing = "what agentgateway enforces for " + podName(pod) + ": its semantics are not modelled"
	default:
		return false
	}
	if managed == managedEastWest {
		p.Notes = append(p.Notes, "an east-west gateway of ambient")
	}
	return true
}

// fromSidecar recognizes a sidecar, native or not. A container that has the
// injector's name and no arguments is taken for one: manifests written by hand
// leave them out.
func (p *Presence) fromSidecar(pod *corev1.Pod, c *corev1.Container, role string) bool {
	if c == nil {
		return false
	}
	if strings.Contains(pod.Annotations[annotationTemplates], "grpc-agent") || environment(c, "DISABLE_ENVOY") == "true" {
		p.Missing = "what the gRPC library in " + podName(pod) + " enforces: the Pod has no Envoy (proxyless gRPC)"
		return true
	}
	switch {
	case role == "sidecar":
	case len(c.Command)+len(c.Args) > 0:
		return false
	case pod.Annotations[annotationTemplates] == "gateway":
		p.Plane, p.Why = Gateway, "annotation "+annotationTemplates+": gateway"
		return true
	}
	p.Plane, p.Why = Sidecar, "container "+c.Name
	if pod.Annotations[annotationIntercept] == "NONE" {
		p.Notes = append(p.Notes, "annotation "+annotationIntercept+": NONE, so traffic is not redirected to the proxy")
	}
	return true
}

// fromNode recognizes what a node agent has written on the Pod.
func (p *Presence) fromNode(pod *corev1.Pod) bool {
	switch ambient := pod.Annotations[annotationAmbient]; {
	case pod.Annotations[annotationKmesh] == enabled:
		p.Plane, p.Why = Kmesh, "annotation "+annotationKmesh+": "+enabled
	case ambient == enabled:
		p.Plane, p.Why = Ambient, "annotation "+annotationAmbient+": "+enabled
	case ambient == "pending":
		p.Missing = "whether ztunnel has taken over " + podName(pod) + ": annotation " + annotationAmbient +
			" is pending, and until then the Pod neither sends nor receives"
	default:
		return false
	}
	return true
}

// acceptsHBONE reports whether connections to the Pod may come as HBONE. Kmesh
// answers on the Pod's own ports only: istiod announces HBONE for the annotation
// ambient.istio.io/redirection alone.
func (p *Presence) acceptsHBONE(pod *corev1.Pod) bool {
	switch p.Plane {
	case Ambient, Waypoint:
		return true
	case Sidecar, Gateway:
		return pod.Labels[labelTunnel] == "http"
	case UnknownPlane, NoPlane, Kmesh:
		return false
	}
	return false
}

// first returns the first string that is not empty.
func first(s ...string) string {
	for _, v := range s {
		if v != "" {
			return v
		}
	}
	return ""
}
