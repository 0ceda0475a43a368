package kyma

import (
	"fmt"
	"slices"
	"strings"

	securityv1 "istio.io/client-go/pkg/apis/security/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/plugins/kyma/apirule"
)

// Explain tells in terms of APIRules why a request is refused, and what is odd about those
// whose policies attach.
func (Platform) Explain(leg diagnose.Leg) []diagnose.Remark {
	c := &connection{Leg: leg, world: world{leg.Snapshot}}
	if leg.Reason.Stage == diagnose.StageNetworkPolicy {
		return some(c.keptNetwork, c.unsettled)
	}
	if leg.Reason.Stage == diagnose.StageRoute {
		return some(c.unrouted, c.route)
	}
	c.made = attached(leg)
	out := some(c.shutOut, c.otherGateway, c.inCluster, c.refused)
	return append(out, some(c.authorizer, c.notReconciled, c.migrating, c.orphan, c.drift, c.wildcard, c.route, c.unsettled, c.gatewayless, c.keptTLS, c.compatible)...)
}

// connection is a leg, and which policies on it are made of APIRules.
type connection struct {
	diagnose.Leg
	world
	made []policy
}

// policy is an attached policy that is made of an APIRule.
type policy struct {
	trace  *authz.PolicyTrace
	object *securityv1.AuthorizationPolicy
	of     apirule.Ref
	rule   *apirule.APIRule // nil: it was not read
}

// some are those that have something to say. Only one of them decides.
func some(all ...func() (diagnose.Remark, bool)) []diagnose.Remark {
	var out []diagnose.Remark
	for _, say := range all {
		if r, ok := say(); ok && !(r.Decides && slices.ContainsFunc(out, func(o diagnose.Remark) bool { return o.Decides })) {
			out = append(out, r)
		}
	}
	return out
}

// lacksAllow reports whether the denial is that no ALLOW policy admits the request.
func (c *connection) lacksAllow() bool {
	return c.Verdict == diagnose.Denied && c.Reason.Stage == diagnose.StageAllow
}

// allowing are the attached ALLOW policies that count, of APIRules and of others.
func (c *connection) allowing() (made []policy, others []*authz.PolicyTrace) {
	for i := range c.Policies {
		t := &c.Policies[i]
		if t.Action != authz.ActionAllow || t.DryRun {
			continue
		}
		if at := slices.IndexFunc(c.made, func(p policy) bool { return p.trace.Policy == t.Policy }); at >= 0 {
			made = append(made, c.made[at])
		} else {
			others = append(others, t)
		}
	}
	return made, others
}

// rulesOf names the APIRules of policies, each once.
func rulesOf(all []policy) []string {
	var out []string
	for _, p := range all {
		if n := named(p.of); !slices.Contains(out, n) {
			out = append(out, n)
		}
	}
	return out
}

// isIngress reports whether a principal is the ingress gateway's, whatever the trust
// domain: sidecars read cluster.local as that of the mesh.
func isIngress(principal string) bool {
	_, who, _ := strings.Cut(principal, "/")
	_, gateway, _ := strings.Cut(apirule.IngressGateway, "/")
	return who == gateway
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

// atMost joins the first of several sentences, and counts the rest.
func atMost(n int, all []string) string {
	if len(all) <= n {
		return strings.Join(all, "; ")
	}
	return fmt.Sprintf("%s; and %d more", strings.Join(all[:n], "; "), len(all)-n)
}

func policyObject(r authz.Ref) string { return "AuthorizationPolicy " + r.String() }
