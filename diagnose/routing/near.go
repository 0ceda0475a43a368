package routing

import (
	"slices"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
)

// This file words what is nearest where nothing takes a request: the route, host or
// Gateway that lacks least, so that a reader knows what to look at. Each text follows
// what was said before it, and is empty where nothing is near.

// nearest words which route lacks least, and what it lacks.
func nearest(options []option) string {
	var best *option
	var least []condition
	for i, o := range options {
		var lacks []condition
		for _, c := range o.when {
			if c.truth == authz.False {
				lacks = append(lacks, c)
			}
		}
		if len(lacks) > 0 && (best == nil || len(lacks) < len(least)) {
			best, least = &options[i], lacks
		}
	}
	if best == nil || best.field == "" {
		return ""
	}
	words := make([]string, len(least))
	for i, c := range least {
		words[i] = c.atom().Words
	}
	return "; the nearest, " + best.object + " " + best.field + "." + least[0].leaf(strings.HasPrefix(best.field, "spec.rules")) +
		", is for requests whose " + strings.Join(words, " and ")
}

// leaf is the field of a match that asks for an attribute.
func (c condition) leaf(gatewayAPI bool) string {
	switch name, _, _ := strings.Cut(c.attribute, " "); {
	case name == "path" && !gatewayAPI:
		return "uri"
	case name == "header", name == "claim":
		return "headers"
	case name == "query":
		return "queryParams"
	case name == "host":
		return "authority"
	default:
		return name
	}
}

// matchField is where the match of an entry stands; empty if it has none.
func (e entry) matchField() string {
	switch {
	case e.match == nil || e.field == "":
		return ""
	case strings.Contains(e.field, ".matches["):
		return e.field
	case strings.HasPrefix(e.field, "spec.rules"):
		return e.field + ".matches[0]"
	}
	return e.field + ".match[" + number(e.nth) + "]"
}

// nearService words which VirtualService has the host, or is bound to the Gateway, and
// what keeps it from having a route there.
func (q GatewayQuery) nearService(group []server, r Request) string {
	host, ok := r.Host.Get()
	if !ok {
		return ""
	}
	host = withoutPort(host)
	gateway := group[0].gateway
	bound := ""
	other := ""
	for _, vs := range q.scope().sorted() {
		name, full := objectName(vs), q.scope().full(vs)
		names := strings.Join(full.GetHosts(), ", ")
		has := slices.ContainsFunc(full.GetHosts(), func(h string) bool { return hostTest(h).match(host) })
		switch {
		case boundTo(vs, gateway) && has && q.scope().visible(vs) == invisible:
			return "; " + name + " has the host, and its exportTo hides it from namespace " + q.Namespace
		case boundTo(vs, gateway) && has:
			return "; " + name + " has the host, and " + q.misfit(name, vs.Namespace, group, r)
		case boundTo(vs, gateway):
			bound = "; " + name + ", which is bound to it, has hosts " + names
		case has:
			var gateways []string
			if len(vs.Spec.GetGateways()) == 0 {
				gateways = append(gateways, "mesh (the default)")
			}
			for _, g := range vs.Spec.GetGateways() {
				gateways = append(gateways, gatewayName(g, vs.Namespace))
			}
			other = "; " + name + " has the host, and its gateways are " + strings.Join(gateways, ", ") + ", not " + gateway
		}
	}
	return bound + other
}

// misfit words why a VirtualService that is bound to a Gateway and has the host has no
// route there: the server takes those of other namespaces, or its matches are for
// other ports.
func (q GatewayQuery) misfit(name, namespace string, group []server, r Request) string {
	for _, s := range group {
		for _, v := range q.scope().services(s.gateway) {
			if v.object != name {
				continue
			}
			if len(intersection(s.hostsFor(namespace), v.hosts)) == 0 {
				return s.words() + " has hosts " + strings.Join(s.hosts, ", ")
			}
			for i, h := range v.http.routes {
				for j, m := range h.GetMatch() {
					if m.GetPort() != 0 && m.GetPort() != uint32(r.Port) && i < len(v.http.fields) &&
						(len(m.GetGateways()) == 0 || slices.ContainsFunc(m.GetGateways(), func(g string) bool { return gatewayName(g, namespace) == s.gateway })) {
						return v.http.fields[i] + ".match[" + number(j) + "].port is " + number(int(m.GetPort())) + ", not " + number(int(r.Port))
					}
				}
			}
		}
	}
	return "none of its routes is for the Gateway (spec.http, match.gateways)"
}

// nearServer words which server names other hosts than the one that is asked for.
func (q GatewayQuery) nearServer(servers []server) string {
	name, ok := q.Request.SNI.Get()
	if !ok {
		return ""
	}
	var words []string
	for _, s := range servers {
		if s.tls() {
			words = append(words, s.words()+" has hosts "+strings.Join(s.hosts, ", "))
		}
	}
	return " " + name + ": " + strings.Join(words, "; ")
}

// nearGateway words which Gateway has the host and selects other Pods.
func (q GatewayQuery) nearGateway() string {
	host, ok := q.Request.Host.Get()
	if !ok {
		host, ok = q.Request.SNI.Get()
	}
	if !ok {
		return ""
	}
	host = withoutPort(host)
	for _, g := range q.Gateways {
		if g == nil {
			continue
		}
		for _, s := range g.Spec.GetServers() {
			if !slices.ContainsFunc(s.GetHosts(), func(h string) bool {
				return hostTest(h[strings.IndexByte(h, '/')+1:]).match(host)
			}) {
				continue
			}
			for k, v := range g.Spec.GetSelector() {
				if have := q.Labels[k]; have != v {
					return "; Gateway " + g.Namespace + "/" + g.Name + " has the host, and its selector wants " + k + "=" + v
				}
			}
		}
	}
	return ""
}
