package mesh

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
)

func TestCapturedInbound(t *testing.T) {
	const prefix = "traffic.sidecar.istio.io/"
	side := Presence{Plane: Sidecar}
	tests := []struct {
		name  string
		pod   *corev1.Pod
		p     Presence
		port  uint16
		hbone bool
		want  bool
		why   string
	}{
		{"sidecar", pod(sidecarred), side, 8080, false, true, "inbound ports are redirected to the sidecar"},
		{"merged metrics", pod(sidecarred), side, 15020, false, false, "port 15020 is the proxy's own and is not redirected"},
		{"health", pod(sidecarred), side, 15021, false, false, "port 15021 is the proxy's own and is not redirected"},
		{"statistics", pod(sidecarred), side, 15090, false, false, "port 15090 is the proxy's own and is not redirected"},
		{"another status port", pod(annotated(set{"status.sidecar.istio.io/port": "15999"})), side, 15020, false, true, "inbound ports are redirected to the sidecar"},
		{"excluded", pod(annotated(set{prefix + "excludeInboundPorts": "80, 8080"})), side, 8080, false, false, "port 8080 is in annotation traffic.sidecar.istio.io/excludeInboundPorts: 80, 8080"},
		{"another is excluded", pod(annotated(set{prefix + "excludeInboundPorts": "80"})), side, 8080, false, true, "inbound ports are redirected to the sidecar"},
		{"own ports besides excluded ones", pod(annotated(set{prefix + "excludeInboundPorts": "80"})), side, 15090, false, false, "port 15090 is the proxy's own and is not redirected"},
		{"included", pod(annotated(set{prefix + "includeInboundPorts": "80,8080"})), side, 8080, false, true, "port 8080 is in annotation traffic.sidecar.istio.io/includeInboundPorts: 80,8080"},
		{"not included", pod(annotated(set{prefix + "includeInboundPorts": "80"})), side, 8080, false, false, `port 8080 is not in annotation traffic.sidecar.istio.io/includeInboundPorts: "80"`},
		{"nothing is included", pod(annotated(set{prefix + "includeInboundPorts": ""})), side, 8080, false, false, `port 8080 is not in annotation traffic.sidecar.istio.io/includeInboundPorts: ""`},
		{"an included port is not excluded", pod(annotated(set{prefix + "includeInboundPorts": "80", prefix + "excludeInboundPorts": "80"})), side, 80, false, true, "port 80 is in annotation traffic.sidecar.istio.io/includeInboundPorts: 80"},
		{"all are included", pod(annotated(set{prefix + "includeInboundPorts": "*", prefix + "excludeInboundPorts": "80"})), side, 80, false, false, "port 80 is in annotation traffic.sidecar.istio.io/excludeInboundPorts: 80"},
		{
			"the init container's arguments come first",
			pod(initially(false, "istio-init", "istio-iptables", "-b", "*", "-d", "15090,15021,15020,9000"), annotated(set{prefix + "excludeInboundPorts": "80"})),
			side, 9000, false, false, "port 9000 is in argument -d of container istio-init: 15090,15021,15020,9000",
		},
		{
			"own ports by the init container",
			pod(initially(false, "istio-validation", "istio-iptables", "-d", "15090,15021,15020")),
			side, 15021, false, false, "port 15021 is the proxy's own and is not redirected",
		},
		{
			"own ports that the init container does not exclude",
			pod(initially(false, "istio-init", "istio-iptables", "-d", "15090,15021")),
			side, 15020, false, true, "inbound ports are redirected to the sidecar",
		},
		{"no redirection", pod(annotated(set{"sidecar.istio.io/interceptionMode": "NONE"})), side, 80, false, false, "annotation sidecar.istio.io/interceptionMode: NONE"},
		{"HBONE brings every port", pod(annotated(set{prefix + "excludeInboundPorts": "80"})), Presence{Plane: Sidecar, HBONE: true}, 80, true, true, "through HBONE every port is subject to policy"},
		{"no Pod", nil, side, 80, false, false, "the Pod is not known"},
		{"ambient", pod(), Presence{Plane: Ambient}, 15020, false, true, "every port is redirected to ztunnel"},
		{"ambient, bypassed", pod(annotated(set{"ambient.istio.io/bypass-inbound-capture": "true"})), Presence{Plane: Ambient}, 80, false, false, `annotation ambient.istio.io/bypass-inbound-capture: "true"`},
		{"ambient, HBONE is not bypassed", pod(annotated(set{"ambient.istio.io/bypass-inbound-capture": "true"})), Presence{Plane: Ambient}, 80, true, true, "every port is redirected to ztunnel"},
		{"Kmesh", pod(), Presence{Plane: onKmesh()}, 80, false, true, "every port is seen by Kmesh"},
		{"gateway", pod(), Presence{Plane: Gateway}, 8443, false, true, "the proxy itself listens"},
		{"a gateway's own port", pod(), Presence{Plane: Gateway}, 15021, false, false, "port 15021 is the proxy's own"},
		{"nothing", pod(), Presence{Plane: NoPlane}, 80, false, false, "the Pod has no data plane"},
		{"unknown", pod(), Presence{}, 80, false, false, "the data plane of foo/web is not known"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got, why := CapturedInbound(tt.pod, tt.p, tt.port, tt.hbone); got != tt.want || why != tt.why {
				t.Errorf("got %v, %q; want %v, %q", got, why, tt.want, tt.why)
			}
		})
	}
}
