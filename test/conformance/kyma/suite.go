// Package kyma asks a real Envoy who gets to a workload that an APIRule of Kyma exposes:
// for every access strategy, whoever may call. The policies and the questions are those of
// examples/kyma-strategies, which `make test` asks the plugin.
//
// What is between the caller and the workload is not here: a question that goes through the
// ingress gateway comes with the gateway's certificate, one from a Pod with a sidecar with
// that of the Pod, and everything else as plaintext. Every question is asked with mTLS
// STRICT, as Kyma has it, and PERMISSIVE; with an authorizer that agrees and one that does
// not; and with the policy allow-internal of Kyma's documentation and without.
package kyma

import (
	"context"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/envoy"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/suite"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/trial"
)

// Suite asks one Envoy everything, and compares what it does with what the examples expect
// and with what the evaluator says.
func Suite(ctx context.Context, lab *envoy.Lab, examples string, log io.Writer) (*suite.Result, error) {
	out := suite.NewResult("kyma")
	began := time.Now()
	files, err := filepath.Glob(filepath.Join(examples, "kyma-strategies", "*.yaml"))
	if err != nil {
		return nil, err
	}
	internal, err := read(filepath.Join(examples, "kyma-in-cluster", "allow-internal.yaml"))
	if err != nil {
		return nil, err
	}
	var worlds []*world
	for _, f := range files {
		e, err := read(f)
		if err != nil {
			return nil, err
		}
		if len(e.cases) > 0 {
			worlds = append(worlds, e.worlds(internal.policies)...)
		}
	}
	if len(worlds) == 0 {
		return nil, fmt.Errorf("no questions in %s", examples)
	}
	var trials []envoy.Trial
	for i, w := range worlds {
		w.place(i)
		trials = append(trials, envoy.Trial{World: &w.World, Requests: w.requests})
	}
	answers, err := lab.Ask(ctx, trials)
	if err != nil {
		return nil, err
	}
	for i, w := range worlds {
		compare(out, w, answers[i], log)
	}
	out.Took = time.Since(began)
	return out, nil
}

func compare(out *suite.Result, w *world, answers []trial.Answer, log io.Writer) {
	out.Worlds++
	judge := trial.NewJudge(&w.World)
	for i, a := range answers {
		out.Requests++
		f := judge.Compare(&w.requests[i], a)
		verdict := a.Verdict
		if f.LeftOut != "" {
			out.LeftOut[f.LeftOut]++
			verdict = authz.Denied // whatever it did, the request did not pass
		} else {
			out.Decisions[verdict.String()+" "+f.Seen.Dialect.String()]++
		}
		mismatch := f.Mismatch
		if verdict != w.expected[i] {
			mismatch = fmt.Sprintf("expected %s, Envoy: %s %s%s", w.expected[i], verdict, a.Words, a.Refusal)
		}
		if mismatch != "" {
			words := fmt.Sprintf("%s, %s: %s", w.Name, w.names[i], mismatch)
			out.Mismatches = append(out.Mismatches, words)
			fmt.Fprintf(log, "MISMATCH %s: %s\n", out.Name, words)
		}
	}
}
