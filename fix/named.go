package fix

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"sync"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/spell"
)

// objectName is an object as sentences name it: "VirtualService shop/cart".
var objectName = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`\b([A-Z][A-Za-z]+) ([a-z0-9-]+)/([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)`)
})

// named are the objects of a resource that the answer's summary names, in its order,
// without those that a controller makes: of a route that fails it names what has to be
// repaired, and the object beside it that was most likely meant.
func (sc scene) named(r cluster.Resource) []cluster.Item {
	var out []cluster.Item
	for _, m := range objectName().FindAllStringSubmatch(sc.answer.Summary, -1) {
		item, ok := sc.snap.Item(r, m[2], m[3])
		if m[1] != r.Kind || !ok || made(item) || slices.ContainsFunc(out, func(had cluster.Item) bool { return had.Object == item.Object }) {
			continue
		}
		out = append(out, item)
	}
	return out
}

// mentioned are the namespaces of who asks, and of what the summary names.
func mentioned(a diagnose.Answer) []string {
	var out []string
	for _, source := range a.Sources {
		if kind, name, _ := strings.Cut(source, "/"); kind != "ip" && strings.Contains(name, ".") {
			out = append(out, name[strings.LastIndexByte(name, '.')+1:])
		}
	}
	for _, m := range objectName().FindAllStringSubmatch(a.Summary, -1) {
		out = append(out, m[2])
	}
	return out
}

// made reports whether a controller makes an object of something else.
func made(item cluster.Item) bool {
	o, owned := diagnose.OwnerOf(item.Object)
	return owned && o.Made
}

// reference is an object in words: "Service shop/web".
func reference(item cluster.Item) string {
	if ns := item.Object.GetNamespace(); ns != "" {
		return item.Resource.Kind + " " + ns + "/" + item.Object.GetName()
	}
	return item.Resource.Kind + " " + item.Object.GetName()
}

// only is the one of the candidates that a word was most likely meant to be: the sole
// one, or the nearest by its spelling if no other is as near; empty for none, or for
// the word itself.
func only(got string, candidates []string) string {
	candidates = unique(candidates)
	if len(candidates) == 1 && candidates[0] != got {
		return candidates[0]
	}
	return closest(got, candidates)
}

// closest is like only, but a sole candidate has to be near as well.
func closest(got string, candidates []string) string {
	candidates = unique(candidates)
	near := spell.Closest(got, candidates, spell.Distance)
	if near == "" || near == got {
		return ""
	}
	rest := slices.DeleteFunc(slices.Clone(candidates), func(c string) bool { return c == near })
	if other := spell.Closest(got, rest, spell.Distance); other != "" && spell.Distance(got, other) == spell.Distance(got, near) {
		return ""
	}
	return near
}

// host is the name that the request is for, without its port.
func (sc scene) host() string {
	host := sc.question.Request.Host
	if host == "" {
		_, rest, _ := strings.Cut(sc.question.Target, "://")
		host, _, _ = strings.Cut(rest, "/")
	}
	name, _, _ := strings.Cut(host, ":")
	return name
}

// withRouted adds to the snapshot what may be meant where no route leads on: the Pods,
// Services and workloads of the namespaces in question, and the policies on them.
func (e *engine) withRouted(ctx context.Context, sc scene, s *cluster.Snapshot) *cluster.Snapshot {
	if sc.decides() != diagnose.StageRoute {
		return s
	}
	var all []string
	if e.whole() {
		all = []string{""}
	} else {
		all = append(mentioned(sc.answer), namespaces(&diagnose.Diagnosis{Status: diagnose.Status{Answers: []diagnose.Answer{sc.answer}}})...)
	}
	var queries []cluster.Query
	for _, ns := range slices.Compact(slices.Sorted(slices.Values(all))) {
		for _, r := range []cluster.Resource{
			cluster.Pods, cluster.Services, cluster.Deployments, cluster.StatefulSets,
			cluster.AuthorizationPolicies, cluster.PeerAuthentications, cluster.RequestAuthentications, cluster.NetworkPolicies,
		} {
			queries = append(queries, cluster.Query{Resource: r, Namespace: ns})
		}
	}
	return s.Plus(e.base.Origin(), e.base.Read(ctx, queries))
}
