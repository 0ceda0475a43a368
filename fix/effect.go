package fix

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
)

// asking is what effects are compared with, of the question itself: who asks, for what.
func (e *engine) asking(d *diagnose.Diagnosis) comparison {
	c := comparison{target: e.askedTarget(), asked: sourcesOf(d), question: e.normalized(), addresses: e.addresses(d)}
	c.principals, c.askers = e.principals(d)
	c.byHost = byHost(d) || !e.inSight(c.target)
	return c
}

// effect finds what a draft does besides the answer to the question, which first is before
// it and asked is about: whom it lets reach what it touches that was not let before, and
// whom not any more. Everything about the requests is left open.
func (e *engine) effect(ctx context.Context, d draft, first *diagnose.Diagnosis, asked comparison) (Effect, error) {
	return e.effects(ctx, d, e.affected(d, asked.target), e.among(first), func(target string) comparison {
		if target == asked.target {
			return asked
		}
		return comparison{addresses: asked.addresses, principals: asked.principals}
	})
}

// effects asks questions before and after a draft, and compares.
func (e *engine) effects(ctx context.Context, d draft, all []about, among []string, how func(target string) comparison) (Effect, error) {
	after, err := e.session(d.edits())
	if err != nil {
		return Effect{}, err
	}
	out := Effect{Opens: []Reach{}, Closes: []Reach{}, Scope: e.scope(among)}
	for _, a := range all {
		q := diagnose.Question{
			Source: a.source, Target: a.target, Among: among, AnyPath: true, AnyHost: true, Namespace: e.question.Namespace, MeshNamespace: e.question.MeshNamespace,
		}
		c := how(a.target)
		c.tokens = d.tokens
		if c.target = a.target; c.asked != nil && c.byHost {
			q.Request.Host, q.AnyHost = e.question.Request.Host, false
		}
		if d.policiesOnly() && a.source == diagnose.Everyone {
			switch e.concerned(ctx, after, q, c) {
			case nobody:
				continue
			case askers:
				a.source, q.Source = e.question.Source, e.question.Source
			case anybody:
			}
		}
		was, ok := e.known[a]
		if !ok {
			if was, err = e.before.Ask(ctx, q); err != nil {
				was = nil
			}
			if e.known == nil {
				e.known = map[about]*diagnose.Diagnosis{}
			}
			e.known[a] = was
		}
		will, err := after.Ask(ctx, q)
		switch {
		case err != nil && was == nil: // there is no such target, before or after
			continue
		case err != nil: // it goes
			will = toNobody(was)
		case was == nil: // it comes
			was = toNobody(will)
		}
		c.compare(was, will, &out)
	}
	out.Opens, out.Closes, out.Unsure = withoutEcho(out.Opens), withoutEcho(out.Closes), withoutEcho(out.Unsure)
	return out, ctx.Err()
}

// inSight reports whether a target is a Service or a Pod in sight: other hosts are found
// by what the request names.
func (e *engine) inSight(target string) bool {
	return slices.ContainsFunc(targetsOf(e.world, cluster.List[*corev1.Pod](e.world, "")), func(t string) bool {
		return sameTarget(t, target) || t == e.resolved
	})
}

// byHost reports whether a gateway is on the way, where another host is another way.
func byHost(d *diagnose.Diagnosis) bool {
	return slices.ContainsFunc(d.Status.Answers, func(a diagnose.Answer) bool {
		return slices.ContainsFunc(a.Hops, func(h diagnose.Hop) bool { return h.Role == diagnose.RoleGateway })
	})
}

// withoutEcho leaves out an address of which the same is told as of every caller outside.
func withoutEcho(all []Reach) []Reach {
	return slices.DeleteFunc(all, func(r Reach) bool {
		return len(r.Sources) == 1 && strings.HasPrefix(r.Sources[0], "ip/") && slices.ContainsFunc(all, func(o Reach) bool {
			return slices.Contains(o.Sources, diagnose.Anybody) && o.Target == r.Target && slices.Equal(o.If, r.If)
		})
	})
}

// addresses are those of the sources of the question.
func (e *engine) addresses(d *diagnose.Diagnosis) []string {
	out := []string{e.question.Request.SourceIP}
	for _, source := range sourcesOf(d) {
		kind, name, _ := strings.Cut(source, "/")
		if kind == "ip" {
			out = append(out, name)
		}
	}
	for _, pod := range e.callers(d) {
		out = append(out, pod.Status.PodIP)
	}
	return unique(out)
}

// callers are the Pods that ask.
func (e *engine) callers(d *diagnose.Diagnosis) []*corev1.Pod {
	var out []*corev1.Pod
	for _, a := range d.Status.Answers {
		for _, h := range a.Hops {
			if pod := podOf(e.world, h); pod != nil && h.Role == diagnose.RoleSource {
				out = append(out, pod)
			}
		}
	}
	return out
}

// toNobody is the answer for the same sources where there is no such target.
func toNobody(d *diagnose.Diagnosis) *diagnose.Diagnosis {
	out := &diagnose.Diagnosis{}
	out.Status.Answers = []diagnose.Answer{{Sources: sourcesOf(d), Verdict: diagnose.Denied}}
	return out
}

// concern is who can fare otherwise after a change. The zero value is the careful one.
type concern uint8

const (
	anybody concern = iota
	askers          // none but those who ask
	nobody          // nor these, but for what they ask
)

// concerned tells who can fare otherwise, where nothing but policies changes: what they
// decide for strangers, with whatever identity, tells it for everyone there can be.
func (e *engine) concerned(ctx context.Context, after *diagnose.Session, q diagnose.Question, c comparison) concern {
	q.Source = diagnose.Strangers
	was, err := e.before.Ask(ctx, q)
	if err != nil {
		return anybody
	}
	will, err := after.Ask(ctx, q)
	if err != nil || !e.straight(was) || !e.straight(will) {
		return anybody
	}
	out := nobody
	for _, source := range []string{diagnose.AnyWorkload, diagnose.Anybody} {
		d, ok := was.Change(will, source)
		if !ok || !d.Exact || len(d.Closes) > 0 {
			return anybody
		}
		for _, condition := range d.Opens {
			switch {
			case len(c.asked) == 0 || !c.isAsker(condition.All):
				return anybody
			case !pinned(condition.All, c.question):
				out = askers
			}
		}
	}
	return out
}

// normalized is the question with the path as policies see it.
func (e *engine) normalized() diagnose.Question {
	q := e.question
	if path, ok := e.config().Normalization().Path(pathOf(q)); ok {
		q.Request.Path = path
	}
	return q
}

// config are the settings of the mesh; the defaults where they cannot be read. The root
// namespace is the control plane's where they name none.
func (e *engine) config() mesh.Config {
	if cm, ok := cluster.Get[*corev1.ConfigMap](e.world, e.meshNamespace(), "istio"); ok {
		if c, err := mesh.ParseConfig(cm); err == nil {
			c.RootNamespace = cmp.Or(c.RootNamespace, e.meshNamespace())
			return c
		}
	}
	c := mesh.DefaultConfig()
	c.RootNamespace = e.meshNamespace()
	return c
}

// principals are the identities of the Pods in sight, sorted, and of those those that
// only the Pods that ask have.
func (e *engine) principals(d *diagnose.Diagnosis) (all, askers []string) {
	config := e.config()
	var asking []*corev1.Pod
	if d != nil {
		asking = e.callers(d)
	}
	others := map[string]bool{}
	for _, pod := range cluster.List[*corev1.Pod](e.world, "") {
		id := mesh.Principal(config, pod)
		all = append(all, id)
		if !slices.Contains(asking, pod) {
			others[id] = true
		}
	}
	for _, pod := range asking {
		if id := mesh.Principal(config, pod); !others[id] && !slices.Contains(askers, id) {
			askers = append(askers, id)
		}
	}
	slices.Sort(all)
	return slices.Compact(all), askers
}

// session answers questions of the cluster as edits leave it.
func (e *engine) session(edits []cluster.Edit) (*diagnose.Session, error) {
	overlay, err := cluster.NewOverlay(e.base, edits)
	if err != nil {
		return nil, err
	}
	return diagnose.NewSession(overlay), nil
}

// scope says among whom was looked.
func (e *engine) scope(among []string) string {
	pods := 0
	for _, pod := range cluster.List[*corev1.Pod](e.world, "") {
		if running(pod) {
			pods++
		}
	}
	words := fmt.Sprintf("%d Pods", pods)
	if pods == 1 {
		words = "1 Pod"
	}
	if len(among) == 0 {
		words = "all " + words
	} else {
		words += " of namespace"
		if len(among) > 1 {
			words += "s"
		}
		words += " " + strings.Join(among, ", ")
	}
	words += ", any other workload of the mesh, and callers outside it"
	for _, ns := range among {
		for _, r := range []cluster.Resource{cluster.Pods, cluster.Services} {
			if u, ok := e.world.Missing(r, ns, ""); ok {
				words += fmt.Sprintf("; not the %s of namespace %s, which could not be read (%s)", r.Plural, ns, u.Reason)
			}
		}
	}
	return words
}

// askedTarget is the question's target with everything about the request left open.
func (e *engine) askedTarget() string {
	scheme, rest, ok := strings.Cut(e.question.Target, "://")
	if !ok {
		return e.question.Target
	}
	rest, _, _ = strings.Cut(rest, "/")
	rest, _, _ = strings.Cut(rest, "?")
	return scheme + "://" + rest
}

// sourcesOf are those who ask.
func sourcesOf(d *diagnose.Diagnosis) []string {
	var out []string
	for _, a := range d.Status.Answers {
		out = append(out, a.Sources...)
	}
	return unique(out)
}

// reach is how one source fares with a target.
type reach struct {
	verdict diagnose.Verdict
	all     bool     // every way is allowed
	some    bool     // one is, of some requests
	open    []string // where the request decides: what lets it through, in words
	shut    []string // and what does not
	pinned  func(diagnose.Question) bool
	words   string // all of it, to compare
}

// reaches tells for each source how it fares.
func reaches(d *diagnose.Diagnosis) map[string]reach {
	out := map[string]reach{}
	for _, a := range d.Status.Answers {
		for _, source := range a.Sources {
			r, seen := out[source]
			if !seen {
				r = reach{verdict: a.Verdict, all: true, pinned: func(diagnose.Question) bool { return true }}
			}
			r.join(a)
			out[source] = r
		}
	}
	return out
}

// join adds an answer to what a source gets.
func (r *reach) join(a diagnose.Answer) {
	r.all = r.all && a.Verdict == diagnose.Allowed && len(a.Given) == 0
	var given []string
	for _, atom := range a.Given {
		given = append(given, atom.Words)
	}
	switch a.Verdict {
	case diagnose.Undetermined:
		r.verdict = diagnose.Undetermined
		r.pin(nil)
	case diagnose.Allowed:
		r.some = true
		if len(given) > 0 {
			r.open = append(r.open, strings.Join(given, " and "))
		}
		r.pin(a.Given)
	case diagnose.Conditional:
		r.some = true
		if !slices.ContainsFunc(a.Conditions, func(c authz.Condition) bool { return c.Verdict == diagnose.Allowed }) {
			r.pin(nil) // nothing tells what is let through
		}
		for _, c := range a.Conditions {
			words := slices.Clone(given)
			for _, atom := range c.All {
				words = append(words, atom.Words)
			}
			if c.Verdict != diagnose.Allowed {
				r.shut = append(r.shut, strings.Join(words, " and "))
				continue
			}
			r.open = append(r.open, strings.Join(words, " and "))
			r.pin(slices.Concat(a.Given, c.All))
		}
	case diagnose.Denied:
	}
	var ends []string
	for _, d := range a.Destinations {
		ends = append(ends, d.Namespace+"/"+d.Name+d.Address)
	}
	r.words += fmt.Sprint(a.Verdict, ends, given, a.Share, a.Missing)
	for _, c := range a.Conditions {
		r.words += fmt.Sprint(c)
	}
	r.words += ";"
}
