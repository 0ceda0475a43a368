package random

import (
	"maps"
	"slices"

	securityv1beta1 "istio.io/api/security/v1beta1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/trial"
)

// drill is one field in one form, allowing or denying: what a world of its own is
// made for, so that nothing hangs on luck.
type drill struct {
	make func(s Source, w *trial.World) *securityv1beta1.Rule
	form string
	deny bool
}

// tries bounds how often one draws until the form is right.
const tries = 400

// drills lists all fields in all forms that their values are drawn in. Those about
// addresses come a second time, for a workload that has one of IPv6.
func drills() (all, addresses []drill) {
	w := &trial.World{Address: workload(0)}
	w.Config.TrustDomain = "cluster.local"
	for _, m := range makers() {
		s, forms := New(0, 0), map[string]bool{}
		for range tries {
			forms[formOf(m.make(s, w))] = true
		}
		for _, form := range slices.Sorted(maps.Keys(forms)) {
			for _, deny := range []bool{false, true} {
				d := drill{m.make, form, deny}
				all = append(all, d)
				if m.address {
					addresses = append(addresses, d)
				}
			}
		}
	}
	return all, addresses
}

// formOf is the form of a rule's only list.
func formOf(r *securityv1beta1.Rule) string {
	return trial.Lists(r)[0].Form()
}

// drawn is the world of a drill.
func (d drill) drawn(s Source, w *trial.World) {
	r := d.make(s, w)
	for range tries {
		if formOf(r) == d.form {
			break
		}
		r = d.make(s, w)
	}
	p := authz.Policy{Namespace: trial.Namespace, Name: "one", Spec: &securityv1beta1.AuthorizationPolicy{Rules: []*securityv1beta1.Rule{r}}}
	if d.deny {
		p.Spec.Action = securityv1beta1.AuthorizationPolicy_DENY
	}
	w.Policies = []authz.Policy{p}
	w.RequestAuthentications = Issuers(w)
}

// maker makes a rule with one list.
type maker struct {
	make    func(s Source, w *trial.World) *securityv1beta1.Rule
	address bool
}

// makers are one for each field and each not form, and for each key.
func makers() []maker {
	var out []maker
	for i := range pairsOf(&securityv1beta1.Source{}) {
		out = append(out, sourceMaker(i, false), sourceMaker(i, true))
	}
	for i := range pairsOfOperation(&securityv1beta1.Operation{})[:4] {
		out = append(out, operationMaker(i, false), operationMaker(i, true))
	}
	kinds := slices.Concat(keys, []string{
		"request.headers[x-team]", "request.headers[:path]", "request.headers[:method]", "request.headers[host]",
		"request.auth.claims[groups]", "request.auth.claims[realm][roles]", "request.auth.claims[scope]",
	})
	for _, key := range kinds {
		out = append(out, keyMaker(key, false), keyMaker(key, true))
	}
	return out
}

func sourceMaker(i int, not bool) maker {
	return maker{address: i >= len(pairsOf(&securityv1beta1.Source{}))-2, make: func(s Source, w *trial.World) *securityv1beta1.Rule {
		x := &securityv1beta1.Source{}
		s.set(w, pairsOf(x)[i], not)
		return &securityv1beta1.Rule{From: []*securityv1beta1.Rule_From{{Source: x}}}
	}}
}

func operationMaker(i int, not bool) maker {
	return maker{make: func(s Source, w *trial.World) *securityv1beta1.Rule {
		x := &securityv1beta1.Operation{}
		s.set(w, pairsOfOperation(x)[i], not)
		return &securityv1beta1.Rule{To: []*securityv1beta1.Rule_To{{Operation: x}}}
	}}
}

func keyMaker(key string, not bool) maker {
	address := key == "source.ip" || key == "remote.ip" || key == "destination.ip"
	return maker{address: address, make: func(s Source, w *trial.World) *securityv1beta1.Rule {
		c := &securityv1beta1.Condition{Key: key}
		s.set(w, pair{about(key), &c.Values, &c.NotValues}, not)
		return &securityv1beta1.Rule{When: []*securityv1beta1.Condition{c}}
	}}
}

// set draws one list.
func (s Source) set(w *trial.World, p pair, not bool) {
	list := p.values
	if not {
		list = p.without
	}
	*list = s.Some(func() string { return p.attribute.value(s, w) })
}
