package fix

import (
	"fmt"
	"regexp"
	"strings"
	"sync"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// nearMatch is the match of a route that is nearest to the request, as the summary
// names it.
var nearMatch = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`(VirtualService|HTTPRoute) ([a-z0-9-]+)/([a-z0-9.-]+) (spec\.(?:http\[\d+\]\.match|rules\[\d+\]\.matches))\[(\d+)\]`)
})

// matches let the nearest route take the request: its match corrected where the path
// differs by its spelling, or one more for just this request.
func (sc scene) matches() []draft {
	m := nearMatch().FindStringSubmatch(sc.answer.Summary)
	path := sc.requestPath()
	if m == nil || path == "" {
		return nil
	}
	r := cluster.VirtualServices
	if m[1] == "HTTPRoute" {
		r = cluster.HTTPRoutes
	}
	item, ok := sc.snap.Item(r, m[2], m[3])
	if !ok || made(item) {
		return nil
	}
	list, match := m[4], fmt.Sprintf("%s[%s]", m[4], m[5])
	had, _ := at(parse(item.Raw), match).(tree)
	next := tree{}
	for _, k := range []string{"gateways", "port"} { // where it holds, not for what
		if had[k] != nil {
			next[k] = had[k]
		}
	}
	method := sc.method()
	if method == "" && sc.question.Request.Exact {
		method = "GET"
	}
	if r == cluster.VirtualServices {
		next["uri"] = tree{"exact": path}
		if method != "" {
			next["method"] = tree{"exact": method}
		}
	} else {
		next["path"] = tree{"type": "Exact", "value": path}
		if method != "" {
			next["method"] = method
		}
	}
	out := sc.nearPath(item, match, path)
	return append(out, draft{
		kind: RouteMatch, title: fmt.Sprintf("route %s as well in %s of %s", strings.TrimSpace(method+" "+path), strings.TrimPrefix(list, "spec."), reference(item)),
		changes: []Change{changed(item, func(object tree) {
			all, _ := at(object, list).([]any)
			set(object, list, append(append([]any{}, all...), any(next)))
		})},
	})
}

// requestPath is the path that is asked for; empty if it is open.
func (sc scene) requestPath() string {
	path := pathOf(sc.question)
	if path == "" && !sc.question.AnyPath && strings.HasPrefix(sc.question.Target, "http://") {
		return "/"
	}
	return path
}

// nearPath corrects a prefix that is misspelt, or a path that was meant as a prefix.
func (sc scene) nearPath(item cluster.Item, match, path string) []draft {
	field := match + ".uri.prefix"
	if item.Resource == cluster.HTTPRoutes {
		field = match + ".path.value"
	}
	had, _ := at(parse(item.Raw), field).(string)
	if had == "" || had == "/" {
		return nil
	}
	if item.Resource == cluster.HTTPRoutes && strings.HasPrefix(path, strings.TrimSuffix(had, "/")+"/") {
		return []draft{{
			kind: RouteMatch, title: fmt.Sprintf("take %s for a prefix in %s of %s", had, strings.TrimPrefix(match, "spec."), reference(item)),
			changes: []Change{changed(item, func(object tree) { set(object, match+".path.type", "PathPrefix") })},
		}}
	}
	n := strings.Count(strings.TrimSuffix(had, "/"), "/")
	parts := strings.SplitN(path, "/", n+2)
	if len(parts) <= n {
		return nil
	}
	near := closest(had, []string{strings.Join(parts[:n+1], "/")})
	if near == "" {
		return nil
	}
	return []draft{{
		kind: RouteMatch, title: fmt.Sprintf("write %s in place of %s in %s of %s", near, had, strings.TrimPrefix(field, "spec."), reference(item)),
		changes: []Change{changed(item, func(object tree) { set(object, field, near) })},
	}}
}
