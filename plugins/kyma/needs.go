package kyma

import (
	"slices"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	securityv1 "istio.io/client-go/pkg/apis/security/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
	"github.com/authz-doctor/kubectl-authz_doctor/plugins/kyma/apirule"
)

// Needs are the APIRules that the policies on the destination are made of, with the others
// of its namespace, and at a gateway those that its routes are made of. Of the Gateways it
// is the one that Kyma comes with, which gives short hosts their domain, or the one that an
// APIRule names; and last the settings of the modules: of Istio's, and of istiod where it is
// in compatibility mode; of the API Gateway's where its Gateway is not there.
func (Platform) Needs(leg diagnose.Leg) []cluster.Query {
	if leg.Destination == nil {
		return nil
	}
	n := &needs{w: world{leg.Snapshot}}
	for _, p := range n.w.policies(leg.Destination.Namespace) {
		if !mesh.Selects(p.Spec.GetSelector().GetMatchLabels(), leg.Destination.Labels) {
			continue
		}
		ref, made := ruleOf(p)
		if !made {
			continue
		}
		n.ruleAndMore(ref, leg.Destination.Namespace)
	}
	for _, vs := range cluster.List[*networkingv1.VirtualService](leg.Snapshot, "") {
		if ref, made := ruleOf(vs); made && n.w.isGateway(leg.Destination, vs.Spec.GetGateways()) {
			n.add(cluster.Query{Resource: APIRules, Namespace: ref.Namespace})
		}
	}
	n.modules(leg.RootNamespace)
	return n.all
}

// modules asks for the settings of Kyma's modules.
func (n *needs) modules(root string) {
	if !n.w.serves(Istios.Group) {
		return
	}
	n.add(istioSettings)
	if s, ok := n.w.settings(); ok && s.Spec.CompatibilityMode {
		n.add(istiods(root))
	}
	if slices.ContainsFunc(n.w.rules(), func(r *apirule.APIRule) bool { _, lacks := n.w.lacksGateway(r); return lacks }) {
		n.add(gatewaySettings)
	}
}

// The settings of Kyma's modules.
var (
	istioSettings   = cluster.Query{Resource: Istios, Namespace: moduleNamespace, Name: moduleName}
	gatewaySettings = cluster.Query{Resource: APIGateways, Name: moduleName}
)

// serves reports whether the cluster has anything of an API group, as far as is known.
func (w world) serves(group string) bool {
	groups := cluster.List[*cluster.APIGroup](w.snap, "")
	return len(groups) == 0 || slices.ContainsFunc(groups, func(g *cluster.APIGroup) bool { return g.Name == group })
}

// kymaGateway is the Gateway that Kyma comes with.
var kymaGateway = cluster.Query{Resource: cluster.IstioGateways, Namespace: moduleNamespace, Name: "kyma-gateway"}

type needs struct {
	w   world
	all []cluster.Query
}

func (n *needs) add(q cluster.Query) {
	if !slices.Contains(n.all, q) {
		n.all = append(n.all, q)
	}
}

// ruleAndMore asks for an APIRule, or for all of the destination's namespace if it is
// there, and for what its host and its Services take.
func (n *needs) ruleAndMore(ref apirule.Ref, namespace string) {
	if ref.Namespace == namespace {
		n.add(cluster.Query{Resource: APIRules, Namespace: namespace})
	} else {
		n.add(cluster.Query{Resource: APIRules, Namespace: ref.Namespace, Name: ref.Name})
	}
	r, known := n.w.rule(ref)
	gateway := kymaGateway
	if known {
		if g, ok := r.GatewayRef(); ok {
			gateway.Namespace, gateway.Name = g.Namespace, g.Name
		}
	}
	n.add(gateway)
	if !known {
		return
	}
	for _, s := range r.Services() {
		if !n.w.snap.Asked(cluster.Query{Resource: cluster.Services, Namespace: s.Namespace}) {
			n.add(cluster.Query{Resource: cluster.Services, Namespace: s.Namespace, Name: s.Name})
		}
	}
}

// isGateway reports whether a Pod is of one of the gateways that a VirtualService is bound
// to.
func (w world) isGateway(pod *corev1.Pod, gateways []string) bool {
	return slices.ContainsFunc(gateways, func(name string) bool {
		g, ok := w.gateway(&apirule.APIRule{Gateway: name})
		return ok && len(g.Spec.GetSelector()) > 0 && mesh.Selects(g.Spec.GetSelector(), pod.Labels)
	})
}

// unregistered reports whether the mesh's settings are known and have no authorizer of the
// name.
func (w world) unregistered(root, name string) bool {
	cm, ok := cluster.Get[*corev1.ConfigMap](w.snap, root, "istio")
	if !ok {
		return false
	}
	config, err := mesh.ParseConfig(cm)
	if err != nil {
		return false
	}
	_, known := config.Providers[name]
	return !known
}

// attached are the policies of the leg that are made of APIRules, and of which.
func attached(leg diagnose.Leg) []policy {
	w := world{leg.Snapshot}
	var out []policy
	for i := range leg.Policies {
		t := &leg.Policies[i]
		p, ok := cluster.Get[*securityv1.AuthorizationPolicy](leg.Snapshot, t.Policy.Namespace, t.Policy.Name)
		if !ok {
			continue
		}
		if ref, ok := ruleOf(p); ok {
			r, _ := w.rule(ref)
			out = append(out, policy{trace: t, object: p, of: ref, rule: r})
		}
	}
	return out
}
