package kmesh

import (
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
)

// stageXDP is where the program in the kernel decides otherwise than the daemon.
const stageXDP diagnose.StageName = "XDP"

// trial is a connection that the daemon and the XDP program before it judge.
type trial struct {
	leg    diagnose.Leg
	k      daemon
	daemon authz.Explanation
	xdp    authz.Explanation // of both together
	drops  authz.Truth       // whether the program drops the connection
}

// Judge asks the daemon and, where it judges too, the XDP program before it. What
// either denies is denied. The daemon's words are those that are shown, unless the two
// differ: then the program has a stage of its own.
func (Platform) Judge(leg diagnose.Leg) diagnose.Ruling {
	t := trial{leg: leg, k: daemonFor(leg, leg.Destination), daemon: leg.Explain(authz.Kmesh), xdp: leg.Explain(authz.KmeshXDP), drops: authz.False}
	if leg.Local() {
		t.exempt()
	}
	if how := chosen(); how == On || how == Off {
		t.daemon.Notes = append(t.daemon.Notes, "Kmesh's XDP program is taken to be "+string(how)+", as --kmesh-authz says")
	}
	differ := t.differ()
	var r diagnose.Ruling
	switch t.k.offload {
	case authz.True:
		t.drops = t.xdp.Offload.Drops
		if differ {
			r = t.offload()
		}
	case authz.Unseen:
		t.drops = authz.Unseen
		if t.xdp.Offload.Drops == authz.False {
			t.drops = authz.False
		}
		if differ {
			r = t.unsure()
		}
	case authz.False, authz.Open:
	}
	r.Explanation, r.Symptom = t.daemon, symptom(t.drops)
	return r
}

// exempt takes the daemon out: what the node itself sends it does not judge.
func (t *trial) exempt() {
	open := authz.Decision{Verdict: diagnose.Allowed, Rule: -1}
	switch {
	case t.k.exempts == authz.True:
		t.daemon.Decision, t.daemon.Near, t.daemon.Conditions, t.daemon.Missing = open, nil, nil, nil
		t.daemon.Notes = append(t.daemon.Notes, "Kmesh's daemon does not judge what the node itself sends")
		t.xdp.Decision, t.xdp.Conditions = open, nil
		switch t.xdp.Offload.Drops {
		case authz.True:
			t.xdp.Decision = authz.Decision{Verdict: diagnose.Denied, Stage: authz.ActionDeny, Policy: t.xdp.Offload.Policy, Rule: t.xdp.Offload.Rule}
		case authz.Open, authz.Unseen:
			t.xdp.Verdict = diagnose.Undetermined
			t.xdp.Missing = append(t.xdp.Missing, "whether Kmesh's XDP program drops the connection")
		case authz.False:
		}
	case t.k.exempts == authz.Unseen && t.daemon.Verdict != diagnose.Allowed:
		t.daemon.Decision = authz.Decision{Verdict: diagnose.Undetermined, Rule: -1}
		t.daemon.Near, t.daemon.Conditions = nil, nil
		t.daemon.Missing = append(t.daemon.Missing, "whether Kmesh judges what the node itself sends, as it did before v1.0.0"+inParens(t.k.missing))
	}
}

// differ reports whether it makes a difference that the XDP program judges.
func (t *trial) differ() bool {
	switch {
	case t.daemon.Verdict == diagnose.Denied:
		return false
	case t.daemon.Verdict != t.xdp.Verdict:
		return true
	case t.daemon.Verdict == diagnose.Allowed || t.daemon.Verdict == diagnose.Undetermined:
		return false
	}
	d := authz.Compare(t.leg.Program(authz.Kmesh), t.leg.Program(authz.KmeshXDP), t.leg.Request)
	return !d.Exact || len(d.Closes) > 0
}

// offload is the stage of the program, with the verdict of both together.
func (t *trial) offload() diagnose.Ruling {
	verdict := t.xdp.Verdict
	if hidden := t.leg.Hidden(); verdict == diagnose.Denied && len(hidden) > 0 {
		verdict, t.xdp.Missing = diagnose.Undetermined, hidden // one that comes first may have it pass
	}
	r := diagnose.Ruling{Conditions: t.xdp.Conditions, Words: t.xdp.Words(), Kind: findingOffload, Cause: t.cause(), Links: t.links()}
	r.Stage = &diagnose.Stage{Name: stageXDP, Verdict: verdict, Policy: t.xdp.Offload.Policy.String(), Says: "judges by itself what the daemon would pass"}
	switch verdict {
	case diagnose.Denied:
		r.Stage.Says = "drops the connection, which the daemon would let pass → denied"
	case diagnose.Undetermined:
		r.Stage.Says = "may drop the connection → not known"
		r.Missing = t.xdp.Missing
	case diagnose.Conditional:
		r.Stage.Says = "drops more than the daemon denies → depends"
	case diagnose.Allowed:
	}
	if words := t.xdp.Offload.Words; words != "" {
		r.Stage.Notes = []string{words}
	}
	return r
}

// unsure is the case in which it is not known whether the program judges, and would make
// a difference.
func (t *trial) unsure() diagnose.Ruling {
	return diagnose.Ruling{
		Missing: append([]string{"whether Kmesh judges in XDP" + inParens(t.k.missing) + ": " + t.does()}, t.xdp.Missing...),
		Stage:   &diagnose.Stage{Name: stageXDP, Verdict: diagnose.Undetermined, Says: "not known whether it judges", Policy: t.xdp.Offload.Policy.String()},
	}
}
