package random

import (
	"fmt"
	"net/netip"
	"strings"

	securityv1beta1 "istio.io/api/security/v1beta1"
	typev1beta1 "istio.io/api/type/v1beta1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	securityv1 "istio.io/client-go/pkg/apis/security/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/trial"
)

// World draws the n-th world of a seed.
func World(seed, n uint64) (*trial.World, Source) {
	s := New(seed, n)
	w := &trial.World{Name: fmt.Sprint(n), Config: mesh.DefaultConfig(), Address: workload(n), ForeignTrust: s.Chance(50)}
	switch s.Weighted(50, 20, 20, 10) {
	case 1:
		w.Config.TrustDomain = "td1"
	case 2:
		w.Config.TrustDomain, w.Config.TrustDomainAliases = "td1", []string{"cluster.local", "td2"}
	case 3:
		w.Config.TrustDomainAliases = []string{"td2", "old.example.com"}
	}
	w.Config.PathNormalization = of(s, "NONE", "BASE", "BASE", "MERGE_SLASHES", "DECODE_AND_MERGE_SLASHES")
	w.Config.Providers = map[string]bool{"yes-grpc": true, "no-grpc": true, "yes-http": false, "no-http": false}
	if s.Chance(20) {
		delete(w.Config.Providers, of(s, providers...))
	}
	if d, ok := drillOf(n); ok {
		d.drawn(s, w)
		return w, s
	}
	w.PeerAuthentications = s.peerAuthentications(w)
	w.RequestAuthentications = s.requestAuthentications(w)
	w.Policies = s.policies(w)
	return w, s
}

var allDrills, addressDrills = drills()

// Drills is how many worlds it takes until each drill had its turn.
func Drills() uint64 { return uint64(len(allDrills)*50/49 + 50) }

// drillOf is what the n-th world is for. The first ones are for drills; of the
// others two in five.
func drillOf(n uint64) (drill, bool) {
	list := allDrills
	if workload(n).Is6() {
		list, n = addressDrills, n/50
	} else {
		n -= n / 50
	}
	return list[n%uint64(len(list))], n < uint64(len(list)) || n%5 < 2
}

// workload is the address of the n-th world. Of fifty one is of IPv6, which has one
// address on loopback only.
func workload(n uint64) netip.Addr {
	if n%50 == 49 {
		return netip.IPv6Loopback()
	}
	return netip.AddrFrom4([4]byte{127, 1, byte(n / 250 % 250), byte(n%250 + 1)})
}

func (s Source) meta(w *trial.World, name string) (metav1.ObjectMeta, *typev1beta1.WorkloadSelector) {
	m := metav1.ObjectMeta{Name: name, Namespace: of(s, trial.Namespace, trial.Namespace, w.Config.RootNamespace)}
	switch s.Weighted(55, 35, 10) {
	case 1:
		return m, &typev1beta1.WorkloadSelector{MatchLabels: map[string]string{"app": "httpbin"}}
	case 2:
		return m, &typev1beta1.WorkloadSelector{MatchLabels: map[string]string{"app": "other"}}
	}
	return m, nil
}

func (s Source) peerAuthentications(w *trial.World) []*securityv1.PeerAuthentication {
	var out []*securityv1.PeerAuthentication
	mode := func() *securityv1beta1.PeerAuthentication_MutualTLS {
		return &securityv1beta1.PeerAuthentication_MutualTLS{
			Mode: securityv1beta1.PeerAuthentication_MutualTLS_Mode(s.Weighted(10, 10, 50, 30)),
		}
	}
	for i := range s.Weighted(60, 30, 10) {
		p := &securityv1.PeerAuthentication{}
		p.ObjectMeta, p.Spec.Selector = s.meta(w, fmt.Sprintf("pa%d", i))
		if s.Chance(85) {
			p.Spec.Mtls = mode()
		}
		if s.Chance(30) {
			p.Spec.PortLevelMtls = map[uint32]*securityv1beta1.PeerAuthentication_MutualTLS{
				uint32(of(s, w.Ports()...).Number): mode(),
			}
		}
		out = append(out, p)
	}
	return out
}

func (s Source) requestAuthentications(w *trial.World) []*securityv1.RequestAuthentication {
	var out []*securityv1.RequestAuthentication
	forward := s.Chance(20)
	for i := range s.Weighted(25, 55, 20) {
		p := &securityv1.RequestAuthentication{}
		p.ObjectMeta, p.Spec.Selector = s.meta(w, fmt.Sprintf("ra%d", i))
		for j := range 1 + s.Weighted(70, 30) {
			rule := &securityv1beta1.JWTRule{Issuer: issuers[(i+j)%2], Jwks: KeySet(), ForwardOriginalToken: forward}
			if s.Chance(12) {
				rule.Audiences = s.Some(func() string { return of(s, audiences...) })
			}
			if s.Chance(12) {
				rule.OutputClaimToHeaders = []*securityv1beta1.ClaimToHeader{{Header: "x-output", Claim: of(s, "sub", "groups", "realm.name", "level")}}
			}
			if s.Chance(12) {
				rule.SpaceDelimitedClaims = []string{"roles"}
			}
			p.Spec.JwtRules = append(p.Spec.JwtRules, rule)
		}
		out = append(out, p)
	}
	return out
}

// Issuers is the RequestAuthentication that takes every issuer's tokens, for worlds
// that are not drawn. The tokens of requests that aim at other issuers are refused.
func Issuers(w *trial.World) []*securityv1.RequestAuthentication {
	p := &securityv1.RequestAuthentication{ObjectMeta: metav1.ObjectMeta{Namespace: trial.Namespace, Name: "issuers"}}
	seen := map[string]bool{}
	add := func(issuer string) {
		if issuer != "" && !seen[issuer] {
			seen[issuer] = true
			p.Spec.JwtRules = append(p.Spec.JwtRules, &securityv1beta1.JWTRule{Issuer: issuer, Jwks: KeySet()})
		}
	}
	for _, issuer := range issuers {
		add(issuer)
	}
	for _, policy := range w.Policies {
		for _, rule := range policy.Spec.GetRules() {
			for _, l := range trial.Lists(rule) {
				for _, v := range issuersOf(l) {
					add(v)
				}
			}
		}
	}
	return []*securityv1.RequestAuthentication{p}
}

// issuersOf are the issuers that a list is after.
func issuersOf(l trial.List) []string {
	var out []string
	for _, v := range *l.Values {
		switch l.Field {
		case "source.requestPrincipals", "source.notRequestPrincipals", "when request.auth.principal", "when not request.auth.principal":
			if i := strings.LastIndexByte(v, '/'); i > 0 && !strings.Contains(v[:i], "*") {
				out = append(out, v[:i])
			} else if i < 0 && !strings.Contains(v, "*") {
				out = append(out, v)
			}
		case "when request.auth.claims[name]":
			if !strings.Contains(v, "*") {
				out = append(out, v)
			}
		}
	}
	return out
}
