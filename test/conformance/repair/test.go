package repair

import (
	"context"
	"fmt"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/fix"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/envoy"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/random"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/trial"
)

// denials leaves out what the real Envoy does not deny for what this is about: what it
// lets pass is a mismatch, what it cannot read nobody's business.
func (r *run) denials(ctx context.Context, some []*attempt) ([]*attempt, error) {
	var trials []envoy.Trial
	for _, a := range some {
		trials = append(trials, envoy.Trial{World: a.World, Requests: []trial.Request{a.Asked}})
	}
	answers, err := r.answers(ctx, trials)
	if err != nil {
		return nil, err
	}
	var out []*attempt
	for i, a := range some {
		switch answer := answers[i][0]; {
		case answer.Verdict == authz.Allowed:
			r.fails(a.Case, nil, "Envoy lets pass what is said to be denied: "+a.proposal.Diagnosis.Status.Summary)
		case answer.Decided(), strings.HasPrefix(answer.Refusal, "closed"), strings.HasSuffix(answer.Refusal, "JWT"), answer.Refusal == "TLS":
			r.case1(a)
			out = append(out, a)
		default:
			r.result.LeftOut[answer.Refusal]++
		}
	}
	return out, nil
}

// answers are Envoy's. It is an error if somebody else has the addresses.
func (r *run) answers(ctx context.Context, trials []envoy.Trial) ([][]trial.Answer, error) {
	answers, err := r.lab.Ask(ctx, trials)
	for _, all := range answers {
		for _, a := range all {
			if err == nil && strings.Contains(a.Refusal, "Address already in use") {
				err = fmt.Errorf("another run of the suite is under way: %s", a.Refusal)
			}
		}
	}
	return answers, err
}

// case1 counts a denial.
func (r *run) case1(a *attempt) {
	r.denied++
	r.result.Worlds++
	if len(a.proposal.Candidates) == 0 {
		r.proposals["none"]++
		fmt.Fprintf(r.Log, "fix: world %d: nothing is proposed: %s\n", a.N, a.proposal.Why)
		return
	}
	r.proposals[string(a.proposal.Candidates[0].Kind)]++
}

// test is a candidate, carried out, and the requests that are sent then.
type test struct {
	*attempt
	amended   *amended
	candidate *fix.Candidate
	first     bool
	requests  []trial.Request // the one that was asked about is the first
}

// test makes one, and holds what the candidate says of its effect against brute force.
func (r *run) test(a *attempt, i int) (*test, error) {
	t := &test{attempt: a, candidate: &a.proposal.Candidates[i], first: i == 0}
	var err error
	if t.amended, err = a.amend(t.candidate.Changes); err != nil {
		return nil, err
	}
	s := random.New(r.Seed, a.N<<8+uint64(i))
	probes := a.probes(s, t.amended.world, r.Thought)
	changes := a.changes(t.amended, probes)
	r.effects["candidates"]++
	r.effects["requests that were compared before and after"] += len(probes)
	if len(t.candidate.Effect.Opens)+len(t.candidate.Effect.Unsure) == 0 {
		r.effects["candidates that say that they open nothing else"]++
	}
	for _, x := range changes {
		r.judge(t, x)
	}
	t.requests = []trial.Request{t.sent(probe{0, a.Asked})}
	for _, p := range r.choose(s, probes[1:], changes) {
		t.requests = append(t.requests, t.sent(p))
	}
	return t, nil
}

func (t *test) sent(p probe) trial.Request {
	return t.amended.sources[p.source].send(t.amended.world, p.request)
}

// judge holds a change against what the candidate says.
func (r *run) judge(t *test, x change) {
	verb := "closed"
	if x.opened {
		verb = "opened"
	}
	switch {
	case t.isAsked(x):
		r.effects["what was asked for"]++
	case t.told(t.candidate.Effect, x):
		r.effects[verb+", and told"]++
	case t.alike(t.amended, x):
		r.effects["opened with what was asked for: the same source, method and path, but another host, header or token"]++
	case !t.served(x.request.Port) && x.request.Port != t.Asked.Port:
		r.effects[verb+" on a port that no Service leads to, and not told"]++
	default:
		was, will := t.Sources[x.source].send(t.World, x.request), t.sent(x.probe)
		r.fails(t.Case, t.candidate, fmt.Sprintf("%s for %s on port %d, and not told: %+v before, %+v after", verb, t.Sources[x.source].Name, x.request.Port, was, will))
	}
}

// choose draws the probes that Envoy is sent: some that change, most of the others.
func (r *run) choose(s random.Source, probes []probe, changes []change) []probe {
	var out []probe
	for _, i := range s.Perm(len(changes))[:min(len(changes), r.Sent/4)] {
		out = append(out, changes[i].probe)
	}
	for _, i := range s.Perm(len(probes)) {
		if len(out) < r.Sent {
			out = append(out, probes[i])
		}
	}
	return out
}

// ask has one Envoy decide.
func (r *run) ask(ctx context.Context, all []*test) error {
	var trials []envoy.Trial
	for _, t := range all {
		trials = append(trials, envoy.Trial{World: t.amended.world, Requests: t.requests})
	}
	answers, err := r.answers(ctx, trials)
	if err != nil {
		return err
	}
	for i, t := range all {
		judge := trial.NewJudge(t.amended.world)
		for j := range t.requests {
			r.answer(t, judge, j, answers[i][j])
		}
	}
	return nil
}

// answer counts what came of a request.
func (r *run) answer(t *test, judge *trial.Judge, j int, a trial.Answer) {
	r.result.Requests++
	request := &t.requests[j]
	f := judge.Compare(request, a)
	switch {
	case j == 0 && a.Verdict != authz.Allowed:
		r.fails(t.Case, t.candidate, fmt.Sprintf("the request that was asked about does not pass: Envoy: %s %s %s", a.Verdict, a.Refusal, a.Words))
	case j == 0 && t.first:
		r.confirmed++
	}
	switch {
	case f.Mismatch != "":
		r.fails(t.Case, t.candidate, fmt.Sprintf("%+v: %s", *request, f.Mismatch))
	case a.Verdict == authz.Undetermined && judge.Foresee(request) == authz.Denied:
		r.result.Decisions[authz.Denied.String()+" before policies"]++
		return
	case f.LeftOut != "":
		r.result.LeftOut[f.LeftOut]++
		return
	}
	r.result.Decisions[a.Verdict.String()+" "+f.Seen.Dialect.String()]++
}
