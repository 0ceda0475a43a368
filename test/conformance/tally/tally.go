// Package tally counts what decided: for every field of a policy and every form of
// its values how often it turned a verdict. A list turns a verdict if its opposite
// (values for notValues) would have another one.
//
// The verdicts of the opposites are the evaluator's. That is sound where it agreed
// with the proxy, and only such comparisons are counted.
package tally

import (
	"maps"
	"slices"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/trial"
)

// Key is a row of the table.
type Key struct{ Field, Form string }

// Row counts the requests that were allowed and denied on account of a key.
type Row struct {
	Key
	Allowed, Denied int
}

// Tally is the table.
type Tally map[Key]*Row

// Rows returns the table by field and form.
func (t Tally) Rows() []Row {
	var out []Row
	for _, k := range slices.SortedFunc(maps.Keys(t), func(a, b Key) int {
		if a.Field != b.Field {
			return strings.Compare(a.Field, b.Field)
		}
		return strings.Compare(a.Form, b.Form)
	}) {
		out = append(out, *t[k])
	}
	return out
}

func (t Tally) row(k Key) *Row {
	if t[k] == nil {
		t[k] = &Row{Key: k}
	}
	return t[k]
}

// Counter counts in one world.
type Counter struct {
	tally Tally
	world *trial.World
	turns []*turn
}

// turn is one change to the world that shows whether what it changes decides.
type turn struct {
	key      Key
	policies []authz.Policy
	programs [2]*authz.Program
}

// In returns the counter for a world; every form in it has a row from then on.
func (t Tally) In(w *trial.World) *Counter {
	c := &Counter{tally: t, world: w}
	for i := range w.Policies {
		c.policy(i)
		c.lists(i)
	}
	for _, x := range c.turns {
		t.row(x.key)
	}
	return c
}

// Count counts a request on which evaluator and proxy agree.
func (c *Counter) Count(f *trial.Finding) {
	if f.Seen.Before != nil && f.Decision.Stage == authz.ActionCustom {
		return // decided on a request that is not the one below
	}
	counted := map[Key]bool{}
	for _, x := range c.turns {
		if counted[x.key] {
			continue
		}
		if x.programs[f.Seen.Dialect] == nil {
			w := *c.world
			w.Policies = x.policies
			x.programs[f.Seen.Dialect] = w.Program(f.Seen.Dialect)
		}
		d := x.programs[f.Seen.Dialect].Decide(&f.Seen.Request)
		if d.Verdict == f.Decision.Verdict || d.Verdict != authz.Allowed && d.Verdict != authz.Denied {
			continue
		}
		counted[x.key] = true
		if f.Decision.Verdict == authz.Allowed {
			c.tally.row(x.key).Allowed++
		} else {
			c.tally.row(x.key).Denied++
		}
	}
}

// turn notes what the world would be with another policy in the place of the i-th;
// nil takes it away.
func (c *Counter) turn(k Key, i int, p *authz.Policy) {
	changed := slices.Clone(c.world.Policies)
	if p == nil {
		changed = slices.Delete(changed, i, i+1)
	} else {
		changed[i] = *p
	}
	c.turns = append(c.turns, &turn{key: k, policies: changed})
}
