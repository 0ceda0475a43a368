package authz

import "slices"

// Explain walks every policy, rule and field. Its Decision is that of Decide.
func (p *Program) Explain(r *Request) Explanation {
	e := newEnv(r)
	out := Explanation{Skipped: p.skips()}
	a := p.answers(&e)
	if a.decided() {
		out.Decision = p.decision(&a)
	} else {
		o := p.exact(r)
		out.Decision, out.Conditions, out.Missing, out.Notes = o.Decision, o.conditions, o.missing, o.notes
	}
	for i := range p.policies {
		out.Policies = append(out.Policies, p.policies[i].trace(&e))
	}
	out.Offload = p.offloads(&e)
	out.Report = p.report(&e, &a, out.Decision)
	if out.Verdict == Denied && out.Stage == ActionAllow {
		out.Near = p.near(out.Policies)
	}
	return out
}

// skips words why policies do not attach, by namespace and name.
func (p *Program) skips() []Skipped {
	if p.skip == nil { // it has no policies at all
		return nil
	}
	p.skip.once.Do(func() {
		for _, s := range slices.SortedStableFunc(slices.Values(p.skipped), byName) {
			p.skip.words = append(p.skip.words, p.at.skipped(s, p.at.skips(s)))
		}
	})
	return slices.Clip(p.skip.words)
}

func (c *policy) trace(e *env) PolicyTrace {
	out := PolicyTrace{Policy: c.ref, Action: c.action, DryRun: c.dryRun, Provider: c.provider}
	out.Notes = append(out.Notes, c.notes...)
	for _, r := range c.rules {
		t := r.trace(e)
		out.Rules = append(out.Rules, t)
		out.Matches = Or(out.Matches, t.Matches)
	}
	return out
}

// trace of a rule that the data plane does not have says that it does not match,
// and still shows its fields.
func (r *rule) trace(e *env) RuleTrace {
	out := RuleTrace{Index: r.index, Dropped: r.dropped}
	out.Notes = append(out.Notes, r.notes...)
	if r.dropped == "" {
		out.Matches = r.eval(e)
	}
	for _, g := range r.groups {
		for i := range g {
			for j := range g[i].fields {
				out.Fields = append(out.Fields, g[i].fields[j].trace(e))
			}
		}
	}
	return out
}

func (f *field) trace(e *env) FieldTrace {
	out := FieldTrace{Field: f.path, Key: f.key, Wanted: append([]string(nil), f.wanted...), Not: f.not, Ignored: f.ignored, Never: f.never, Matches: f.eval(e)}
	if f.ignored == "" {
		out.Got = f.got(e)
		out.Slip = f.slip(e)
	}
	return out
}
