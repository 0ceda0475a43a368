package kmesh

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// Where Kmesh is installed (kmesh: deploy/yaml/kmesh.yaml).
const (
	namespace = "kmesh-system"
	name      = "kmesh"
)

// daemon is what its DaemonSet tells of Kmesh.
type daemon struct {
	found   bool
	version string
	offload authz.Truth // Unseen if it is not known whether the XDP program judges
	exempts authz.Truth // whether the daemon passes what the node itself sends
	native  bool        // in kernel-native mode, where no AuthorizationPolicy has an effect
	missing string      // why the version is not known
}

// daemonOf is what its DaemonSet tells of Kmesh, as far as it was read.
func daemonOf(s *cluster.Snapshot) daemon { return cluster.Kept(s, "Kmesh's daemon", read) }

// daemonFor is the same for a leg, on the node of the Pod at one of its ends, with the
// reason if nothing is known.
func daemonFor(leg diagnose.Leg, pod *corev1.Pod) daemon {
	out := daemonOf(leg.Snapshot)
	if !out.found {
		out.missing = cmp.Or(leg.Unread(cluster.DaemonSets, namespace, name), "there is no DaemonSet "+namespace+"/"+name)
	}
	return out.on(leg, pod)
}

// read takes the daemon's version and mode from its DaemonSet: from the one that is
// called as in Kmesh's own manifests, or else any that is labelled so.
func read(all []*appsv1.DaemonSet) daemon {
	out := daemon{offload: authz.Unseen, exempts: authz.Unseen}
	i := slices.IndexFunc(all, func(d *appsv1.DaemonSet) bool { return d.Namespace == namespace && d.Name == name })
	if i < 0 {
		i = slices.IndexFunc(all, func(d *appsv1.DaemonSet) bool { return d.Labels["app"] == name })
	}
	if i < 0 {
		return out
	}
	ds := all[i]
	out.found = true
	for _, c := range ds.Spec.Template.Spec.Containers {
		if c.Name != name && len(ds.Spec.Template.Spec.Containers) > 1 {
			continue
		}
		out.version = mesh.ImageTag(c.Image)
		out.offload, out.exempts = since(out.version, 1), since(out.version, 0)
		out.native = strings.Contains(strings.Join(append(slices.Clone(c.Command), c.Args...), " "), "--mode=kernel-native")
	}
	if out.offload == authz.Unseen {
		out.missing = "the image of DaemonSet " + ds.Namespace + "/" + ds.Name + " tells no version"
	}
	return out
}

// since tells whether a version is v1.MINOR.0 or a later one. The XDP program judges
// from v1.1.0 on unless it is told not to (kmesh: bpf/kmesh/workload/xdp.c, pkg/bpf/
// bpf.go), and probes are no matter for the daemon from v1.0.0 on (sockops.c).
func since(version string, minor int) authz.Truth {
	parts := strings.SplitN(strings.TrimPrefix(version, "v"), ".", 3)
	if len(parts) != 3 {
		return authz.Unseen
	}
	patch, before, _ := strings.Cut(parts[2], "-")
	var n [3]int
	for i, part := range []string{parts[0], parts[1], patch} {
		var err error
		if n[i], err = strconv.Atoi(part); err != nil {
			return authz.Unseen
		}
	}
	switch {
	case n[0] == 1 && n[1] == minor && n[2] == 0 && before != "":
		return authz.Unseen // on the way there
	case n[0] > 1 || n[0] == 1 && n[1] >= minor:
		return authz.True
	}
	return authz.False
}
