package mesh

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
)

func TestOf(t *testing.T) {
	plain := namespace("foo", nil)
	injected := namespace("foo", set{"istio-injection": "enabled"})
	proxyImage := "docker.io/istio/proxyv2:1.31.1"
	tests := map[string]struct {
		pod  *corev1.Pod
		ns   *corev1.Namespace
		want Presence
	}{
		"no Pod": {nil, plain, Presence{Missing: "the Pod"}},
		"sidecar": {
			pod(sidecarred, annotated(set{"istio.io/rev": "stable"})), injected,
			Presence{Plane: Sidecar, Why: "container istio-proxy", Revision: "stable", Version: "1.31.1"},
		},
		"sidecar with an unread namespace": {
			pod(sidecarred), nil,
			Presence{Plane: Sidecar, Why: "container istio-proxy", Version: "1.31.1"},
		},
		"native sidecar": {
			pod(initially(true, "istio-proxy", "proxy", "sidecar")), injected,
			Presence{Plane: Sidecar, Why: "container istio-proxy", Version: "1.31.1"},
		},
		"sidecar that accepts HBONE": {
			pod(labelled(set{"networking.istio.io/tunnel": "http"}), sidecarred), injected,
			Presence{Plane: Sidecar, Why: "container istio-proxy", Version: "1.31.1", HBONE: true},
		},
		"sidecar that is not ready": {
			pod(sidecarred, func(p *corev1.Pod) {
				p.Status.ContainerStatuses = []corev1.ContainerStatus{{Name: "istio-proxy"}}
			}), injected,
			Presence{Plane: Sidecar, Why: "container istio-proxy", Version: "1.31.1", Notes: []string{"container istio-proxy is not ready"}},
		},
		"sidecar without redirection": {
			pod(sidecarred, annotated(set{"sidecar.istio.io/interceptionMode": "NONE"})), injected,
			Presence{Plane: Sidecar, Why: "container istio-proxy", Version: "1.31.1", Notes: []string{"annotation sidecar.istio.io/interceptionMode: NONE, so traffic is not redirected to the proxy"}},
		},
		"sidecar without arguments, by its image": {
			pod(running("registry:5000/istio/proxyv2:1.30.0-distroless@sha256:00")), injected,
			Presence{Plane: Sidecar, Why: "container istio-proxy", Version: "1.30.0-distroless"},
		},
		"sidecar without arguments, by its annotation": {
			pod(running("mine"), annotated(set{"sidecar.istio.io/status": "{}"})), injected,
			Presence{Plane: Sidecar, Why: "container istio-proxy"},
		},
		"a container of that name and nothing else": {
			pod(running("mine")), injected,
			Presence{Plane: Sidecar, Why: "container istio-proxy"},
		},
		"a container of that name that runs something else": {
			pod(running("mine", "sleep", "1")), plain,
			Presence{Plane: NoPlane, Cause: CauseNotLabelled, Why: "namespace foo lacks istio-injection=enabled or istio.io/rev"},
		},
		"init containers of the injector are no proxy": {
			pod(initially(false, "istio-init", "istio-iptables"), initially(false, "istio-proxy", "proxy", "sidecar")), plain,
			Presence{Plane: NoPlane, Cause: CauseNotLabelled, Why: "namespace foo lacks istio-injection=enabled or istio.io/rev"},
		},
		"a proxy router of any name is a gateway": {
			pod(running(proxyImage, "proxy", "router"), labelled(set{"gateway.networking.k8s.io/gateway-name": "gw"})), plain,
			Presence{Plane: Gateway, Why: "container istio-proxy runs proxy router", Version: "1.31.1", GatewayName: "gw"},
		},
		"a gateway on the host network": {
			pod(running(proxyImage, "proxy", "router"), hostNetwork), plain,
			Presence{Plane: Gateway, Why: "container istio-proxy runs proxy router", Version: "1.31.1"},
		},
		"a gateway of ambient": {
			pod(labelled(set{"gateway.istio.io/managed": "istio.io-eastwest-controller"})), plain,
			Presence{Plane: Gateway, Why: "label gateway.istio.io/managed: istio.io-eastwest-controller", Notes: []string{"an east-west gateway of ambient"}},
		},
		"a managed gateway": {
			pod(labelled(set{"gateway.istio.io/managed": "istio.io-gateway-controller"})), plain,
			Presence{Plane: Gateway, Why: "label gateway.istio.io/managed: istio.io-gateway-controller"},
		},
		"a waypoint": {
			pod(running(proxyImage, "proxy", "waypoint")), plain,
			Presence{Plane: Waypoint, Why: "container istio-proxy runs proxy waypoint", Version: "1.31.1", HBONE: true},
		},
		"a waypoint by its label": {
			pod(labelled(set{"gateway.istio.io/managed": "istio.io-mesh-controller"})), plain,
			Presence{Plane: Waypoint, Why: "label gateway.istio.io/managed: istio.io-mesh-controller", HBONE: true},
		},
		"agentgateway": {
			pod(labelled(set{"gateway.istio.io/managed": "istio.io-agentgateway-waypoint-controller"})), plain,
			Presence{Missing: "what agentgateway enforces for foo/web: its semantics are not modelled"},
		},
		"somebody else's gateway": {
			pod(labelled(set{"gateway.networking.k8s.io/gateway-name": "nginx"})), plain,
			Presence{Plane: NoPlane, Cause: CauseNotLabelled, Why: "namespace foo lacks istio-injection=enabled or istio.io/rev", GatewayName: "nginx"},
		},
		"proxyless gRPC": {
			pod(running(proxyImage, "proxy", "sidecar"), annotated(set{"inject.istio.io/templates": "grpc-agent"})), plain,
			Presence{Version: "1.31.1", Missing: "what the gRPC library in foo/web enforces: the Pod has no Envoy (proxyless gRPC)"},
		},
		"proxyless gRPC, by its environment": {
			pod(sidecarred, func(p *corev1.Pod) {
				p.Spec.Containers[1].Env = []corev1.EnvVar{{Name: "DISABLE_ENVOY", Value: "true"}}
			}), plain,
			Presence{Version: "1.31.1", Missing: "what the gRPC library in foo/web enforces: the Pod has no Envoy (proxyless gRPC)"},
		},
		"a gateway to be injected": {
			pod(running("auto"), annotated(set{"inject.istio.io/templates": "gateway"})), plain,
			Presence{Plane: Gateway, Why: "annotation inject.istio.io/templates: gateway"},
		},
		"a sidecar on the host network captures nothing": {
			pod(sidecarred, hostNetwork), plain,
			Presence{Plane: NoPlane, Cause: CauseHostNetwork, Why: "hostNetwork", Version: "1.31.1"},
		},
		"ambient": {
			pod(annotated(set{"ambient.istio.io/redirection": "enabled"})), plain,
			Presence{Plane: Ambient, Why: "annotation ambient.istio.io/redirection: enabled", HBONE: true},
		},
		"ambient, not yet taken over": {
			pod(annotated(set{"ambient.istio.io/redirection": "pending"})), plain,
			Presence{Missing: "whether ztunnel has taken over foo/web: annotation ambient.istio.io/redirection is pending, and until then the Pod neither sends nor receives"},
		},
		"a sidecar is not enrolled in ambient": {
			pod(sidecarred, annotated(set{"ambient.istio.io/redirection": "enabled"})), plain,
			Presence{Plane: Sidecar, Why: "container istio-proxy", Version: "1.31.1"},
		},
		"Kmesh": {
			pod(annotated(set{"kmesh.net/redirection": "enabled"})), plain,
			Presence{Plane: onKmesh(), Why: "annotation kmesh.net/redirection: enabled"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, Of(tt.pod, tt.ns)); diff != "" {
				t.Errorf("Of (-want +got):\n%s", diff)
			}
		})
	}
}

// TestInjection is the matrix of Namespace labels × Pod labels and annotations,
// once for a Pod that exists without a proxy and once for one that does not exist.
func TestInjection(t *testing.T) {
	none := set{}
	tests := []struct {
		name               string
		ns, labels, annots set
		plane              DataPlane // predicted
		absent, predicted  Cause
		why                string
	}{
		{"nothing asks", none, none, none, NoPlane, CauseNotLabelled, CauseNotLabelled, "namespace foo lacks istio-injection=enabled or istio.io/rev"},
		{"namespace asks", set{"istio-injection": "enabled"}, none, none, Sidecar, CauseNotRestarted, CausePredicted, "namespace foo is labelled istio-injection=enabled"},
		{"namespace asks for a revision", set{"istio.io/rev": "r"}, none, none, Sidecar, CauseNotRestarted, CausePredicted, "namespace foo is labelled istio.io/rev=r"},
		{"namespace refuses", set{"istio-injection": "disabled"}, set{"sidecar.istio.io/inject": "true"}, none, NoPlane, CauseNotLabelled, CauseNotLabelled, "namespace foo is labelled istio-injection=disabled"},
		{"the legacy label wins over the revision", set{"istio-injection": "disabled", "istio.io/rev": "r"}, none, none, NoPlane, CauseNotLabelled, CauseNotLabelled, "namespace foo is labelled istio-injection=disabled"},
		{"Pod refuses", set{"istio-injection": "enabled"}, set{"sidecar.istio.io/inject": "false"}, none, NoPlane, CauseInjectFalse, CauseInjectFalse, `Pod label sidecar.istio.io/inject: "false"`},
		{"Pod refuses by annotation", set{"istio-injection": "enabled"}, none, set{"sidecar.istio.io/inject": "false"}, NoPlane, CauseInjectFalse, CauseInjectFalse, `Pod annotation sidecar.istio.io/inject: "false"`},
		{"the Pod's label wins over its annotation", set{"istio-injection": "enabled"}, set{"sidecar.istio.io/inject": "true"}, set{"sidecar.istio.io/inject": "false"}, Sidecar, CauseNotRestarted, CausePredicted, "namespace foo is labelled istio-injection=enabled"},
		{"Pod asks", none, set{"sidecar.istio.io/inject": "true"}, none, Sidecar, CauseNotRestarted, CausePredicted, `the Pod is labelled sidecar.istio.io/inject: "true"`},
		{"Pod asks for a revision", none, set{"istio.io/rev": "r"}, none, Sidecar, CauseNotRestarted, CausePredicted, "the Pod is labelled istio.io/rev=r"},
		{"the annotation alone asks for nothing", none, none, set{"sidecar.istio.io/inject": "true"}, NoPlane, CauseNotLabelled, CauseNotLabelled, "namespace foo lacks istio-injection=enabled or istio.io/rev; the annotation"},
		{"an invalid value is the default", set{"istio-injection": "enabled"}, set{"sidecar.istio.io/inject": "no"}, none, Sidecar, CauseNotRestarted, CausePredicted, "namespace foo is labelled istio-injection=enabled"},
		{"injected as a gateway", set{"istio-injection": "enabled"}, none, set{"inject.istio.io/templates": "gateway"}, Gateway, CauseNotRestarted, CausePredicted, "namespace foo is labelled istio-injection=enabled"},
		{"injected without Envoy", set{"istio-injection": "enabled"}, none, set{"inject.istio.io/templates": "grpc-agent"}, UnknownPlane, CauseNotRestarted, CausePredicted, ""},
		{"ambient by the namespace", set{"istio.io/dataplane-mode": "ambient"}, none, none, Ambient, CauseAmbientNotEnrolled, CausePredicted, "namespace foo is labelled istio.io/dataplane-mode=ambient"},
		{"ambient by the Pod", none, set{"istio.io/dataplane-mode": "ambient"}, none, Ambient, CauseAmbientNotEnrolled, CausePredicted, "the Pod is labelled istio.io/dataplane-mode=ambient"},
		{"the Pod opts out of ambient", set{"istio.io/dataplane-mode": "ambient"}, set{"istio.io/dataplane-mode": "none"}, none, NoPlane, CauseNoneOptOut, CauseNoneOptOut, "Pod label istio.io/dataplane-mode: none"},
		{"the Pod opts out of nothing", none, set{"istio.io/dataplane-mode": "none"}, none, NoPlane, CauseNotLabelled, CauseNotLabelled, "namespace foo lacks"},
		{"Kmesh by the namespace, in any case", set{"istio.io/dataplane-mode": "Kmesh"}, none, none, onKmesh(), CauseAmbientNotEnrolled, CausePredicted, "namespace foo is labelled istio.io/dataplane-mode=Kmesh"},
		{"Kmesh by the Pod", none, set{"istio.io/dataplane-mode": "kmesh"}, none, onKmesh(), CauseAmbientNotEnrolled, CausePredicted, "the Pod is labelled istio.io/dataplane-mode=kmesh"},
		{"injection comes before ambient", set{"istio-injection": "enabled", "istio.io/dataplane-mode": "ambient"}, none, none, Sidecar, CauseAmbientNotEnrolled, CausePredicted, "namespace foo is labelled "},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			ns := namespace("foo", tt.ns)
			exists := Of(pod(labelled(tt.labels), annotated(tt.annots), seen), ns)
			left := NoPlane
			if tt.absent == CauseAmbientNotEnrolled {
				left = UnknownPlane
			}
			if exists.Plane != left || exists.Cause != tt.absent || !strings.HasPrefix(exists.Why, tt.why) {
				t.Errorf("a Pod that exists: got %v, %v, %q", exists.Plane, exists.Cause, exists.Why)
			}
			future := set{"authz-doctor.dev/predicted": "true"}
			for k, v := range tt.annots {
				future[k] = v
			}
			p := Of(pod(labelled(tt.labels), annotated(future)), ns)
			if !p.Predicted || p.Plane != tt.plane || p.Cause != tt.predicted || !strings.HasPrefix(p.Why, tt.why) {
				t.Errorf("a Pod to come: got %v, %v, %q, predicted %v", p.Plane, p.Cause, p.Why, p.Predicted)
			}
			if (p.Plane == UnknownPlane) != (p.Missing != "") {
				t.Errorf("a Pod to come: plane %v, missing %q", p.Plane, p.Missing)
			}
		})
	}
}

// seen makes the Pod one that a cluster runs.
func seen(p *corev1.Pod) { p.UID = "u1" }

// TestOfShortForm: what is written by hand, without a container of the proxy and
// without what node agents leave, and the same of a Pod that runs.
func TestOfShortForm(t *testing.T) {
	status := set{"sidecar.istio.io/status": "{}"}
	ambient, kmesh := set{"istio.io/dataplane-mode": "ambient"}, set{"istio.io/dataplane-mode": "KMESH"}
	plain, injected := namespace("foo", nil), namespace("foo", set{"istio-injection": "enabled"})
	const byPod, byNamespace = "the Pod is labelled istio.io/dataplane-mode=", "namespace foo is labelled istio.io/dataplane-mode="
	missing := func(agent, annotation string) string {
		return "whether the node's " + agent + " has enrolled foo/web: it lacks the annotation " + annotation + ": enabled"
	}
	started := func(p *corev1.Pod) { p.Status.StartTime = new(born(0)) }
	conditions := func(p *corev1.Pod) { p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady}} }
	notEnrolled := Presence{Cause: CauseAmbientNotEnrolled, Why: byNamespace + "ambient", Missing: missing("CNI agent", "ambient.istio.io/redirection")}
	tests := map[string]struct {
		pod  *corev1.Pod
		ns   *corev1.Namespace
		want Presence
	}{
		"a sidecar by the annotation":          {pod(annotated(status)), plain, Presence{Plane: Sidecar, Why: "annotation sidecar.istio.io/status"}},
		"and not ambient":                      {pod(annotated(status), labelled(ambient)), plain, Presence{Plane: Sidecar, Why: "annotation sidecar.istio.io/status", Notes: []string{byPod + "ambient too: the sidecar wins"}}},
		"whatever the container runs":          {pod(annotated(status), running("mine", "sh", "-c", "pilot-agent proxy sidecar")), plain, Presence{Plane: Sidecar, Why: "annotation sidecar.istio.io/status"}},
		"on the host network it is none":       {pod(annotated(status), hostNetwork), plain, Presence{Plane: NoPlane, Cause: CauseHostNetwork, Why: "hostNetwork"}},
		"a gateway by its label":               {pod(annotated(status), labelled(set{"gateway.istio.io/managed": "istio.io-gateway-controller"})), plain, Presence{Plane: Gateway, Why: "label gateway.istio.io/managed: istio.io-gateway-controller"}},
		"a waypoint by its label":              {pod(annotated(status), labelled(set{"gateway.istio.io/managed": "istio.io-mesh-controller"})), plain, Presence{Plane: Waypoint, Why: "label gateway.istio.io/managed: istio.io-mesh-controller", HBONE: true}},
		"a gateway by its arguments":           {pod(annotated(status), running("x:1", "proxy", "router")), plain, Presence{Plane: Gateway, Why: "container istio-proxy runs proxy router", Version: "1"}},
		"a gateway by its template":            {pod(annotated(set{"sidecar.istio.io/status": "{}", "inject.istio.io/templates": "gateway"})), plain, Presence{Plane: Gateway, Why: "annotation inject.istio.io/templates: gateway"}},
		"proxyless gRPC":                       {pod(annotated(set{"sidecar.istio.io/status": "{}", "inject.istio.io/templates": "grpc-agent"})), plain, Presence{Missing: "what the gRPC library in foo/web enforces: the Pod has no Envoy (proxyless gRPC)"}},
		"ambient by the namespace":             {pod(), namespace("foo", ambient), Presence{Plane: Ambient, Why: byNamespace + "ambient", HBONE: true}},
		"ambient by the Pod":                   {pod(labelled(ambient)), plain, Presence{Plane: Ambient, Why: byPod + "ambient", HBONE: true}},
		"ambient by the Pod alone":             {pod(labelled(ambient)), nil, Presence{Plane: Ambient, Why: byPod + "ambient", HBONE: true}},
		"ambient before a sidecar to come":     {pod(labelled(ambient)), injected, Presence{Plane: Ambient, Why: byPod + "ambient", HBONE: true}},
		"ambient has an address":               {pod(labelled(ambient), address("10.0.0.1")), plain, Presence{Plane: Ambient, Why: byPod + "ambient", HBONE: true}},
		"the sidecar of an ambient namespace":  {pod(sidecarred), namespace("foo", ambient), Presence{Plane: Sidecar, Why: "container istio-proxy", Version: "1.31.1", Notes: []string{byNamespace + "ambient too: the sidecar wins"}}},
		"the Pod opts out":                     {pod(labelled(set{"istio.io/dataplane-mode": "none"})), namespace("foo", ambient), Presence{Plane: NoPlane, Cause: CauseNoneOptOut, Why: "Pod label istio.io/dataplane-mode: none"}},
		"the host network is not captured":     {pod(hostNetwork), namespace("foo", ambient), Presence{Plane: NoPlane, Cause: CauseHostNetwork, Why: "hostNetwork"}},
		"a Pod with a UID is not enrolled":     {pod(seen), namespace("foo", ambient), notEnrolled},
		"a Pod that started is not enrolled":   {pod(started), namespace("foo", ambient), notEnrolled},
		"a Pod with conditions is not either":  {pod(conditions), namespace("foo", ambient), notEnrolled},
		"a Pod that runs and is enrolled":      {pod(seen, annotated(set{"ambient.istio.io/redirection": "enabled"})), namespace("foo", ambient), Presence{Plane: Ambient, Why: "annotation ambient.istio.io/redirection: enabled", HBONE: true}},
		"Kmesh by the namespace, in any case":  {pod(), namespace("foo", kmesh), Presence{Plane: onKmesh(), Why: byNamespace + "KMESH"}},
		"Kmesh by the Pod":                     {pod(labelled(kmesh)), plain, Presence{Plane: onKmesh(), Why: byPod + "KMESH"}},
		"a Pod that runs, not yet under Kmesh": {pod(labelled(kmesh), seen), plain, Presence{Cause: CauseAmbientNotEnrolled, Why: byPod + "KMESH", Missing: missing("Kmesh daemon", "kmesh.net/redirection")}},
		"pending stays open": {
			pod(labelled(ambient), annotated(set{"ambient.istio.io/redirection": "pending"})), plain,
			Presence{Missing: "whether ztunnel has taken over foo/web: annotation ambient.istio.io/redirection is pending, and until then the Pod neither sends nor receives"},
		},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, Of(tt.pod, tt.ns)); diff != "" {
				t.Errorf("Of (-want +got):\n%s", diff)
			}
		})
	}
}

func TestOfWithoutTheNamespace(t *testing.T) {
	if p := Of(pod(), nil); p.Plane != NoPlane || p.Cause != CauseNamespaceUnread {
		t.Errorf("a Pod that exists: got %v, %v", p.Plane, p.Cause)
	}
	p := Of(pod(annotated(set{"authz-doctor.dev/predicted": ""})), nil)
	want := Presence{Cause: CauseNamespaceUnread, Predicted: true, Missing: "the labels of namespace foo"}
	if diff := cmp.Diff(want, p); diff != "" {
		t.Errorf("a Pod to come (-want +got):\n%s", diff)
	}
}

func TestOfIgnoredNamespace(t *testing.T) {
	p := Of(pod(in("kube-system", "dns")), namespace("kube-system", set{"istio-injection": "enabled"}))
	if p.Cause != CauseIgnoredNamespace {
		t.Errorf("got %v, %q", p.Cause, p.Why)
	}
}

func TestPredictedRevision(t *testing.T) {
	p := Of(pod(annotated(set{"authz-doctor.dev/predicted": ""})), namespace("foo", set{"istio.io/rev": "canary"}))
	if p.Revision != "canary" {
		t.Errorf("revision: got %q", p.Revision)
	}
}
