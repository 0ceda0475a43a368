// Package shrink makes a disagreement small: it takes away what it can of world and
// request, asking the real proxy again each time, until nothing more can go.
package shrink

import (
	"context"
	"net/netip"

	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/envoy"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/trial"
)

// Case is a world and one request in it.
type Case struct {
	World   *trial.World
	Request trial.Request
}

// Shrunk is a case that nothing can be taken from, and what was said of it.
type Shrunk struct {
	Case
	Answer  trial.Answer
	Finding trial.Finding
}

// rounds bounds the work; each starts one proxy.
const rounds = 60

// Shrink returns the smallest case it finds on which the two still differ.
func Shrink(ctx context.Context, lab *envoy.Lab, c Case) (Shrunk, error) {
	best, err := check(ctx, lab, []Case{c})
	if err != nil || best == nil {
		return Shrunk{Case: c}, err
	}
	for range rounds {
		smaller, err := check(ctx, lab, smaller(best.Case))
		if err != nil || smaller == nil {
			return *best, err
		}
		best = smaller
	}
	return *best, nil
}

// check asks all cases at once and returns the first on which the two differ. Each
// gets an address of its own.
func check(ctx context.Context, lab *envoy.Lab, cases []Case) (*Shrunk, error) {
	trials := make([]envoy.Trial, len(cases))
	for i := range cases {
		c := &cases[i]
		if len(cases) > 1 && c.World.Address.Is4() {
			c.World.Address = netip.AddrFrom4([4]byte{127, 1, 254, byte(1 + i)})
		}
		trials[i] = envoy.Trial{World: c.World, Requests: []trial.Request{c.Request}}
	}
	answers, err := lab.Ask(ctx, trials)
	if err != nil {
		return nil, err
	}
	for i, c := range cases {
		f := trial.NewJudge(c.World).Compare(&c.Request, answers[i][0])
		if f.Mismatch != "" {
			return &Shrunk{Case: c, Answer: answers[i][0], Finding: f}, nil
		}
	}
	return nil, nil
}
