package diagnose

import (
	"fmt"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// Policies that are accepted and in force nowhere on the way, where that turns the
// answer.
var (
	findingEmptySelector = findingKind{"AD0308", SeverityWarning, "a policy with an empty selector reaches no workload in ambient", []string{
		"take the empty selector away, for the whole namespace, or give it labels",
	}}
	findingNoAction = findingKind{"AD0309", SeverityWarning, "ztunnel does not know the action of a policy", []string{
		"let a waypoint enforce it: give the policy targetRefs for the Service or the waypoint, and the Service a waypoint",
	}}
	findingPastWaypoint = findingKind{"AD0310", SeverityWarning, "a waypoint does not enforce a policy without targetRefs", []string{
		"give the policy targetRefs in place of its selector: the Service, or the Gateway that the waypoint is",
	}}
	findingNoWaypoint = findingKind{"AD0311", SeverityWarning, "a policy with targetRefs is passed by: no waypoint is on this way", []string{
		"select the workload by its labels in place of targetRefs, for what its own proxy is to enforce",
		"or let the traffic pass the waypoint: label the Service or its namespace istio.io/use-waypoint, and call the Service from within the mesh",
	}}
	findingDryRun = findingKind{"AD0312", SeverityInfo, "a dry run in ambient is not even logged", []string{
		"set PILOT's AMBIENT_ENABLE_DRY_RUN_AUTHORIZATION_POLICY to have it logged, or take the annotation away to have it enforced",
	}}
	findingRevision = findingKind{"AD0313", SeverityWarning, "a policy is for another revision of the control plane", []string{
		"take the label istio.io/rev off the policy, or set it to the revision itself: tags are not resolved",
	}}
)

// skippedPolicies finds policies that would turn the answer if they were in force.
func (w *walk) skippedPolicies(j judged) {
	if j.req == nil {
		return
	}
	var empty, action, waypoint, passed, dry, revision offenders
	into := map[authz.SkipReason]*offenders{
		authz.SkipNilSelector: &empty, authz.SkipAction: &action, authz.SkipWaypoint: &waypoint,
		authz.SkipTargetRefs: &passed, authz.SkipDryRun: &dry, authz.SkipRevision: &revision,
	}
	for _, s := range j.exp.Skipped {
		out := into[s.Reason]
		if out == nil {
			continue
		}
		if p, ok := w.policyOf(s.Policy); ok && w.missed(j, p, s.Reason) {
			out.add(fmt.Sprintf("%s policy %s", s.Action, s.Policy), problem{field: skippedField(s.Reason), what: s.Words})
		}
	}
	w.reportSkipped(findingEmptySelector, empty, "It is in force at sidecars only: ztunnel finds no workload for it.")
	w.reportSkipped(findingNoAction, action, "Nothing on this way does what it asks for.")
	w.reportSkipped(findingPastWaypoint, waypoint, "The waypoint passes it by, and what it says of HTTP nobody enforces: ztunnel behind it sees connections only.")
	so, help := w.pastTarget()
	w.reportSkipped(findingNoWaypoint, passed, so, help...)
	w.reportSkipped(findingDryRun, dry, "So it is not even logged.")
	w.reportSkipped(findingRevision, revision, "Nothing on this way enforces it.")
}

func skippedField(r authz.SkipReason) string {
	switch r {
	case authz.SkipAction:
		return "spec.action"
	case authz.SkipTargetRefs:
		return "spec.targetRefs"
	case authz.SkipDryRun:
		return "metadata.annotations[" + authz.DryRunAnnotation + "]"
	case authz.SkipRevision:
		return "metadata.labels[" + authz.RevisionLabel + "]"
	case authz.SkipNamespace, authz.SkipSelector, authz.SkipNilSelector, authz.SkipNoTarget, authz.SkipWaypoint:
	}
	return "spec.selector"
}

// reportSkipped makes one finding of policies that are not in force.
func (w *walk) reportSkipped(k findingKind, o offenders, so string, help ...string) {
	if len(o.names) == 0 {
		return
	}
	var words, objects []string
	for _, name := range o.names {
		words = append(words, name+": "+o.problems[name][0].what)
		objects = append(objects, name[strings.LastIndexByte(name, ' ')+1:])
	}
	w.tell(k, strings.Join(words, "; ")+". "+so, o.problems[o.names[0]][0].field, objects, help...)
}

// missed reports whether a policy that does not attach was meant for the endpoint and
// would turn the answer.
func (w *walk) missed(j judged, p authz.Policy, why authz.SkipReason) bool {
	dialect, request := authz.EnvoyHTTP, w.asHTTP(j.s)
	switch why {
	case authz.SkipNilSelector, authz.SkipDryRun:
		dialect, _ = w.nodeDialect()
		request = j.req
		if !w.selectedBy(p) {
			return false
		}
	case authz.SkipRevision:
		switch node, is := w.nodeDialect(); {
		case is:
			dialect, request = node, j.req
		case !j.s.http:
			dialect, request = authz.EnvoyTCP, j.req
		}
		if p.Labels = nil; !w.attaches(p) {
			return false
		}
	case authz.SkipAction:
		if w.dst.presence.Plane != mesh.Ambient || p.Action() == authz.ActionUnknown || !w.selectedBy(p) {
			return false
		}
	case authz.SkipWaypoint:
		return w.beforeAmbient(p) && w.missedByWaypoint(j, p)
	case authz.SkipTargetRefs:
		if w.src.presence.Plane == mesh.Waypoint || !w.targeted(p) {
			return false
		}
		if w.r.service != nil { // a waypoint has the connection as it was dialled
			request.DestinationIP, request.DestinationPort = virtualIP(w.r.service), authz.Known(w.r.port)
		}
	case authz.SkipNamespace, authz.SkipSelector, authz.SkipNoTarget:
		return false
	}
	return lacking(j, p.Action(), w.alone(dialect, p, request).Matches)
}

// lacking reports whether the answer would be another one with a policy that matches
// as it is said, or may be.
func lacking(j judged, a authz.Action, matches authz.Truth) bool {
	may := matches == authz.True || matches == authz.Open
	switch a {
	case authz.ActionDeny, authz.ActionCustom:
		return may && j.verdict != Denied
	case authz.ActionAudit:
		return may
	case authz.ActionAllow:
		denied := j.exp.Verdict == Denied && j.exp.Stage == authz.ActionAllow
		return matches == authz.False && j.verdict != Denied || may && denied
	case authz.ActionUnknown:
	}
	return false
}

// selectedBy reports whether a policy's selector fits the endpoint.
func (w *walk) selectedBy(p authz.Policy) bool {
	return len(p.Spec.GetTargetRefs()) == 0 && p.Spec.GetTargetRef() == nil && mesh.Selects(p.Spec.GetSelector().GetMatchLabels(), w.dst.pod.Labels)
}

// attaches reports whether the proxy that judges has the policy.
func (w *walk) attaches(p authz.Policy) bool {
	dialect := authz.EnvoyHTTP
	if node, is := w.nodeDialect(); is {
		dialect = node
	}
	e := authz.Compile(dialect, evaluatorMesh(w.cfg), w.workload(), []authz.Policy{p}).Explain(&authz.Request{})
	return len(e.Skipped) == 0
}
