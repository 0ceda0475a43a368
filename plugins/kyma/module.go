package kyma

import (
	"fmt"
	"slices"
	"strings"

	networkingk8s "k8s.io/api/networking/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
)

// fromGateway is the label of the Pods that Kyma's NetworkPolicies let the ingress gateway
// open connections to (kyma-project/istio,
// internal/reconciliations/istioresources/networkpolicies/allow-egress-to-customer.yaml).
const fromGateway = "networking.kyma-project.io/from-ingressgateway"

// network is a connection of the ingress gateway that the module's NetworkPolicies drop.
func (c *connection) network() (diagnose.Remark, bool) {
	p, o, ok := kept[*networkingk8s.NetworkPolicy](c)
	if !ok || o.Kind != Istios.Kind || c.Destination == nil || c.Source == nil || c.Destination.Labels[fromGateway] == "allowed" {
		return diagnose.Remark{}, false
	}
	if c.Source.Namespace != p.Namespace || c.Source.Labels["istio"] != "ingressgateway" {
		return diagnose.Remark{}, false
	}
	return diagnose.Remark{
		Kind: findingNetwork, Objects: []string{"NetworkPolicy " + c.Reason.Policy, fmt.Sprintf("Pod %s/%s", c.Destination.Namespace, c.Destination.Name)}, Field: "metadata.labels",
		Message: fmt.Sprintf("With networkPoliciesEnabled in %s, the ingress gateway may open connections to Pods with the label %s: allowed and to no others, and %s/%s does not have it. The client waits, or gets 503; no AuthorizationPolicy is asked.",
			module, fromGateway, c.Destination.Namespace, c.Destination.Name),
	}, true
}

const module = "Istio " + moduleNamespace + "/" + moduleName

// authorizer is a rule with extAuth whose authorizer the mesh does not know.
func (c *connection) authorizer() (diagnose.Remark, bool) {
	for _, p := range c.made {
		provider := p.trace.Provider
		if p.trace.Action != authz.ActionCustom || !c.unregistered(c.RootNamespace, provider) {
			continue
		}
		message := fmt.Sprintf("%s asks authorizer %s, which the mesh's settings do not have: the proxy refuses every request that the policy is for. In Kyma authorizers come from spec.config.authorizers of %s",
			named(p.of), provider, module)
		switch names, read := c.authorizers(); {
		case read && slices.Contains(names, provider):
			message += ", where it stands: the module has not brought it to the mesh."
		case read:
			message += ", which has " + or(strings.Join(names, ", "), "none") + "."
		default:
			message += "."
		}
		return diagnose.Remark{
			Kind: findingAuthorizer, Message: message, Objects: []string{named(p.of), policyObject(p.trace.Policy), module}, Field: "spec.provider.name",
		}, true
	}
	return diagnose.Remark{}, false
}

// authorizers are those in the settings of the Istio module; false if these were not read.
func (w world) authorizers() ([]string, bool) {
	s, ok := w.settings()
	if !ok {
		return nil, false
	}
	var out []string
	for _, a := range s.Spec.Config.Authorizers {
		out = append(out, a.Name)
	}
	return out, true
}

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
