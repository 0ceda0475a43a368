package mesh

import (
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
)

// ignoredNamespaces are skipped by the injector whatever their labels say
// (istio: pkg/kube/inject/initializer.go).
var ignoredNamespaces = []string{"kube-node-lease", "kube-public", "kube-system", "local-path-storage"}

// answer is whether injection or enrolment is wanted, and by what.
type answer struct {
	wanted bool
	cause  Cause // of a no
	why    string
}

// injection tells what the webhooks of a default installation and the injector
// behind them do with the Pod (istio: templates/mutatingwebhook.yaml,
// pkg/kube/inject/inject.go injectRequired). The Namespace's istio-injection wins
// over its istio.io/rev, and both keep the Pod's own opt-in from being looked at.
func injection(pod *corev1.Pod, ns *corev1.Namespace) answer {
	label, has := pod.Labels[labelInject]
	legacy, hasLegacy := ns.Labels[labelInjection]
	revision := ns.Labels[labelRevision]
	name := "namespace " + ns.Name
	switch {
	case slices.Contains(ignoredNamespaces, ns.Name):
		return answer{cause: CauseIgnoredNamespace, why: "the injector ignores " + name}
	case label == "false":
		return answer{cause: CauseInjectFalse, why: `Pod label sidecar.istio.io/inject: "false"`}
	case hasLegacy && legacy != enabled:
		return answer{cause: CauseNotLabelled, why: name + " is labelled istio-injection=" + legacy + over(revision)}
	case !hasLegacy && revision == "" && label != "true" && pod.Labels[labelRevision] == "":
		why := name + " lacks istio-injection=enabled or istio.io/rev"
		if pod.Annotations[labelInject] == "true" {
			why += "; the annotation sidecar.istio.io/inject alone does not ask for injection, the Pod label does"
		}
		return answer{cause: CauseNotLabelled, why: why}
	case !has && pod.Annotations[labelInject] == "false":
		return answer{cause: CauseInjectFalse, why: `Pod annotation sidecar.istio.io/inject: "false"`}
	case hasLegacy:
		return answer{wanted: true, why: name + " is labelled istio-injection=enabled" + over(revision)}
	case revision != "":
		return answer{wanted: true, why: name + " is labelled istio.io/rev=" + revision}
	case pod.Labels[labelRevision] != "":
		return answer{wanted: true, why: "the Pod is labelled istio.io/rev=" + pod.Labels[labelRevision]}
	}
	return answer{wanted: true, why: `the Pod is labelled sidecar.istio.io/inject: "true"`}
}

// over words that istio-injection wins over a revision, if there is one.
func over(revision string) string {
	if revision == "" {
		return ""
	}
	return ", which wins over istio.io/rev=" + revision
}

// enrolment tells which node data plane the labels ask for; UnknownPlane if none.
// The Pod's label wins over the Namespace's, and any value of it but "none"
// leaves ambient's Namespace selector satisfied (istio: charts/istio-cni,
// enablementSelectors; for others see [NodePlane]).
func enrolment(pod *corev1.Pod, ns *corev1.Namespace) (DataPlane, answer) {
	own, theirs := pod.Labels[labelDataplane], ""
	byPod := "the Pod is labelled " + labelDataplane + "=" + own
	if ns != nil {
		theirs = ns.Labels[labelDataplane]
	}
	byNamespace := "namespace " + pod.Namespace + " is labelled " + labelDataplane + "=" + theirs
	switch {
	case planeFor(own) != UnknownPlane:
		return planeFor(own), answer{wanted: true, why: byPod}
	case own == "none" && theirs != "":
		return UnknownPlane, answer{cause: CauseNoneOptOut, why: "Pod label " + labelDataplane + ": none"}
	case own == "none":
		return UnknownPlane, answer{}
	case planeFor(theirs) != UnknownPlane:
		return planeFor(theirs), answer{wanted: true, why: byNamespace}
	}
	return UnknownPlane, answer{}
}

// absence tells why nothing carries the traffic of a Pod that exists. Its labels do
// not ask for a node data plane, or the Namespace could not be read.
func absence(pod *corev1.Pod, ns *corev1.Namespace) (Cause, string) {
	if ns == nil {
		return CauseNamespaceUnread, "no proxy container and no redirection annotation; why is not known, because namespace " + pod.Namespace + " could not be read"
	}
	_, enrol := enrolment(pod, ns)
	inject := injection(pod, ns)
	switch {
	case inject.wanted:
		return CauseNotRestarted, inject.why + ", but the Pod was created before or the injector did not run: restart it"
	case enrol.cause != CauseNone:
		return enrol.cause, enrol.why
	}
	return inject.cause, inject.why
}

// predict fills in what a Pod that does not exist yet would get: the injector runs
// before the node agents, which leave an injected Pod alone.
func (p *Presence) predict(pod *corev1.Pod, ns *corev1.Namespace) {
	if ns == nil {
		p.Cause, p.Missing = CauseNamespaceUnread, "the labels of namespace "+pod.Namespace
		return
	}
	p.Cause = CausePredicted
	inject := injection(pod, ns)
	plane, enrol := enrolment(pod, ns)
	switch {
	case inject.wanted && strings.Contains(pod.Annotations[annotationTemplates], "grpc-agent"):
		p.Missing = "what the gRPC library in " + podName(pod) + " enforces: the Pod has no Envoy (proxyless gRPC)"
	case inject.wanted:
		p.Plane, p.Why = Sidecar, inject.why
		if pod.Annotations[annotationTemplates] == "gateway" {
			p.Plane, p.Why = Gateway, inject.why+", annotation "+annotationTemplates+": gateway"
		}
		p.Revision = first(p.Revision, ns.Labels[labelRevision])
	case enrol.wanted:
		p.Plane, p.Why = plane, enrol.why
	default:
		p.Plane, p.Cause, p.Why = NoPlane, inject.cause, inject.why
		if enrol.cause != CauseNone {
			p.Cause, p.Why = enrol.cause, enrol.why
		}
	}
}
