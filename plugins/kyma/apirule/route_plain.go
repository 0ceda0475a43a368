package apirule

import (
	"slices"
	"strings"

	networkingapi "istio.io/api/networking/v1alpha3"
)

// plain is a copy without what says the same in several ways: the weight of a single
// destination, the order of methods and of cookies.
func plain(spec *networkingapi.VirtualService) *networkingapi.VirtualService {
	out := spec.DeepCopy()
	for _, http := range out.Http {
		if len(http.Route) == 1 {
			http.Route[0].Weight = 100
		}
		for _, m := range http.Match {
			if methods, ok := methodsOf(m.GetMethod()); ok {
				slices.Sort(methods)
				m.Method = methodRegex(methods)
			}
		}
		if set := http.GetHeaders().GetRequest().GetSet(); set["Cookie"] != "" {
			each := strings.Split(set["Cookie"], "; ")
			slices.Sort(each)
			set["Cookie"] = strings.Join(each, "; ")
		}
	}
	return out
}

// methodsOf are those of a match in the form that the controller writes.
func methodsOf(m *networkingapi.StringMatch) ([]string, bool) {
	inner, begins := strings.CutPrefix(m.GetRegex(), "^(")
	inner, ends := strings.CutSuffix(inner, ")$")
	if !begins || !ends || strings.ContainsAny(inner, `()[]\.*+?`) {
		return nil, false
	}
	return strings.Split(inner, "|"), true
}
