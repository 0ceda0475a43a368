package repair

import (
	"slices"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/random"
	"github.com/authz-doctor/kubectl-authz_doctor/test/conformance/trial"
)

// probe is a request that a source sends.
type probe struct {
	source  int
	request trial.Request // whose source, identity and SNI are the source's: see send
}

// probes are requests around the one that was asked about, one thing changed at a time,
// and n around what the policies before and after say.
func (c *Case) probes(s random.Source, after *trial.World, n int) []probe {
	var out []probe
	seen := map[string]bool{}
	add := func(source int, r trial.Request) {
		key := key(source, &r)
		if !seen[key] && c.sends(source, &r) {
			seen[key] = true
			out = append(out, probe{source, r})
		}
	}
	for i := range c.Sources {
		add(i, c.Asked)
	}
	for i := range c.Sources {
		for _, p := range c.World.Ports() {
			r := c.Asked
			r.Port = p.Number
			add(i, r)
		}
	}
	for _, r := range variations(c.Asked) {
		add(0, r)
		add(1+s.IntN(len(c.Sources)-1), r)
	}
	for _, w := range []*trial.World{after, c.World} {
		for _, r := range random.Requests(s, w, n/2) {
			add(c.sender(s, r.Identity), r)
		}
	}
	return out
}

// sends reports whether a source would send a request, which may change a little.
func (c *Case) sends(source int, r *trial.Request) bool {
	r.Identity = c.Sources[source].Identity
	return askable(c.World, r)
}

// sender is a source with an identity, or any.
func (c *Case) sender(s random.Source, identity string) int {
	var all []int
	for i, x := range c.Sources {
		if x.Identity == identity {
			all = append(all, i)
		}
	}
	if len(all) > 0 && s.Chance(80) {
		return all[s.IntN(len(all))]
	}
	return s.IntN(len(c.Sources))
}

// variations differ from a request in one thing each.
func variations(r trial.Request) []trial.Request {
	if r.Opaque {
		return nil
	}
	var out []trial.Request
	with := func(change func(*trial.Request)) {
		next := r
		next.Headers = slices.Clone(r.Headers)
		change(&next)
		out = append(out, next)
	}
	for _, m := range []string{"GET", "POST", "DELETE"} {
		with(func(x *trial.Request) { x.Method = m })
	}
	path, _, _ := strings.Cut(r.Target, "?")
	for _, p := range []string{path + "/", path + "x", path + "/x", path[:max(1, len(path)-1)], "/", path + "?x=1", strings.ToUpper(path), "/x" + path} {
		with(func(x *trial.Request) { x.Target = p })
	}
	for _, h := range []string{r.Host + ":8000", "x" + r.Host, trial.Workload + "." + trial.Namespace, "example.com"} {
		with(func(x *trial.Request) { x.Host = h })
	}
	for i, h := range r.Headers {
		with(func(x *trial.Request) { x.Headers = slices.Delete(x.Headers, i, i+1) })
		with(func(x *trial.Request) { x.Headers[i].Value = h.Value + "x" })
	}
	for _, h := range []trial.Header{{Name: "x-team", Value: "a"}, {Name: "x-forwarded-for", Value: "203.0.113.7"}} {
		with(func(x *trial.Request) { x.Headers = append(x.Headers, h) })
	}
	return out
}
