package mesh

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// The labels and annotations by which a Pod, a Service or a Namespace shows what
// carries its traffic.
const (
	labelInject            = "sidecar.istio.io/inject" // also an annotation; the label wins
	labelInjection         = "istio-injection"
	labelRevision          = "istio.io/rev" // also an annotation of injected Pods
	labelTLSMode           = "security.istio.io/tlsMode"
	labelTunnel            = "networking.istio.io/tunnel"
	labelDataplane         = "istio.io/dataplane-mode"
	labelManaged           = "gateway.istio.io/managed"
	labelGatewayName       = "gateway.networking.k8s.io/gateway-name"
	labelWaypoint          = "istio.io/use-waypoint"
	labelWaypointNamespace = "istio.io/use-waypoint-namespace"

	annotationStatus     = "sidecar.istio.io/status"
	annotationIntercept  = "sidecar.istio.io/interceptionMode"
	annotationTemplates  = "inject.istio.io/templates"
	annotationAmbient    = "ambient.istio.io/redirection"
	annotationBypass     = "ambient.istio.io/bypass-inbound-capture"
	annotationPredicted  = "authz-doctor.dev/predicted"
	annotationStatusPort = "status.sidecar.istio.io/port"

	annotationProxyConfig = "proxy.istio.io/config"
	annotationRewrite     = "sidecar.istio.io/rewriteAppHTTPProbers"

	capture = "traffic.sidecar.istio.io/" // the prefix of the annotations on captured traffic

	enabled = "enabled"
	proxy   = "istio-proxy" // the name of the container that the injector adds
)

// The values of the label gateway.istio.io/managed
// (istio: pkg/config/constants/constants.go).
const (
	managedGateway  = "istio.io-gateway-controller"
	managedWaypoint = "istio.io-mesh-controller"
	managedEastWest = "istio.io-eastwest-controller"
)

// proxyContainer returns the container of the mesh's proxy and what it runs:
// sidecar, router, waypoint, or "" where that cannot be told. In initContainers
// only a native sidecar, which restarts always, is a proxy.
func proxyContainer(pod *corev1.Pod) (c *corev1.Container, role string) {
	for i := range pod.Spec.Containers {
		c := &pod.Spec.Containers[i]
		if role := proxyRole(c); role != "" || c.Name == proxy {
			return c, role
		}
	}
	for i := range pod.Spec.InitContainers {
		c := &pod.Spec.InitContainers[i]
		native := c.RestartPolicy != nil && *c.RestartPolicy == corev1.ContainerRestartPolicyAlways
		if role := proxyRole(c); native && (role != "" || c.Name == proxy) {
			return c, role
		}
	}
	return nil, ""
}

// proxyRole returns the word after "proxy" on the command line of pilot-agent.
// Any other container, whatever it runs, has none.
func proxyRole(c *corev1.Container) string {
	line := slices.Concat(c.Command, c.Args)
	for i := 0; i+1 < len(line); i++ {
		if role := line[i+1]; line[i] == "proxy" && (role == "sidecar" || role == "router" || role == "waypoint") {
			return role
		}
	}
	return ""
}

// environment returns the value of a variable in the container, "" if it has none.
func environment(c *corev1.Container, name string) string {
	for _, e := range c.Env {
		if e.Name == name {
			return e.Value
		}
	}
	return ""
}

// ImageTag returns the tag of an image without its digest, "" if it has none.
func ImageTag(image string) string {
	image, _, _ = strings.Cut(image, "@")
	name := image[strings.LastIndex(image, "/")+1:]
	_, tag, _ := strings.Cut(name, ":")
	return tag
}

// notReady reports whether the container is known not to be ready.
func notReady(pod *corev1.Pod, container string) bool {
	for _, s := range slices.Concat(pod.Status.ContainerStatuses, pod.Status.InitContainerStatuses) {
		if s.Name == container {
			return !s.Ready
		}
	}
	return false
}

// named returns namespace/name.
func named(namespace, name string) string { return namespace + "/" + name }

// podName returns namespace/name of a Pod; a Pod of a template may have neither.
func podName(pod *corev1.Pod) string {
	if pod == nil {
		return "?"
	}
	return named(pod.Namespace, pod.Name)
}
