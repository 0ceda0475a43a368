package diagnose

import (
	"fmt"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// nearestPolicy names the policy of the nearest rule; empty if there is none.
func nearestPolicy(j judged) string {
	if len(j.exp.Near) == 0 {
		return ""
	}
	return j.exp.Near[0].Policy.String()
}

// identityHelp says how the source would get an identity that can be admitted.
func (w *walk) identityHelp(j judged) []string {
	rule := fmt.Sprintf("rules[%d] of %s", j.exp.Near[0].Rule, j.exp.Near[0].Policy)
	p := w.src.presence
	switch {
	case w.src.pod == nil:
		return []string{
			"let " + w.src.who() + " come through a gateway of the mesh and admit the gateway's principal in " + rule,
			"or admit it by its address in an ALLOW policy with ipBlocks, if the proxy sees that address and not a load balancer's",
		}
	case p.Plane != mesh.NoPlane || p.Cause == mesh.CauseHostNetwork:
		return nil
	}
	principal := mesh.Principal(w.cfg, w.src.pod)
	how := "label namespace " + w.src.pod.Namespace + " istio-injection=enabled and restart the Pods"
	switch p.Cause {
	case mesh.CauseInjectFalse:
		how = "remove sidecar.istio.io/inject: false from its Pods"
	case mesh.CauseNotRestarted:
		how = "restart its Pods"
	case mesh.CauseNone, mesh.CauseNotLabelled, mesh.CauseHostNetwork, mesh.CauseNamespaceUnread, mesh.CausePredicted,
		mesh.CauseAmbientNotEnrolled, mesh.CauseNoneOptOut, mesh.CauseIgnoredNamespace:
	}
	return []string{
		"inject a sidecar into " + w.src.who() + " (" + how + ") and admit " + principal + " in " + rule,
		"or admit it by something that needs no identity, such as ipBlocks",
	}
}

// amendHelp says what the nearest rule would have to say to match, where each of
// its lacks can be mended by one value.
func (w *walk) amendHelp(j judged) []string {
	if len(j.exp.Near) == 0 || len(j.exp.Near[0].Lacks) == 0 {
		return nil
	}
	n := j.exp.Near[0]
	var steps []string
	for _, f := range n.Lacks {
		value := strings.TrimSpace(f.Got)
		if f.Not || value == "" || value == "none" || value == "not given" || f.Ignored != "" || strings.Contains(value, " ") {
			return nil
		}
		steps = append(steps, fmt.Sprintf("add %s to %s", amendValue(f, value), shortField(f.Field)))
	}
	return []string{
		fmt.Sprintf("%s of %s", strings.Join(steps, " and "), n.Policy),
		"or admit it in an ALLOW policy of its own",
	}
}

// amendValue is the value as the field would hold it.
func amendValue(f authz.FieldTrace, got string) string {
	switch {
	case strings.HasSuffix(f.Field, ".paths"):
		path, _, _ := strings.Cut(got, "?") // policies never see the query
		return path
	case strings.HasSuffix(f.Field, ".namespaces"):
		if _, rest, ok := strings.Cut(got, "/ns/"); ok {
			ns, _, _ := strings.Cut(rest, "/")
			return ns
		}
	case strings.HasSuffix(f.Field, ".serviceAccounts"):
		if _, rest, ok := strings.Cut(got, "/ns/"); ok {
			return strings.Replace(rest, "/sa/", "/", 1)
		}
	case strings.HasSuffix(f.Field, ".trustDomains"):
		td, _, _ := strings.Cut(got, "/")
		return td
	}
	return got
}
