package fix

import (
	"slices"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// draft is a candidate that nobody has proved.
type draft struct {
	kind       Kind
	title      string
	changes    []Change
	afterwards []string
	danger     string
	grave      bool // a person would hardly want it
	tokens     tokens
	// simulated are objects that will follow, such as Pods that start anew.
	simulated []cluster.Edit
}

// tokens are, in words, the tokens that are taken and were not before, and those that are
// refused and were taken; neither: that is not known, if what is asked of tokens changes.
type tokens struct{ taken, refused string }

// edits are what the draft does to the cluster.
func (d draft) edits() []cluster.Edit {
	var out []cluster.Edit
	for _, c := range d.changes {
		out = append(out, cluster.Edit{Resource: c.Resource, Namespace: c.Namespace, Name: c.Name, After: c.After})
	}
	return append(out, d.simulated...)
}

// then joins what is done after d. Two changes of one object are one.
func (d draft) then(next draft) draft {
	out := draft{
		kind: d.kind, title: d.title + ", and " + next.title,
		afterwards: unique(append(slices.Clone(d.afterwards), next.afterwards...)),
		simulated:  append(slices.Clone(d.simulated), next.simulated...),
		danger:     d.danger, grave: d.grave || next.grave, changes: slices.Clone(d.changes),
		tokens: d.tokens,
	}
	switch {
	case !d.ofTokens():
		out.tokens = next.tokens
	case next.ofTokens() && next.tokens != d.tokens:
		out.tokens = tokens{}
	}
	switch {
	case out.danger == "":
		out.danger = next.danger
	case next.danger != "" && next.danger != d.danger:
		out.danger += "; " + next.danger
	}
	for _, c := range next.changes {
		i := slices.IndexFunc(out.changes, c.sameObject)
		if i < 0 {
			out.changes = append(out.changes, c)
			continue
		}
		out.changes[i].After = c.After
	}
	return out
}

// touches reports whether next goes on with an object that d changes.
func (d draft) touches(next draft) bool {
	return slices.ContainsFunc(next.changes, func(c Change) bool { return slices.ContainsFunc(d.changes, c.sameObject) })
}

// futile reports whether d edits what a controller makes, which would write it back.
func (d draft) futile() bool {
	return slices.ContainsFunc(d.changes, func(c Change) bool { return len(c.Before) > 0 && c.Owner != nil && c.Owner.Made })
}

// drafts are all candidates for a scene, by what decides.
func drafts(sc scene) []draft {
	var out []draft
	switch sc.decides() {
	case diagnose.StageAllow:
		past := sc.past(slices.Concat(sc.newPolicy(), sc.slips(), sc.editRules()))
		out = slices.Concat(past, sc.unread(), sc.strays(), sc.actions(), sc.viaWaypoint(), sc.scopes(cluster.RequestAuthentications), sc.identify(), sc.tokens(), sc.layers(), sc.advice())
	case diagnose.StageDeny:
		out = slices.Concat(sc.past(sc.except()), sc.actions(), sc.scopes(cluster.RequestAuthentications), sc.identify(), sc.tokens(), sc.layers())
	case diagnose.StageMTLS:
		out = slices.Concat(sc.clientTLS(), sc.gatewayTLS(), sc.scopes(cluster.PeerAuthentications), sc.join(), sc.acceptPlain())
	case diagnose.StageNetworkPolicy:
		out = slices.Concat(sc.strayNetwork(), sc.admitByNetwork())
	case diagnose.StageJWT:
		out = sc.acceptToken()
	case diagnose.StageCustom:
		out = sc.provider()
	case diagnose.StageRoute:
		out = slices.Concat(sc.endpoints(), sc.subsets(), sc.backends(), sc.grants(), sc.matches(), sc.faults(), sc.binds(), sc.gatewayTLS(), sc.parents(), sc.registers())
	case "":
	default: // a stage that the data plane has of its own
		if len(sc.allows().Policies) > 0 { // the first ALLOW policy would close it to others
			out = sc.newPolicy()
		}
	}
	return out
}

// ofTokens reports whether it changes what is asked of tokens.
func (d draft) ofTokens() bool {
	return slices.ContainsFunc(d.changes, func(c Change) bool { return c.Resource == cluster.RequestAuthentications })
}

// policiesOnly reports whether nothing changes but AuthorizationPolicies.
func (d draft) policiesOnly() bool {
	for _, c := range d.changes {
		if c.Resource != cluster.AuthorizationPolicies {
			return false
		}
	}
	return len(d.simulated) == 0
}

func unique(all []string) []string {
	var out []string
	for _, s := range all {
		if s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}
