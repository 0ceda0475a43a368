package kmesh

import (
	"fmt"
	"slices"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/lint"
)

// Stranger is a caller that no identity is found for.
func (Platform) Stranger() string { return "a caller that Kmesh does not find by its address" }

// Read tells what Kmesh makes of a policy that only Kmesh enforces. What its XDP program
// makes of it hangs on all policies of a workload, and is not looked at here.
func (Platform) Read(p lint.Policy) []lint.Misread {
	out := unseen(p)
	for _, about := range []string{"serviceAccounts", "trustDomains"} {
		for _, l := range p.Lists {
			if l.About == about && l.Part != "when" {
				out = append(out, lint.Misread{Code: findingVanished.Code, Field: l.Field, Value: -1, Message: fmt.Sprintf(
					"Kmesh does not know %s and leaves them out: what is left of the entry counts alone, and an entry with nothing left never matches", about)})
			}
		}
	}
	return append(out, identities(p)...)
}

// unseen is the first field that only a proxy sees which reads HTTP.
func unseen(p lint.Policy) []lint.Misread {
	i := slices.IndexFunc(p.Lists, func(l lint.List) bool { return l.HTTP })
	if i < 0 {
		return nil
	}
	l := p.Lists[i]
	m := lint.Misread{Code: findingDenyInKmesh.Code, Field: l.Field, Value: -1, Message: "Kmesh sees no HTTP: it leaves the field out, and the rest of the entry denies alone"}
	seen := func(o lint.List) bool { return o.Rule == l.Rule && o.Entry == l.Entry && !o.HTTP }
	switch {
	case p.Action() == authz.ActionAllow:
		m.Code, m.Message = "AD0401", "Kmesh sees no HTTP, and the policy has no targetRefs for a waypoint: the rule is gone and admits nobody"
	case !slices.ContainsFunc(p.Lists, seen):
		m.Message = "Kmesh sees no HTTP: what is left of the rule never matches, and nothing is denied"
	}
	return []lint.Misread{m}
}

// identities are values that no identity in Kmesh matches.
func identities(p lint.Policy) []lint.Misread {
	var out []lint.Misread
	for _, l := range p.Lists {
		for i, v := range l.Values {
			if why := unmatched(p, l, v); why != "" {
				out = append(out, lint.Misread{Code: findingNever.Code, Field: l.Field, Value: i, Message: why})
			}
		}
	}
	return out
}

// unmatched tells why a value matches nobody; empty: it may match somebody.
func unmatched(p lint.Policy, l lint.List, v string) string {
	switch {
	case l.About == "principals" && p.Known:
		return authz.NeverInKmesh(p.TrustDomain, v)
	case l.About == "namespaces" && v == "*" && l.Not:
		return "in Kmesh a star alone stands for callers that it does not find by their address, so nobody else is left out"
	case l.About == "namespaces" && v == "*":
		return "in Kmesh a star alone matches only callers that it does not find by their address"
	}
	return ""
}
