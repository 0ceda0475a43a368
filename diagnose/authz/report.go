package authz

import "strings"

// The words in which the data planes report a denial.
const (
	reportEnvoy      = "rbac_access_denied_matched_policy["
	reportAuthorizer = "ext_authz_denied"
	reportZtunnel    = "connection closed due to policy rejection: "
	reportZtunnelBy  = "explicitly denied by: "
	reportZtunnelNo  = "allow policies exist, but none allowed"
)

// report is what the proxy says of a certain denial. Envoy names the first rule
// that matches, so nothing is said where that hangs on what is not known.
func (p *Program) report(e *env, a *answers, d Decision) string {
	if d.Verdict != Denied {
		return ""
	}
	switch p.dialect {
	case Ztunnel:
		return p.ztunnelReport(d)
	case Kmesh, KmeshXDP:
		return p.kmeshReport(d)
	case EnvoyHTTP, EnvoyTCP:
	}
	switch {
	case d.Stage == ActionAllow && a.allow == False:
		return reportEnvoy + "none]"
	case d.Stage == ActionDeny && a.denyRule != nil && first(p.deny.rules, a.denyRule, e):
		return reportEnvoy + a.denyRule.key + "]"
	case d.Stage == ActionCustom && a.customBy != nil:
		return a.customBy.report(a.customRule, e)
	}
	return ""
}

func (p *Program) ztunnelReport(d Decision) string {
	if d.Stage == ActionDeny && d.Policy != (Ref{}) {
		return reportZtunnel + reportZtunnelBy + d.Policy.String()
	}
	if d.Stage == ActionAllow {
		return reportZtunnel + reportZtunnelNo
	}
	return ""
}

// first reports whether no rule before r may match.
func first(rules []*rule, r *rule, e *env) bool {
	for _, o := range rules {
		if o == r {
			return true
		}
		if o.eval(e) != False {
			return false
		}
	}
	return false
}

func (c *custom) report(r *rule, e *env) string {
	switch {
	case !c.bad && !c.dry:
		return reportAuthorizer
	case c.mode == customUnknown || !first(c.rules, r, e):
		return ""
	}
	return reportEnvoy + strings.ReplaceAll(c.id(r), " ", "_") + "]"
}
