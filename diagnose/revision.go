package diagnose

import (
	"slices"
	"strconv"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// revisionMark is the label and annotation that names a control plane revision.
const revisionMark = "istio.io/rev"

// plainRevision is that of a control plane that was installed without one (the
// chart sets it): it ignores objects labelled for any other.
const plainRevision = "default"

// revision is that of the control plane which configures the target's proxies,
// as far as is known: by a Pod's annotation, which the injector writes, else by
// the namespace's label, which may be a tag. Empty is not known.
func (in *inquiry) revision() string {
	if in.rev == nil || in.rev.snap != in.snap {
		in.rev = &revisionOf{in.snap, in.findRevision()}
	}
	return in.rev.name
}

// revisionOf is what a snapshot says of the revision.
type revisionOf struct {
	snap *cluster.Snapshot
	name string
}

func (in *inquiry) findRevision() string {
	for _, s := range in.target.services {
		svc, ok := cluster.Get[*corev1.Service](in.snap, s.namespace, s.name)
		for i, pod := range in.selectedBy(svc, ok) {
			if rev := pod.Annotations[revisionMark]; rev != "" {
				return rev
			}
			if i == 10 { // they hardly differ
				break
			}
		}
	}
	marked := cluster.Kept(in.snap, "revision", func(all []*corev1.Pod) map[string]string {
		out := map[string]string{}
		for _, pod := range all {
			out[pod.Namespace] = or(out[pod.Namespace], pod.Annotations[revisionMark])
		}
		return out
	})
	for _, ns := range in.meshNamespaces() {
		if rev := marked[ns]; rev != "" {
			return rev
		}
	}
	for _, ns := range in.meshNamespaces() {
		if o := in.namespace(ns); o != nil && o.Labels[revisionMark] != "" {
			return o.Labels[revisionMark]
		}
	}
	return ""
}

// selectedBy are the Pods of a Service, if there is one.
func (in *inquiry) selectedBy(svc *corev1.Service, ok bool) []*corev1.Pod {
	if !ok {
		return nil
	}
	return in.selected(svc.Namespace, svc.Spec.Selector)
}

// meshNamespaces are those of the target, else the source's.
func (in *inquiry) meshNamespaces() []string {
	if in.snap == nil {
		return nil
	}
	return append(in.plainTargetNamespaces(), in.sourceNamespace())
}

// plainTargetNamespaces are the namespaces that the target's name says.
func (in *inquiry) plainTargetNamespaces() []string {
	switch in.target.kind {
	case podTarget:
		return []string{in.target.namespace}
	case hostTarget, serviceTarget:
		if len(in.target.services) > 0 {
			return []string{in.target.services[0].namespace}
		}
	case addressTarget:
	}
	return nil
}

// skew tells that the proxy and the control plane, where its Pod is in sight, are of
// versions that are not supported together: a proxy may be older by two minor ones
// (https://istio.io/latest/docs/releases/supported-releases/).
func (w *walk) skew() string {
	proxy, ok := minor(w.dst.presence.Version)
	if !ok {
		return ""
	}
	for _, pod := range w.in.selected(w.in.q.meshNamespace(), map[string]string{"app": "istiod"}) {
		if len(pod.Spec.Containers) == 0 {
			continue
		}
		version := mesh.ImageTag(pod.Spec.Containers[0].Image)
		if control, ok := minor(version); ok && (control-proxy > 2 || proxy > control) {
			return "its proxy is of version " + w.dst.presence.Version + " and istiod of " + version + ": what such a proxy makes of policies may differ from this answer"
		}
	}
	return ""
}

// minor reads the minor version of 1.31.1.
func minor(version string) (int, bool) {
	parts := strings.Split(version, ".")
	if len(parts) < 2 || parts[0] != "1" {
		return 0, false
	}
	n, err := strconv.Atoi(parts[1])
	return n, err == nil
}

// configOf is what holds for a party's proxy: the settings of its own control plane,
// where its Pod or namespace names one and they are in sight.
func (in *inquiry) configOf(p party) mesh.Config {
	rev := ""
	if p.pod != nil {
		rev = or(p.presence.Revision, p.pod.Annotations[revisionMark])
	}
	if rev == "" && p.ns != nil {
		rev = p.ns.Labels[revisionMark]
	}
	if rev == "" || rev == in.revision() {
		return in.config(in.revision())
	}
	in.want(get(cluster.ConfigMaps, in.q.meshNamespace(), meshConfigNames(rev)[0]))
	return in.config(rev)
}

// ofRevision leaves out what is labelled for another control plane (istio:
// pkg/config/model.go, ObjectInRevision).
func ofRevision[T cluster.Object](in *inquiry, all []T) []T {
	rev := in.config(in.revision()).Revision
	other := func(o T) bool {
		label := o.GetLabels()[revisionMark]
		return label != "" && rev != "" && label != rev
	}
	if !slices.ContainsFunc(all, other) {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), other)
}
