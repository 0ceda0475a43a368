package diagnose

import (
	"fmt"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// judgeKmesh asks the daemon and, where it judges too, the XDP program before it. What
// either denies is denied. The daemon's words are those that are shown, unless the two
// differ: then the program has a stage of its own.
func (j *judged) judgeKmesh(w *walk) {
	k := w.in.kmesh()
	daemon, program := w.programOf(authz.Kmesh, allPolicies), w.programOf(authz.KmeshXDP, allPolicies)
	j.exp = showableExplanation(daemon.Explain(j.req))
	j.xdp = showableExplanation(program.Explain(j.req))
	if w.local() {
		j.exempt(k)
	}
	differ := w.modesDiffer(daemon, program, *j)
	switch k.offload {
	case authz.True:
		j.drops = j.xdp.Offload.Drops
		if differ {
			j.addOffload(w)
			return
		}
	case authz.Unseen:
		j.drops = authz.Unseen
		if j.xdp.Offload.Drops == authz.False {
			j.drops = authz.False
		}
		if differ {
			j.unsureOffload(w, k)
		}
	case authz.False, authz.Open:
		j.drops = authz.False
	}
	j.addPolicies(w)
}

// exempt takes the daemon out: what the node itself sends it does not judge.
func (j *judged) exempt(k kmeshDaemon) {
	open := authz.Decision{Verdict: Allowed, Rule: -1}
	switch {
	case k.exempts == authz.True:
		j.exp.Decision, j.exp.Near, j.exp.Conditions, j.exp.Missing = open, nil, nil, nil
		j.exp.Notes = append(j.exp.Notes, "Kmesh's daemon does not judge what the node itself sends")
		j.xdp.Decision, j.xdp.Conditions = open, nil
		switch j.xdp.Offload.Drops {
		case authz.True:
			j.xdp.Decision = authz.Decision{Verdict: Denied, Stage: authz.ActionDeny, Policy: j.xdp.Offload.Policy, Rule: j.xdp.Offload.Rule}
		case authz.Open, authz.Unseen:
			j.xdp.Verdict = Undetermined
			j.xdp.Missing = append(j.xdp.Missing, "whether Kmesh's XDP program drops the connection")
		case authz.False:
		}
	case k.exempts == authz.Unseen && j.exp.Verdict != Allowed:
		j.exp.Decision = authz.Decision{Verdict: Undetermined, Rule: -1}
		j.exp.Near, j.exp.Conditions = nil, nil
		j.exp.Missing = append(j.exp.Missing, "whether Kmesh judges what the node itself sends, as it did before v1.0.0"+inParens(k.missing))
	}
}

// modesDiffer reports whether it makes a difference that the XDP program judges.
func (w *walk) modesDiffer(daemon, program *authz.Program, j judged) bool {
	switch {
	case j.exp.Verdict == Denied:
		return false
	case j.exp.Verdict != j.xdp.Verdict:
		return true
	case j.exp.Verdict == Allowed || j.exp.Verdict == Undetermined:
		return false
	}
	d := authz.Compare(daemon, program, j.req)
	return !d.Exact || len(d.Closes) > 0
}

// addOffload adds the stage of the program, then those of the daemon, and takes the
// verdict of both together.
func (j *judged) addOffload(w *walk) {
	verdict := j.xdp.Verdict
	if hidden := w.in.hidden(cluster.AuthorizationPolicies, w.policyNamespaces()...); verdict == Denied && len(hidden) > 0 {
		verdict, j.xdp.Missing = Undetermined, hidden // one that comes first may have it pass
	}
	st := Stage{Name: StageXDP, Verdict: verdict, Policy: j.xdp.Offload.Policy.String(), Says: "judges by itself what the daemon would pass"}
	switch verdict {
	case Denied:
		st.Says = "drops the connection, which the daemon would let pass → denied"
	case Undetermined:
		st.Says = "may drop the connection → not known"
		j.missing = append(j.missing, j.xdp.Missing...)
	case Conditional:
		st.Says = "drops more than the daemon denies → depends"
	case Allowed:
	}
	if words := j.xdp.Offload.Words; words != "" {
		st.Notes = []string{words}
	}
	j.add(w, st)
	if st.Verdict == Denied {
		j.reason.Policy = st.Policy
	}
	j.addPolicies(w)
	if j.verdict == Conditional {
		j.conditions, j.words = j.xdp.Conditions, j.xdp.Words()
	}
}

// unsureOffload is the case in which it is not known whether the program judges, and
// would make a difference.
func (j *judged) unsureOffload(w *walk, k kmeshDaemon) {
	j.verdict = both(j.verdict, Undetermined)
	j.missing = append(j.missing, "whether Kmesh judges in XDP"+inParens(k.missing)+": "+w.offloadWords(*j))
	j.missing = append(j.missing, j.xdp.Missing...)
	j.stages = append(j.stages, Stage{Name: StageXDP, Verdict: Undetermined, Says: "not known whether it judges", Policy: j.xdp.Offload.Policy.String()})
}

// offloadWords tell what the program does that the daemon does not.
func (w *walk) offloadWords(j judged) string {
	o := j.xdp.Offload
	switch {
	case o.Drops != authz.True:
		return "it may drop what the daemon lets pass"
	case o.Rule < 0:
		return fmt.Sprintf("its program misses the match of ALLOW policy %s and drops the connection%s", o.Policy, because(o.Words))
	}
	return fmt.Sprintf("its program drops the connection for DENY policy %s%s", o.Policy, because(o.Words))
}

func because(s string) string {
	if s == "" {
		return ""
	}
	return ", for " + s
}
