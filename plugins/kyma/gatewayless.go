package kyma

import (
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/plugins/kyma/apirule"
)

// gatewayless is an APIRule whose Gateway is not there: nobody outside gets to what it
// exposes, and its policies keep out everybody inside.
func (c *connection) gatewayless() (diagnose.Remark, bool) {
	for _, ref := range refsOf(c.made) {
		r, ok := c.rule(ref)
		if !ok {
			continue
		}
		if words, ok := c.lacksGateway(r); ok {
			return diagnose.Remark{Kind: findingGatewayless, Objects: []string{named(ref), "Gateway " + r.Gateway}, Field: "spec.gateway", Message: words}, true
		}
	}
	return diagnose.Remark{}, false
}

// lacksGateway says that the Gateway of an APIRule is not there; false if it is, or was not
// looked for.
func (w world) lacksGateway(r *apirule.APIRule) (string, bool) {
	ref, ok := r.GatewayRef()
	if _, there := w.gateway(r); !ok || there {
		return "", false
	}
	if _, missing := w.snap.Missing(cluster.IstioGateways, ref.Namespace, ref.Name); missing {
		return "", false
	}
	if !w.snap.Asked(cluster.Query{Resource: cluster.IstioGateways, Namespace: ref.Namespace, Name: ref.Name}) {
		return "", false
	}
	off := isKymaGateway(ref) && w.withoutGateway()
	if !off && !w.snap.HasAny(cluster.IstioGateways) {
		return "", false // files of somebody who has left Gateways out
	}
	words := fmt.Sprintf("%s is published at Gateway %s, which is not there: nobody outside gets to it, whatever its policies admit.", named(r.Ref), r.Gateway)
	if off {
		words += " APIGateway " + moduleName + " does not enable it (spec.enableKymaGateway)."
	}
	return words, true
}

func isKymaGateway(ref apirule.Ref) bool {
	return ref.Namespace == kymaGateway.Namespace && ref.Name == kymaGateway.Name
}

// withoutGateway reports whether the settings of the API Gateway module say that there is
// to be no kyma-gateway: enableKymaGateway is not set, or false (kyma-project/api-gateway,
// internal/reconciliations/gateway).
func (w world) withoutGateway() bool {
	item, ok := w.snap.Item(APIGateways, "", moduleName)
	if !ok {
		return false
	}
	u, ok := item.Object.(*unstructured.Unstructured)
	if !ok {
		return false
	}
	enabled, found, err := unstructured.NestedBool(u.Object, "spec", "enableKymaGateway")
	return err == nil && (!found || !enabled)
}
