package mesh

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func TestWaypointFor(t *testing.T) {
	service := func(l set) *corev1.Service {
		return &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: "foo", Name: "web", Labels: l}}
	}
	const use, far = "istio.io/use-waypoint", "istio.io/use-waypoint-namespace"
	nsWaypoint := namespace("foo", set{use: "ns-wp"})
	tests := []struct {
		name      string
		ns        *corev1.Namespace
		svc       *corev1.Service
		pod       *corev1.Pod
		byService bool
		want, in  string
		why       string
	}{
		{"none", namespace("foo", nil), service(nil), nil, true, "", "", "neither the Service nor namespace foo is labelled istio.io/use-waypoint"},
		{"namespace", nsWaypoint, service(nil), nil, true, "ns-wp", "foo", "namespace label istio.io/use-waypoint: ns-wp"},
		{"namespace, elsewhere", namespace("foo", set{use: "wp", far: "infra"}), service(nil), nil, true, "wp", "infra", "namespace label istio.io/use-waypoint: wp, istio.io/use-waypoint-namespace: infra"},
		{"namespace says none", namespace("foo", set{use: "none"}), service(nil), nil, true, "", "", "namespace label istio.io/use-waypoint: none"},
		{"Service wins", nsWaypoint, service(set{use: "wp"}), nil, true, "wp", "foo", "Service label istio.io/use-waypoint: wp"},
		{"Service opts out", nsWaypoint, service(set{use: "none"}), nil, true, "", "", "Service label istio.io/use-waypoint: none"},
		{"an empty name is none", nsWaypoint, service(set{use: ""}), nil, true, "", "", "Service label istio.io/use-waypoint: "},
		{"the Pod's label is not the Service's", namespace("foo", nil), service(nil), pod(labelled(set{use: "wp"})), true, "", "", "neither the Service nor namespace foo is labelled istio.io/use-waypoint"},
		{"Pod", nsWaypoint, service(nil), pod(labelled(set{use: "wp", far: "infra"})), false, "wp", "infra", "Pod label istio.io/use-waypoint: wp, istio.io/use-waypoint-namespace: infra"},
		{"the Service's label is not the Pod's", nsWaypoint, service(set{use: "wp"}), pod(), false, "ns-wp", "foo", "namespace label istio.io/use-waypoint: ns-wp"},
		{"a waypoint has none", nsWaypoint, nil, pod(labelled(set{"gateway.istio.io/managed": "istio.io-mesh-controller"})), false, "", "", "Pod label gateway.istio.io/managed: istio.io-mesh-controller, and a waypoint has none itself"},
		{"an unread namespace", nil, service(nil), nil, true, "", "", "the labels of namespace foo could not be read"},
		{"an unread namespace does not matter", nil, service(set{use: "wp"}), nil, true, "wp", "foo", "Service label istio.io/use-waypoint: wp"},
		{"no Service", nsWaypoint, nil, pod(), true, "", "", "the Service is not known"},
		{"no Pod", nsWaypoint, service(nil), nil, false, "", "", "the Pod is not known"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			name, in, why := WaypointFor(tt.ns, tt.svc, tt.pod, tt.byService)
			if name != tt.want || in != tt.in || why != tt.why {
				t.Errorf("got %q, %q, %q; want %q, %q, %q", name, in, why, tt.want, tt.in, tt.why)
			}
		})
	}
}
