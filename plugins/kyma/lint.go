package kyma

import (
	"fmt"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/lint"
	"github.com/authz-doctor/kubectl-authz_doctor/plugins/kyma/apirule"
)

// Reads are the APIRules with their VirtualServices, the Gateway that hosts without a
// domain get theirs from, and the settings of the modules with what they are set on.
func (Platform) Reads(namespace string) []cluster.Query {
	return []cluster.Query{
		{Resource: APIRules, Namespace: namespace},
		kymaGateway,
		{Resource: cluster.VirtualServices, Namespace: namespace},
		istioSettings, gatewaySettings,
		{Resource: cluster.Services, Namespace: ingressNamespace, Name: "istio-ingressgateway"},
	}
}

// Lint finds what APIRules and the policies that are made of them show by themselves.
func (Platform) Lint(s *cluster.Snapshot, o lint.Options) []lint.Fault {
	l := &linter{world: world{s}, o: o}
	l.all = l.rules()
	for _, r := range l.all {
		l.look(r)
	}
	l.modules()
	for _, p := range l.policies(o.Namespace) {
		if of, ok := ruleOf(p); ok && l.gone(of) {
			l.report(findingOrphan, cluster.AuthorizationPolicies, apirule.Ref{Namespace: p.Namespace, Name: p.Name}, "metadata.labels", orphanWords(p.Namespace+"/"+p.Name, of))
		}
	}
	return l.faults
}

type linter struct {
	world
	o      lint.Options
	all    []*apirule.APIRule
	faults []lint.Fault
}

// report adds a fault of an object of the namespace that is looked at.
func (l *linter) report(k diagnose.FindingKind, r cluster.Resource, of apirule.Ref, field, message string) {
	item, ok := l.snap.Item(r, of.Namespace, of.Name)
	if ok && (l.o.Namespace == "" || l.o.Namespace == of.Namespace) {
		l.faults = append(l.faults, lint.Fault{Kind: k, Resource: r, Object: item.Object, Field: field, Message: strings.TrimSuffix(message, ".")})
	}
}

// look is about one APIRule and what is made of it. Manifests may well lack that, for the
// controller makes it: it is missing only where a cluster was looked at.
func (l *linter) look(r *apirule.APIRule) {
	if why, stuck := notCarriedOut(r); stuck {
		field := "status.state"
		if r.Status.State == "" {
			field = "spec"
		}
		l.report(findingNotReconciled, APIRules, r.Ref, field, fmt.Sprintf("%s %s: what it says now is not carried out, and what was made of it before stays as it was.", named(r.Ref), why))
	}
	for _, d := range l.differences(r, "") {
		switch {
		case d.Drift == apirule.Missing && !l.o.Manifests:
			l.report(findingDrift, APIRules, r.Ref, fmt.Sprintf("spec.rules[%d]", max(d.Rule, 0)), driftWords(r, d))
		case d.Drift != apirule.Missing && d.Kind == "RequestAuthentication":
			l.report(findingDrift, cluster.RequestAuthentications, d.Object, d.Field, driftWords(r, d))
		case d.Drift != apirule.Missing:
			l.report(findingDrift, cluster.AuthorizationPolicies, d.Object, d.Field, driftWords(r, d))
		}
	}
	l.routes(r)
	l.steps(r)
	if words, lacks := l.lacksGateway(r); lacks && (!l.o.Manifests || l.withoutGateway()) {
		l.report(findingGatewayless, APIRules, r.Ref, "spec.gateway", words)
	}
	for _, found := range l.opened(r, l.all) {
		l.report(findingWildcard, APIRules, r.Ref, found.field, found.words)
	}
}

// routes is about the VirtualService of an APIRule.
func (l *linter) routes(r *apirule.APIRule) {
	found, ok := l.routing(r)
	if !ok {
		return
	}
	for _, d := range found.Differences {
		words := d.Words + "; " + routeFate(found, d)
		switch {
		case d.Drift != apirule.Missing:
			l.report(findingRoute, cluster.VirtualServices, d.Object, d.Field, words)
		case !l.o.Manifests:
			l.report(findingRoute, APIRules, r.Ref, "spec", words)
		}
	}
}

// modules is about the settings of Kyma's Istio module.
func (l *linter) modules() {
	root := or(l.o.MeshNamespace, ingressNamespace)
	of := apirule.Ref{Namespace: moduleNamespace, Name: moduleName}
	for _, p := range l.pending(root) {
		l.report(findingUnsettled, Istios, of, p.field, p.words()+": what is there counts"+l.settles())
	}
	if s, ok := l.settings(); !ok || !s.Spec.CompatibilityMode {
		return
	}
	if set, known := l.compatibility(root); len(set) > 0 || !known {
		l.report(findingCompatible, Istios, of, "spec.compatibilityMode", compatibleWords(set, known))
	}
}

// steps are what becomes of an APIRule of version v1beta1 in v2, each at its field.
func (l *linter) steps(r *apirule.APIRule) {
	if r.Written() != apirule.V1Beta1 {
		return
	}
	steps, err := apirule.Migrate(r, l.all...)
	if err != nil {
		return // what it was is not kept
	}
	for _, s := range steps {
		field := s.Field
		if field == "" || r.Version != apirule.V1Beta1 { // it stands in the annotation
			field = "spec"
		}
		l.report(findingStep, APIRules, r.Ref, field, s.Words)
	}
}
