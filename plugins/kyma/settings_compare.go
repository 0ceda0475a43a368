package kyma

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	networkingk8s "k8s.io/api/networking/v1"

	corev1 "k8s.io/api/core/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// about is what a setting decides about.
type about uint8

const (
	aboutNothing  about = iota
	aboutAddress        // whose address a policy sees
	aboutIdentity       // what identities are called
	aboutAuthorizer
	aboutNetwork // what the ingress gateway may connect to
	aboutHeader  // which headers a gateway lets through
)

// pending is a setting of the Istio module that is not in force.
type pending struct {
	about     about
	field     string // of the Istio resource
	name      string // of the authorizer
	says, has string
	where     string // who has it
}

func (p pending) words() string {
	return fmt.Sprintf("%s says %s (%s), and %s has %s", module, p.says, p.field, p.where, p.has)
}

// pending are the settings of the Istio module that the mesh does not have, or has in
// another way; nil if either was not read. It is by what the mesh has that a request is
// judged.
func (w world) pending(root string) []pending {
	s, ok := w.settings()
	mesh, known := w.rendered(root)
	if !ok || !known {
		return nil
	}
	where := "the mesh (ConfigMap " + root + "/istio)"
	var out []pending
	add := func(a about, field, says, has string) {
		if says != has {
			out = append(out, pending{about: a, field: "spec.config." + field, says: says, has: has, where: where})
		}
	}
	topology := mesh.DefaultConfig.GatewayTopology
	add(aboutAddress, "numTrustedProxies", number(s.Spec.Config.NumTrustedProxies), number(topology.NumTrustedProxies))
	add(aboutIdentity, "trustDomain", or(s.Spec.Config.TrustDomain, "cluster.local"), or(mesh.TrustDomain, "cluster.local"))
	if f := s.Spec.Config.ForwardClientCertDetails; f != "" { // has a default since it is there
		add(aboutHeader, "forwardClientCertDetails", f, or(topology.ForwardClientCertDetails, "none"))
	}
	for i, a := range s.Spec.Config.Authorizers {
		field := fmt.Sprintf("spec.config.authorizers[%d]", i)
		at := slices.IndexFunc(mesh.ExtensionProviders, func(p providerOf) bool { return p.Name == a.Name })
		has := "none of the name"
		switch {
		case at >= 0 && mesh.ExtensionProviders[at].HTTP == nil:
			has = "one of another kind"
		case at >= 0:
			has = mesh.ExtensionProviders[at].HTTP.String()
		}
		if a.String() != has {
			out = append(out, pending{about: aboutAuthorizer, field: field, name: a.Name, says: "authorizer " + a.Name + " at " + a.String(), has: has, where: where})
		}
	}
	return append(out, w.pendingElsewhere(s)...)
}

// pendingElsewhere is about what the module sets on other objects than the mesh's
// ConfigMap.
func (w world) pendingElsewhere(s *settings) []pending {
	var out []pending
	if svc, ok := cluster.Get[*corev1.Service](w.snap, ingressNamespace, "istio-ingressgateway"); ok && s.Spec.Config.GatewayExternalTrafficPolicy != "" {
		has := or(string(svc.Spec.ExternalTrafficPolicy), "Cluster")
		if says := s.Spec.Config.GatewayExternalTrafficPolicy; says != has {
			out = append(out, pending{about: aboutAddress, field: "spec.config.gatewayExternalTrafficPolicy", says: says, has: has, where: "Service " + ingressNamespace + "/istio-ingressgateway"})
		}
	}
	if !w.read(cluster.NetworkPolicies, ingressNamespace) {
		return out
	}
	enabled := s.Spec.NetworkPoliciesEnabled != nil && *s.Spec.NetworkPoliciesEnabled
	there := slices.ContainsFunc(cluster.List[*networkingk8s.NetworkPolicy](w.snap, ingressNamespace), func(p *networkingk8s.NetworkPolicy) bool {
		o, ok := ownerOf(p)
		return ok && o.Kind == Istios.Kind
	})
	if enabled != there {
		out = append(out, pending{
			about: aboutNetwork, field: "spec.networkPoliciesEnabled", says: strconv.FormatBool(enabled), where: "namespace " + ingressNamespace,
			has: map[bool]string{true: "the module's NetworkPolicies", false: "none of the module's NetworkPolicies"}[there],
		})
	}
	return out
}

func number(n *int64) string {
	if n == nil {
		return "none"
	}
	return strconv.FormatInt(*n, 10)
}

// String is where an authorizer is asked.
func (a authorizer) String() string {
	return fmt.Sprintf("%s:%d%s", a.Service, a.Port, strings.TrimSuffix(a.PathPrefix, "/"))
}
