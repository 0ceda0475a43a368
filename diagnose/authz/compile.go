package authz

import (
	"cmp"
	"maps"
	"slices"
)

// policy is an attached policy as the data plane has it.
type policy struct {
	ref      Ref
	action   Action
	dryRun   bool
	provider string
	rules    []*rule
	notes    []string
}

// Compile makes the program of the proxy of w out of policies, those that do not
// attach included. The order of policies has no influence. The program refers to
// them: they must not change.
func Compile(d Dialect, m Mesh, w Workload, policies []Policy) *Program {
	p := &Program{dialect: d, at: place{dialect: d, mesh: m, workload: w}, skip: &skipWords{}}
	var attached []*Policy
	for i := range policies {
		if p.at.skips(&policies[i]) == "" {
			attached = append(attached, &policies[i])
		} else {
			p.skipped = append(p.skipped, &policies[i])
		}
	}
	slices.SortStableFunc(attached, func(a, b *Policy) int {
		return cmp.Or(cmp.Compare(a.Action(), b.Action()), byName(a, b))
	})
	for _, src := range attached {
		p.attach(m, src)
	}
	p.stages(m)
	if d == KmeshXDP {
		p.offload(attached)
	}
	p.index()
	return p
}

func byName(a, b *Policy) int {
	return cmp.Or(cmp.Compare(a.Namespace, b.Namespace), cmp.Compare(a.Name, b.Name))
}

// attach compiles one policy that reaches the proxy.
func (p *Program) attach(m Mesh, src *Policy) {
	out := policy{ref: src.Ref(), action: src.Action(), dryRun: src.DryRun()}
	if out.action == ActionCustom {
		out.provider = src.Spec.GetProvider().GetName()
	}
	g := generator{bundle: m.bundle(), namespace: src.Namespace}
	out.notes = policyNotes(m, src)
	for i, r := range src.Spec.GetRules() {
		var c rule
		switch p.dialect {
		case Ztunnel:
			c = nodeCompile(ztunnelReader, src, i, r)
		case Kmesh, KmeshXDP:
			c = nodeCompile(kmeshReader(m), src, i, r)
		case EnvoyHTTP, EnvoyTCP:
			c = envoyCompile(g, p.dialect, src, i, r)
		}
		c.policy = len(p.policies)
		out.rules = append(out.rules, &c)
		if c.dropped == "" {
			out.notes = append(out.notes, c.fatal...)
		}
	}
	p.policies = append(p.policies, out)
}

// stage is what one filter enforces. Its rules are in the order in which the
// proxy asks them.
type stage struct {
	exists bool
	rules  []*rule
	at     int // of the first rule among those of all stages
}

// stages sorts the rules into the filters (builder.go).
func (p *Program) stages(m Mesh) {
	for i := range p.policies {
		c := &p.policies[i]
		switch c.action {
		case ActionDeny:
			p.deny.take(c)
		case ActionAllow:
			p.allow.take(c)
		case ActionCustom, ActionAudit, ActionUnknown:
			// AUDIT denies nothing, and CUSTOM has a filter for each provider.
		}
	}
	p.customStages(m)
	for _, s := range []*stage{&p.deny, &p.allow} {
		sortRules(s.rules)
	}
}

// take adds a policy to the filter; a dry run neither enforces nor makes the
// filter exist.
func (s *stage) take(c *policy) {
	if c.dryRun {
		return
	}
	s.exists = true
	s.rules = append(s.rules, c.enforced()...)
}

// enforced returns the rules that the data plane has.
func (c *policy) enforced() []*rule {
	var out []*rule
	for _, r := range c.rules {
		if r.dropped == "" {
			out = append(out, r)
		}
	}
	return out
}

// sortRules puts rules into Envoy's order: by key, byte by byte, so rule[10]
// before rule[2].
func sortRules(rules []*rule) {
	slices.SortFunc(rules, func(a, b *rule) int { return cmp.Compare(a.key, b.key) })
}

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
