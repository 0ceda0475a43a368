package routing

import (
	"slices"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
)

// virtualHost is one domain of the route configuration of a port.
type virtualHost struct {
	domain  string
	service string   // the service of the registry; empty: none, it is a VirtualService's own
	rule    *service // its VirtualService; nil: none
}

func (v virtualHost) branches(r Request) []Branch {
	if v.rule == nil {
		return itself(v.service)
	}
	return route(v.rule.http.entries(r), v.rule.object, r)
}

// virtualHosts lists the domains on the port among which one for the host must be,
// the earlier of two that are the same counting: first the VirtualServices, each with
// its hosts that are no services and then its services, then the services without one
// (istio: core/httproute.go BuildSidecarOutboundVirtualHosts, core/route/route.go
// buildSidecarVirtualHostsForVirtualService).
func (q MeshQuery) virtualHosts(host string) []virtualHost {
	rules := q.scope().services(meshGateway)
	services := q.services(host, rules)
	var out []virtualHost
	owned := map[string]bool{}
	for i := range rules {
		rule := &rules[i]
		if len(rule.http.entries(q.Request)) == 0 {
			continue // no route of it concerns this proxy: as if it were not there
		}
		own, theirs := rule.split(rules, services)
		if len(theirs) == 0 && q.Request.Port != 80 {
			continue // only on port 80 a host that is no service gets a virtual host
		}
		for _, h := range own {
			out = append(out, virtualHost{domain: h, rule: rule})
		}
		for _, s := range theirs {
			owned[s] = true
			out = append(out, q.domains(s, rule, services)...)
		}
	}
	for _, s := range services {
		if !owned[s] {
			out = append(out, q.domains(s, nil, services)...)
		}
	}
	return out
}

// services are those of the registry that may play a part, sorted: what was dialled,
// what the host may stand for, and the hosts of VirtualServices.
func (q MeshQuery) services(host string, rules []service) []string {
	candidates := []string{strings.ToLower(q.Host), host, strings.TrimSuffix(host, ".")}
	if name, rest, _ := strings.Cut(host, "."); name != "" {
		ns, _, _ := strings.Cut(rest, ".")
		for _, h := range []string{host, name + "." + ns} {
			h = strings.TrimSuffix(h, ".svc")
			if !strings.Contains(h, ".") {
				h += "." + q.Namespace
			}
			candidates = append(candidates, h+".svc."+q.Domain)
		}
	}
	for rest := host; rest != ""; {
		_, rest, _ = strings.Cut(rest, ".")
		if rest != "" {
			candidates = append(candidates, "*."+rest)
		}
	}
	for _, rule := range rules {
		for _, h := range rule.hosts {
			candidates = append(candidates, strings.ToLower(h))
		}
	}
	slices.Sort(candidates)
	return slices.DeleteFunc(slices.Compact(candidates), func(h string) bool { return !q.known(h) })
}

// split tells the hosts of a VirtualService that are services from those that are
// not. A wildcard takes the services for which no other VirtualService is more
// specific (istio: core/route/route.go separateVSHostsAndServices).
func (s *service) split(rules []service, services []string) (own, theirs []string) {
	for _, h := range s.hosts {
		l := strings.ToLower(h)
		if !wildcard(l) {
			if slices.Contains(services, l) {
				theirs = append(theirs, l)
			} else {
				own = append(own, l)
			}
			continue
		}
		found := l == "*" // there is always some service
		for _, name := range services {
			if overlap(name, l) {
				found = true
				if r := mostSpecific(name, rules); r != nil && r.object == s.object {
					theirs = append(theirs, name)
				}
			}
		}
		if !found {
			own = append(own, l)
		}
	}
	return own, theirs
}

// mostSpecific finds the VirtualService whose host is closest to a service, the first
// of several; nil: none (istio: model/sidecar.go computeWildcardHostVirtualServiceIndex).
func mostSpecific(name string, rules []service) *service {
	var best *service
	closest := ""
	for i := range rules {
		for _, h := range rules[i].hosts {
			if within(name, h) && (best == nil || h != closest && moreSpecific(h, closest)) {
				best, closest = &rules[i], h
			}
		}
	}
	return best
}

// domains are those that istiod lists for a service (core/httproute.go
// generateVirtualHostDomains): its name, with a dot at the end too, its short forms
// as the client's namespace writes them, all of it with a wildcard for the Pods of a
// headless Service, and its address. A short form that is the full name of another
// service is left out.
func (q MeshQuery) domains(name string, rule *service, services []string) []virtualHost {
	list := []string{name}
	if !isIP(name) {
		list = append(list, name+".")
	}
	for _, short := range q.shortForms(name) {
		if !slices.Contains(services, short) {
			list = append(list, short)
		}
	}
	if dialled := strings.ToLower(q.Host); name == dialled && q.Headless {
		for _, d := range slices.Clone(list) {
			list = append(list, "*."+d)
		}
	} else if ip, ok := q.Request.DestinationIP.Get(); ok && name == dialled {
		a := ip.String()
		if ip.Is6() {
			a = "[" + a + "]"
		}
		list = append(list, a)
	}
	out := make([]virtualHost, 0, len(list))
	for _, d := range list {
		out = append(out, virtualHost{domain: d, service: name, rule: rule})
	}
	return out
}

// shortForms are the names of a Service of the cluster without the domain, and in its
// own namespace without that; none for other hosts.
func (q MeshQuery) shortForms(name string) []string {
	base, ok := strings.CutSuffix(name, ".svc."+q.Domain)
	first, ns, dot := strings.Cut(base, ".")
	switch {
	case !ok || !dot:
		return nil
	case ns == q.Namespace:
		return []string{first, base + ".svc", base}
	}
	return []string{base, base + ".svc"}
}

// ipAttr is the address that was dialled as the text that conditions compare.
func (r Request) ipAttr() authz.Attr[string] {
	switch r.DestinationIP.State() {
	case authz.StateKnown:
		ip, _ := r.DestinationIP.Get()
		return authz.Known(ip.String())
	case authz.StateAbsent:
		return authz.Absent[string]()
	case authz.StateUnseen:
		return authz.UnseenBecause[string](r.DestinationIP.Why())
	case authz.StateOpen:
	}
	return authz.Attr[string]{}
}
