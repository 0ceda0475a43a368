package diagnose

import (
	"context"
	"slices"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/routing"
)

// maxLegs bounds a way: a gateway that sends to a gateway and so on.
const maxLegs = 6

// trip is a way while it is walked: the legs behind, and what had to hold for it.
type trip struct {
	legs  []*walk
	given []authz.Atom
	// unsure are facts without which it is not known whether the way is taken.
	unsure []string
	share  int // per cent of the requests, where a route splits them; 0: all
	notes  []legNote
	// end is what stands at the end of the way and is no endpoint: an answer that
	// a proxy gives itself, a host that is not known.
	end *ending
}

// legNote is what the proxy that opens a leg does with the request.
type legNote struct {
	leg   int
	words string
}

// note returns the trip with what is to be said of the proxy that opens the next leg.
func (t trip) note(words ...string) trip {
	t.notes = slices.Clone(t.notes)
	for _, w := range words {
		t.notes = append(t.notes, legNote{len(t.legs), w})
	}
	return t
}

// ending is why a way ends before an endpoint.
type ending struct {
	verdict Verdict
	says    string // what the proxy does
	symptom string
	policy  string // what makes it do so: VirtualService shop/cart
	field   string
	missing []string
	help    []string // what would help, where it is not the route
}

// then returns the trip with one more leg.
func (t trip) then(w *walk) trip {
	t.legs = append(slices.Clone(t.legs), w)
	return t
}

// explorer finds all ways of one source to a target, and judges them.
type explorer struct {
	in   *inquiry
	ctx  context.Context
	how  distinct
	dry  bool // only find out what would have to be read
	out  []*pairAnswer
	from []party
	seen map[string]*pairAnswer
}

// explore finds the ways of a source, standing for all of from.
func (e *explorer) explore(from []party, r route) {
	e.from, e.seen = from, map[string]*pairAnswer{}
	e.client(trip{}, from[0], r, e.in.message())
}

// client is where the source's own proxy, if it has one, chooses where to send.
func (e *explorer) client(t trip, src party, r route, m message) {
	if src.presence.Plane != mesh.Sidecar && e.enters(t, src, r, m) {
		return
	}
	branches := e.in.clientRoutes(src, r, m)
	routed := slices.ContainsFunc(branches, func(b routing.Branch) bool { return b.Object != "" })
	if !routed {
		end, unsure := e.closedIn(t, src, r, m)
		if t = unsure; end != nil {
			e.finish(t, src, r, m, end)
			return
		}
	}
	if why := e.in.unseenBy(src, r); why != "" && src.presence.Plane == mesh.Sidecar {
		if policy, _ := e.in.outboundPolicy(src); policy == registryOnly {
			e.finish(t, src, r, m, keptIn(src, why+", and outboundTrafficPolicy is REGISTRY_ONLY", "export it to the client's namespace"))
			return
		}
		r.unknown = why + ": the client's proxy passes it on as it is"
		e.to(t.note(r.unknown), src, r, m)
		return
	}
	if eg, ok := e.in.egress(src, r); ok && !eg.Known {
		switch {
		case eg.Missing != "":
			t.unsure = append(slices.Clone(t.unsure), eg.Missing)
		case !eg.Allowed:
			end := keptIn(src, eg.Why, "name "+r.host+" in the hosts of the Sidecar's egress, or let out what is not known (outboundTrafficPolicy ALLOW_ANY)")
			end.policy, end.field = eg.PolicyFrom, eg.Field
			e.finish(t, src, r, m, end)
			return
		default: // passed on as it is, to the address that was dialled
			r.unknown = eg.Why
			e.to(t.note(eg.Why), src, r, m)
			return
		}
	}
	if src.presence.Plane == mesh.Sidecar && r.protocol == mesh.HTTP && !r.headless && r.service != nil && m.scheme != "" && !m.speaksHTTP() {
		why := strings.TrimSuffix("Service "+r.service.Namespace+"/"+r.service.Name+", "+r.protocolWhy, ", ")
		r.unknown = notHTTP + inParens(why) + ": what is not HTTP it passes on as it is (PassthroughCluster)"
		e.to(t.note(r.unknown), src, r, m)
		return
	}
	if e.dry && r.external != "" {
		e.in.wantBehindHost(r.host) // an egress gateway
	}
	if !routed && e.enters(t, src, r, m) {
		return
	}
	if branches == nil {
		e.to(t, src, r, m)
		return
	}
	for _, b := range branches {
		e.branch(t, src, r, m, b)
	}
}

// notHTTP is how a client's proxy sees a port that what is sent does not fit.
const notHTTP = "the port is HTTP to the client's proxy"

// enters follows a call to a host that nobody has registered and a gateway of the mesh
// listens for: it leaves the client's proxy as it is. It reports whether there is one.
func (e *explorer) enters(t trip, src party, r route, m message) bool {
	if r.external == "" || r.entry != nil || r.blocked != "" {
		return false
	}
	routes := e.in.entryRoutes(e.ctx, src, r)
	for _, in := range routes {
		in.unknown = "the host is registered nowhere in the mesh, so the client's proxy passes it on as it is"
		e.to(t.note(r.host+" is taken to lead to Service "+in.service.Namespace+"/"+in.service.Name+", whose gateway listens for it"), src, in, m)
	}
	return len(routes) > 0
}

// branch follows one thing that a routing proxy may do.
func (e *explorer) branch(t trip, src party, r route, m message, b routing.Branch) {
	t.given = append(slices.Clone(t.given), b.Given...)
	t.unsure = append(slices.Clone(t.unsure), b.Missing...)
	if b.Object != "" {
		t = t.note(routeNote(b))
	}
	t = t.note(b.Notes...)
	if b.Answer != nil {
		e.finish(t, src, r, m, t.unreadClaim(answered(src, b), b.Answer.Near))
		return
	}
	for _, d := range b.Destinations {
		one := t
		if d.Weight < 100 && len(b.Destinations) > 1 {
			one.share = d.Weight
		}
		next, end := e.in.destinationRoute(e.ctx, src, r, b, d)
		changed := m.apply(b.Change).apply(d.Change).by(m, b)
		if end != nil {
			e.finish(one, src, next, changed, end)
			continue
		}
		e.to(one, src, next, changed)
	}
}

// to walks the leg from src to each endpoint of a route, and on from those that
// forward.
func (e *explorer) to(t trip, src party, r route, m message) {
	if len(t.legs) >= maxLegs || t.circles(r, m) {
		e.finish(t, src, r, m, &ending{
			verdict: Denied, says: "the way leads in a circle: " + src.String() + " sends the request to " + or(r.host, "an address") + " once more" + t.sender(),
			symptom: "503, or a time-out, once headers or hops are too many",
		})
		return
	}
	if e.dry {
		r = e.in.expected(r)
		e.in.met.add(r.ends)
	}
	if len(r.ends) == 0 {
		e.finish(t, src, r, m, nil)
		return
	}
	wp, note := e.in.waypointOn(src, r)
	if wp != nil {
		e.throughWaypoint(t, src, r, m, wp)
		return
	}
	if note != "" {
		t = t.note(note)
	}
	for _, ends := range classes(r.ends, e.how) {
		w := e.in.newWalk(r, src, ends[0], m)
		w.passes = note
		switch {
		case w.forwards():
			e.throughGateway(t, w)
		case e.dry:
			e.in.wantLeg(w)
		default:
			w.judgeLeg(len(t.legs) == 0)
			e.add(t.then(w), ends)
		}
	}
}

// circles reports whether the trip was on this route before, with the same request.
func (t trip) circles(r route, m message) bool {
	if r.service == nil {
		return false
	}
	for _, w := range t.legs {
		if w.r.service == r.service && w.r.port == r.port && w.m.path == m.path && w.m.host == m.host && w.dst.presence.Plane == mesh.Gateway {
			return true
		}
	}
	return false
}

// finish ends a way without an endpoint: at the proxy that would have sent it on,
// or before any proxy.
func (e *explorer) finish(t trip, src party, r route, m message, end *ending) {
	if e.dry {
		return
	}
	if end == nil && r.missing != "" {
		end = &ending{verdict: Undetermined, says: "who answers for " + or(r.host, e.in.host(r)) + " is not known", missing: []string{r.missing}}
	}
	if t.end = end; end != nil && len(t.legs) > 0 {
		e.add(t, nil)
		return
	}
	w := e.in.newWalk(r, src, party{host: or(r.host, e.in.host(r))}, m)
	e.add(t.then(w), nil)
}

// add concludes a way and keeps it, with those that say the same.
func (e *explorer) add(t trip, ends []party) {
	if e.dry {
		return
	}
	a := t.conclude()
	last := t.legs[len(t.legs)-1]
	key := signature(a, t.legs[0].src, last.dst)
	if p := e.seen[key]; p != nil && len(ends) > 0 {
		p.addEnds(ends)
		return
	}
	p := &pairAnswer{answer: a, key: key, from: e.from, to: slices.Clone(ends), unsure: t.unsure}
	e.seen[key] = p
	e.out = append(e.out, p)
}

func (p *pairAnswer) addEnds(ends []party) {
	for _, end := range ends {
		if !slices.ContainsFunc(p.to, func(o party) bool { return o.pod == end.pod && o.String() == end.String() && o.port == end.port }) {
			p.to = append(p.to, end)
		}
	}
}

// classes groups endpoints that cannot differ.
func classes(all []party, how distinct) [][]party {
	var out [][]party
	index := map[string]int{}
	for _, p := range all {
		key := class(p, how)
		i, ok := index[key]
		if !ok {
			i = len(out)
			index[key] = i
			out = append(out, nil)
		}
		out[i] = append(out[i], p)
	}
	return out
}

// newWalk is a leg before anything is judged.
func (in *inquiry) newWalk(r route, src, dst party, m message) *walk {
	if ip := src.ip(); src.pod == nil && ip.IsValid() && dst.pod != nil && dst.pod.Status.HostIP == ip.String() {
		src.node, src.host = true, "the node "+ip.String()
	}
	if in.whole() { // it costs nothing
		in.want(podsBy(in.q.meshNamespace(), map[string]string{"app": "istiod"}))
	}
	return &walk{in: in, r: r, src: src, dst: dst, m: m, cfg: in.configOf(dst), srcCfg: in.configOf(src), protocol: r.protocol}
}

// judgeLeg judges what stands on the leg; first is the source's own.
func (w *walk) judgeLeg(first bool) {
	w.approach(first)
	w.destinationHop()
}

// approach judges the leg up to its end.
func (w *walk) approach(first bool) {
	w.inbound()
	w.meet()
	if first {
		w.sourceHop()
	}
	w.networkHop()
}

// forwards reports whether the leg ends at a gateway, which sends on what it gets.
func (w *walk) forwards() bool {
	return w.dst.pod != nil && w.dst.presence.Plane == mesh.Gateway && !w.staysInside()
}
