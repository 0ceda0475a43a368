package authz

import (
	"fmt"
	"slices"
	"strings"

	securityv1beta1 "istio.io/api/security/v1beta1"
)

// policyNotes are what is to be said of a policy whatever the request is.
func policyNotes(m Mesh, src *Policy) []string {
	var out []string
	if v, ok := src.Annotations[DryRunAnnotation]; ok && !isBool(v) {
		out = append(out, fmt.Sprintf("its annotation %s=%q is no boolean, so it is enforced", DryRunAnnotation, v))
	}
	if rev := src.Labels[RevisionLabel]; rev != "" && m.Revision == "" {
		out = append(out, fmt.Sprintf("its label %s=%s is not checked: istiod's revision is not known", RevisionLabel, rev))
	}
	if len(src.Spec.GetRules()) > 0 {
		return out
	}
	if src.Spec.GetAction() == securityv1beta1.AuthorizationPolicy_ALLOW {
		return append(out, "it has no rules: it allows nothing, and closes the workload to what no other policy allows")
	}
	return append(out, "it has no rules: it never matches")
}

// severalNote: of several providers each one's rules deny, unless a flag of
// istiod is on, which is off by default (features/security.go).
func (p *Program) severalNote() string {
	var users []string
	for i := range p.policies {
		if c := &p.policies[i]; c.action == ActionCustom {
			users = append(users, fmt.Sprintf("%s of %q", c.ref, c.provider))
		}
	}
	return fmt.Sprintf("the workload has CUSTOM policies of several providers (%s), so istiod denies what they match: "+
		"its flag PILOT_ENABLE_MULTIPLE_CUSTOM_AUTHZ_PROVIDERS is taken to be off", strings.Join(users, ", "))
}

// templateNote warns of a template that Envoy does not survive. Istio's
// validation looks at it without the slashes at its ends.
func templateNote(a attribute, v string) string {
	if a.subject.kind != kindPath || !isTemplate(v) || strings.HasPrefix(v, "/") && !strings.HasPrefix(v, "//") {
		return ""
	}
	return fmt.Sprintf("the template %q does not start with a single slash: Envoy ends itself when it loads it, at every workload of the policy", v)
}

// notHTTP notes what becomes of a rule, outside of ALLOW, whose HTTP fields are
// ignored.
func (c *envoyRule) notHTTP() {
	var names []string
	for _, g := range c.out.groups {
		for i := range g {
			for j := range g[i].fields {
				f := &g[i].fields[j]
				if n := f.name(); f.ignored == whyTCP && !slices.Contains(names, n) {
					names = append(names, n)
				}
			}
		}
	}
	if c.allow || len(names) == 0 {
		return
	}
	are, rest := "is", ""
	if len(names) > 1 {
		are = "are"
	}
	if !c.out.unbound() {
		rest = " that the rest of it fits"
	}
	c.out.notes = append(c.out.notes, fmt.Sprintf("the connection is not HTTP: %s %s ignored, so the rule matches every connection%s",
		strings.Join(names, ", "), are, rest))
}

// name is that of the list, and in when that of the key.
func (f *field) name() string {
	if f.key != "" {
		return f.key
	}
	return f.path[strings.LastIndexByte(f.path, '.')+1:]
}

// unbound reports whether every request matches: of each group one clause has
// no field that counts.
func (r *rule) unbound() bool {
	for _, g := range r.groups {
		if !slices.ContainsFunc(g, func(c clause) bool { return !c.never && c.bare() }) {
			return false
		}
	}
	return true
}

// bare reports whether no field counts.
func (c *clause) bare() bool {
	return !slices.ContainsFunc(c.fields, func(f field) bool { return f.ignored == "" })
}
