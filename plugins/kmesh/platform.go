// Package kmesh is the data plane Kmesh, which judges on the nodes what Istio's control
// plane sends it: how a Pod is found to be under it, what its daemon and its XDP program
// decide, and what of a policy they read otherwise than it is written. docs/kmesh.md has
// the sources. How single values are compared is a dialect of the evaluator:
// [authz.Kmesh] and [authz.KmeshXDP].
package kmesh

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// Platform is Kmesh.
type Platform struct{}

// Name is how version lists it.
func (Platform) Name() string { return "kmesh" }

// Detect finds Kmesh's DaemonSet, or a Pod that its daemon has taken over.
func (Platform) Detect(s *cluster.Snapshot) string {
	switch {
	case daemonOf(s).found:
		return "there is the DaemonSet of Kmesh"
	case cluster.Kept(s, "Kmesh's Pods", anyEnrolled):
		return "Kmesh manages Pods"
	}
	return ""
}

func anyEnrolled(all []*corev1.Pod) bool {
	for _, pod := range all {
		if _, ok := enrolled(pod); ok {
			return true
		}
	}
	return false
}

// ours reports whether a data plane is Kmesh.
func ours(p mesh.DataPlane) bool {
	f := p.Foreign()
	return f != nil && f.Title == title
}
