// Package ztunnel holds the suites for ambient's node proxy. There is no ztunnel to
// run: what istiod sends it is made by Istio's own code (package ambient), what it
// does with that by a transcription of its matching (package reference), and that
// transcription has to pass the tests of ztunnel itself.
package ztunnel

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/suite"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/tally"
)

// How many decisions the random suite compares at least.
const (
	ci   = 400_000
	full = 4_000_000
)

// Suites runs all of them; what decided is counted into t, what differs written to
// log too.
func Suites(ctx context.Context, seed uint64, all bool, t tally.Tally, log io.Writer) ([]*suite.Result, error) {
	decisions := ci
	if all {
		decisions = full
	}
	var out []*suite.Result
	for _, run := range []func(*suite.Result) error{
		func(r *suite.Result) error { r.Name = "ztunnel-pairs"; return pairs(ctx, r) },
		func(r *suite.Result) error { r.Name = "ztunnel-tables"; return tables(r) },
		func(r *suite.Result) error { r.Name = "ztunnel-random"; return random(ctx, r, seed, decisions, t) },
	} {
		r, began := suite.NewResult(""), time.Now()
		if err := run(r); err != nil {
			return nil, err
		}
		r.Took = time.Since(began)
		for _, m := range r.Mismatches {
			fmt.Fprintf(log, "MISMATCH %s: %s\n", r.Name, m)
		}
		out = append(out, r)
	}
	return out, nil
}
