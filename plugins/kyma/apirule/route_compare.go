package apirule

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	networkingapi "istio.io/api/networking/v1alpha3"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
)

const routeKind = "VirtualService"

// Routing is the VirtualService of an APIRule, as it should be and as it is.
type Routing struct {
	Wanted *networkingapi.VirtualService
	// Got is the one that the controller takes for its own: the first with the APIRule's
	// labels. It is nil if there is none.
	Got *networkingv1.VirtualService
	// Kept says that the controller puts back what differs: it does not for v1beta1 since
	// 3.10.0.
	Kept        bool
	Differences []Difference
	rule        *APIRule // as it was written
}

// Hosts are those of the routes, as they should be and as they are.
func (x Routing) Hosts() []string {
	out := slices.Clone(x.Wanted.GetHosts())
	if x.Got != nil {
		out = append(out, x.Got.Spec.GetHosts()...)
	}
	return out
}

// CompareRoutes holds the VirtualServices that carry the labels of an APIRule against what
// the controller makes of it; others are passed over. One of version v1beta1 is held against
// what the releases made that still carried it out, by either handler of tokens. False, with
// no error, is an APIRule of which that is not known: one that is being migrated, or whose
// rules are not kept.
func CompareRoutes(r *APIRule, w World, all []*networkingv1.VirtualService) (Routing, bool, error) {
	mine := owned(r, all)
	out := Routing{Kept: r.Written() != V1Beta1, rule: r}
	if len(mine) > 0 {
		out.Got = mine[0]
	}
	wanted, err := out.candidates(r, w)
	if err != nil || len(wanted) == 0 {
		return out, false, err
	}
	for i, candidate := range wanted {
		found := out.against(candidate)
		if i == 0 || len(found) < len(out.Differences) {
			out.Wanted, out.Differences = candidate, found
		}
	}
	for _, vs := range mine[min(1, len(mine)):] {
		out.Differences = append(out.Differences, Difference{
			Drift: Surplus, Kind: routeKind, Object: refOf(vs), Rule: -1,
			Words: fmt.Sprintf("%s has the labels of the APIRule as well, and of all with these the controller writes one only", refOf(vs)),
		})
	}
	return out, true, nil
}

// candidates are what the VirtualService should be, by what the APIRule does not show.
func (x *Routing) candidates(r *APIRule, w World) ([]*networkingapi.VirtualService, error) {
	if r.Migrating() {
		return nil, nil
	}
	if r.Written() != V1Beta1 {
		one, err := Route(r, w)
		return []*networkingapi.VirtualService{one}, err
	}
	old, ok, err := r.AsV1Beta1()
	if err != nil || !ok {
		return nil, err
	}
	x.rule = old
	var out []*networkingapi.VirtualService
	for _, handler := range []handlerOf{byOathkeeper, byIstio} {
		one, err := routeV1Beta1(old, w, handler)
		if err != nil {
			return nil, err
		}
		out = append(out, one)
	}
	return out, nil
}

// against compares what is there with one candidate.
func (x *Routing) against(wanted *networkingapi.VirtualService) []Difference {
	if x.Got == nil {
		return []Difference{{Drift: Missing, Kind: routeKind, Rule: -1, Words: "it has no VirtualService"}}
	}
	got, wanted := plain(&x.Got.Spec), plain(wanted)
	if x.rule.ExternalGateway != "" {
		wanted.Gateways = got.Gateways
	}
	if x.rule.Version == V1Beta1 {
		x.mutated(wanted, got)
	}
	var out []Difference
	for _, c := range changes(wanted, got) {
		out = append(out, Difference{
			Drift: Changed, Kind: routeKind, Object: refOf(x.Got), Rule: x.ruleOf(c.path), Field: c.path, Wanted: c.wanted, Got: c.got,
			Words: x.say(c),
		})
	}
	slices.SortStableFunc(out, func(a, b Difference) int { return cmp.Compare(minor(a.Field), minor(b.Field)) })
	return out
}

// minor puts first what decides where a request goes.
func minor(field string) int {
	_, inRoute, _ := strings.Cut(field, "].")
	for _, treated := range []string{"timeout", "corsPolicy", "headers", "retries"} {
		if strings.HasPrefix(inRoute, treated) {
			return 1
		}
	}
	return 0
}

// mutated takes over the headers that v1beta1's mutators may have set: what they are
// configured with is not read.
func (x *Routing) mutated(wanted, got *networkingapi.VirtualService) {
	if !slices.ContainsFunc(x.rule.Rules, func(r Rule) bool { return len(r.Mutators) > 0 }) {
		return
	}
	for i, http := range wanted.Http {
		if i >= len(got.Http) {
			return
		}
		set := maps.Clone(got.Http[i].GetHeaders().GetRequest().GetSet())
		if set == nil {
			set = map[string]string{}
		}
		maps.Copy(set, http.Headers.Request.Set)
		http.Headers.Request.Set = set
	}
}
