package kyma

import (
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/plugins/kyma/apirule"
)

// notCarriedOut tells why nothing is made of what an APIRule says now. One of version
// v1beta1 that is Ready is of a release before 3.10.0, or of a cluster that may keep it
// (kyma-project/api-gateway, internal/access/access.go).
func notCarriedOut(r *apirule.APIRule) (string, bool) {
	description := ""
	if r.Status.Description != "" {
		description = " (" + strings.TrimSuffix(r.Status.Description, ".") + ")"
	}
	switch {
	case r.Status.State == "Error":
		return "is in state Error" + description, true
	case r.Written() == apirule.V1Beta1 && r.Status.State == "":
		return "is of version v1beta1, which the controller leaves alone since 3.10.0", true
	}
	return "", false
}

// notReconciled is an APIRule whose policies attach and that is not carried out any more,
// or that the controller will refuse for want of a sidecar.
func (c *connection) notReconciled() (diagnose.Remark, bool) {
	for _, p := range c.made {
		if p.rule == nil {
			continue
		}
		out := diagnose.Remark{Kind: findingNotReconciled, Objects: []string{named(p.of), policyObject(p.trace.Policy)}, Field: "status.state"}
		if why, stuck := notCarriedOut(p.rule); stuck {
			out.Help = steps(p.rule, c.rules())
			out.Message = fmt.Sprintf("%s %s: what it says now is not carried out, and %s stays as it was.", named(p.of), why, p.trace.Policy)
			return out, true
		}
		if c.Destination != nil && !hasSidecar(c.Destination) {
			out.Field = "spec.service"
			out.Message = fmt.Sprintf("%s exposes Pod %s/%s, which has no container istio-proxy: the controller asks for a sidecar, in ambient too, and puts such an APIRule into state Error when it looks at it next. %s stays as it is then.",
				named(p.of), c.Destination.Namespace, c.Destination.Name, p.trace.Policy)
			out.Help = []string{"give the Pods a sidecar: label their namespace istio-injection=enabled and restart them"}
			return out, true
		}
	}
	return diagnose.Remark{}, false
}

// hasSidecar reports what the controller looks for (kyma-project/api-gateway,
// internal/validation/injection.go).
func hasSidecar(pod *corev1.Pod) bool {
	isProxy := func(c corev1.Container) bool { return c.Name == "istio-proxy" }
	_, predicted := pod.Annotations[cluster.PredictedAnnotation]
	return predicted || slices.ContainsFunc(pod.Spec.Containers, isProxy) || slices.ContainsFunc(pod.Spec.InitContainers, isProxy)
}

// steps are what changes when an APIRule becomes one of v2, those that change traffic
// first; nil if it is one.
func steps(r *apirule.APIRule, others []*apirule.APIRule) []string {
	if r.Written() != apirule.V1Beta1 {
		return nil
	}
	const shown = 5
	out := []string{"migrate it to v2; what it was in v1beta1 is kept in its annotation " + apirule.V1Beta1SpecAnnotation}
	all, err := apirule.Migrate(r, others...)
	if err != nil {
		return out[:1]
	}
	slices.SortStableFunc(all, func(a, b apirule.Step) int { return weight(a) - weight(b) })
	for i, s := range all {
		if i == shown {
			return append(out, fmt.Sprintf("and %d more: kubectl authz-doctor lint -n %s lists them all (%s)", len(all)-shown, r.Namespace, findingStep.Code))
		}
		out = append(out, s.Words)
	}
	return out
}

// weight puts first what cannot be carried over, and then what refuses traffic.
func weight(s apirule.Step) int {
	switch {
	case s.Blocks:
		return 0
	case s.Topic == apirule.TopicInCluster, s.Topic == apirule.TopicSharing, s.Topic == apirule.TopicMesh:
		return 1
	}
	return 2
}

// migrating is an APIRule that the controller takes from v1beta1 to v2, which it does in
// steps, a minute apart: until the last one Oathkeeper may stand before the workload
// (kyma-project/api-gateway, internal/processing/processors/migration).
func (c *connection) migrating() (diagnose.Remark, bool) {
	for _, p := range c.made {
		if p.rule == nil || !p.rule.Migrating() {
			continue
		}
		return diagnose.Remark{
			Kind: findingMigrating, Objects: []string{named(p.of), policyObject(p.trace.Policy)}, Field: "metadata.annotations[" + apirule.MigrationStepAnnotation + "]",
			Message: fmt.Sprintf("%s is being migrated from v1beta1 (step %s): until the last step its policies ask for no host, and admit Oathkeeper (%s) beside the ingress gateway, or for jwt whoever has a token, from inside too. The next step comes within minutes.",
				named(p.of), p.rule.MigrationStep, apirule.Oathkeeper),
		}, true
	}
	return diagnose.Remark{}, false
}

// orphan is a policy with the labels of an APIRule that is not there.
func (c *connection) orphan() (diagnose.Remark, bool) {
	for _, p := range c.made {
		if p.rule != nil || !c.gone(p.of) {
			continue
		}
		return diagnose.Remark{
			Kind: findingOrphan, Objects: []string{named(p.of), policyObject(p.trace.Policy)},
			Message: orphanWords(p.trace.Policy.String(), p.of),
		}, true
	}
	return diagnose.Remark{}, false
}

func orphanWords(policy string, of apirule.Ref) string {
	return fmt.Sprintf("%s has the labels of %s, which is not there: nobody keeps the policy as it is, and nobody removes it.", policy, named(of))
}

// gone reports whether an APIRule is not there and would be in sight if it were. Files
// without any APIRule are those of somebody who has left them out.
func (w world) gone(rule apirule.Ref) bool {
	if _, there := w.snap.Item(APIRules, rule.Namespace, rule.Name); there {
		return false
	}
	if _, missing := w.snap.Missing(APIRules, rule.Namespace, rule.Name); missing {
		return false
	}
	one := cluster.Query{Resource: APIRules, Namespace: rule.Namespace, Name: rule.Name}
	all := cluster.Query{Resource: APIRules, Namespace: rule.Namespace}
	return slices.ContainsFunc(w.snap.Queries(), func(q cluster.Query) bool { return q == one || q == all }) || w.snap.HasAny(APIRules)
}
