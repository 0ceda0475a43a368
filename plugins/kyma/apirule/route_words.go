package apirule

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	networkingapi "istio.io/api/networking/v1alpha3"
)

// ruleAt is the index in spec.http that a path of a VirtualService is about; -1 for none.
func ruleAt(path string) int {
	rest, ok := strings.CutPrefix(path, "spec.http[")
	number, _, _ := strings.Cut(rest, "]")
	n, err := strconv.Atoi(number)
	if !ok || err != nil {
		return -1
	}
	return n
}

// ruleOf is the rule of a path, in whose VirtualService rules with the path of another have
// no route of their own in v1beta1.
func (x *Routing) ruleOf(path string) int {
	route := ruleAt(path)
	if x.rule.Version != V1Beta1 {
		return route
	}
	for i := range x.rule.Rules {
		first := slices.IndexFunc(x.rule.Rules, func(r Rule) bool { return r.Path == x.rule.Rules[i].Path }) == i
		if first && route == 0 {
			return i
		}
		if first {
			route--
		}
	}
	return -1
}

// say puts a change of the VirtualService into a sentence.
func (x *Routing) say(c change) string {
	i := ruleAt(c.path)
	_, field, _ := strings.Cut(c.path, "]")
	field = strings.TrimPrefix(field, ".")
	at := fmt.Sprintf("spec.rules[%d]", x.ruleOf(c.path))
	switch {
	case c.path == "spec.hosts":
		return fmt.Sprintf("%s %s, the VirtualService has %s", x.hostsField(), comes(c.wanted), list(c.got))
	case c.path == "spec.gateways":
		return fmt.Sprintf("spec.gateway is %s, the VirtualService is for %s", list(c.wanted), list(c.got))
	case i < 0:
		return fmt.Sprintf("the VirtualService has %s %s, which no APIRule makes", c.path, list(c.got))
	case c.whole && strings.HasSuffix(c.path, fmt.Sprintf("http[%d]", i)) && len(c.got) == 0:
		return at + " has no route in the VirtualService"
	case c.whole && strings.HasSuffix(c.path, fmt.Sprintf("http[%d]", i)):
		return fmt.Sprintf("the VirtualService has a route %s that no rule asks for", c.path)
	case strings.HasSuffix(field, "].uri.regex"), strings.HasSuffix(field, "].uri.prefix"), strings.HasSuffix(field, "].uri.exact"):
		return fmt.Sprintf("%s.path comes to %s, the VirtualService has %s (%s)", at, list(c.wanted), list(c.got), c.path)
	case strings.Contains(field, "].method."):
		return fmt.Sprintf("%s.methods come to %s, the VirtualService has %s", at, list(c.wanted), list(c.got))
	case strings.Contains(field, "].destination."):
		return fmt.Sprintf("%s leads to %s, the VirtualService to %s", at, list(c.wanted), list(c.got))
	case strings.HasPrefix(field, "timeout"):
		return fmt.Sprintf("requests of %s may take %s, in the VirtualService %s", at, seconds(c.wanted), seconds(c.got))
	case strings.HasPrefix(field, "corsPolicy"):
		return fmt.Sprintf("spec.corsPolicy comes to %s %s, the VirtualService has %s", field, list(c.wanted), list(c.got))
	case len(c.wanted) == 0:
		return fmt.Sprintf("the VirtualService has %s %s, which %s does not make", field, list(c.got), at)
	}
	return fmt.Sprintf("%s comes to %s %s, the VirtualService has %s", at, field, list(c.wanted), list(c.got))
}

func (x *Routing) hostsField() string {
	if x.rule.Version == V1Beta1 {
		return "spec.host"
	}
	return "spec.hosts"
}

func comes(values []string) string { return "comes to " + list(values) }

// seconds are those of a duration, which is not there if it is not set.
func seconds(values []string) string {
	if len(values) == 0 || values[0] == nothing {
		return "any time"
	}
	return values[0] + " seconds"
}

// To is where a route leads: HOST:PORT of its first destination, or what it answers itself.
func To(http *networkingapi.HTTPRoute) string {
	switch {
	case http == nil:
		return "nowhere"
	case http.GetRedirect() != nil:
		return "a redirect"
	case http.GetDirectResponse() != nil:
		return "an answer of the gateway's own"
	case http.GetDelegate() != nil:
		return "another VirtualService"
	case len(http.GetRoute()) == 0:
		return "nowhere"
	}
	var out []string
	for _, d := range http.GetRoute() {
		out = append(out, fmt.Sprintf("%s:%d", d.GetDestination().GetHost(), d.GetDestination().GetPort().GetNumber()))
	}
	return strings.Join(out, " and ")
}
