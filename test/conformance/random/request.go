package random

import (
	"strings"

	securityv1beta1 "istio.io/api/security/v1beta1"

	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/trial"
)

// Requests draws n requests near what the world's policies ask for.
func Requests(s Source, w *trial.World, n int) []trial.Request {
	var out []trial.Request
	for range n {
		d := s.draft(w)
		if r := s.target(w); r != nil && s.Chance(85) {
			d.aim(s, r)
			for range s.Weighted(45, 40, 15) {
				d.stray(s)
			}
		}
		out = append(out, d.request(s))
	}
	return out
}

// target draws the rule that a request is about.
func (s Source) target(w *trial.World) *securityv1beta1.Rule {
	var all []*securityv1beta1.Rule
	for _, p := range w.Policies {
		all = append(all, p.Spec.GetRules()...)
	}
	if len(all) == 0 {
		return nil
	}
	return of(s, all...)
}

// aim makes the draft fit a rule: one alternative of each part, one value of each
// list; now and then what must not be.
func (d *draft) aim(s Source, r *securityv1beta1.Rule) {
	fit := func(a attribute, values, without []string) {
		if len(values) > 0 {
			a.meet(s, d, of(s, values...))
		}
		if len(without) > 0 && s.Chance(40) {
			a.meet(s, d, of(s, without...))
		}
	}
	if len(r.GetWhen()) > 0 || len(r.GetTo()) > 0 || len(r.GetFrom()) > 0 {
		for _, c := range r.GetWhen() {
			fit(about(c.GetKey()), c.GetValues(), c.GetNotValues())
		}
	}
	if len(r.GetTo()) > 0 {
		o := of(s, r.GetTo()...).GetOperation()
		fit(host, o.GetHosts(), o.GetNotHosts())
		fit(port, o.GetPorts(), o.GetNotPorts())
		fit(method, o.GetMethods(), o.GetNotMethods())
		fit(path, o.GetPaths(), o.GetNotPaths())
	}
	if len(r.GetFrom()) > 0 {
		f := of(s, r.GetFrom()...).GetSource()
		fit(principal, f.GetPrincipals(), f.GetNotPrincipals())
		fit(trustDomain, f.GetTrustDomains(), f.GetNotTrustDomains())
		fit(namespace, f.GetNamespaces(), f.GetNotNamespaces())
		fit(serviceAccount, f.GetServiceAccounts(), f.GetNotServiceAccounts())
		fit(requestPrincipal, f.GetRequestPrincipals(), f.GetNotRequestPrincipals())
		fit(sourceIP, f.GetIpBlocks(), f.GetNotIpBlocks())
		fit(remoteIP, f.GetRemoteIpBlocks(), f.GetNotRemoteIpBlocks())
	}
}

// stray changes one attribute a little, or takes it away.
func (d *draft) stray(s Source) {
	switch s.IntN(11) {
	case 0:
		d.Identity, d.SNI = "", ""
	case 1:
		d.Identity = s.identity(d.world)
	case 2:
		if id := s.near(d.Identity); clean(id) && d.Identity != "" {
			d.Identity = id
		}
	case 3:
		d.Source = s.peer(d.world)
	case 4:
		d.Target = strings.TrimSuffix(s.near(d.Target), " ")
	case 5:
		d.Host = s.near(d.Host)
	case 6:
		d.Method = of(s, methods...)
	case 7:
		d.strayHeader(s)
	case 8:
		d.claims = nil
	case 9:
		d.forwarded = of(s, forwarded...)
	case 10:
		d.Port = of(s, d.world.Ports()...).Number
	}
}

// strayHeader takes a header away, repeats it, or changes its value.
func (d *draft) strayHeader(s Source) {
	if len(d.Headers) == 0 {
		return
	}
	h := of(s, d.Headers...)
	switch s.IntN(4) {
	case 0:
		d.Headers = d.Headers[1:]
	case 1:
		d.header(h.Name, of(s, append([]string{""}, texts...)...))
	case 2:
		d.header(h.Name, h.Value)
	case 3:
		d.Headers[0].Value = s.near(d.Headers[0].Value)
	}
}
