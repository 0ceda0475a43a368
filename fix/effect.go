package fix

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
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
	out := Effect{Opens: []Reach{}, Closes: []Reach{}, Scope: e.scope(among), Unseen: e.unseen(among)}
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

// byHost reports whether a gateway is on the way, where another host is another way.
func byHost(d *diagnose.Diagnosis) bool {
	return slices.ContainsFunc(d.Status.Answers, func(a diagnose.Answer) bool {
		return slices.ContainsFunc(a.Hops, func(h diagnose.Hop) bool { return h.Role == diagnose.RoleGateway })
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
	return strings.Join(append([]string{words + ", any other workload of the mesh, and callers outside it"}, e.unseen(among)...), "; not ")
}

// unseen are the Pods and Services that could not be read.
func (e *engine) unseen(among []string) []string {
	if len(among) == 0 {
		among = []string{""}
	}
	var out []string
	for _, ns := range among {
		for _, r := range []cluster.Resource{cluster.Pods, cluster.Services} {
			if u, ok := e.world.Missing(r, ns, ""); ok {
				out = append(out, fmt.Sprintf("the %s of %s, which could not be read (%s)", r.Plural, space(ns), u.Reason))
			}
		}
	}
	return out
}

func space(namespace string) string {
	if namespace == "" {
		return "all namespaces"
	}
	return "namespace " + namespace
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
