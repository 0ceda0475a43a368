package mesh

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

func ownedBy(kind string) option {
	return func(p *corev1.Pod) { p.OwnerReferences = []metav1.OwnerReference{{Kind: kind}} }
}

// TestOddities: what does not fit together is said, and decides nothing.
func TestOddities(t *testing.T) {
	plain, enabled := namespace("foo", nil), namespace("foo", set{"istio-injection": "enabled"})
	canary := namespace("foo", set{"istio.io/rev": "canary"})
	both := namespace("foo", set{"istio-injection": "enabled", "istio.io/rev": "canary"})
	stable := annotated(set{"istio.io/rev": "stable"})
	native := initially(true, "istio-proxy", "proxy", "sidecar")
	const job = "the sidecar is not a native one: it keeps a Job from completing unless the application ends it"
	revision := []string{"it was injected by revision stable, and what is asked for is canary: unless that is a tag of the same revision, restart the Pod"}
	tests := map[string]struct {
		pod   *corev1.Pod
		ns    *corev1.Namespace
		plane DataPlane
		want  []string
	}{
		"a Job":                               {pod(sidecarred, ownedBy("Job")), plain, Sidecar, []string{job}},
		"a Job of an unread namespace":        {pod(sidecarred, ownedBy("Job")), nil, Sidecar, []string{job}},
		"a Job with a native sidecar":         {pod(native, ownedBy("Job")), plain, Sidecar, nil},
		"a Job by its annotation":             {pod(annotated(set{"sidecar.istio.io/status": "{}"}), ownedBy("Job")), plain, Sidecar, nil},
		"no Job":                              {pod(sidecarred, ownedBy("ReplicaSet")), plain, Sidecar, nil},
		"another revision":                    {pod(sidecarred, stable), canary, Sidecar, revision},
		"another revision, by the Pod":        {pod(stable, labelled(set{"istio.io/rev": "canary"}), sidecarred), plain, Sidecar, revision},
		"the same revision":                   {pod(sidecarred, annotated(set{"istio.io/rev": "canary"})), canary, Sidecar, nil},
		"whichever is the default":            {pod(sidecarred, stable), both, Sidecar, nil},
		"a gateway has its own":               {pod(running("x", "proxy", "router"), stable), canary, Gateway, nil},
		"the host network, wanted":            {pod(hostNetwork), enabled, NoPlane, []string{"namespace foo is labelled istio-injection=enabled, but Pods on the host network are not injected"}},
		"the host network, not wanted":        {pod(hostNetwork), plain, NoPlane, nil},
		"ambient too":                         {pod(sidecarred), namespace("foo", set{"istio.io/dataplane-mode": "ambient"}), Sidecar, []string{"namespace foo is labelled istio.io/dataplane-mode=ambient too: the sidecar wins"}},
		"Windows, by the system":              {pod(func(p *corev1.Pod) { p.Spec.OS = &corev1.PodOS{Name: corev1.Windows} }), enabled, NoPlane, nil},
		"Windows, by the node":                {pod(func(p *corev1.Pod) { p.Spec.NodeSelector = set{"kubernetes.io/os": "windows"} }), enabled, NoPlane, nil},
		"Windows, by the node's former label": {pod(func(p *corev1.Pod) { p.Spec.NodeSelector = set{"beta.kubernetes.io/os": "windows"} }), nil, NoPlane, nil},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := Of(tt.pod, tt.ns)
			if diff := cmp.Diff(tt.want, p.Notes); diff != "" || p.Plane != tt.plane {
				t.Errorf("%v (-want +got):\n%s", p.Plane, diff)
			}
			if windows := contains(name, "Windows"); windows != (p.Cause == CauseWindows) {
				t.Errorf("cause: %v", p.Cause)
			}
		})
	}
	if p := Of(pod(seen), both); p.Cause != CauseNotRestarted || !contains(p.Why, "istio-injection=enabled, which wins over istio.io/rev=canary, but the Pod was created before") {
		t.Errorf("both labels: %+v", p)
	}
}
