package repair

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	securityv1 "istio.io/client-go/pkg/apis/security/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
	"github.com/authz-doctor/kubectl-authz_doctor/fix"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/random"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/trial"
)

// amended is a world, and who sends requests to it.
type amended struct {
	world   *trial.World
	sources []Source
}

// amend carries out the changes of a candidate. What is new is younger than all else.
// The error says what cannot be carried out here.
func (c *Case) amend(changes []fix.Change) (*amended, error) {
	w := *c.World
	a := &amended{world: &w, sources: slices.Clone(c.Sources)}
	w.Policies = slices.Clone(w.Policies)
	w.PeerAuthentications = slices.Clone(w.PeerAuthentications)
	w.RequestAuthentications = slices.Clone(w.RequestAuthentications)
	w.Declared = maps.Clone(w.Declared)
	for _, change := range changes {
		if err := a.carryOut(change); err != nil {
			return nil, err
		}
	}
	return a, nil
}

func (a *amended) carryOut(c fix.Change) error {
	if c.Verb() == "delete" {
		return fmt.Errorf("%w: the end of a %s", errElsewhere, c.Kind)
	}
	item, err := cluster.Decode(c.Resource, c.After)
	if err != nil {
		return err
	}
	switch o := item.Object.(type) {
	case *securityv1.AuthorizationPolicy:
		p := authz.Policy{Namespace: o.Namespace, Name: o.Name, Labels: o.Labels, Annotations: o.Annotations, Spec: &o.Spec}
		put(&a.world.Policies, p, func(had authz.Policy) bool { return had.Ref() == p.Ref() })
	case *securityv1.PeerAuthentication:
		put(&a.world.PeerAuthentications, o, func(had *securityv1.PeerAuthentication) bool { return same(had, o) })
	case *securityv1.RequestAuthentication:
		for _, rule := range o.Spec.GetJwtRules() {
			if rule.GetJwks() == "" && rule.GetJwksUri() == "" { // istiod would ask the issuer
				rule.Jwks = random.KeySet()
			}
		}
		put(&a.world.RequestAuthentications, o, func(had *securityv1.RequestAuthentication) bool { return same(had, o) })
	case *corev1.Service:
		return a.declare(c)
	case *corev1.Namespace:
		a.inject(o.Labels, func(x *Source) bool { return x.Namespace == o.Name })
	case *appsv1.Deployment:
		a.inject(o.Spec.Template.Labels, func(x *Source) bool { return x.Asks == "deploy/"+o.Name+"."+o.Namespace })
	default:
		return fmt.Errorf("%w: of a %s", errElsewhere, c.Kind)
	}
	return nil
}

func same(a, b metav1.Object) bool {
	return a.GetNamespace() == b.GetNamespace() && a.GetName() == b.GetName()
}

// put puts an object in the place of the one that it is, or behind all.
func put[T any](list *[]T, o T, is func(T) bool) {
	if i := slices.IndexFunc(*list, is); i >= 0 {
		(*list)[i] = o
		return
	}
	*list = append(*list, o)
}

// declare gives the ports of the workload's Service the protocols that it says.
func (a *amended) declare(c fix.Change) error {
	svc := &corev1.Service{}
	if err := json.Unmarshal(c.After, svc); err != nil {
		return err
	}
	if svc.Namespace != trial.Namespace || svc.Name != trial.Workload {
		return fmt.Errorf("%w: of another Service", errElsewhere)
	}
	for _, p := range svc.Spec.Ports {
		if p.AppProtocol == nil {
			continue
		}
		if *p.AppProtocol != "http" {
			return fmt.Errorf("%w: protocol %s", errElsewhere, *p.AppProtocol)
		}
		if a.world.Declared == nil {
			a.world.Declared = map[uint16]mesh.Protocol{}
		}
		a.world.Declared[uint16(p.TargetPort.IntValue())] = mesh.HTTP
	}
	return nil
}

// inject gives sources that a label is for the sidecars that they lack.
func (a *amended) inject(labels map[string]string, whose func(*Source) bool) {
	if labels["istio-injection"] != "enabled" && labels["sidecar.istio.io/inject"] != "true" {
		return
	}
	for i := range a.sources {
		x := &a.sources[i]
		if x.Pod != nil && whose(x) && x.Identity == "" {
			x.Identity = strings.Join([]string{a.world.Config.TrustDomain, "ns", x.Namespace, "sa", x.Account}, "/")
		}
	}
}
