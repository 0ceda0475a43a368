package diagnose

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
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
	for _, ns := range in.meshNamespaces() {
		for _, pod := range cluster.List[*corev1.Pod](in.snap, ns) {
			if rev := pod.Annotations[revisionMark]; rev != "" {
				return rev
			}
		}
	}
	for _, ns := range in.meshNamespaces() {
		if o := in.namespace(ns); o != nil && o.Labels[revisionMark] != "" {
			return o.Labels[revisionMark]
		}
	}
	return ""
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
