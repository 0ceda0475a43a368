package mesh

import (
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// Of returns the data plane of a Pod. A nil Namespace is one that could not be
// read: it matters only to why nothing is there and to a Pod that does not exist
// yet (annotation authz-doctor.dev/predicted).
//
// What runs decides, not what labels ask for: a proxy first, then the annotations
// that node agents write once they are done (istio: cni/pkg/util/podutil.go; for others
// see [NodePlane]). Only of a Pod that was written by hand, which no agent has seen, are
// the labels for a node's data plane enough; of one that a cluster runs they leave open
// what the node does. A Pod on the host
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
		p.Version = ImageTag(c.Image)
		if notReady(pod, c.Name) {
			p.Notes = append(p.Notes, "container "+c.Name+" is not ready")
		}
	}
	switch found := p.fromContainer(pod, c, role); {
	case found:
	case pod.Spec.HostNetwork:
		p.Plane, p.Cause, p.Why = NoPlane, CauseHostNetwork, "hostNetwork"
	case onWindows(pod):
		p.Plane, p.Cause, p.Why = NoPlane, CauseWindows, "the Pod is for Windows, where neither sidecars nor ztunnel run"
	case p.fromSidecar(pod, c, role), p.fromNode(pod):
	case p.Predicted:
		p.predict(pod, ns)
	case p.fromLabels(pod, ns):
	default:
		p.Plane = NoPlane
		p.Cause, p.Why = absence(pod, ns)
	}
	p.HBONE = p.acceptsHBONE(pod)
	p.Notes = append(p.Notes, p.oddities(pod, ns)...)
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
// injector's name and no arguments is taken for one, and so is the annotation that
// the injector leaves: manifests written by hand have no more than that.
func (p *Presence) fromSidecar(pod *corev1.Pod, c *corev1.Container, role string) bool {
	_, injected := pod.Annotations[annotationStatus]
	named := c != nil && (role == "sidecar" || len(c.Command)+len(c.Args) == 0)
	switch templates := pod.Annotations[annotationTemplates]; {
	case c == nil && !injected:
		return false
	case strings.Contains(templates, "grpc-agent"), c != nil && environment(c, "DISABLE_ENVOY") == "true":
		p.Missing = "what the gRPC library in " + podName(pod) + " enforces: the Pod has no Envoy (proxyless gRPC)"
		return true
	case !named && !injected:
		return false
	case role == "" && templates == "gateway":
		p.Plane, p.Why = Gateway, "annotation "+annotationTemplates+": gateway"
		return true
	case named:
		p.Plane, p.Why = Sidecar, "container "+c.Name
	default:
		p.Plane, p.Why = Sidecar, "annotation "+annotationStatus
	}
	if pod.Annotations[annotationIntercept] == "NONE" {
		p.Notes = append(p.Notes, "annotation "+annotationIntercept+": NONE, so traffic is not redirected to the proxy")
	}
	return true
}

// fromNode recognizes what a node agent has written on the Pod.
func (p *Presence) fromNode(pod *corev1.Pod) bool {
	plane, why := enrolledBy(pod)
	switch ambient := pod.Annotations[annotationAmbient]; {
	case plane != UnknownPlane:
		p.Plane, p.Why = plane, why
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

// fromLabels takes the labels of the Pod and the Namespace for what the node does
// with a Pod written by hand. A Pod that runs lacks the agent's annotation.
func (p *Presence) fromLabels(pod *corev1.Pod, ns *corev1.Namespace) bool {
	plane, enrol := enrolment(pod, ns)
	if !enrol.wanted {
		return false
	}
	p.Why = enrol.why
	if !exists(pod) {
		p.Plane = plane
		return true
	}
	agent, mark := agentOf(plane)
	p.Cause = CauseAmbientNotEnrolled
	p.Missing = "whether the node's " + agent + " has enrolled " + podName(pod) + ": it lacks the " + mark
	return true
}

// exists reports whether a cluster has seen the Pod: what is written by hand has
// neither a UID nor a status beyond an address.
func exists(pod *corev1.Pod) bool {
	return pod.UID != "" || pod.Status.StartTime != nil || len(pod.Status.Conditions) > 0
}

// acceptsHBONE reports whether connections to the Pod may come as HBONE: istiod
// announces it for the annotation ambient.istio.io/redirection, and for no other node
// plane.
func (p *Presence) acceptsHBONE(pod *corev1.Pod) bool {
	switch p.Plane {
	case Ambient, Waypoint:
		return true
	case Sidecar, Gateway:
		return pod.Labels[labelTunnel] == "http"
	case UnknownPlane, NoPlane:
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
