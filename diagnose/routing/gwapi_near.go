package routing

import (
	"slices"
	"strings"

	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
)

// elsewhere tells of a route whose parentRefs name the Gateway and none of its listeners
// on the port.
func (g *gwGateway) elsewhere(r *gwRoute) []string {
	for _, p := range r.parents {
		whole := p
		whole.SectionName, whole.Port = nil, nil
		section := value(p.SectionName)
		if section == "" || !slices.ContainsFunc(g.listeners, func(l *gwListener) bool { return g.refers(whole, r, l) }) ||
			slices.ContainsFunc(g.listeners, func(l *gwListener) bool { return string(l.Name) == section }) {
			continue
		}
		var names []string
		for _, l := range g.listeners {
			names = append(names, string(l.Name))
		}
		return []string{r.object() + " is not attached: the sectionName " + section + " of its parentRefs is no listener of " + g.object() + ", which has " + strings.Join(names, ", ")}
	}
	return nil
}

// admitted words, in parentheses, of which namespaces a listener takes routes.
func (l *gwListener) admitted() string {
	words := "allowedRoutes.namespaces.from "
	if l.AllowedRoutes == nil || l.AllowedRoutes.Namespaces == nil || l.AllowedRoutes.Namespaces.From == nil {
		return " (" + words + "Same, the default)"
	}
	from := l.AllowedRoutes.Namespaces
	if *from.From != gatewayv1.NamespacesFromSelector || from.Selector == nil {
		return " (" + words + string(*from.From) + ")"
	}
	var wants []string
	for k, v := range from.Selector.MatchLabels {
		wants = append(wants, k+"="+v)
	}
	for _, e := range from.Selector.MatchExpressions {
		wants = append(wants, e.Key)
	}
	slices.Sort(wants)
	return " (allowedRoutes.namespaces.selector " + strings.Join(wants, ",") + ")"
}

// because is the answer of a gateway without a route for the request, with what keeps
// the routes away.
func (g *gwGateway) because(a *Answer) *Answer {
	if a.Why != whyNoRoute || a.Near != "" {
		return a
	}
	out := *a
	switch {
	case len(g.refused)+len(g.broken) > 0:
		out.Near = "; " + append(slices.Clone(g.broken), g.refused...)[0]
	case slices.ContainsFunc(g.attached, func(a attachment) bool { return len(a.route.rules) == 0 }):
		i := slices.IndexFunc(g.attached, func(a attachment) bool { return len(a.route.rules) == 0 })
		out.Near = "; " + g.attached[i].route.object() + " has no rules"
	case len(g.attached) == 0:
		out.Near = "; none is attached to " + g.object()
	}
	return &out
}

// nearGrant names the ReferenceGrants of a namespace, none of which fits, and what they
// are for.
func nearGrant(grants []*gatewayv1.ReferenceGrant, namespace string) string {
	var words []string
	for _, g := range grants {
		if g == nil || g.Namespace != namespace {
			continue
		}
		var from, to []string
		for _, f := range g.Spec.From {
			from = append(from, string(f.Kind)+" of "+string(f.Namespace))
		}
		for _, t := range g.Spec.To {
			to = append(to, strings.TrimSpace(string(t.Kind)+" "+value(t.Name)))
		}
		words = append(words, "; ReferenceGrant "+namespace+"/"+g.Name+" is for "+strings.Join(from, ", ")+" to "+strings.Join(to, ", "))
	}
	return strings.Join(words, "")
}

// near words on which ports a Gateway listens, where it does not on the one asked for.
func (g *gwGateway) near(why string) string {
	var ports []string
	for _, l := range g.listeners {
		ports = append(ports, number(int(l.Port)))
	}
	slices.Sort(ports)
	if ports = slices.Compact(ports); len(ports) == 0 || why != whyNoListener {
		return ""
	}
	return "; the listeners of " + g.object() + " are on port " + strings.Join(ports, ", ")
}
