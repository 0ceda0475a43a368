package matrix

import (
	"context"
	"slices"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// asker asks about a fleet: what a worker keeps for itself of each member.
type asker struct {
	*fleet
	sessions []*diagnose.Session
	sets     []*sets
}

func (f *fleet) newAsker() *asker {
	a := &asker{fleet: f}
	for _, m := range f.members {
		a.sessions = append(a.sessions, m.session.Fork())
		a.sets = append(a.sets, &sets{world: m.world, made: map[string]set{}})
	}
	return a
}

// all answers for classes of targets, see inOrder.
func (f *fleet) all(ctx context.Context, classes [][]int, take func(class []int, c column) error, progress func(done, total int)) error {
	worker := func() func(context.Context, int) column {
		a, asked := f.newAsker(), 0
		return func(ctx context.Context, i int) column {
			if asked++; asked%fresh == 0 {
				for i, m := range f.members {
					a.sessions[i] = m.session.Fork() // what was compiled for others is in the way
				}
			}
			return a.ask(ctx, classes[i][0])
		}
	}
	return inOrder(ctx, len(classes), worker, func(i int, c column) error { return take(classes[i], c) }, progress)
}

// part is what becomes of requests at the endpoints of one cluster.
type part struct {
	cluster string
	detail
}

// fate are callers with the same parts.
type fate struct {
	callers set
	parts   []part
}

// ask answers for one target.
func (a *asker) ask(ctx context.Context, place int) column {
	t := a.m.Targets[place]
	locals := make([]column, len(a.members)) // what each cluster says of its own
	leds := make([]string, len(a.members))   // the route of each that leads the requests elsewhere
	var with []int                           // the clusters that have endpoints
	for i, m := range a.members {
		at := a.at[place][i]
		if at < 0 {
			continue
		}
		if locals[i] = m.ask(ctx, a.sessions[i], a.sets[i], m.m.Targets[at]); ctx.Err() != nil {
			return column{err: ctx.Err()}
		}
		if locals[i].err != nil {
			locals[i] = m.unanswered(locals[i].err.Error())
		}
		led, atGateway := m.ledAway(t)
		leds[i] = led
		switch {
		case m.remote != "":
			locals[i] = m.unanswered(m.whosePolicies())
		case led != "" && atGateway:
			locals[i] = m.unanswered(m.whereTo(led))
		}
		if svc, _ := m.service(t); svc != nil && m.endpoints(svc) {
			with = append(with, i)
		}
	}
	var out column
	for i, m := range a.members {
		for _, kind := range m.kinds {
			fates := a.fates(ctx, place, i, kind, locals[i], leds[i], with)
			if err := ctx.Err(); err != nil {
				return column{err: err}
			}
			for _, one := range fates {
				members := newSet(len(a.m.Sources))
				one.callers.each(func(c int) { members.add(m.first + m.place[c]) })
				out.add(combined(one.parts), members)
			}
		}
	}
	out.answers = append(out.answers, a.strangers(place, locals, with)...)
	return out
}

// fates are what becomes of the requests of a kind of callers of a member: at the
// endpoints of their own cluster, and at those of the others. led is the route that leads
// them elsewhere, see ledAway.
func (a *asker) fates(ctx context.Context, place, from int, kind crossKind, local column, led string, with []int) []fate {
	m, t := a.members[from], a.m.Targets[place]
	crosses := m.crosses(kind, t)
	others := slices.DeleteFunc(slices.Clone(with), func(i int) bool { return i == from })
	fates := []fate{{callers: kind.callers}}
	has := a.at[place][from] >= 0
	switch {
	case has && (crosses.stays || slices.Contains(with, from) || len(others) == 0):
		var parts []answer
		for _, one := range local.answers {
			parts = append(parts, answer{one.detail, m.callersOf(one.members)})
		}
		if led != "" && kind.plane != mesh.NoPlane {
			parts = []answer{{unknown(m.whereTo(led)), kind.callers}}
		}
		fates = split(fates, m.name, parts)
	case !has && (crosses.stays || len(others) == 0):
		none := detail{Cell: Cell{Verdict: diagnose.Denied, Connection: diagnose.Denied}, by: "no Service of the name in " + m.name}
		fates = split(fates, m.name, []answer{{none, kind.callers}})
	}
	if crosses.stays {
		return fates
	}
	for _, to := range others {
		parts := []answer{{unknown(crosses.missing), kind.callers}}
		if crosses.missing == "" {
			parts = a.across(ctx, place, from, to, kind)
		}
		fates = split(fates, a.members[to].name, parts)
	}
	return fates
}

// split adds to the fates of callers what becomes of them in one more cluster.
func split(fates []fate, cluster string, parts []answer) []fate {
	var out []fate
	for _, f := range fates {
		for _, p := range parts {
			if in, _ := f.callers.cut(p.members); !in.empty() {
				out = append(out, fate{in, append(slices.Clone(f.parts), part{cluster, p.detail})})
			}
		}
	}
	return out
}

// callersOf are the callers that sources are.
func (m *member) callersOf(places set) set {
	out := newSet(len(m.callers))
	places.each(func(i int) {
		if i < len(m.sources) {
			out.add(m.sources[i])
		}
	})
	return out
}

// whereTo is what is not known of a route that leads to endpoints of several clusters.
func (m *member) whereTo(route string) string {
	return "what becomes of requests that " + route + " of " + m.name + " leads to other clusters"
}

// unknown is what becomes of requests where a fact is missing.
func unknown(missing string) detail { return detail{missing: []string{missing}} }

// unanswered is a column of which nothing is known.
func (m *member) unanswered(missing string) column {
	all := newSet(len(m.m.Sources))
	for i := range m.m.Sources {
		all.add(i)
	}
	return column{answers: []answer{{unknown(missing), all}}}
}

// strangers are what becomes of the requests of who is not in sight: at the endpoints of
// every cluster.
func (a *asker) strangers(place int, locals []column, with []int) []answer {
	var out []answer
	for i := len(a.m.Sources) - len(strangers); i < len(a.m.Sources); i++ {
		if i < 0 || !a.m.Sources[i].Stranger() {
			continue
		}
		var parts []part
		for j, m := range a.members {
			if a.at[place][j] < 0 || len(with) > 0 && !slices.Contains(with, j) {
				continue
			}
			at := slices.IndexFunc(m.m.Sources, func(s Source) bool { return s.Name == a.m.Sources[i].Name })
			for _, one := range locals[j].answers {
				if one.members.has(at) {
					parts = append(parts, part{m.name, one.detail})
				}
			}
		}
		one := newSet(len(a.m.Sources))
		one.add(i)
		out = append(out, answer{combined(parts), one})
	}
	return out
}
