package compare

import (
	"fmt"
	"slices"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/facts"
)

// answer compares the hops of an answer with the stations of the way. Of several
// ways to the same Pod it is the one that fits best.
func (o *Outcome) answer(ways []facts.Way, a *diagnose.Answer) {
	var best *Outcome
	for _, w := range ways {
		one := &Outcome{Same: map[string]int{}, Silent: map[string]int{}}
		one.way(w, a)
		if best == nil || len(one.Differs) < len(best.Differs) {
			best = one
		}
	}
	for k, n := range best.Same {
		o.Same[k] += n
	}
	for k, n := range best.Silent {
		o.Silent[k] += n
	}
	o.Differs = append(o.Differs, best.Differs...)
}

func (o *Outcome) way(w facts.Way, a *diagnose.Answer) {
	want, stopped := roles(w, a)
	var got []string
	hops := map[string]*diagnose.Hop{}
	for i := range a.Hops {
		switch h := &a.Hops[i]; h.Role {
		case diagnose.RoleGateway, diagnose.RoleWaypoint, diagnose.RoleDestination:
			got = append(got, string(h.Role))
			hops[string(h.Role)] = h
		case diagnose.RoleSource, diagnose.RoleNetwork:
		}
	}
	if w.Outside && !stopped { // the Diagnosis has a hop for it
		want = append(want, "destination")
	}
	if len(want) == 0 { // a call to itself
		want = []string{"destination"}
	}
	o.equal("hops", strings.Join(want, ", "), strings.Join(got, ", "))
	o.equal("share", percent(w.Weight), percent(float64(share(a))))
	for _, s := range w.Stations {
		if h := hops[s.Role]; h != nil {
			o.station(s, h, a)
		}
	}
	if isPod(w.End) && open(w) {
		o.equal("verdict where nothing stands in the way", "Allowed", a.Verdict.String())
	}
}

// roles are the stations of a way, up to the one that stops it: what comes behind
// need not be said.
func roles(w facts.Way, a *diagnose.Answer) (out []string, stopped bool) {
	for _, s := range w.Stations {
		out = append(out, s.Role)
		if a.Verdict == diagnose.Denied && a.Reason.Hop == s.Pod {
			return out, true
		}
	}
	return out, false
}

// open reports whether no proxy on the way has a reason to refuse.
func open(w facts.Way) bool {
	return !slices.ContainsFunc(w.Stations, func(s facts.Station) bool {
		return s.Refused || len(enforced(s.Policies)) > 0 || s.JWT
	})
}

// share is how much of the requests an answer is about; all, if it does not say.
func share(a *diagnose.Answer) int {
	if a.Share == 0 {
		return 100
	}
	return a.Share
}

func percent(n float64) string { return fmt.Sprintf("%.0f%%", n) }

// asked leaves out those that only write a log.
func asked(policies []facts.Policy) []facts.Policy {
	return slices.DeleteFunc(slices.Clone(policies), func(p facts.Policy) bool { return p.Action == "AUDIT" })
}

// enforced leaves out what is only logged.
func enforced(policies []facts.Policy) []facts.Policy {
	return slices.DeleteFunc(asked(policies), func(p facts.Policy) bool { return p.DryRun })
}

// station compares one proxy.
func (o *Outcome) station(s facts.Station, h *diagnose.Hop, a *diagnose.Answer) {
	if h.Name != "" && s.Role != string(diagnose.RoleDestination) {
		o.equal(s.Role+" Pod", s.Pod, h.Namespace+"/"+h.Name)
	}
	refused := a.Verdict == diagnose.Denied && a.Reason.Stage == diagnose.StageMTLS && a.Reason.Hop == s.Pod
	o.equal(s.Role+" refuses the connection", fmt.Sprint(s.Refused), fmt.Sprint(refused))
	if h.Port != 0 {
		o.equal(s.Role+" port", fmt.Sprint(s.Port), fmt.Sprint(h.Port))
	} else {
		o.Silent[s.Role+" port"]++
	}
	o.said(s.Role+" transport", s.Transport, h.Transport)
	o.mode(s, h)
	if !s.Enforces || s.Refused {
		return
	}
	o.said(s.Role+" protocol", s.Protocol, h.Protocol)
	if s.Protocol == "HTTP" {
		o.said(s.Role+" host", s.Message.Authority, h.Host)
		o.said(s.Role+" path", s.Message.Path, h.Path)
	}
	o.equal(s.Role+" principal", s.Principal, strings.TrimPrefix(h.Principal, "spiffe://"))
	o.equal(s.Role+" policies", words(asked(s.Policies)), words(listed(h)))
	jwt := slices.ContainsFunc(h.Stages, func(st diagnose.Stage) bool { return st.Name == diagnose.StageJWT })
	o.equal(s.Role+" JWT", fmt.Sprint(s.JWT), fmt.Sprint(jwt))
}

// mode compares the mTLS mode. What ztunnel is told does not tell DISABLE from
// PERMISSIVE.
func (o *Outcome) mode(s facts.Station, h *diagnose.Hop) {
	got := h.Mode
	if h.DataPlane == "ambient" && got == facts.Disable {
		got = facts.Permissive
	}
	if s.Mode != "" {
		o.said(s.Role+" mode", s.Mode, got)
	}
}

// ofNoEffect is how the evaluator says that Istio makes nothing of a CUSTOM policy.
const ofNoEffect = "has no effect on a connection"

// listed are the policies that the hop's stages name, as a proxy would hold them: a
// rule that it does not get leaves no trace there.
func listed(h *diagnose.Hop) []facts.Policy {
	var out []facts.Policy
	allows, left := false, false
	for _, st := range h.Stages {
		for _, p := range st.Policies {
			one := facts.Policy{Action: p.Action.String(), Ref: p.Policy.String(), DryRun: p.DryRun && p.Action != authz.ActionCustom}
			kept := len(p.Rules) == 0 || slices.ContainsFunc(p.Rules, func(r authz.RuleTrace) bool { return r.Dropped == "" })
			kept = kept || h.DataPlane == "ambient"
			kept = kept && !slices.ContainsFunc(p.Notes, func(n string) bool { return strings.Contains(n, ofNoEffect) })
			if kept {
				out = append(out, one)
			}
			if p.Action == authz.ActionAllow && !p.DryRun {
				allows, left = true, left || kept
			}
		}
	}
	if allows && !left {
		out = append(out, facts.Policy{Action: "ALLOW", Ref: facts.Nothing})
	}
	return out
}

// words are policies in a line, in order.
func words(policies []facts.Policy) string {
	var out []string
	for _, p := range policies {
		s := p.Action + " " + p.Ref
		if p.DryRun {
			s += " (dry run)"
		}
		out = append(out, s)
	}
	return list(out)
}
