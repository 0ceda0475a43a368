package diagnose

import (
	"slices"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// Guarding is a [Platform] that is a data plane of nodes: it stands before Pods, in the
// place of Istio's own proxies, and judges what comes to them. What it decides is the
// verdict; if one of its methods panics the verdict of whatever touches it is not known.
type Guarding interface {
	Platform
	// Plane is the data plane, as package mesh has it. It is asked once, by [Use].
	Plane() mesh.NodePlane
	// Wants is what has to be read of a leg with one of its Pods at an end, beside what is
	// read for every node's data plane. Without it the verdict may not be known.
	Wants(leg Leg) []cluster.Query
	// Survey is the same for everything in sight at once: what a reader of a whole cluster
	// does not read anyway.
	Survey(s *cluster.Snapshot) []cluster.Query
	// PerNode reports whether nodes may differ in what they do, so that two Pods that are
	// alike in all else fare alike on the same node only.
	PerNode(s *cluster.Snapshot) bool
	// Guard is how it stands before the Pod at the end of a leg.
	Guard(leg Leg) Guard
	// Judge asks the policies of that Pod. leg.Request is what the data plane sees.
	Judge(leg Leg) Ruling
	// Returns names what is not known of the answers to a connection that one of its Pods
	// opens; nothing if they come through.
	Returns(leg Leg) []string
}

// Guard is how a data plane stands before a Pod for one connection. The zero value knows
// no caller and reads policies as a sidecar does with HTTP, which no node does: both
// dialects have to be set.
type Guard struct {
	// Dialect is how it reads all policies of a Pod together, Single how it reads one alone.
	Dialect, Single authz.Dialect
	// Idle tells why it enforces no policy there; empty: it does. IdleHelp is what would
	// help.
	Idle     string
	IdleHelp []string
	// Refuses is a reason to refuse whatever comes, before any policy is asked.
	Refuses *Refusal
	// Identity is the caller, if it is a Pod that is found by its address.
	Identity string
	// Nobody words why the caller is not found.
	Nobody string
}

// Refusal is a connection that is refused whoever opens it.
type Refusal struct {
	Why, Symptom string
	Kind         FindingKind // of the platform, see [Cataloguing]
	Object       string      // that is to blame
}

// Ruling is what a data plane decides of a connection.
type Ruling struct {
	// Explanation is what the policies make of it.
	Explanation authz.Explanation
	// Stage comes before those of the policies, if the data plane has one of its own.
	Stage *Stage
	// Missing are facts that are not known and matter.
	Missing []string
	// Conditions and Words take the place of the explanation's where both together leave
	// it open.
	Conditions []authz.Condition
	Words      string
	// Symptom is what the client sees of a denial.
	Symptom string
	// Cause, Kind and Links explain a denial by Stage: a sentence, the finding, and what
	// leads to it.
	Cause string
	Kind  FindingKind // of the platform, see [Cataloguing]
	Links []Link
}

// PlatformOf is the platform that is a data plane; nil if it is Istio's own.
func PlatformOf(plane mesh.DataPlane) Guarding {
	if plane.Foreign() == nil {
		return nil
	}
	platforms.Lock()
	defer platforms.Unlock()
	return platforms.guarding[plane]
}

// guard is how the target's data plane stands before it; false if that is Istio's own. The
// data plane is asked once for a walk, which has one source, one target and one snapshot.
func (w *walk) guard() (g Guard, foreign bool) {
	p := PlatformOf(w.dst.presence.Plane)
	if p == nil || w.dst.pod == nil {
		return Guard{}, false
	}
	if w.guarded == nil {
		w.guarded = &Guard{}
		w.in.trust(p, func() { *w.guarded = p.Guard(w.leg()) })
	}
	return *w.guarded, true
}

// trust calls a data plane; what it panics with becomes a note, and the answer is not known.
func (in *inquiry) trust(p Platform, call func()) (failed bool) {
	if failed = in.attempt(p, "what it decides is not known", call); failed {
		in.broken = unique(append(in.broken, p.Name()))
	}
	return failed
}

// judgeForeign has the data plane judge that is not Istio's own.
func (j *judged) judgeForeign(w *walk, p Guarding) {
	plane := w.dst.presence.Plane.Foreign()
	var r Ruling
	leg := w.leg()
	leg.Request = j.req
	if w.in.trust(p, func() { r = p.Judge(leg) }) {
		j.verdict, j.refused = Undetermined, "the plugin "+p.Name()+", which knows what "+plane.Title+" decides, failed"
		j.missing = append(j.missing, "what "+plane.Title+" decides of it")
		return
	}
	j.exp, j.ruling = r.Explanation, r
	j.missing = append(j.missing, r.Missing...)
	if r.Stage != nil {
		j.add(w, *r.Stage)
	}
	j.addPolicies(w)
	if j.verdict == Conditional && r.Conditions != nil {
		j.conditions, j.words = r.Conditions, r.Words
	}
}

// ledToWaypoint is the data plane that leads the leg's connection to a waypoint in
// plaintext, with the address that was dialled in front; nil for Istio's own.
func (w *walk) ledToWaypoint() *mesh.NodePlane {
	if w.dst.presence.Plane != mesh.Waypoint {
		return nil
	}
	return w.src.presence.Plane.Foreign()
}

// broken names what is not known because a data plane at an end of the leg has failed.
func (w *walk) broken() []string {
	var out []string
	for _, plane := range []mesh.DataPlane{w.src.presence.Plane, w.dst.presence.Plane} {
		if p := PlatformOf(plane); p != nil && slices.Contains(w.in.broken, p.Name()) {
			out = append(out, "what "+plane.Foreign().Title+" decides: the plugin "+p.Name()+" failed")
		}
	}
	return unique(out)
}

// PerNode reports whether the data plane's nodes may differ in what they do; false for
// Istio's own.
func PerNode(plane mesh.DataPlane, s *cluster.Snapshot) (differ bool) {
	p := PlatformOf(plane)
	if p == nil {
		return false
	}
	differ = true
	Attempt(func() { differ = p.PerNode(s) })
	return differ
}

// perNode reports the same of any of these.
func (in *inquiry) perNode(parties ...party) bool {
	return slices.ContainsFunc(parties, func(p party) bool { return p.pod != nil && PerNode(p.presence.Plane, in.snap) })
}

// Survey is what data planes that are not Istio's own need to be read of a whole cluster,
// beside what is read anyway.
func Survey(s *cluster.Snapshot) []cluster.Query {
	var out []cluster.Query
	for _, p := range Platforms() {
		if g, ok := p.(Guarding); ok { // what is not read for one that panics each question misses
			Attempt(func() { out = append(out, g.Survey(s)...) })
		}
	}
	return out
}

// wantForeign asks for what the data planes at both ends need that are not Istio's own.
func (in *inquiry) wantForeign(w *walk) {
	var asked []string
	for _, plane := range []mesh.DataPlane{w.src.presence.Plane, w.dst.presence.Plane} {
		if p := PlatformOf(plane); p != nil && !slices.Contains(asked, p.Name()) {
			asked = append(asked, p.Name())
			in.trust(p, func() { in.want(p.Wants(w.leg())...) })
		}
	}
}

// idle words why the target's data plane enforces no policy there; empty: it does.
func (w *walk) idle() string {
	g, _ := w.guard()
	return g.Idle
}

// refusal is why the target's data plane refuses whatever comes; nil: it does not.
func (w *walk) refusal() *Refusal {
	g, _ := w.guard()
	return g.Refuses
}

// nobody words why the target's data plane does not find the caller by its address; empty
// where it is Istio's own.
func (w *walk) nobody() string {
	g, _ := w.guard()
	return g.Nobody
}

// byAddress is the caller as a data plane finds it that looks callers up by their address.
func (w *walk) byAddress(s scenario) authz.Attr[string] {
	g, _ := w.guard()
	switch {
	case w.src.principal != "":
		return authz.UnseenBecause[string]("whom " + w.dst.String() + " finds at the address of " + w.src.principal)
	case w.src.meshed:
		return authz.Attr[string]{}
	case w.src.pod == nil || !s.conn.Identity || g.Identity == "":
		return authz.Absent[string]()
	}
	return authz.Known(g.Identity)
}

// returns names what is not known of the answers to a connection.
func (w *walk) returns() (facts []string) {
	p := PlatformOf(w.src.presence.Plane)
	if p == nil || w.src.pod == nil {
		return nil
	}
	if w.in.trust(p, func() { facts = p.Returns(w.leg()) }) {
		return []string{"whether the answers reach " + w.src.who()}
	}
	return facts
}

// explainForeign is a connection that another data plane than Istio's refuses before any
// policy is asked.
func (w *walk) explainForeign(j judged, hop *Hop) {
	plane := w.dst.presence.Plane.Foreign()
	w.cause = upper(or(j.s.conn.Why, plane.Title+" refuses the connection")) + "."
	if no := w.refusal(); no != nil {
		w.find(kindOf(no.Kind), hop, w.cause, no.Object)
		return
	}
	w.find(findingStrict, hop, w.cause, j.s.server.Policy, "make the mode PERMISSIVE where "+plane.Title+" carries the traffic")
}

// Stages are the names of all stages, in the order in which a hop asks them, with those
// that data planes in use have of their own.
func Stages() []StageName {
	out := []StageName{StageRoute, StageNetworkPolicy, StageMTLS}
	for _, p := range mesh.NodePlanes() {
		if p.Stage != "" {
			out = append(out, StageName(p.Stage))
		}
	}
	return append(out, StageJWT, StageCustom, StageDeny, StageAllow)
}
