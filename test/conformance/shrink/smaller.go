package shrink

import (
	"fmt"
	"net/netip"
	"slices"

	"google.golang.org/protobuf/proto"
	securityv1beta1 "istio.io/api/security/v1beta1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/trial"
)

// smaller returns the cases that lack one thing, the biggest things first. There
// are at most as many as one proxy has listeners for.
func smaller(c Case) []Case {
	s := &steps{from: c}
	s.world()
	for i := range c.World.Policies {
		s.policy(i)
	}
	s.request()
	out := s.out[:min(len(s.out), 120)]
	if c.World.Address.Is6() {
		out = out[:min(len(out), 1)]
	}
	return out
}

type steps struct {
	from Case
	out  []Case
}

// add adds the case with one change, unless that changes nothing.
func (s *steps) add(change func(w *trial.World, r *trial.Request) bool) {
	w := *s.from.World
	w.Name = fmt.Sprintf("%s-%d", "smaller", len(s.out))
	w.Policies = slices.Clone(w.Policies)
	for i := range w.Policies {
		w.Policies[i].Spec = proto.Clone(w.Policies[i].Spec).(*securityv1beta1.AuthorizationPolicy)
	}
	r := s.from.Request
	r.Headers = slices.Clone(r.Headers)
	if change(&w, &r) {
		s.out = append(s.out, Case{World: &w, Request: r})
	}
}

func (s *steps) world() {
	from := s.from.World
	for i := range from.Policies {
		s.add(func(w *trial.World, _ *trial.Request) bool {
			w.Policies = slices.Delete(w.Policies, i, i+1)
			return true
		})
	}
	for i := range from.PeerAuthentications {
		s.add(func(w *trial.World, _ *trial.Request) bool {
			w.PeerAuthentications = slices.Delete(slices.Clone(w.PeerAuthentications), i, i+1)
			return true
		})
	}
	for i := range from.RequestAuthentications {
		s.add(func(w *trial.World, _ *trial.Request) bool {
			w.RequestAuthentications = slices.Delete(slices.Clone(w.RequestAuthentications), i, i+1)
			return true
		})
	}
	s.add(func(w *trial.World, _ *trial.Request) bool {
		changed := len(w.Config.Providers) > 0
		w.Config.Providers = nil
		return changed
	})
	s.add(func(w *trial.World, _ *trial.Request) bool {
		providers, plain := w.Config.Providers, mesh.DefaultConfig()
		plain.Providers = providers
		changed := w.Config.TrustDomain != plain.TrustDomain || w.Config.PathNormalization != plain.PathNormalization || len(w.Config.TrustDomainAliases) > 0
		w.Config = plain
		return changed
	})
	s.add(func(w *trial.World, _ *trial.Request) bool {
		changed := w.Config.PathNormalization != "BASE"
		w.Config.PathNormalization = "BASE"
		return changed
	})
	s.add(func(w *trial.World, _ *trial.Request) bool {
		changed := w.ForeignTrust
		w.ForeignTrust = false
		return changed
	})
}

// policy takes parts of one policy away.
func (s *steps) policy(i int) {
	edit := func(change func(p *authz.Policy) bool) {
		s.add(func(w *trial.World, _ *trial.Request) bool { return change(&w.Policies[i]) })
	}
	edit(func(p *authz.Policy) bool {
		changed := p.Spec.Selector != nil || p.Annotations != nil
		p.Spec.Selector, p.Annotations = nil, nil
		return changed
	})
	for j, r := range s.from.World.Policies[i].Spec.GetRules() {
		edit(func(p *authz.Policy) bool {
			p.Spec.Rules = slices.Delete(p.Spec.Rules, j, j+1)
			return true
		})
		for k := range r.GetFrom() {
			edit(func(p *authz.Policy) bool {
				p.Spec.Rules[j].From = slices.Delete(p.Spec.Rules[j].From, k, k+1)
				return true
			})
		}
		for k := range r.GetTo() {
			edit(func(p *authz.Policy) bool {
				p.Spec.Rules[j].To = slices.Delete(p.Spec.Rules[j].To, k, k+1)
				return true
			})
		}
		for k := range r.GetWhen() {
			edit(func(p *authz.Policy) bool {
				p.Spec.Rules[j].When = slices.Delete(p.Spec.Rules[j].When, k, k+1)
				return true
			})
		}
		s.lists(i, j)
	}
}

func (s *steps) lists(i, j int) {
	for k, l := range trial.Lists(s.from.World.Policies[i].Spec.GetRules()[j]) {
		list := func(w *trial.World) trial.List { return trial.Lists(w.Policies[i].Spec.GetRules()[j])[k] }
		if len(*l.Opposite) > 0 || l.Condition == nil {
			s.add(func(w *trial.World, _ *trial.Request) bool { return list(w).Drop() })
		}
		for v := range *l.Values {
			if len(*l.Values) > 1 {
				s.add(func(w *trial.World, _ *trial.Request) bool {
					x := list(w).Values
					*x = slices.Delete(*x, v, v+1)
					return true
				})
			}
		}
	}
}

// request makes the request a plain one, attribute by attribute.
func (s *steps) request() {
	edit := func(change func(r *trial.Request)) {
		s.add(func(_ *trial.World, r *trial.Request) bool {
			before := fmt.Sprint(*r)
			change(r)
			return fmt.Sprint(*r) != before
		})
	}
	for i := range s.from.Request.Headers {
		edit(func(r *trial.Request) { r.Headers = slices.Delete(r.Headers, i, i+1) })
	}
	edit(func(r *trial.Request) { r.Identity, r.SNI = "", "" })
	edit(func(r *trial.Request) { r.SNI = "" })
	edit(func(r *trial.Request) {
		if r.Identity != "" {
			r.Identity = "cluster.local/ns/bar/sa/sleep"
		}
	})
	if s.from.World.Address.Is4() {
		edit(func(r *trial.Request) { r.Source = netip.AddrFrom4([4]byte{127, 2, 0, 1}) })
	}
	if s.from.Request.Opaque {
		return
	}
	edit(func(r *trial.Request) { r.Port = 8000 })
	edit(func(r *trial.Request) { r.Target = "/" })
	edit(func(r *trial.Request) { r.Method = "GET" })
	edit(func(r *trial.Request) { r.Host = "httpbin.foo" })
}
