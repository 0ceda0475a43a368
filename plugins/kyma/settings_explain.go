package kyma

import (
	"fmt"
	"slices"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
)

// unsettled is a setting of the Istio module that is not in force and that a policy on the
// way looks at, or that keeps the gateway from the Pod.
func (c *connection) unsettled() (diagnose.Remark, bool) {
	var words []string
	out := diagnose.Remark{Kind: findingUnsettled, Objects: []string{module}}
	for _, p := range c.pending(c.RootNamespace) {
		if !c.counts(p) {
			continue
		}
		if words = append(words, p.words()); len(words) == 1 {
			out.Field = p.field
		}
	}
	if len(words) == 0 {
		return out, false
	}
	out.Message = fmt.Sprintf("%s. What the mesh has counts, and the answer is by that%s.", atMost(2, words), c.settles())
	return out, true
}

// settles says when the module brings its settings to the mesh, as far as its state tells.
func (w world) settles() string {
	s, ok := w.settings()
	if !ok {
		return ""
	}
	state := s.Status.State
	if d := strings.TrimSuffix(s.Status.Description, "."); d != "" {
		state += ": " + d
	}
	switch s.Status.State {
	case "Error", "Warning":
		return fmt.Sprintf("; the module is in state %s, and may not bring it there", state)
	case "Processing":
		return "; the module is at work (state Processing)"
	}
	return "; the module writes the mesh's settings anew when it reconciles"
}

// counts reports whether a setting is about what is looked at on the leg. An authorizer that
// the mesh lacks is told elsewhere.
func (c *connection) counts(p pending) bool {
	switch p.about {
	case aboutAddress:
		return c.looksAt(func(f authz.FieldTrace) bool {
			return strings.HasSuffix(strings.ToLower(f.Field), "ipblocks") || f.Key == "source.ip" || f.Key == "remote.ip"
		})
	case aboutIdentity:
		return c.looksAt(func(f authz.FieldTrace) bool {
			return strings.HasSuffix(strings.ToLower(f.Field), ".principals") || strings.HasSuffix(f.Field, ".notPrincipals") || f.Key == "source.principal"
		})
	case aboutAuthorizer:
		return slices.ContainsFunc(c.Policies, func(t authz.PolicyTrace) bool {
			return t.Action == authz.ActionCustom && t.Provider == p.name && !c.unregistered(c.RootNamespace, p.name)
		})
	case aboutNetwork:
		return c.Reason.Stage == diagnose.StageNetworkPolicy && c.Source != nil && c.Source.Namespace == ingressNamespace
	case aboutHeader, aboutNothing:
	}
	return false
}

// looksAt reports whether a field of a policy on the leg is such a one.
func (c *connection) looksAt(is func(authz.FieldTrace) bool) bool {
	return slices.ContainsFunc(c.Policies, func(t authz.PolicyTrace) bool { _, ok := t.Field(is); return ok })
}
