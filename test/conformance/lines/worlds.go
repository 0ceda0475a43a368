package lines

import (
	"net/netip"

	securityv1beta1 "istio.io/api/security/v1beta1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	securityv1 "istio.io/client-go/pkg/apis/security/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/random"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/trial"
)

type (
	spec = securityv1beta1.AuthorizationPolicy
	rule = securityv1beta1.Rule
)

// friend is whom policies admit.
const (
	friend = "cluster.local/ns/foo/sa/friend"
	issuer = "https://issuer.example"
)

// world returns an empty one, the n-th of the hand-written.
func world(n int, name string) *trial.World {
	return &trial.World{Name: name, Config: mesh.DefaultConfig(), Address: netip.AddrFrom4([4]byte{127, 1, 254, byte(n + 1)})}
}

func policy(name string, action securityv1beta1.AuthorizationPolicy_Action, rules ...*rule) authz.Policy {
	return authz.Policy{Namespace: trial.Namespace, Name: name, Spec: &spec{Action: action, Rules: rules}}
}

func dryRun(p authz.Policy) authz.Policy {
	p.Annotations = map[string]string{authz.DryRunAnnotation: "true"}
	return p
}

func custom(name, provider string, rules ...*rule) authz.Policy {
	p := policy(name, securityv1beta1.AuthorizationPolicy_CUSTOM, rules...)
	p.Spec.ActionDetail = &securityv1beta1.AuthorizationPolicy_Provider{Provider: &securityv1beta1.AuthorizationPolicy_ExtensionProvider{Name: provider}}
	return p
}

func from(principals ...string) *rule {
	return &rule{From: []*securityv1beta1.Rule_From{{Source: &securityv1beta1.Source{Principals: principals}}}}
}

func to(o *securityv1beta1.Operation) *rule {
	return &rule{To: []*securityv1beta1.Rule_To{{Operation: o}}}
}

func path(paths ...string) *rule { return to(&securityv1beta1.Operation{Paths: paths}) }

// tokens is a RequestAuthentication.
func tokens(audiences ...string) []*securityv1.RequestAuthentication {
	p := &securityv1.RequestAuthentication{ObjectMeta: metav1.ObjectMeta{Namespace: trial.Namespace, Name: "tokens"}}
	p.Spec.JwtRules = []*securityv1beta1.JWTRule{{Issuer: issuer, Jwks: random.KeySet(), Audiences: audiences}}
	return []*securityv1.RequestAuthentication{p}
}

func strict() []*securityv1.PeerAuthentication {
	p := &securityv1.PeerAuthentication{ObjectMeta: metav1.ObjectMeta{Namespace: trial.Namespace, Name: "strict"}}
	p.Spec.Mtls = &securityv1beta1.PeerAuthentication_MutualTLS{Mode: securityv1beta1.PeerAuthentication_MutualTLS_STRICT}
	return []*securityv1.PeerAuthentication{p}
}
