package ztunnel

import (
	"context"
	"fmt"

	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/suite"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/tally"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/ztunnel/draw"
)

// perWorld is how many connections a world sees.
const perWorld = 16

// random runs worlds from a seed until so many verdicts were compared.
func random(ctx context.Context, out *suite.Result, seed uint64, decisions int, t tally.Tally) error {
	for n := uint64(0); out.Decided() < decisions; n++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		s := draw.New(seed, n)
		w := drawn(s, n)
		out.Worlds++
		j, err := newJudge(w, nil)
		if err != nil {
			if err := leave(out, err); err != nil {
				return err
			}
			continue
		}
		turns, err := turnsOf(w)
		if err != nil {
			return err
		}
		for range perWorld {
			c := s.Connection(w.policies)
			turns.count(t, j.compare(out, &c), &c)
		}
	}
	return nil
}

// drawn draws a world: of one list, of PeerAuthentications, or of everything.
func drawn(s draw.Source, n uint64) *world {
	w := &world{name: fmt.Sprintf("random-%d", n), namespace: draw.Namespace, labels: draw.Labels(), domain: "cluster.local"}
	if s.Chance(20) {
		w.domain, w.aliases = "td1", []string{"cluster.local"}
	}
	if s.Chance(8) {
		w.namespace = draw.Root
	}
	switch {
	case s.Chance(45):
		w.policies = s.Single()
	case s.Chance(25):
		w.pas = s.Peers()
	default:
		w.policies = s.Policies()
		if s.Chance(30) {
			w.pas = s.Peers()
		}
	}
	return w
}
