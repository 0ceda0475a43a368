package mesh

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"

	securityv1 "istio.io/client-go/pkg/apis/security/v1"
)

// This file says what becomes of PeerAuthentications where the node is the data
// plane: istiod turns them into policies that deny, attaches those to workloads by
// name, and loses some on the way (istio: pilot/pkg/serviceregistry/ambient/
// authorization.go convertedSelectorPeerAuthentications and
// convertPeerAuthentication, policies.go, workloads.go fetchPeerAuthentications).

const staticStrict = "istio_converted_static_strict"

// reaching returns the policies that istiod's ambient index finds for the Pod: of
// those in the root namespace, for a Pod elsewhere, only those whose selector is
// not there at all; an empty one hides the policy.
func reaching(pod *corev1.Pod, pas []*securityv1.PeerAuthentication) []*securityv1.PeerAuthentication {
	var out []*securityv1.PeerAuthentication
	for _, pa := range pas {
		if pa != nil && (pa.Namespace == pod.Namespace || pa.Spec.GetSelector() == nil) {
			out = append(out, pa)
		}
	}
	return out
}

// convert sets what the node really enforces on the port, where that is not what
// the objects ask for.
func (l levels) convert(c Config, plane DataPlane, port uint16, s *Server) {
	denier, lost := l.denier(c, port)
	s.Denier = denier
	switch {
	case plane.Foreign() != nil && denier != "":
		s.StrictInFact = s.Mode != Strict
		s.Enforced = plane.Foreign().Strict
	case s.Mode == Strict && denier == "":
		s.OpenInFact = true
		s.Enforced = open(s, lost)
	case s.Mode != Strict && denier != "":
		s.StrictInFact = true
		s.Enforced = fmt.Sprintf("the object asks for %s; plaintext is denied nevertheless, by %s", s.Mode, denier)
		if s.Level == "port" && s.Mode == Disable {
			s.Enforced += ": istiod looks for a PERMISSIVE port to make the exception, and DISABLE is none"
		}
	}
}

// open says why plaintext gets in although the object asks for STRICT.
func open(s *Server, lost string) string {
	if lost != "" {
		return "the object asks for STRICT; plaintext gets in, because istiod does not send the policy it makes of it: the workload lists " + lost + ", and what is not there is skipped"
	}
	return "the object asks for STRICT; plaintext gets in, because " + s.Policy + " has an empty selector, and in ambient that keeps it from reaching other namespaces"
}

// denier returns the policy that denies a plaintext connection to the port, "" if
// none does. lost is the policy that the workload lists and ztunnel never gets.
func (l levels) denier(c Config, port uint16) (denier, lost string) {
	strict, converted := l.attached()
	if strict {
		return named(c.RootNamespace, staticStrict), ""
	}
	if !converted {
		return "", ""
	}
	name := named(l.workload.Namespace, "converted_peer_authentication_"+l.workload.Name)
	denies, sent := l.converted(port)
	switch {
	case !sent:
		return "", name
	case denies:
		return name, ""
	}
	return "", ""
}

// attached returns what the workload lists: the static policy that denies
// plaintext, or the one made of the workload's own ports.
func (l levels) attached() (strict, converted bool) {
	strict = l.base().Mode == Strict
	if l.workload == nil || len(l.workload.Spec.PortLevelMtls) == 0 {
		return strict, false
	}
	var hasStrict, hasPermissive, hasDisable bool
	for _, m := range l.workload.Spec.PortLevelMtls {
		switch modeOf(m) {
		case Strict:
			hasStrict = true
		case Permissive:
			hasPermissive = true
		case Disable:
			hasDisable = true
		case UnknownMode:
		}
	}
	exception := hasPermissive || hasDisable && mode(l.workload) == Strict
	if strict {
		return !exception, exception
	}
	return false, hasStrict
}

// converted evaluates the policy that istiod makes of the workload's ports, for a
// plaintext connection to the port. sent is false where none comes of it.
//
// Unlike attached it asks only for a namespace's and a mesh's policy without any
// selector. A namespace whose policy sets no mode counts as one that leaves the
// mesh's STRICT alone when STRICT ports are dropped as redundant, but not when
// exceptions are made; and the former does not look at the workload's own mode.
func (l levels) converted(port uint16) (denies, sent bool) {
	own, namespace, mesh := mode(l.workload), mode(l.bareNamespace), mode(l.bareMesh)
	inherited := namespace == UnknownMode && mesh == Strict
	redundant := own == Strict || own == UnknownMode && namespace == Strict || inherited
	exceptions := own == Strict || own == UnknownMode &&
		(namespace == Strict || l.bareNamespace == nil && mesh == Strict)

	var excepted, exempt, stricter, strict bool
	for number, m := range l.workload.Spec.PortLevelMtls {
		here := number == uint32(port)
		switch modeOf(m) {
		case Strict:
			stricter = stricter || !redundant
			strict = strict || !redundant && here
		case Permissive, Disable:
			excepted = excepted || exceptions
			exempt = exempt || exceptions && here
		case UnknownMode:
		}
	}
	// One rule denies what shows no principal and is on none of the excepted ports;
	// one more for each STRICT port denies what shows none there.
	sent = excepted || stricter
	return sent && (excepted && !exempt || strict), sent
}
