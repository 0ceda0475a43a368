package draw

import (
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/trial"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/ztunnel/reference"
)

// Connection draws one; most are made to fit a rule, as well as can be.
func (s Source) Connection(policies []authz.Policy) reference.Connection {
	c := reference.Connection{Source: of(s, addresses...), Port: of(s, ports[:3]...)}
	c.Destination = of(s, slices.DeleteFunc(slices.Clone(addresses), func(a netip.Addr) bool { return a.Is4() != c.Source.Is4() })...)
	if s.Chance(75) {
		c.Identity = of(s, identities...)
	}
	if s.Chance(10) {
		c.Port = of(s, ports...)
	}
	if len(policies) == 0 || s.Chance(25) {
		return c
	}
	p := of(s, policies...)
	if len(p.Spec.GetRules()) == 0 {
		return c
	}
	for _, l := range trial.Lists(of(s, p.Spec.GetRules()...)) {
		if s.Chance(80) != l.Not {
			s.meet(&c, strings.ToLower(l.Field), of(s, *l.Values...), p.Namespace)
		}
	}
	return c
}

// meet makes the connection fit a value of a field.
func (s Source) meet(c *reference.Connection, field, value, namespace string) {
	who := func(has func(*reference.Identity) bool) {
		if found := filter(identities, has); len(found) > 0 {
			c.Identity = of(s, found...)
		}
	}
	switch {
	case strings.Contains(field, "request"), strings.Contains(field, "remote"), strings.Contains(field, "trustdomain"):
	case strings.Contains(field, "principal"):
		who(func(i *reference.Identity) bool { return fits(value, i.String()) })
	case strings.Contains(field, "namespace"):
		if value == "" {
			c.Identity = nil
		}
		who(func(i *reference.Identity) bool { return fits(value, i.Namespace) })
	case strings.Contains(field, "serviceaccount"):
		if !strings.Contains(value, "/") {
			value = namespace + "/" + value
		}
		who(func(i *reference.Identity) bool { return value == i.Namespace+"/"+i.ServiceAccount })
	case strings.Contains(field, "port"):
		if n, err := strconv.ParseUint(value, 10, 16); err == nil {
			c.Port = uint16(n)
		}
	case strings.Contains(field, "ip"):
		at := &c.Source
		if strings.Contains(field, "destination") {
			at = &c.Destination
		}
		if found := filter(addresses, func(a netip.Addr) bool { return within(value, a) }); len(found) > 0 {
			*at = of(s, found...)
		}
	}
}

func within(block string, a netip.Addr) bool {
	if one, err := netip.ParseAddr(block); err == nil {
		return one.WithZone("") == a
	}
	p, err := netip.ParsePrefix(block)
	return err == nil && p.Contains(a)
}

func filter[T any](list []T, keep func(T) bool) []T {
	return slices.DeleteFunc(slices.Clone(list), func(v T) bool { return !keep(v) })
}
