package mesh

import (
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// probers returns what kubelet calls of a container, and under which path the agent
// that the injector adds serves it (istio: pilot-agent/status/server.go).
func probers(c *corev1.Container) []prober {
	var out []prober
	for _, p := range []struct {
		kind, url string
		probe     *corev1.Probe
	}{{"readiness", "readyz", c.ReadinessProbe}, {"liveness", "livez", c.LivenessProbe}, {"startup", "startupz", c.StartupProbe}} {
		if p.probe != nil {
			out = append(out, prober{c, p.kind, "/app-health/" + c.Name + "/" + p.url, p.probe.HTTPGet, p.probe.TCPSocket, p.probe.GRPC})
		}
	}
	if c.Lifecycle == nil {
		return out
	}
	for _, h := range []struct {
		kind, url string
		handler   *corev1.LifecycleHandler
	}{{"postStart", "poststartz", c.Lifecycle.PostStart}, {"preStop", "prestopz", c.Lifecycle.PreStop}} {
		if h.handler != nil {
			out = append(out, prober{c, h.kind, "/app-lifecycle/" + c.Name + "/" + h.url, h.handler.HTTPGet, h.handler.TCPSocket, nil})
		}
	}
	return out
}

// containers returns the Pod's containers, those that start first included.
func containers(pod *corev1.Pod) []*corev1.Container {
	var out []*corev1.Container
	for i := range pod.Spec.InitContainers {
		out = append(out, &pod.Spec.InitContainers[i])
	}
	for i := range pod.Spec.Containers {
		out = append(out, &pod.Spec.Containers[i])
	}
	return out
}

// statusPort is where the agent answers probes.
func statusPort(pod *corev1.Pod) uint16 {
	if n, err := strconv.ParseUint(pod.Annotations[annotationStatusPort], 10, 16); err == nil {
		return uint16(n)
	}
	return 15020
}

// injectedAlready reports whether the injector has been at the Pod, so that it shows
// whether probes are rewritten.
func injectedAlready(pod *corev1.Pod) bool {
	_, injected := pod.Annotations[annotationStatus]
	return injected && exists(pod)
}

// rewrites reports whether the injector would rewrite the Pod's probes, in an
// installation with the default settings.
func rewrites(pod *corev1.Pod) bool {
	b, err := strconv.ParseBool(pod.Annotations[annotationRewrite])
	return err != nil || b
}

// nodeAddress is where the node's own traffic to a Pod in ambient comes from.
func nodeAddress(pod *corev1.Pod) string {
	if strings.Contains(pod.Status.PodIP, ":") {
		return ProbeAddress6
	}
	return ProbeAddress4
}
