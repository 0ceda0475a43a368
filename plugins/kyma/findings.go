package kyma

import "github.com/authz-doctor/kubectl-authz_doctor/diagnose"

// The findings of Kyma.
var (
	findingInCluster = diagnose.FindingKind{Code: "AD1001", Severity: diagnose.SeverityError, Title: "an APIRule admits its gateway and nobody else", Help: []string{
		"admit the caller in an ALLOW policy of its own; the policy that is made of the APIRule is written anew",
		"or call through the gateway, by the host that the APIRule names",
	}}
	findingNotReconciled = diagnose.FindingKind{Code: "AD1002", Severity: diagnose.SeverityWarning, Title: "an APIRule is not carried out, and its old policies stay", Help: []string{
		"mend what the APIRule's status names; one of version v1beta1 has to be migrated to v2",
	}}
	findingOrphan = diagnose.FindingKind{Code: "AD1003", Severity: diagnose.SeverityWarning, Title: "a policy has the labels of an APIRule that is not there", Help: []string{
		"delete the policy if the APIRule is gone for good",
		"or take the labels of the controller off it, if it is a copy that is meant to stay",
	}}
	findingDrift = diagnose.FindingKind{Code: "AD1004", Severity: diagnose.SeverityWarning, Title: "a policy of an APIRule will not stay as it is", Help: []string{
		"change the APIRule, not what is made of it",
		"or write what the APIRule cannot say into an ALLOW policy of its own, without the labels of the controller",
	}}
	findingRefused = diagnose.FindingKind{Code: "AD1005", Severity: diagnose.SeverityError, Title: "no rule of an APIRule admits the request", Help: []string{
		"send what a rule of the APIRule asks for",
		"or change the rules of the APIRule",
	}}
	findingShutOut = diagnose.FindingKind{Code: "AD1006", Severity: diagnose.SeverityError, Title: "a policy for callers inside the cluster shuts the gateway out", Help: []string{
		"publish the workload by an APIRule of version v2, whose policies admit the gateway",
		"or delete the policy, if nothing inside the cluster is to be kept apart from the rest",
	}}
	findingOtherGateway = diagnose.FindingKind{Code: "AD1007", Severity: diagnose.SeverityError, Title: "an APIRule names a gateway that its policies do not admit", Help: []string{
		"publish it at a Gateway whose selector leads to Kyma's ingress gateway",
		"or admit the other gateway's principal in an ALLOW policy of its own, with what the APIRule asks of tokens",
	}}
	findingWildcard = diagnose.FindingKind{Code: "AD1008", Severity: diagnose.SeverityWarning, Title: "a wildcard host without access control opens the hosts below it", Help: []string{
		"ask for a token at the wildcard host as well, or leave the other host's paths out of it",
		"or lead the two hosts to workloads of their own",
	}}
	findingNetwork = diagnose.FindingKind{Code: "AD1009", Severity: diagnose.SeverityWarning, Title: "Kyma's NetworkPolicies keep the ingress gateway from a Pod", Help: []string{
		"label the Pods, in their Deployment's template, networking.kyma-project.io/from-ingressgateway: allowed",
	}}
	findingAuthorizer = diagnose.FindingKind{Code: "AD1010", Severity: diagnose.SeverityError, Title: "an APIRule names an authorizer that the mesh does not have", Help: []string{
		"add the authorizer to spec.config.authorizers of Istio kyma-system/default; an edit of the ConfigMap istio does not last",
	}}
)

// The findings of Kyma's gateway and of its modules.
var (
	findingRoute = diagnose.FindingKind{Code: "AD1011", Severity: diagnose.SeverityWarning, Title: "the route of an APIRule is not what it asks for", Help: []string{
		"change the APIRule, not the VirtualService that is made of it",
	}}
	findingUnsettled = diagnose.FindingKind{Code: "AD1012", Severity: diagnose.SeverityWarning, Title: "settings of Kyma's Istio module are not in force", Help: []string{
		"look at the state of Istio kyma-system/default: the module writes the mesh's settings when it reconciles",
		"or, where the mesh is right, change spec.config of Istio kyma-system/default; an edit of the ConfigMap istio does not last",
	}}
	findingCompatible = diagnose.FindingKind{Code: "AD1013", Severity: diagnose.SeverityInfo, Title: "Istio behaves like the release before it", Help: []string{
		"set spec.compatibilityMode of Istio kyma-system/default to false, once the workloads can do without",
	}}
	findingGatewayless = diagnose.FindingKind{Code: "AD1014", Severity: diagnose.SeverityWarning, Title: "an APIRule names a Gateway that is not there", Help: []string{
		"set spec.enableKymaGateway of APIGateway default to true, if it is Kyma's own Gateway",
		"or name a Gateway that is there",
	}}
	findingKeptNetwork = diagnose.FindingKind{Code: "AD1015", Severity: diagnose.SeverityWarning, Title: "a NetworkPolicy that Kyma keeps drops the connection", Help: []string{
		"give the Pods, in their Deployment's template, the label that the NetworkPolicy asks for",
		"or do without the module's NetworkPolicies: spec.networkPoliciesEnabled: false of Istio kyma-system/default or of APIGateway default",
	}}
	findingKeptTLS = diagnose.FindingKind{Code: "AD1016", Severity: diagnose.SeverityInfo, Title: "Kyma asks for mTLS, and puts that back", Help: []string{
		"give the caller a sidecar",
		"or write a PeerAuthentication for the Pods or their namespace, which goes before Kyma's",
	}}
)

// The findings of a migration from v1beta1.
var (
	findingStep = diagnose.FindingKind{Code: "AD1017", Severity: diagnose.SeverityInfo, Title: "v2 has something else than a v1beta1 APIRule", Help: []string{
		"write it as v2 has it, or see to it that nobody needs it",
	}}
	findingMigrating = diagnose.FindingKind{Code: "AD1018", Severity: diagnose.SeverityInfo, Title: "an APIRule is between two steps of its migration", Help: []string{
		"wait for the last step; if it does not come, the APIRule's status says why",
	}}
)

// Findings are those of Kyma.
func (Platform) Findings() []diagnose.FindingKind {
	return []diagnose.FindingKind{
		findingInCluster, findingNotReconciled, findingOrphan, findingDrift, findingRefused, findingShutOut, findingOtherGateway,
		findingWildcard, findingNetwork, findingAuthorizer, findingRoute, findingUnsettled,
		findingCompatible, findingGatewayless, findingKeptNetwork, findingKeptTLS, findingStep, findingMigrating,
	}
}
