package ztunnel

import (
	"slices"
	"strings"

	securityv1beta1 "istio.io/api/security/v1beta1"

	securityv1 "istio.io/client-go/pkg/apis/security/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/tally"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/trial"
)

// policyKey is a row for a whole policy. It counts where the policy taken away, or
// one in its place that lacks what is counted, changes the verdict.
type policyKey struct {
	tally.Key
	lacks *authz.Policy
}

func policyKeys(p *authz.Policy) []policyKey {
	var out []policyKey
	add := func(form string, lacks *authz.Policy) {
		out = append(out, policyKey{tally.Key{Field: "policy", Form: "ztunnel: " + form}, lacks})
	}
	rejected := p.Action() != authz.ActionAllow && p.Action() != authz.ActionDeny
	if q := clone(p); rejected {
		q.Spec.Action = securityv1beta1.AuthorizationPolicy_DENY
		add("action "+p.Action().String(), q)
	} else {
		add("action "+p.Action().String(), nil)
	}
	if q := clone(p); p.DryRun() {
		q.Annotations = nil
		add("dry run", q)
	}
	if q := clone(p); len(p.Spec.GetTargetRefs()) > 0 || p.Spec.GetTargetRef() != nil {
		q.Spec.TargetRefs, q.Spec.TargetRef = nil, nil
		add("target", q)
	}
	if s := p.Spec.GetSelector(); s != nil {
		q := clone(p)
		q.Spec.Selector = nil
		switch {
		case s.GetMatchLabels() == nil:
			add("selector without matchLabels", q)
		case len(s.GetMatchLabels()) == 0:
			add("selector with empty matchLabels", nil)
		default:
			add("selector", nil)
			add("selector of others", q)
		}
	}
	if len(p.Spec.GetRules()) == 0 {
		add("no rules", nil)
	}
	return out
}

func peerKeys(pa *securityv1.PeerAuthentication) []tally.Key {
	level := "selector "
	if pa.Spec.GetSelector() == nil {
		level = "no selector "
	}
	key := func(form string) tally.Key {
		return tally.Key{Field: "policy", Form: "ztunnel: PeerAuthentication " + form}
	}
	out := []tally.Key{key(level + pa.Spec.GetMtls().GetMode().String())}
	for _, m := range pa.Spec.GetPortLevelMtls() {
		if k := key("port " + m.GetMode().String()); !slices.Contains(out, k) {
			out = append(out, k)
		}
	}
	return out
}

// listKey is the row of a list. Where ztunnel never looks at the field, the form
// of the values is all the same.
func listKey(l *trial.List) tally.Key {
	form := l.Form()
	field := strings.ToLower(l.Field)
	switch {
	case form == "unknown key":
	case strings.Contains(field, "trustdomain") && l.Condition == nil:
		form = unseen
	case l.Condition != nil && !slices.Contains(seenKeys, l.Condition.GetKey()):
		form = unseen
	case l.Condition == nil && (strings.Contains(field, "request") || strings.Contains(field, "remote") ||
		strings.Contains(field, "hosts") || strings.Contains(field, "methods") || strings.Contains(field, "paths")):
		form = unseen
	case !slices.ContainsFunc(*l.Values, func(v string) bool { return v != "" }):
		form = "empty text"
		if strings.Contains(field, "ip") && !strings.Contains(field, "principal") || strings.Contains(field, "port") {
			form = "invalid"
		}
	}
	return tally.Key{Field: "ztunnel " + l.Field, Form: form}
}

const unseen = "of no account"

var seenKeys = []string{"source.ip", "source.namespace", "source.principal", "destination.ip", "destination.port"}

// changes show whether a list of some form decides. What istiod leaves out has no
// opposite: there is the list taken away, its entry taken away, and a value that
// never matches.
func changes(form string) []func(*securityv1beta1.Rule, trial.List) bool {
	invert := func(_ *securityv1beta1.Rule, l trial.List) bool { return l.Invert() }
	drop := func(_ *securityv1beta1.Rule, l trial.List) bool { return l.Drop() }
	never := func(_ *securityv1beta1.Rule, l trial.List) bool { return l.Never() }
	switch form {
	case unseen, "unknown key":
		return []func(*securityv1beta1.Rule, trial.List) bool{drop, dropEntry}
	case "invalid":
		return []func(*securityv1beta1.Rule, trial.List) bool{drop, dropEntry, never}
	}
	return []func(*securityv1beta1.Rule, trial.List) bool{invert}
}

// dropEntry takes away the part of the rule that the list is in.
func dropEntry(r *securityv1beta1.Rule, l trial.List) bool {
	switch {
	case l.Condition != nil:
		r.When = slices.DeleteFunc(r.When, func(c *securityv1beta1.Condition) bool { return c == l.Condition })
	case strings.HasPrefix(l.Field, "source."):
		r.From = nil
	default:
		r.To = nil
	}
	return true
}
