package fix

import (
	"fmt"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
)

// actions let a policy allow what it denies, or only notes, where it was most likely
// meant to: each of its rules says whom it is about, by what they are, and ALLOW
// policies beside it show that callers need one.
func (sc scene) actions() []draft {
	var out []draft
	try := func(ref authz.Ref) {
		item, ok := sc.editable(ref)
		if !ok {
			return
		}
		object := parse(item.Raw)
		action, _ := at(object, "spec.action").(string)
		if action != "DENY" && action != "AUDIT" || !pointed(object) {
			return
		}
		out = append(out, draft{
			kind: SetAction, title: fmt.Sprintf("let %s ALLOW in place of %s", ref, action),
			changes: []Change{changed(item, func(object tree) { set(object, "spec.action", "ALLOW") })},
			danger:  "whoever the policy is about is let in from then on: it was meant so if its rules name friends, and not if they name foes",
		})
	}
	var ref authz.Ref
	if len(sc.allows().Policies) == 0 {
		return nil // nobody has said that somebody needs to be allowed
	}
	if sc.decides() == diagnose.StageDeny && ref.UnmarshalText([]byte(sc.answer.Reason.Policy)) == nil {
		try(ref)
		return out
	}
	if m := stray().FindStringSubmatch(sc.answer.Summary); m != nil && m[1] == "AUDIT policy" {
		try(authz.Ref{Namespace: m[2], Name: m[3]})
	}
	return out
}

// pointed reports whether every rule of a policy names callers, none by what they are not.
func pointed(object tree) bool {
	rules, _ := at(object, "spec.rules").([]any)
	for _, r := range rules {
		from, _ := at(r, "from").([]any)
		if len(from) == 0 {
			return false
		}
		for _, f := range from {
			source, _ := at(f, "source").(tree)
			named := false
			for field := range source {
				switch field {
				case "principals", "namespaces", "serviceAccounts", "ipBlocks", "remoteIpBlocks", "requestPrincipals":
					named = true
				default:
					return false
				}
			}
			if !named {
				return false
			}
		}
	}
	return len(rules) > 0
}
