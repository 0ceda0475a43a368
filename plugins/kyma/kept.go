package kyma

import (
	"fmt"
	"slices"
	"strings"

	securityv1 "istio.io/client-go/pkg/apis/security/v1"
	corev1 "k8s.io/api/core/v1"
	networkingk8s "k8s.io/api/networking/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/owner"
)

// toEgress is the label of the Pods that Kyma's NetworkPolicies let connect to the egress
// gateway (kyma-project/istio, networkpolicies/allow-egressgateway.yaml).
const toEgress = "networking.kyma-project.io/to-egressgateway"

// gatewayPorts are those of the ingress gateway that they open (allow-ingressgateway.yaml).
var gatewayPorts = []uint16{8080, 8443, 15008, 15020, 15021, 15090}

// kept is the object that denies, if something of Kyma's keeps it.
func kept[T cluster.Object](c *connection) (object T, o owner.Owner, ok bool) {
	namespace, name, _ := strings.Cut(c.Reason.Policy, "/")
	if object, ok = cluster.Get[T](c.snap, namespace, name); ok {
		o, ok = ownerOf(object)
	}
	return object, o, ok
}

// keptNetwork is a NetworkPolicy of one of Kyma's modules that drops the connection; those
// of the ingress gateway to a Pod have a finding of their own.
func (c *connection) keptNetwork() (diagnose.Remark, bool) {
	if r, ok := c.network(); ok {
		return r, true
	}
	_, o, ok := kept[*networkingk8s.NetworkPolicy](c)
	if !ok {
		return diagnose.Remark{}, false
	}
	out := diagnose.Remark{Kind: findingKeptNetwork, Objects: []string{"NetworkPolicy " + c.Reason.Policy}, Field: "spec"}
	out.Message = fmt.Sprintf("NetworkPolicy %s is kept by %s (%s), and an edit of it does not last.", c.Reason.Policy, o.Manager, o.String())
	switch {
	case isGatewayPod(c.Destination, "egressgateway") && c.Source != nil && c.Source.Labels[toEgress] != "allowed":
		out.Field = "spec.ingress"
		out.Message += fmt.Sprintf(" It lets Pods with the label %s: allowed connect to the egress gateway and no others, and %s/%s does not have it.", toEgress, c.Source.Namespace, c.Source.Name)
	case isGatewayPod(c.Destination, "ingressgateway") && !slices.Contains(gatewayPorts, c.Port):
		out.Field = "spec.ingress"
		out.Message += fmt.Sprintf(" Of the ingress gateway it opens ports 8080, 8443, 15008, 15020, 15021 and 15090, and the connection is to %d.", c.Port)
		out.Help = []string{"let the Gateway's Service lead to port 8080 or 8443 of the ingress gateway, or admit the port in a NetworkPolicy of your own"}
	}
	return out, true
}

// isGatewayPod reports whether a Pod is Istio's ingress or egress gateway, as Kyma runs it.
func isGatewayPod(pod *corev1.Pod, which string) bool {
	return pod != nil && pod.Namespace == ingressNamespace && pod.Labels["istio"] == which
}

// keptTLS is a caller in plaintext that a PeerAuthentication of Kyma's refuses.
func (c *connection) keptTLS() (diagnose.Remark, bool) {
	if c.Verdict != diagnose.Denied || c.Reason.Stage != diagnose.StageMTLS || c.Destination == nil {
		return diagnose.Remark{}, false
	}
	p, o, ok := kept[*securityv1.PeerAuthentication](c)
	if !ok {
		return diagnose.Remark{}, false
	}
	whole := ""
	if p.Spec.GetSelector() == nil && p.Namespace == c.RootNamespace {
		whole = " for the whole mesh"
	}
	return diagnose.Remark{
		Kind: findingKeptTLS, Objects: []string{"PeerAuthentication " + c.Reason.Policy}, Field: c.Reason.Field,
		Message: fmt.Sprintf("PeerAuthentication %s asks for mTLS%s; %s keeps it (%s), and an edit of it does not last. One of namespace %s, or for the Pod, goes before it.",
			c.Reason.Policy, whole, o.Manager, o.String(), c.Destination.Namespace),
	}, true
}
