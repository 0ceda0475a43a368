package live

import (
	"context"
	"fmt"
	"time"

	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/facts"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/wire"
)

// perEnvoy is how many clusters one Envoy runs the proxies of.
const perEnvoy = 50

// wire keeps a cluster's questions for an Envoy.
func (r *run) wire(ctx context.Context, w *facts.World, all []asking, file string) error {
	if r.batch == nil {
		var err error
		if r.batch, err = wire.NewBatch(r.envoy); err != nil {
			return err
		}
	}
	r.wired.Worlds++
	for _, a := range all {
		for i, c := range a.calls {
			r.batch.Add(wire.Case{Label: fmt.Sprintf("%s: %s", file, a.question), World: w, Call: c, Ways: a.each[i], Diagnosis: a.answer}) //nolint:contextcheck // relays live as long as the batch
		}
	}
	if r.waiting++; r.waiting < perEnvoy {
		return nil
	}
	return r.flush(ctx)
}

// flush has the Envoy asked.
func (r *run) flush(ctx context.Context) error {
	if r.batch == nil {
		return nil
	}
	began := time.Now()
	found, err := r.batch.Run(ctx)
	r.batch, r.waiting = nil, 0
	if err != nil {
		return err
	}
	r.wired.Took += time.Since(began)
	for _, f := range found {
		if f.LeftOut != "" {
			r.wired.LeftOut[f.LeftOut]++
			continue
		}
		r.wired.Requests++
		r.wired.Decisions[f.Verdict]++
		if f.Mismatch != "" {
			words := f.Label + ": " + f.Mismatch
			r.wired.Mismatches = append(r.wired.Mismatches, words)
			fmt.Fprintf(r.Log, "MISMATCH %s: %s\n", r.wired.Name, words)
		}
	}
	return nil
}
