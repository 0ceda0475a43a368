package apirule

import (
	"fmt"
	"slices"

	securityv1 "istio.io/client-go/pkg/apis/security/v1"
)

const policyKind = "AuthorizationPolicy"

// comparePolicies pairs what is wanted with what is there, and compares the pairs.
func comparePolicies(r *APIRule, w World, release Release, wanted []made, got []*securityv1.AuthorizationPolicy) []Difference {
	var out []Difference
	pairs := pair(r, release, wanted, got)
	for i, m := range wanted {
		if pairs[i] == nil {
			out = append(out, Difference{Drift: Missing, Kind: policyKind, Rule: m.part.rule, Words: m.part.words(r) + " has no policy"})
			continue
		}
		out = append(out, comparePolicy(r, w, release, m, pairs[i])...)
	}
	for _, p := range got {
		if slices.Contains(pairs, p) {
			continue
		}
		d := Difference{Drift: Surplus, Kind: policyKind, Object: refOf(p), Rule: -1}
		d.Words = "nothing in the APIRule asks for this policy, which has its labels: the controller deletes it"
		if i := slices.IndexFunc(pairs, func(o *securityv1.AuthorizationPolicy) bool { return o != nil && sameLabel(o, p) }); i >= 0 {
			d.Rule = wanted[i].part.rule
			d.Words = fmt.Sprintf("this policy has the same labels as %s: the controller takes the two for one, and keeps one of them", refOf(pairs[i]))
		}
		out = append(out, d)
	}
	return out
}

func sameLabel(a, b *securityv1.AuthorizationPolicy) bool {
	return a.Labels[HashLabel] == b.Labels[HashLabel] && a.Labels[IndexLabel] == b.Labels[IndexLabel]
}

// pair finds for each wanted policy the one that stands for it: as the controller does by
// hash and index; of the rest, the one in its namespace that is most like it.
func pair(r *APIRule, release Release, wanted []made, got []*securityv1.AuthorizationPolicy) []*securityv1.AuthorizationPolicy {
	out := make([]*securityv1.AuthorizationPolicy, len(wanted))
	free := slices.Clone(got)
	take := func(i int, at int) {
		out[i] = free[at]
		free = slices.Delete(free, at, at+1)
	}
	for i, m := range wanted {
		at := slices.IndexFunc(free, func(p *securityv1.AuthorizationPolicy) bool {
			return p.Namespace == m.policy.Namespace && slices.Contains(hashes(m.policy, release), p.Labels[HashLabel]) && p.Labels[IndexLabel] == m.policy.Labels[IndexLabel]
		})
		if at >= 0 {
			take(i, at)
		}
	}
	for i, m := range wanted {
		if out[i] != nil {
			continue
		}
		best, most := -1, 0
		for at, p := range free {
			if score := likeness(r, m, p, got); score > most {
				best, most = at, score
			}
		}
		if best >= 0 {
			take(i, best)
		}
	}
	return out
}

// hashes are the labels that a release may give. When it was that the namespace became a
// number is not known.
func hashes(p *securityv1.AuthorizationPolicy, release Release) []string {
	out := []string{p.Labels[HashLabel]}
	if release < Since350 {
		out = append(out, Hash(p.Namespace, &p.Spec, Since350))
	}
	return out
}

// likeness is how much a policy looks like one that is wanted; 0 if it is about something
// else.
func likeness(r *APIRule, m made, p *securityv1.AuthorizationPolicy, among []*securityv1.AuthorizationPolicy) int {
	if p.Namespace != m.policy.Namespace || p.Spec.GetAction() != m.policy.Spec.GetAction() {
		return 0
	}
	o, _ := Recognise(p, among)
	if m.part.strategy == InCluster || o.Strategy == InCluster {
		if m.part.strategy == o.Strategy {
			return 1
		}
		return 0
	}
	score := resemblance(&r.Rules[m.part.rule], o.Strategy, p)
	if score > 0 && p.Labels[IndexLabel] == m.policy.Labels[IndexLabel] {
		score++
	}
	return score
}

// comparePolicy compares one with what it should be.
func comparePolicy(r *APIRule, w World, release Release, m made, p *securityv1.AuthorizationPolicy) []Difference {
	var out []Difference
	about := Difference{Drift: Changed, Kind: policyKind, Object: refOf(p), Rule: m.part.rule}
	for _, c := range changes(&m.policy.Spec, &p.Spec) {
		d := about
		d.Field, d.Wanted, d.Got = c.path, c.wanted, c.got
		for _, words := range say(r, w, m.part, c) {
			d.Words = words
			out = append(out, d)
		}
	}
	if v, ok := p.Annotations[dryRun]; ok {
		about.Field, about.Got = "metadata.annotations["+dryRun+"]", []string{v}
		about.Words = "the generated policy has the annotation " + dryRun + ", which no APIRule makes: if it is true the policy decides nothing, and the controller leaves it"
		out = append(out, about)
	}
	if len(out) > 0 {
		return out
	}
	for _, label := range []string{HashLabel, IndexLabel} {
		wanted, got := m.policy.Labels[label], p.Labels[label]
		if wanted == got || label == HashLabel && slices.Contains(hashes(m.policy, release), got) {
			continue
		}
		about.Field, about.Wanted, about.Got = "metadata.labels["+label+"]", []string{wanted}, []string{got}
		about.Words = fmt.Sprintf("the generated policy has %q as its label %s, and %q is what the APIRule comes to: the controller deletes it and makes another", got, label, wanted)
		out = append(out, about)
	}
	return out
}

const dryRun = "istio.io/dry-run"
