package mesh

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	securityapi "istio.io/api/security/v1beta1"
	securityv1 "istio.io/client-go/pkg/apis/security/v1"
	corev1 "k8s.io/api/core/v1"
)

// levels are the PeerAuthentications that count for one Pod, at most one of each
// class; nil where there is none (istio: pilot/pkg/security/authn/
// policy_applier.go ComposePeerAuthentication).
type levels struct {
	mesh, namespace, workload *securityv1.PeerAuthentication
	// The oldest without any selector: an empty one is no label, but it is there.
	bareMesh, bareNamespace *securityv1.PeerAuthentication
}

// choose picks the oldest of each class; of those made in the same second the
// first by name, then by namespace. One with a selector in the root namespace is
// in no class.
func choose(c Config, pod *corev1.Pod, pas []*securityv1.PeerAuthentication) levels {
	var l levels
	for _, pa := range byAge(pas) {
		if !considered(c, pod, pa) {
			continue
		}
		slot, bare := &l.namespace, &l.bareNamespace
		switch root := pa.Namespace == c.RootNamespace; {
		case selecting(pa) && root:
			continue
		case selecting(pa):
			slot = &l.workload
		case root:
			slot, bare = &l.mesh, &l.bareMesh
		}
		if *slot == nil {
			*slot = pa
		}
		if *bare == nil && pa.Spec.GetSelector() == nil {
			*bare = pa
		}
	}
	return l
}

// byAge returns the policies oldest first, without nil ones.
func byAge(pas []*securityv1.PeerAuthentication) []*securityv1.PeerAuthentication {
	out := slices.DeleteFunc(slices.Clone(pas), func(pa *securityv1.PeerAuthentication) bool { return pa == nil })
	slices.SortFunc(out, func(a, b *securityv1.PeerAuthentication) int {
		return cmp.Or(a.CreationTimestamp.Compare(b.CreationTimestamp.Time), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Namespace, b.Namespace))
	})
	return out
}

// considered reports whether the control plane looks at the policy for the Pod.
func considered(c Config, pod *corev1.Pod, pa *securityv1.PeerAuthentication) bool {
	return (pa.Namespace == pod.Namespace || pa.Namespace == c.RootNamespace) &&
		c.reads(pa.Labels) && Selects(pa.Spec.GetSelector().GetMatchLabels(), pod.Labels)
}

// selecting reports whether the policy has a selector with labels in it; without
// labels a selector is as good as none.
func selecting(pa *securityv1.PeerAuthentication) bool {
	return len(pa.Spec.GetSelector().GetMatchLabels()) > 0
}

// Selects reports whether labels have all that a selector wants; one that wants nothing
// selects everything.
func Selects(wanted, labels map[string]string) bool {
	for k, v := range wanted {
		if got, ok := labels[k]; !ok || got != v {
			return false
		}
	}
	return true
}

// server returns the mode of the port, and who sets it: an unset mode is inherited
// from the workload's, then the namespace's, then the mesh's policy. Only the
// workload's policy has ports.
func (l levels) server(port uint16) Server {
	s := l.base()
	if l.workload == nil {
		return s
	}
	if m := modeOf(l.workload.Spec.PortLevelMtls[uint32(port)]); m != UnknownMode {
		s.Mode, s.Level, s.Policy = m, "port", named(l.workload.Namespace, l.workload.Name)
		s.Field = fmt.Sprintf("spec.portLevelMtls[%d].mode", port)
	}
	return s
}

// base returns the mode of the ports that no policy names.
func (l levels) base() Server {
	s := Server{Mode: Permissive, Level: "default", ServiceMode: l.service()}
	for _, level := range []struct {
		name string
		pa   *securityv1.PeerAuthentication
	}{{"mesh", l.mesh}, {"namespace", l.namespace}, {"workload", l.workload}} {
		if m := mode(level.pa); m != UnknownMode {
			s.Mode, s.Level, s.Field = m, level.name, "spec.mtls.mode"
			s.Policy = named(level.pa.Namespace, level.pa.Name)
		}
	}
	return s
}

// service returns the mode that clients are told for the whole Service: the
// namespace's policy, which inherits the mesh's, then the mesh's; UnknownMode if
// there is neither (istio: pilot/pkg/model/authentication.go).
func (l levels) service() Mode {
	switch inherited := cmp.Or(mode(l.mesh), Permissive); {
	case l.namespace != nil:
		return cmp.Or(mode(l.namespace), inherited)
	case l.mesh != nil:
		return inherited
	}
	return UnknownMode
}

// mode returns what the policy sets for all ports; UnknownMode if it sets nothing.
func mode(pa *securityv1.PeerAuthentication) Mode {
	if pa == nil {
		return UnknownMode
	}
	return modeOf(pa.Spec.GetMtls())
}

func modeOf(m *securityapi.PeerAuthentication_MutualTLS) Mode {
	switch m.GetMode() {
	case securityapi.PeerAuthentication_MutualTLS_DISABLE:
		return Disable
	case securityapi.PeerAuthentication_MutualTLS_PERMISSIVE:
		return Permissive
	case securityapi.PeerAuthentication_MutualTLS_STRICT:
		return Strict
	case securityapi.PeerAuthentication_MutualTLS_UNSET:
		return UnknownMode
	}
	return UnknownMode
}

// notes tells of policies that look as if they applied to the Pod and do not.
func notes(c Config, pod *corev1.Pod, pas []*securityv1.PeerAuthentication) []string {
	l := choose(c, pod, pas)
	var out []string
	for _, pa := range byAge(pas) {
		name := named(pa.Namespace, pa.Name)
		switch {
		case pa.Namespace != pod.Namespace && pa.Namespace != c.RootNamespace:
		case !Selects(pa.Spec.GetSelector().GetMatchLabels(), pod.Labels):
		case !c.reads(pa.Labels):
			out = append(out, fmt.Sprintf("%s is labelled istio.io/rev=%s and the control plane's revision is %s: it is ignored", name, pa.Labels[labelRevision], c.Revision))
		case selecting(pa) && pa.Namespace == c.RootNamespace:
			out = append(out, name+" has a selector and is in the root namespace: it is ignored")
		case pa == l.mesh, pa == l.namespace, pa == l.workload:
			if ports := slices.Sorted(maps.Keys(pa.Spec.PortLevelMtls)); !selecting(pa) && len(ports) > 0 {
				out = append(out, fmt.Sprintf("%s sets portLevelMtls %v without a selector: these are ignored", name, ports))
			}
		default:
			out = append(out, name+" is younger than another one of its level: it is ignored")
		}
	}
	slices.Sort(out)
	return out
}
