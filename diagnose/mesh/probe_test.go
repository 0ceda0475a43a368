package mesh

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
)

func httpGet(port intstr.IntOrString, path string) *corev1.Probe {
	return &corev1.Probe{ProbeHandler: corev1.ProbeHandler{HTTPGet: &corev1.HTTPGetAction{Port: port, Path: path}}}
}

// probed gives the application probes of every kind.
func probed(p *corev1.Pod) {
	c := &p.Spec.Containers[0]
	c.Ports = []corev1.ContainerPort{{Name: "web", ContainerPort: 8080}}
	c.ReadinessProbe = httpGet(intstr.FromString("web"), "/ready?x=1")
	c.LivenessProbe = &corev1.Probe{ProbeHandler: corev1.ProbeHandler{TCPSocket: &corev1.TCPSocketAction{Port: intstr.FromInt32(8081)}}}
	c.StartupProbe = &corev1.Probe{ProbeHandler: corev1.ProbeHandler{GRPC: &corev1.GRPCAction{Port: 8082}}}
	c.Lifecycle = &corev1.Lifecycle{PreStop: &corev1.LifecycleHandler{HTTPGet: &corev1.HTTPGetAction{Port: intstr.FromInt32(8083)}}}
}

// rewritten is what the injector makes of the readiness probe.
func rewritten(p *corev1.Pod) {
	probed(p)
	c := &p.Spec.Containers[0]
	c.ReadinessProbe = httpGet(intstr.FromInt32(15020), "/app-health/app/readyz")
	c.LivenessProbe, c.StartupProbe, c.Lifecycle = nil, nil, nil
	sidecarred(p)
	p.Spec.Containers[1].Env = []corev1.EnvVar{{Name: "ISTIO_KUBE_APP_PROBERS", Value: `{"/app-health/app/readyz":{"httpGet":{"path":"/ready","port":8080}}}`}}
	p.Spec.Containers[1].ReadinessProbe = httpGet(intstr.FromInt32(15021), "/healthz/ready")
	p.Annotations = set{"sidecar.istio.io/status": "{}"}
	seen(p)
}

// TestProbeOf follows istio: pkg/kube/inject/app_probe.go, cni/pkg/iptables.
func TestProbeOf(t *testing.T) {
	side, ambient := Presence{Plane: Sidecar}, Presence{Plane: Ambient, HBONE: true}
	none := annotated(set{"sidecar.istio.io/rewriteAppHTTPProbers": "false"})
	excluded := annotated(set{"sidecar.istio.io/rewriteAppHTTPProbers": "false", "traffic.sidecar.istio.io/excludeInboundPorts": "8080"})
	asIs := func(p *corev1.Pod) {
		probed(p)
		sidecarred(p)
		p.Annotations = set{"sidecar.istio.io/status": "{}"}
		seen(p)
	}
	broken := func(p *corev1.Pod) { rewritten(p); p.Spec.Containers[1].Env = nil }
	v6 := func(p *corev1.Pod) { probed(p); p.Status.PodIP = "fd00::1" }
	first := func(p *corev1.Pod) {
		probed(p)
		p.Spec.InitContainers = p.Spec.Containers
		p.Spec.Containers = nil
	}
	unnamed := func(p *corev1.Pod) { probed(p); p.Spec.Containers[0].Ports = nil }
	hook := func(p *corev1.Pod) {
		p.Spec.Containers[0].Lifecycle = &corev1.Lifecycle{PostStart: &corev1.LifecycleHandler{TCPSocket: &corev1.TCPSocketAction{Port: intstr.FromInt32(9)}}}
	}
	command := func(p *corev1.Pod) {
		p.Spec.Containers[0].LivenessProbe = &corev1.Probe{ProbeHandler: corev1.ProbeHandler{Exec: &corev1.ExecAction{}}}
	}
	tests := map[string]struct {
		pod        *corev1.Pod
		p          Presence
		port       uint16
		path, kind string
		// what comes of it
		rewritten, passes bool
		to                uint16
		why               string
	}{
		"no Pod":                         {nil, side, 8080, "/", "", false, false, 0, "the Pod is not known"},
		"no probe":                       {pod(probed), side, 9090, "/", "", false, false, 0, "no container of foo/web has a probe for port 9090"},
		"another path":                   {pod(probed), side, 8080, "/x", "", false, false, 0, "no container"},
		"a command is no request":        {pod(command), side, 0, "", "", false, false, 0, "no container"},
		"a port that is not declared":    {pod(unnamed), side, 8080, "/ready", "", false, false, 0, "no container"},
		"a named port":                   {pod(probed), side, 8080, "/ready?y=2", "readiness", true, true, 15020, "not redirected"},
		"an open path":                   {pod(probed), side, 8080, "", "readiness", true, true, 15020, ""},
		"TCP":                            {pod(probed), side, 8081, "", "liveness", true, true, 15020, ""},
		"gRPC, whatever the path":        {pod(probed), side, 8082, "/grpc.health.v1.Health/Check", "startup", true, true, 15020, ""},
		"a hook":                         {pod(probed), side, 8083, "/", "preStop", true, true, 15020, ""},
		"a hook by TCP":                  {pod(hook), side, 9, "", "postStart", true, true, 15020, ""},
		"an init container":              {pod(first), side, 8080, "/ready", "readiness", true, true, 15020, ""},
		"another port of the agent":      {pod(probed, annotated(set{"status.sidecar.istio.io/port": "15030"})), side, 8080, "/ready", "readiness", true, true, 15030, ""},
		"rewriting is off":               {pod(probed, none), side, 8080, "/ready", "readiness", false, false, 8080, "it is not rewritten, so it arrives in plaintext"},
		"and the port excluded":          {pod(probed, excluded), side, 8080, "/ready", "readiness", false, true, 8080, "excludeInboundPorts"},
		"a Pod that shows it is not":     {pod(asIs), side, 8080, "/ready", "readiness", false, false, 8080, "not rewritten"},
		"a Pod that shows it is":         {pod(rewritten), side, 15020, "/app-health/app/readyz", "readiness", true, true, 15020, "the agent there calls the application"},
		"what it was":                    {pod(rewritten), side, 8080, "/ready", "readiness", true, true, 15020, ""},
		"what it was, another path":      {pod(rewritten), side, 8080, "/other", "", false, false, 0, "no container"},
		"what it was cannot be read":     {pod(broken), side, 8080, "/ready", "", false, false, 0, "no container"},
		"but what it is can":             {pod(broken), side, 15020, "", "readiness", true, true, 15020, ""},
		"the proxy's own":                {pod(rewritten), side, 15021, "/healthz/ready", "readiness", false, true, 15021, "the proxy's own port"},
		"ambient":                        {pod(probed), ambient, 8080, "/ready", "readiness", false, true, 8080, "169.254.7.127"},
		"ambient, IPv6":                  {pod(v6), ambient, 8080, "/ready", "readiness", false, true, 8080, "fd16:9254:7127:1337:ffff:ffff:ffff:ffff"},
		"Kmesh":                          {pod(probed), Presence{Plane: onKmesh()}, 8080, "/ready", "readiness", false, false, 8080, "Kmesh"},
		"no data plane":                  {pod(probed), Presence{Plane: NoPlane}, 8080, "/ready", "readiness", false, true, 8080, ""},
		"a data plane that is not known": {pod(probed), Presence{Missing: "x"}, 8080, "/ready", "readiness", false, false, 8080, "x is not known"},
		"a gateway's":                    {pod(probed), Presence{Plane: Gateway}, 8080, "/ready", "readiness", false, false, 8080, ""},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			got := ProbeOf(tt.pod, tt.p, tt.port, tt.path)
			if got.Is != (tt.kind != "") || got.Kind != tt.kind || got.Rewritten != tt.rewritten || got.Passes != tt.passes || got.Port != tt.to {
				t.Errorf("got %+v", got)
			}
			if !contains(got.Why, tt.why) || got.Why == "" {
				t.Errorf("why: %q", got.Why)
			}
		})
	}
	if got := ProbeOf(pod(probed), side, 8083, "/"); got.Path != "/app-lifecycle/app/prestopz" {
		t.Errorf("a hook's path: %q", got.Path)
	}
}
