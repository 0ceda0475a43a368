package clusters

import (
	"fmt"
	"strings"
)

// plane is the data plane of a Pod.
type plane string

const (
	bare    plane = "none"
	sidecar plane = "sidecar"
	ambient plane = "ambient"
	// behind is ambient with a waypoint before the Service.
	behind plane = "waypoint"
)

// namespace has the labels that its Pods' data plane asks for.
func namespace(name string, p plane) string {
	labels := ""
	switch p {
	case sidecar:
		labels = "istio-injection: enabled"
	case ambient:
		labels = "istio.io/dataplane-mode: ambient"
	case behind:
		labels = "istio.io/dataplane-mode: ambient, istio.io/use-waypoint: wp"
	case bare:
	}
	return fmt.Sprintf("{apiVersion: v1, kind: Namespace, metadata: {name: %s, labels: {%s}}}", name, labels)
}

// pod runs as a ServiceAccount of its own name.
func pod(ns, name string, p plane, labels ...string) string {
	set := append([]string{"app: " + name}, labels...)
	annotations, proxy := "", ""
	switch p {
	case sidecar:
		set = append(set, "security.istio.io/tlsMode: istio")
		annotations = "sidecar.istio.io/status: '{}'"
		proxy = "\n  - {name: istio-proxy, image: 'istio/proxyv2:1.31.1', args: [proxy, sidecar]}"
	case ambient, behind:
		annotations = "ambient.istio.io/redirection: enabled"
	case bare:
	}
	return fmt.Sprintf(`apiVersion: v1
kind: Pod
metadata: {name: %s, namespace: %s, labels: {%s}, annotations: {%s}}
spec:
  nodeName: node-0
  serviceAccountName: %[1]s
  containers:
  - {name: app, image: app}%[5]s`, name, ns, strings.Join(set, ", "), annotations, proxy)
}

// proxyPod runs an Envoy alone: a gateway (router) or a waypoint.
func proxyPod(ns, name, kind, labels string) string {
	return fmt.Sprintf(`apiVersion: v1
kind: Pod
metadata: {name: %s, namespace: %s, labels: {%s}}
spec:
  nodeName: node-0
  serviceAccountName: %[1]s
  containers:
  - {name: istio-proxy, image: 'istio/proxyv2:1.31.1', args: [proxy, %[4]s]}`, name, ns, labels, kind)
}

// port of a Service: the name says the protocol.
type port struct {
	name     string
	number   int
	target   int
	protocol string // appProtocol
}

// usual are a port for HTTP, one for TCP and one that does not say.
var usual = []port{{"http", 80, 8080, ""}, {"tcp", 90, 9090, ""}, {"other", 70, 7070, ""}}

func service(ns, name, extra string, ports ...port) string {
	var list []string
	for _, p := range ports {
		app := ""
		if p.protocol != "" {
			app = ", appProtocol: " + p.protocol
		}
		list = append(list, fmt.Sprintf("{name: %s, port: %d, targetPort: %d%s}", p.name, p.number, p.target, app))
	}
	return fmt.Sprintf("apiVersion: v1\nkind: Service\nmetadata: {name: %s, namespace: %s}\nspec:\n  selector: {app: %[1]s}\n  ports: [%[3]s]\n%[4]s",
		name, ns, strings.Join(list, ", "), extra)
}

// between is a client in $a and a server in $b, each with its data plane.
func between(name string, client, server plane) *draft {
	d := &draft{name: name}
	d.add(namespace("$a", client), namespace("$b", server), pod("$a", "client", client), pod("$b", "server", server), service("$b", "server", "", usual...))
	if server == behind {
		d.add(waypoint("$b", "service")...)
	}
	return d
}

// usually asks each of the usual ports.
func (d *draft) usually(source string) *draft {
	for _, target := range []string{"http://server.$b/", "tcp://server.$b:90", "http://server.$b:70/", "tcp://server.$b:70"} {
		d.ask(Question{Source: source, Target: target})
	}
	return d
}

// get is the client's request.
func get(target string) Question { return Question{Source: "client.$a", Target: target, Method: "GET"} }

// waypoint is a waypoint called wp, with its Service and its Pod.
func waypoint(ns, of string) []string {
	const name = "wp"
	labels := fmt.Sprintf("gateway.networking.k8s.io/gateway-name: %s, gateway.networking.k8s.io/gateway-class-name: istio-waypoint, gateway.istio.io/managed: istio.io-mesh-controller, istio.io/dataplane-mode: none", name)
	return []string{
		fmt.Sprintf(`apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: %s, namespace: %s, labels: {istio.io/waypoint-for: %s}}
spec:
  gatewayClassName: istio-waypoint
  listeners: [{name: mesh, port: 15008, protocol: HBONE}]`, name, ns, of),
		fmt.Sprintf(`apiVersion: v1
kind: Service
metadata: {name: %s, namespace: %s, labels: {%s}}
spec:
  selector: {gateway.networking.k8s.io/gateway-name: %[1]s}
  ports: [{name: status-port, port: 15021}, {name: mesh, port: 15008, appProtocol: hbone}]`, name, ns, labels),
		proxyPod(ns, name, "waypoint", labels),
	}
}

// object is one of Istio's, or of the Gateway API.
func object(api, kind, ns, name, spec string) string {
	return fmt.Sprintf("apiVersion: %s\nkind: %s\nmetadata: {name: %s, namespace: %s}\nspec: %s", api, kind, name, ns, spec)
}

const (
	security   = "security.istio.io/v1"
	networking = "networking.istio.io/v1"
	k8sGateway = "gateway.networking.k8s.io/v1"
)

func peerAuthentication(ns, name, spec string) string {
	return object(security, "PeerAuthentication", ns, name, spec)
}

func authorizationPolicy(ns, name, spec string) string {
	return object(security, "AuthorizationPolicy", ns, name, spec)
}

func destinationRule(ns, spec string) string {
	return object(networking, "DestinationRule", ns, "rule", spec)
}

func virtualService(spec string) string {
	return object(networking, "VirtualService", "$b", "route", spec)
}
