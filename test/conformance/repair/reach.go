package repair

import (
	"fmt"
	"slices"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/fix"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/trial"
)

// change is a probe that fares otherwise afterwards.
type change struct {
	probe
	opened bool
}

// changes are the probes that the evaluator sees to fare otherwise.
func (c *Case) changes(a *amended, all []probe) []change {
	before, after := trial.NewJudge(c.World), trial.NewJudge(a.world)
	var out []change
	for _, p := range all {
		was, will := c.Sources[p.source].send(c.World, p.request), a.sources[p.source].send(a.world, p.request)
		x, y := before.Foresee(&was), after.Foresee(&will)
		if x != y && x != authz.Undetermined && y != authz.Undetermined {
			out = append(out, change{p, y == authz.Allowed})
		}
	}
	return out
}

// told reports whether an effect names the source and the target of a change.
func (c *Case) told(e fix.Effect, x change) bool {
	list := e.Closes
	if x.opened {
		list = e.Opens
	}
	source := &c.Sources[x.source]
	// Who is not in sight and shows no identity is like every caller outside.
	sent := source.send(c.World, x.request)
	outside := source.Pod == nil && sent.Identity == ""
	return slices.ContainsFunc(slices.Concat(list, e.Unsure), func(r fix.Reach) bool {
		named := slices.Contains(r.Sources, source.Name) || outside && slices.Contains(r.Sources, diagnose.Anybody)
		return named && c.leads(r.Target, x.request.Port)
	})
}

// served reports whether a Service leads to a port of the workload.
func (c *Case) served(port uint16) bool {
	return slices.ContainsFunc(c.World.Ports(), func(p trial.Port) bool { return p.Number == port && p.Service != 0 })
}

// leads reports whether a target, as a question or an effect has it, is a port of the
// workload.
func (c *Case) leads(target string, port uint16) bool {
	if _, rest, ok := strings.Cut(target, "://"); ok {
		target = rest
	}
	target, _, _ = strings.Cut(strings.TrimPrefix(target, "svc/"), "/")
	if target == place(c.World, port) {
		return true
	}
	pod := fmt.Sprintf("%s.%s", trial.Workload, trial.Namespace)
	return target == fmt.Sprintf("pod/%s:%d", pod, port) || target == fmt.Sprintf("%s:%d", c.World.Address, port)
}

// alike reports whether a change is of what was asked for: the same source, port, and
// over HTTP the same method and path.
func (c *Case) alike(a *amended, x change) bool {
	if x.source != 0 || x.request.Port != c.Asked.Port || !x.opened {
		return false
	}
	asked, other := a.sources[0].send(a.world, c.Asked), a.sources[0].send(a.world, x.request)
	p, q := a.world.See(&asked), a.world.See(&other)
	return p.Dialect == authz.EnvoyTCP && q.Dialect == p.Dialect || p.Request.Method == q.Request.Method && path(p) == path(q)
}

func path(s trial.Seen) string {
	v, _ := s.Request.Path.Get()
	v, _, _ = strings.Cut(v, "?")
	return v
}

// isAsked reports whether a change is of the very request that was asked about.
func (c *Case) isAsked(x change) bool {
	return x.source == 0 && key(0, &x.request) == key(0, &c.Asked)
}

// key is all that a source decides on of a request.
func key(source int, r *trial.Request) string {
	return fmt.Sprint(source, r.Port, r.Opaque, r.Method, r.Target, r.Host, r.Headers)
}
