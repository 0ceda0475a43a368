package kyma

import (
	"net/netip"
	"net/url"
	"strings"

	securityv1beta1 "istio.io/api/security/v1beta1"
	securityv1 "istio.io/client-go/pkg/apis/security/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/random"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/trial"
)

// caller is who stands before the workload.
type caller int

const (
	plaintext caller = iota
	member           // a Pod with a sidecar
	gateway          // the ingress gateway
)

// world is one in which the questions of a file are asked, in one way.
type world struct {
	trial.World
	names    []string
	requests []trial.Request
	expected []authz.Verdict
}

// worlds are the ways to ask.
func (e *example) worlds(internal []*securityv1.AuthorizationPolicy) []*world {
	var out []*world
	for _, strict := range []bool{true, false} {
		for _, opened := range []bool{false, true} {
			for _, agrees := range []bool{true, false} {
				if agrees || e.asks() {
					out = append(out, e.world(strict, opened, agrees, internal))
				}
			}
		}
	}
	return out
}

// asks reports whether an authorizer is asked.
func (e *example) asks() bool {
	for _, p := range e.policies {
		if p.Spec.GetAction() == securityv1beta1.AuthorizationPolicy_CUSTOM {
			return true
		}
	}
	return false
}

func (e *example) world(strict, opened, agrees bool, internal []*securityv1.AuthorizationPolicy) *world {
	w := &world{World: trial.World{Name: e.name, Config: mesh.DefaultConfig()}}
	mode := securityv1beta1.PeerAuthentication_MutualTLS_PERMISSIVE
	if strict {
		mode = securityv1beta1.PeerAuthentication_MutualTLS_STRICT
	}
	w.Name += " " + mode.String()
	peers := &securityv1.PeerAuthentication{}
	peers.Namespace, peers.Name = w.Config.RootNamespace, "default"
	peers.Spec.Mtls = &securityv1beta1.PeerAuthentication_MutualTLS{Mode: mode}
	w.PeerAuthentications = []*securityv1.PeerAuthentication{peers}
	authorizer := "yes"
	if !agrees {
		authorizer = "no"
		w.Name += ", the authorizer refuses"
	}
	w.Config.Providers = map[string]bool{authorizer: false}
	policies := e.policies
	if opened {
		w.Name += ", with allow-internal"
		policies = append(policies[:len(policies):len(policies)], internal...)
	}
	for _, p := range policies {
		w.policy(p.DeepCopy(), authorizer)
	}
	for _, a := range e.authentications {
		w.keys(a.DeepCopy())
	}
	for i := range e.cases {
		w.ask(&e.cases[i], strict, opened, agrees)
	}
	return w
}

// policy takes a policy to the workload that all worlds have.
func (w *world) policy(p *securityv1.AuthorizationPolicy, authorizer string) {
	if p.Spec.GetAction() == securityv1beta1.AuthorizationPolicy_CUSTOM {
		p.Spec.GetProvider().Name = authorizer
	}
	w.Policies = append(w.Policies, authz.Policy{Namespace: trial.Namespace, Name: p.Name, Labels: p.Labels, Spec: &p.Spec})
}

// keys are the suite's own: nobody answers at the address in the examples.
func (w *world) keys(a *securityv1.RequestAuthentication) {
	a.Namespace = trial.Namespace
	for _, r := range a.Spec.GetJwtRules() {
		r.JwksUri, r.Jwks = "", random.KeySet()
	}
	w.RequestAuthentications = append(w.RequestAuthentications, a)
}

// place gives a world an address of its own.
func (w *world) place(n int) {
	w.Address = netip.AddrFrom4([4]byte{127, 1, 253, byte(n + 1)})
}

func (w *world) ask(q *question, strict, opened, agrees bool) {
	who, r := q.request()
	w.names = append(w.names, q.Name)
	w.requests = append(w.requests, r)
	w.expected = append(w.expected, q.expect(who, strict, opened, agrees))
}

// request is what stands before the workload in the end.
func (q *question) request() (caller, trial.Request) {
	u, err := url.Parse(q.Target)
	if err != nil {
		panic(err) // `make test` has read it
	}
	r := trial.Request{
		Port: 8000, Source: netip.AddrFrom4([4]byte{127, 2, 0, 1}), Method: q.Request.Method, Target: u.Path, Host: u.Host,
	}
	if q.Request.Host != "" {
		r.Host = q.Request.Host
	}
	if q.Request.Claims != nil {
		r.Headers = []trial.Header{{Name: "authorization", Value: "Bearer " + random.Sign(q.Request.Claims, false)}}
	}
	name, namespace, _ := strings.Cut(q.Source, ".")
	switch {
	case strings.HasSuffix(u.Host, ".example.com"):
		r.Identity = "cluster.local/ns/istio-system/sa/istio-ingressgateway-service-account"
		return gateway, r
	case namespace == "inside":
		r.Identity = "cluster.local/ns/inside/sa/" + name
		return member, r
	}
	return plaintext, r
}

// expect is what has to come out: what the example says, which leaves open what an
// authorizer answers, and has no allow-internal.
func (q *question) expect(who caller, strict, opened, agrees bool) authz.Verdict {
	switch {
	case opened && who == member, opened && who == plaintext && !strict:
		return authz.Allowed
	case q.Expect == "Undetermined" && agrees, q.Expect == "Allowed":
		return authz.Allowed
	}
	return authz.Denied
}
