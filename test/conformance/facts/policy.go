package facts

import (
	"cmp"
	"regexp"
	"slices"

	listenerv3 "github.com/envoyproxy/go-control-plane/envoy/config/listener/v3"
	rbacv3 "github.com/envoyproxy/go-control-plane/envoy/config/rbac/v3"
	rbachttpv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/http/rbac/v3"
	hcmv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/http_connection_manager/v3"
	rbactcpv3 "github.com/envoyproxy/go-control-plane/envoy/extensions/filters/network/rbac/v3"
)

// Policy is an AuthorizationPolicy that a proxy holds, as its filters name it.
type Policy struct {
	Action string // ALLOW, DENY, CUSTOM, AUDIT
	Ref    string // namespace/name
	DryRun bool
}

// Nothing stands for an enforced ALLOW of which no rule is left: nobody is let in.
const Nothing = "(no rule is left)"

const jwtFilter = "envoy.filters.http.jwt_authn"

// filterID is how Istio names the rules in Envoy's filter.
var filterID = regexp.MustCompile(`^(istio-ext-authz-.*)?ns\[(.*)\]-policy\[(.*)\]-rule\[\d+\](-deny-due-to-bad-CUSTOM-action)?$`)

// httpPolicies are those of a connection manager, and whether tokens are looked at.
func httpPolicies(m *hcmv3.HttpConnectionManager) (found []Policy, jwt bool) {
	for _, f := range m.GetHttpFilters() {
		r := &rbachttpv3.RBAC{}
		if f.GetTypedConfig().MessageIs(r) && f.GetTypedConfig().UnmarshalTo(r) == nil {
			found = append(found, named(r.GetRules(), false)...)
			found = append(found, named(r.GetShadowRules(), true)...)
		}
		jwt = jwt || f.GetName() == jwtFilter
	}
	return tidy(found), jwt
}

// networkPolicies are those of a chain's network filters.
func networkPolicies(c *listenerv3.FilterChain) []Policy {
	var found []Policy
	for _, f := range c.GetFilters() {
		r := &rbactcpv3.RBAC{}
		if f.GetTypedConfig().MessageIs(r) && f.GetTypedConfig().UnmarshalTo(r) == nil {
			found = append(found, named(r.GetRules(), false)...)
			found = append(found, named(r.GetShadowRules(), true)...)
		}
	}
	return tidy(found)
}

// named reads the policies out of a filter's rules. The rules of CUSTOM are always
// shadow rules: the external authorizer enforces them.
func named(rules *rbacv3.RBAC, shadow bool) []Policy {
	var found []Policy
	for id := range rules.GetPolicies() {
		part := filterID.FindStringSubmatch(id)
		if part == nil {
			found = append(found, Policy{Action: rules.GetAction().String(), Ref: id, DryRun: shadow})
			continue
		}
		p := Policy{Action: rules.GetAction().String(), Ref: part[2] + "/" + part[3], DryRun: shadow}
		switch {
		case part[1] != "":
			p.Action, p.DryRun = "CUSTOM", false
		case p.Action == "LOG":
			p.Action = "AUDIT"
		}
		found = append(found, p)
	}
	if rules != nil && !shadow && len(found) == 0 && rules.GetAction() == rbacv3.RBAC_ALLOW {
		found = append(found, Policy{Action: "ALLOW", Ref: Nothing})
	}
	return found
}

// tidy sorts and drops repetitions: a policy has a name for each rule.
func tidy(list []Policy) []Policy {
	slices.SortFunc(list, func(a, b Policy) int {
		return cmp.Or(cmp.Compare(a.Action, b.Action), cmp.Compare(a.Ref, b.Ref))
	})
	return slices.Compact(list)
}
