package diagnose

import (
	"fmt"
	"maps"
	"slices"
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/owner"
)

// Platform is what one platform adds to the answers, such as Kyma or a GitOps tool. What
// it knows to say it says by the interfaces Owning, Reading, Explaining and Cataloguing
// here, and by those of packages fix and lint, each of which it may have or not. All of
// them are pure: they look at what was read, and at nothing else.
//
// A platform never changes a verdict, unless it is a data plane: see [Guarding]. What one
// of its methods panics with becomes a note.
type Platform interface {
	// Name is how version lists it.
	Name() string
	// Detect tells by what the platform shows in what was read, in words; empty: it is
	// not there, and is asked nothing else but for owners.
	Detect(s *cluster.Snapshot) string
}

// Owning platforms know who keeps an object as it is.
type Owning interface {
	// Owner tells who keeps o; false if o shows nothing of the platform.
	Owner(o metav1.Object) (owner.Owner, bool)
}

// Reading platforms look at objects that no question reads otherwise. They are read if
// the question can afford it.
type Reading interface {
	// Needs are what to read of a leg; leg has its ends, and no verdict yet.
	Needs(leg Leg) []cluster.Query
}

// Explaining platforms have something to say of a leg that was judged.
type Explaining interface {
	Explain(leg Leg) []Remark
}

// Cataloguing platforms have findings of their own, each with a page under docs/findings.
type Cataloguing interface {
	Findings() []FindingKind
}

// Remark is what a platform has to say of a leg.
type Remark struct {
	Kind    FindingKind // of its own, see Cataloguing; none: there is nothing to find
	Message string      // with the objects of this case
	Objects []string    // Kind namespace/name
	Field   string
	// Help is what would help here; without it, what helps in general. Without a Kind it
	// takes the place of what is said for the finding that decides.
	Help []string
	// Symptom is what the client sees of a denial, where the platform knows better.
	Symptom string
	// Decides says that this is what the denial comes to: Message becomes the sentence of
	// the cause, and the finding takes the place of the general one. Of a denial by
	// NetworkPolicies or by a route it is not asked: what is said of those stands beside.
	Decides bool
}

// Option is something that a platform has to be told: a flag of every command that reads
// a cluster.
type Option struct {
	Name, Usage string
	Values      []string // that it may have; the first one is the default
	// Choose takes one of them; an error tells what is wrong with it.
	Choose func(value string) error
}

var platforms struct {
	sync.Mutex
	all      []Platform
	guarding map[mesh.DataPlane]Guarding // those that are data planes, by their numbers
}

// Use adds platforms, each name once. It is meant for the start of the program: an answer
// that is being made does not see them.
func Use(added ...Platform) {
	platforms.Lock()
	defer platforms.Unlock()
	for _, p := range added {
		if !slices.ContainsFunc(platforms.all, func(had Platform) bool { return had.Name() == p.Name() }) {
			platforms.all = append(slices.Clone(platforms.all), p)
			if g, ok := p.(Guarding); ok {
				all := maps.Clone(platforms.guarding)
				if all == nil {
					all = map[mesh.DataPlane]Guarding{}
				}
				all[mesh.UseNodePlane(g.Plane())] = g
				platforms.guarding = all
			}
		}
	}
}

// Platforms are those in use, in the order in which they were added.
func Platforms() []Platform {
	platforms.Lock()
	defer platforms.Unlock()
	return platforms.all
}

// OwnerOf tells who keeps an object as it is; false if nothing tells of anybody. Where
// several do it is the one nearest to the source: what is made of an object comes from
// that object, whatever has applied it. Of those that only apply it, the platform that was
// added first counts.
func OwnerOf(o metav1.Object) (owner.Owner, bool) {
	var applied owner.Owner
	found := false
	for _, p := range Platforms() {
		owning, ok := p.(Owning)
		if !ok {
			continue
		}
		claim, ok := claimed(owning, o)
		switch {
		case ok && claim.Made:
			return claim, true
		case ok && !found:
			applied, found = claim, true
		}
	}
	if made, ok := owner.Controller(o); ok {
		return made, true
	}
	return applied, found
}

// Attempt calls a platform, and returns what it panics with; nil if it does not. What call
// was to assign last is then as it was.
func Attempt(call func()) (failure any) {
	defer func() { failure = recover() }()
	call()
	return nil
}

// claimed asks a platform about an object; what it panics with is no claim.
func claimed(p Owning, o metav1.Object) (claim owner.Owner, ok bool) {
	Attempt(func() { claim, ok = p.Owner(o) })
	return claim, ok
}

// ask calls a platform that is there; what it panics with becomes a note.
func (in *inquiry) ask(p Platform, call func()) {
	in.attempt(p, "the answer lacks what it knows", func() {
		if p.Detect(in.snap) != "" {
			call()
		}
	})
}

// attempt calls a platform; that it panics becomes a note, with what comes of that.
func (in *inquiry) attempt(p Platform, then string, call func()) (failed bool) {
	failure := Attempt(call)
	if failure == nil {
		return false
	}
	in.failed = unique(append(in.failed, fmt.Sprintf("the plugin %s failed (%v): %s", p.Name(), failure, then)))
	return true
}

// likePlatforms asks for what platforms look at, before what else is worth a look: it is
// the last to be known, and would never have its turn.
func (in *inquiry) likePlatforms(w *walk) {
	if in.whole() {
		return
	}
	rest := in.liked
	in.liked = nil
	for _, p := range Platforms() {
		if r, ok := p.(Reading); ok {
			in.ask(p, func() { in.like(r.Needs(w.leg())...) })
		}
	}
	in.like(rest...)
}

// askPlatforms adds what platforms have to say of a leg that was judged.
func (w *walk) askPlatforms(j judged, hop *Hop) {
	leg := w.leg()
	leg.j, leg.Verdict, leg.Reason, leg.Policies, leg.Near = &j, j.verdict, j.reason, j.exp.Policies, j.exp.Near
	leg.Cause, leg.Symptom, leg.Denier = w.cause, w.symptom, j.s.server.Denier
	if j.req != nil {
		leg.fill(j.req)
	}
	w.askAll(leg, hop)
}

// askPlatformsEarly is the same of a leg that ends before a proxy's policies are asked, or
// behind them: what platforms say then decides nothing.
func (w *walk) askPlatformsEarly(r Reason, symptom string) {
	leg := w.leg()
	leg.Verdict, leg.Reason, leg.Symptom = Denied, r, symptom
	if req := w.judged.req; req != nil {
		leg.fill(req)
	}
	w.askAll(leg, nil)
}

// askAll asks every platform that is there about a leg.
func (w *walk) askAll(leg Leg, hop *Hop) {
	for _, p := range Platforms() {
		if e, ok := p.(Explaining); ok {
			w.in.ask(p, func() {
				for _, r := range e.Explain(leg) {
					w.remarkOf(r, hop)
				}
			})
		}
	}
}

// platformKinds are the kinds of findings of the platforms in use.
func platformKinds() []findingKind {
	var out []findingKind
	for _, p := range Platforms() {
		if c, ok := p.(Cataloguing); ok {
			for _, k := range c.Findings() {
				out = append(out, kindOf(k))
			}
		}
	}
	return out
}

func kindOf(k FindingKind) findingKind { return findingKind{k.Code, k.Severity, k.Title, k.Help} }

// helpOtherwise puts other words of help into the finding that decides.
func (w *walk) helpOtherwise(help []string, hop *Hop) {
	if len(help) == 0 || hop == nil {
		return
	}
	for i := range w.findings {
		if f := &w.findings[i]; f.Code == hop.Finding {
			f.Help = help
		}
	}
}

// remarkOf takes a remark over as a finding.
func (w *walk) remarkOf(r Remark, hop *Hop) {
	if r.Symptom != "" {
		w.symptom = r.Symptom
	}
	if r.Kind.Code == "" {
		w.helpOtherwise(r.Help, hop)
		return
	}
	k := kindOf(r.Kind)
	if !r.Decides || hop == nil {
		w.tell(k, r.Message, r.Field, r.Objects, r.Help...)
		return
	}
	w.cause = r.Message
	general := hop.Finding
	w.findings = slices.DeleteFunc(w.findings, func(f Finding) bool { return f.Code == general && general != "" })
	hop.Finding = ""
	before := len(w.findings)
	w.find(k, hop, r.Message, "", r.Help...)
	if len(w.findings) > before {
		f := &w.findings[before]
		f.Objects = r.Objects
		if r.Field != "" {
			f.Field = r.Field
		}
	}
}
