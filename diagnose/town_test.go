package diagnose

import (
	"fmt"
	"strings"
)

// town writes manifests of a cluster with endpoints, as a live one has them.
type town struct {
	strings.Builder
	ips int
}

// namespace adds a namespace with a label, "" for none.
func (c *town) namespace(name, labels string) {
	fmt.Fprintf(c, "\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: %s, labels: {%s}}\n", name, labels)
}

// pod adds a Pod of a Deployment; plane is sidecar, ambient, gateway, waypoint or none.
func (c *town) pod(ns, name, plane, labels string) string {
	c.ips++
	ip := fmt.Sprintf("10.1.%d.%d", c.ips/250, c.ips%250+1)
	annotations, extra := "", ""
	switch plane {
	case "sidecar":
		extra = ", {name: istio-proxy, image: istio/proxyv2, args: [proxy, sidecar]}"
	case "gateway":
		extra = ", {name: istio-proxy, image: istio/proxyv2, args: [proxy, router]}"
	case "waypoint":
		extra = ", {name: istio-proxy, image: istio/proxyv2, args: [proxy, waypoint]}"
	case "ambient":
		annotations = "ambient.istio.io/redirection: enabled"
	}
	containers := "{name: app, image: x, ports: [{containerPort: 80}]}"
	if plane == "gateway" || plane == "waypoint" {
		containers, extra = strings.TrimPrefix(extra, ", "), ""
	}
	fmt.Fprintf(c, "\n---\napiVersion: v1\nkind: Pod\nmetadata: {name: %s-1, namespace: %s, labels: {app: %s%s}, annotations: {%s}}\nspec: {serviceAccountName: %s, containers: [%s%s]}\nstatus: {phase: Running, podIP: %s}\n",
		name, ns, name, labels, annotations, name, containers, extra, ip)
	fmt.Fprintf(c, "\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: %s, namespace: %s}\nspec: {selector: {matchLabels: {app: %s}}, template: {metadata: {labels: {app: %s%s}}, spec: {serviceAccountName: %s, containers: [{name: app, image: x}]}}}\n",
		name, ns, name, name, labels, name)
	return ip
}

// service adds a Service of port 80 with one endpoint, and the Pod behind it.
func (c *town) service(ns, name, plane, labels string) {
	ip := c.pod(ns, name, plane, labels)
	selector := "app: " + name
	if strings.Contains(labels, "gateway") {
		selector += labels
	}
	fmt.Fprintf(c, "\n---\napiVersion: v1\nkind: Service\nmetadata: {name: %s, namespace: %s}\nspec: {clusterIP: 10.2.0.%d, selector: {%s}, ports: [{name: http, port: 80, targetPort: 80}]}\n", name, ns, c.ips, selector)
	fmt.Fprintf(c, "\n---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: %s-1, namespace: %s, labels: {kubernetes.io/service-name: %s}}\naddressType: IPv4\nports: [{name: http, port: 80}]\nendpoints:\n- {addresses: [%s], targetRef: {kind: Pod, name: %s-1, namespace: %s}}\n", name, ns, name, ip, name, ns)
}

// object adds one of Istio's or the Gateway API's.
func (c *town) object(apiVersion, kind, ns, name, spec string) {
	fmt.Fprintf(c, "\n---\napiVersion: %s\nkind: %s\nmetadata: {name: %s, namespace: %s}\nspec: %s\n", apiVersion, kind, name, ns, spec)
}

const (
	istioAPI = "networking.istio.io/v1"
	gwAPI    = "gateway.networking.k8s.io/v1"
	authzAPI = "security.istio.io/v1"
)
