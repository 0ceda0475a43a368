package apirule

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	networkingapi "istio.io/api/networking/v1alpha3"
)

// Sent is a request at the gateway, as far as it is known; empty is not.
type Sent struct{ Host, Method, Path string }

// Effect is what a difference does to one request.
type Effect uint8

// The effects.
const (
	EffectUnknown Effect = iota // the request, or a match, is not known well enough
	NoEffect                    // it is sent on as the APIRule has it
	Elsewhere                   // it goes elsewhere, or nowhere, or where the APIRule has nothing
	Otherwise                   // it goes where it should, and is treated in another way
)

// Effect tells what the differences do to a request, in words that go on "this request".
func (x Routing) Effect(q Sent) (Effect, string) {
	if x.Wanted == nil || q.Host == "" || q.Method == "" || q.Path == "" {
		return EffectUnknown, "may be affected"
	}
	wanted, sure := pick(x.Wanted, q)
	var got *networkingapi.HTTPRoute
	if x.Got != nil {
		var known bool
		got, known = pick(&x.Got.Spec, q)
		sure = sure && known
	}
	switch {
	case !sure:
		return EffectUnknown, "may be affected"
	case wanted == nil && got == nil:
		return NoEffect, "is not affected: no rule is for it, and no route either"
	case got == nil:
		return Elsewhere, fmt.Sprintf("is affected: it should go to %s, and finds no route", To(wanted))
	case wanted == nil:
		return Elsewhere, fmt.Sprintf("is affected: no rule is for it, and it goes to %s", To(got))
	case To(wanted) != To(got):
		return Elsewhere, fmt.Sprintf("is affected: it should go to %s, and goes to %s", To(wanted), To(got))
	}
	if fields := treated(wanted, got); len(fields) > 0 {
		return Otherwise, "is sent where it should be, and differs in " + strings.Join(fields, " and ")
	}
	return NoEffect, "is not affected"
}

// treated are the fields of two routes that differ, but for what they match and where they
// lead.
func treated(wanted, got *networkingapi.HTTPRoute) []string {
	bare := func(h *networkingapi.HTTPRoute) *networkingapi.VirtualService {
		one := &networkingapi.HTTPRoute{}
		h.DeepCopyInto(one)
		one.Match, one.Name = nil, ""
		return plain(&networkingapi.VirtualService{Http: []*networkingapi.HTTPRoute{one}})
	}
	var out []string
	for _, c := range changes(bare(wanted), bare(got)) {
		field, _, _ := strings.Cut(strings.TrimPrefix(c.path, "spec.http[0]."), ".")
		field, _, _ = strings.Cut(field, "[")
		if !slices.Contains(out, field) {
			out = append(out, field)
		}
	}
	return out
}

// pick is the first route of a VirtualService that a request matches, nil for none; false
// if a match is about something else than what is known of it.
func pick(vs *networkingapi.VirtualService, q Sent) (*networkingapi.HTTPRoute, bool) {
	host, _, _ := strings.Cut(strings.ToLower(q.Host), ":")
	if !slices.ContainsFunc(vs.GetHosts(), func(h string) bool { return hostIs(strings.ToLower(h), host) }) {
		return nil, true
	}
	for _, http := range vs.GetHttp() {
		if len(http.GetMatch()) == 0 {
			return http, true
		}
		for _, m := range http.GetMatch() {
			switch is, sure := matchIs(m, q); {
			case !sure:
				return nil, false
			case is:
				return http, true
			}
		}
	}
	return nil, true
}

func hostIs(pattern, host string) bool {
	if rest, ok := strings.CutPrefix(pattern, "*"); ok {
		return strings.HasSuffix(host, rest) && len(host) > len(rest)
	}
	return pattern == host
}

// matchIs reports whether a match is for a request, and whether that is known: it is not
// where the match is about headers, query parameters and the like.
func matchIs(m *networkingapi.HTTPMatchRequest, q Sent) (is, sure bool) {
	path, _, _ := strings.Cut(q.Path, "?")
	uri, known := textIs(m.GetUri(), path, m.GetIgnoreUriCase())
	method, sure := textIs(m.GetMethod(), q.Method, false)
	if !known || !sure {
		return false, false
	}
	if !uri || !method {
		return false, true
	}
	rest := m.DeepCopy()
	rest.Uri, rest.Method, rest.IgnoreUriCase, rest.Name = nil, nil, false, ""
	return true, len(changes(&networkingapi.HTTPMatchRequest{}, rest)) == 0
}

// textIs reports whether a match is for a text; one that is not set is for every text. A
// regular expression has to match all of it, as Envoy has it.
func textIs(m *networkingapi.StringMatch, text string, fold bool) (is, sure bool) {
	switch t := m.GetMatchType().(type) {
	case *networkingapi.StringMatch_Exact:
		return t.Exact == text || fold && strings.EqualFold(t.Exact, text), true
	case *networkingapi.StringMatch_Prefix:
		return strings.HasPrefix(text, t.Prefix) || fold && strings.HasPrefix(strings.ToLower(text), strings.ToLower(t.Prefix)), true
	case *networkingapi.StringMatch_Regex:
		expr, err := regexp.Compile("^(?:" + t.Regex + ")$")
		return err == nil && expr.MatchString(text), err == nil
	}
	return true, true
}
