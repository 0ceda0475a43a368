package diagnose

import (
	"slices"

	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	securityv1 "istio.io/client-go/pkg/apis/security/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// of lists the objects of some namespaces, each named once; none of a namespace that
// the control plane does not look at.
func of[T cluster.Object](in *inquiry, namespaces ...string) []T {
	var out []T
	for i, ns := range namespaces {
		if !slices.Contains(namespaces[:i], ns) && !in.ignored(ns) {
			out = append(out, cluster.List[T](in.snap, ns)...)
		}
	}
	return out
}

// ignored reports whether the control plane surely does not look at a namespace
// (meshConfig.discoverySelectors).
func (in *inquiry) ignored(ns string) bool {
	discovers, known := in.config(in.revision()).Discovers(in.namespace(ns))
	return known && !discovers
}

func (in *inquiry) peerAuthentications(c mesh.Config, namespace string) []*securityv1.PeerAuthentication {
	return of[*securityv1.PeerAuthentication](in, namespace, c.RootNamespace)
}

func (in *inquiry) requestAuthentications(namespaces ...string) []*securityv1.RequestAuthentication {
	return of[*securityv1.RequestAuthentication](in, namespaces...)
}

// manyPolicies is how many policies of a namespace are worth telling one by one why
// they do not attach to a workload. Of more, those that select others are left out.
const manyPolicies = 200

// authorizationPolicies returns the evaluator's form of the policies that may attach
// to a workload with these labels.
func (in *inquiry) authorizationPolicies(labels map[string]string, namespaces ...string) []authz.Policy {
	var all []*securityv1.AuthorizationPolicy
	for _, ns := range unique(slices.Clone(namespaces)) {
		if in.ignored(ns) {
			continue
		}
		some := cluster.List[*securityv1.AuthorizationPolicy](in.snap, ns)
		if len(some) > manyPolicies {
			some = in.policiesOn(ns, labels)
		}
		all = append(all, some...)
	}
	var out []authz.Policy
	for _, p := range all {
		out = append(out, authz.Policy{
			Namespace: p.Namespace, Name: p.Name, Created: p.CreationTimestamp.Time,
			Labels: p.Labels, Annotations: p.Annotations, Spec: &p.Spec,
		})
	}
	return out
}

// hidden words what of a resource could not be read where a workload's policies
// may be; empty if all of it was.
func (in *inquiry) hidden(r cluster.Resource, namespaces ...string) []string {
	var out []string
	for _, ns := range namespaces {
		if m := in.missing(r, ns, ""); m != "" && !slices.Contains(out, m) {
			out = append(out, m)
		}
	}
	return out
}

// destinationRules are those that the proxy at the start of a leg may follow: of its
// own namespace, of the target's and of the root.
func (w *walk) destinationRules() []*networkingv1.DestinationRule {
	var out []*networkingv1.DestinationRule
	for _, ns := range w.ruleNamespaces() {
		if w.in.ignored(ns) {
			continue
		}
		out = append(out, ofRevision(w.in, cluster.List[*networkingv1.DestinationRule](w.in.snap, ns))...)
	}
	return out
}

func (w *walk) rulesUnread() string {
	for _, ns := range w.ruleNamespaces() {
		if m := w.in.missing(cluster.DestinationRules, ns, ""); m != "" {
			return m
		}
	}
	return ""
}

// ruleNamespaces is empty where no proxy opens the leg.
func (w *walk) ruleNamespaces() []string {
	if w.src.pod == nil {
		return nil
	}
	own := w.src.pod.Namespace
	return unique([]string{own, w.cfg.RootNamespace, or(w.destinationNamespace(), w.r.namespace(own))})
}

// evaluatorMesh is what the evaluator must know of the mesh.
func evaluatorMesh(c mesh.Config) authz.Mesh {
	m := authz.Mesh{
		RootNamespace: c.RootNamespace, TrustDomain: c.TrustDomain, TrustDomainAliases: c.TrustDomainAliases,
		Revision: c.Revision, Providers: map[string]authz.Provider{},
	}
	for name, grpc := range c.Providers {
		m.Providers[name] = authz.Provider{GRPC: grpc}
	}
	if c.Assumed != "" {
		m.ProvidersUnknown = "the extension providers of the mesh: " + c.Assumed
	}
	return m
}
