package diagnose

import (
	"slices"
	"strconv"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// Where Kmesh is installed (kmesh: deploy/yaml/kmesh.yaml).
const (
	kmeshNamespace = "kmesh-system"
	kmeshName      = "kmesh"
)

// networkLabel names the network of what istiod sends, where its namespace has it.
const networkLabel = "topology.istio.io/network"

// kmeshDaemon is what its DaemonSet tells of Kmesh.
type kmeshDaemon struct {
	found   bool
	version string
	offload authz.Truth // Unseen if it is not known whether the XDP program judges
	exempts authz.Truth // whether the daemon passes what the node itself sends
	native  bool        // in kernel-native mode, where no AuthorizationPolicy has an effect
	missing string      // why the version is not known
}

// kmeshNeeds are what has to be read to know how Kmesh judges.
func (in *inquiry) kmeshNeeds() []cluster.Query {
	return []cluster.Query{get(cluster.DaemonSets, kmeshNamespace, kmeshName), get(cluster.Namespaces, "", in.q.meshNamespace())}
}

// kmesh is what its DaemonSet tells of Kmesh.
func (in *inquiry) kmesh() kmeshDaemon {
	out := cluster.Kept(in.snap, "Kmesh's daemon", kmeshOf)
	if !out.found {
		out.missing = or(in.missing(cluster.DaemonSets, kmeshNamespace, kmeshName), "there is no DaemonSet "+kmeshNamespace+"/"+kmeshName)
	}
	return out
}

// kmeshOf reads the daemon's version and mode from its DaemonSet: from the one that is
// called as in Kmesh's own manifests, or else any that is labelled so.
func kmeshOf(all []*appsv1.DaemonSet) kmeshDaemon {
	out := kmeshDaemon{offload: authz.Unseen, exempts: authz.Unseen}
	i := slices.IndexFunc(all, func(d *appsv1.DaemonSet) bool { return d.Namespace == kmeshNamespace && d.Name == kmeshName })
	if i < 0 {
		i = slices.IndexFunc(all, func(d *appsv1.DaemonSet) bool { return d.Labels["app"] == kmeshName })
	}
	if i < 0 {
		return out
	}
	ds := all[i]
	out.found = true
	for _, c := range ds.Spec.Template.Spec.Containers {
		if c.Name != kmeshName && len(ds.Spec.Template.Spec.Containers) > 1 {
			continue
		}
		out.version = tagOf(c.Image)
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

// local reports whether the connection comes from the node of the target itself.
func (w *walk) local() bool {
	pod := w.src.pod
	return w.src.node || pod != nil && pod.Spec.HostNetwork && pod.Spec.NodeName != "" && pod.Spec.NodeName == w.dst.pod.Spec.NodeName
}

// native words that Kmesh is in the mode in which it enforces no policy.
func (w *walk) native() (why string, ok bool) {
	if w.dst.presence.Plane != mesh.Kmesh || !w.in.kmesh().native {
		return "", false
	}
	return "Kmesh is in kernel-native mode, which knows no AuthorizationPolicy", true
}

// kmeshIdentity is the client as the daemon finds it by its address: a Pod in the mesh
// or not, unless it has the address of its node.
func (w *walk) kmeshIdentity(s scenario) authz.Attr[string] {
	switch pod := w.src.pod; {
	case w.src.meshed:
		return authz.Attr[string]{}
	case pod == nil || !s.conn.Identity:
		return authz.Absent[string]()
	case w.src.entry:
		return authz.Known(authz.KmeshIdentity(w.cfg.TrustDomain, pod.Namespace, pod.Spec.ServiceAccountName))
	default:
		return authz.Known(authz.KmeshIdentity(w.cfg.TrustDomain, pod.Namespace, or(pod.Spec.ServiceAccountName, "default")))
	}
}

// kmeshWaypointPort is where Kmesh leads connections to at a waypoint, whatever the port
// of its tunnel is (kmesh: pkg/controller/workload/workload_processor.go).
const kmeshWaypointPort = 15019

// kmeshToWaypoint reports whether the leg is one that Kmesh leads to a waypoint: in
// plaintext, with the address that was dialled in front.
func (w *walk) kmeshToWaypoint() bool {
	return w.dst.presence.Plane == mesh.Waypoint && w.src.presence.Plane == mesh.Kmesh
}

// lost words why the daemon does not find the Pod and denies whatever comes: it looks
// addresses up without a network, and istiod sends all workloads with that of its own
// namespace (kmesh: rbac.go, doRbac; istio: ambient/workloads.go).
func (w *walk) lost() string {
	if w.dst.presence.Plane != mesh.Kmesh {
		return ""
	}
	ns, ok := cluster.Get[*corev1.Namespace](w.in.snap, "", w.in.q.meshNamespace())
	if !ok || ns.Labels[networkLabel] == "" {
		return ""
	}
	return "namespace " + ns.Name + " is labelled " + networkLabel + "=" + ns.Labels[networkLabel] +
		", so istiod sends its workloads with a network, and Kmesh, which looks them up without one, does not find " + w.dst.who() + " and denies every connection to it"
}
