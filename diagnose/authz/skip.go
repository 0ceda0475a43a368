package authz

import (
	"fmt"
	"strings"
)

// SkipReason tells why a policy does not attach.
type SkipReason string

// The reasons.
const (
	SkipNamespace   SkipReason = "Namespace"         // lives in a namespace that is not looked at
	SkipRevision    SkipReason = "Revision"          // istio.io/rev names another istiod
	SkipSelector    SkipReason = "Selector"          // the labels do not match
	SkipNilSelector SkipReason = "EmptySelector"     // ztunnel: a selector without matchLabels reaches nobody
	SkipTargetRefs  SkipReason = "TargetRefs"        // has targetRefs, and the proxy is no gateway
	SkipNoTarget    SkipReason = "OtherTarget"       // targetRefs name something else
	SkipWaypoint    SkipReason = "NoTargetRef"       // a waypoint takes only policies with targetRefs
	SkipAction      SkipReason = "UnsupportedAction" // the data plane does not know the action
	SkipDryRun      SkipReason = "DryRun"            // ztunnel: dry-run policies are not sent
)

// Skipped is a policy that does not attach.
type Skipped struct {
	Policy Ref        `json:"policy"`
	Action Action     `json:"action"`
	Reason SkipReason `json:"reason"`
	Words  string     `json:"words"`
}

// skipped words the reason for which p does not attach.
func (at *place) skipped(p *Policy, reason SkipReason) Skipped {
	return Skipped{Policy: p.Ref(), Action: p.Action(), Reason: reason, Words: at.words(p, reason)}
}

func (at *place) words(p *Policy, reason SkipReason) string {
	switch reason {
	case SkipNamespace:
		return fmt.Sprintf("it lives in namespace %s, neither the workload's (%s) nor the root namespace (%s)",
			p.Namespace, at.workload.Namespace, at.mesh.root())
	case SkipRevision:
		return fmt.Sprintf("its label %s=%s names another revision than %s; revision tags are not resolved",
			RevisionLabel, p.Labels[RevisionLabel], at.mesh.Revision)
	case SkipSelector:
		return at.selectorWords(p)
	case SkipNilSelector:
		return "its selector has no matchLabels: in ambient it reaches no workload"
	case SkipTargetRefs:
		if at.dialect.node() {
			return "it has targetRefs, which are for waypoints and gateways"
		}
		return "it has targetRefs, and the workload is no gateway of the Gateway API"
	case SkipNoTarget:
		return "its targetRefs name something else than this proxy serves: " + refWords(p)
	case SkipWaypoint:
		return "it has no targetRefs, and a waypoint takes only policies that do"
	case SkipAction:
		return fmt.Sprintf("the data plane does not support the action %s", p.Spec.GetAction())
	case SkipDryRun:
		if at.dialect != Ztunnel {
			return "it is a dry run, which istiod does not send to Kmesh by default; with AMBIENT_ENABLE_DRY_RUN_AUTHORIZATION_POLICY it does, and Kmesh enforces it"
		}
		return "it is a dry run, which istiod does not send to ztunnel by default"
	}
	return ""
}

func refWords(p *Policy) string {
	var out []string
	for _, r := range targetRefs(p) {
		out = append(out, r.GetKind()+" "+r.GetName())
	}
	return strings.Join(out, ", ")
}

// selectorWords names the first label, by name, that differs.
func (at *place) selectorWords(p *Policy) string {
	labels := p.Spec.GetSelector().GetMatchLabels()
	for _, k := range sortedKeys(labels) {
		switch got, ok := at.workload.Labels[k]; {
		case !ok:
			return fmt.Sprintf("its selector wants %s=%s, and the workload has no label %s", k, labels[k], k)
		case got != labels[k]:
			return fmt.Sprintf("its selector wants %s=%s, and the workload has %s=%s", k, labels[k], k, got)
		}
	}
	return ""
}
