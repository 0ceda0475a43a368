package mesh

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

// The addresses that the node's own traffic to a Pod in ambient comes from (istio:
// cni/pkg/iptables/iptables.go). They stand for kubelet and for whatever else runs on
// the network of the same node, Pods with hostNetwork included.
const (
	ProbeAddress4 = "169.254.7.127"
	ProbeAddress6 = "fd16:9254:7127:1337:ffff:ffff:ffff:ffff"
)

// Probe is a request of kubelet to one of the Pod's containers.
type Probe struct {
	// Is says that kubelet makes the request: a container has a probe or a lifecycle
	// hook for this port and path.
	Is bool `json:"is"`
	// Rewritten says that kubelet calls the agent in the Pod instead, at Port and Path,
	// and the agent calls the application from inside.
	Rewritten bool   `json:"rewritten,omitempty"`
	Port      uint16 `json:"port,omitempty"`
	Path      string `json:"path,omitempty"`
	// Passes says that kubelet's request meets neither mTLS nor a policy.
	Passes bool `json:"passes,omitempty"`
	// Kind is readiness, liveness, startup, postStart or preStop; Container whose.
	Kind      string `json:"kind,omitempty"`
	Container string `json:"container,omitempty"`
	Why       string `json:"why,omitempty"`
}

// prober is one probe as the application's author wrote it, or as kubelet makes it.
type prober struct {
	container *corev1.Container
	kind, url string // url is the agent's path for it
	http      *corev1.HTTPGetAction
	tcp       *corev1.TCPSocketAction
	grpc      *corev1.GRPCAction
}

// ProbeOf tells whether a request to the port of the Pod is one that kubelet makes,
// and what becomes of it. path is its path, empty if it is not known or not HTTP: then
// the port decides. The port may be the application's or the one that the injector
// wrote instead; of a Pod that was injected the former is read from the agent's
// environment. Probes that run a command are no requests.
//
// What is injected has its probes rewritten unless the Pod's annotation or the
// installation says otherwise: a Pod that runs shows which, of one that does not exist
// yet or is written by hand the annotation is asked (istio: pkg/kube/inject/
// app_probe.go, webhook.go).
func ProbeOf(pod *corev1.Pod, p Presence, port uint16, path string) Probe {
	if pod == nil {
		return Probe{Why: "the Pod is not known"}
	}
	path, _, _ = strings.Cut(path, "?")
	for _, c := range containers(pod) {
		for _, pr := range probers(c) {
			if out, ok := pr.match(pod, p, port, path); ok {
				return out
			}
		}
	}
	return Probe{Why: fmt.Sprintf("no container of %s has a probe for port %d", podName(pod), port)}
}

// match reports whether the probe is what is asked, as it stands or as it was before
// it was rewritten.
func (pr prober) match(pod *corev1.Pod, p Presence, port uint16, path string) (Probe, bool) {
	agent := statusPort(pod)
	out := Probe{Is: true, Kind: pr.kind, Container: pr.container.Name, Port: port, Path: path}
	done := pr.http != nil && pr.port() == agent && pr.http.Path == pr.url
	before := pr
	if done {
		before = pr.original(pod)
	}
	if asked := before.is(port, path) || done && pr.is(port, path); !asked {
		return Probe{}, false
	}
	what := pr.kind + " probe of container " + pr.container.Name
	switch own := pr.container.Name == proxy; {
	case p.Plane == Sidecar && own:
		out.Passes, out.Why = true, what+": the proxy's own port is not redirected"
	case p.Plane == Sidecar && (done || !injectedAlready(pod) && rewrites(pod)):
		out.Rewritten, out.Passes, out.Port, out.Path = true, true, agent, pr.url
		out.Why = fmt.Sprintf("%s: kubelet calls port %d, which is not redirected, and the agent there calls the application from inside the Pod", what, agent)
	case p.Plane == Sidecar:
		captured, why := CapturedInbound(pod, p, port, false)
		out.Passes = !captured
		out.Why = what + ": it is not rewritten, so it arrives in plaintext and without an identity as any other request"
		if !captured {
			out.Why = what + ": " + why
		}
	case p.Plane == Ambient:
		out.Passes = true
		out.Why = what + ": what comes from the node itself is given the address " + nodeAddress(pod) + " and passes ztunnel untouched"
	case p.Plane == UnknownPlane:
		out.Why = what + "; " + first(p.Missing, "the data plane of "+podName(pod)) + " is not known"
	case p.Plane.Foreign() != nil:
		out.Why = what + ": " + p.Plane.Foreign().Probe
	default: // gateways and waypoints listen themselves, on ports of their own
		out.Passes = p.Plane == NoPlane || slices.Contains(ownPorts, strconv.Itoa(int(port)))
		out.Why = what
	}
	return out, true
}

// is reports whether the probe calls the port and, with HTTP, the path.
func (pr prober) is(port uint16, path string) bool {
	if pr.port() != port || port == 0 {
		return false
	}
	if pr.http == nil || path == "" {
		return true
	}
	wanted, _, _ := strings.Cut(pr.http.Path, "?")
	return "/"+strings.TrimPrefix(wanted, "/") == path
}

// port returns the port that is called, 0 if it is a name that the container lacks.
func (pr prober) port() uint16 {
	var port intstr.IntOrString
	switch {
	case pr.http != nil:
		port = pr.http.Port
	case pr.tcp != nil:
		port = pr.tcp.Port
	case pr.grpc != nil:
		return uint16(pr.grpc.Port)
	}
	if port.Type == intstr.Int {
		return uint16(port.IntVal)
	}
	for _, p := range pr.container.Ports {
		if p.Name == port.StrVal {
			return uint16(p.ContainerPort)
		}
	}
	return 0
}

// original returns the probe as it was, which the injector leaves in the agent's
// environment; what it is now if that cannot be read.
func (pr prober) original(pod *corev1.Pod) prober {
	c, _ := proxyContainer(pod)
	if c == nil {
		return pr
	}
	var all map[string]struct {
		HTTP *corev1.HTTPGetAction   `json:"httpGet"`
		TCP  *corev1.TCPSocketAction `json:"tcpSocket"`
		GRPC *corev1.GRPCAction      `json:"grpc"`
	}
	if err := json.Unmarshal([]byte(environment(c, "ISTIO_KUBE_APP_PROBERS")), &all); err != nil {
		return pr
	}
	if was, ok := all[pr.url]; ok {
		pr.http, pr.tcp, pr.grpc = was.HTTP, was.TCP, was.GRPC
	}
	return pr
}
