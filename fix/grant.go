package fix

import (
	"fmt"
	"regexp"
	"sync"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// lacksGrant is what the summary says of a ReferenceGrant that is not there.
var lacksGrant = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`no ReferenceGrant in ([a-z0-9-]+) lets a ([A-Za-z]+) of ([a-z0-9-]+) send to Service ([a-z0-9-]+)`)
})

// grants let a route of another namespace send to a Service: a ReferenceGrant that is
// meant for it and says something else, or a new one.
func (sc scene) grants() []draft {
	m := lacksGrant().FindStringSubmatch(sc.answer.Summary)
	if m == nil {
		return nil
	}
	namespace, kind, from, service := m[1], m[2], m[3], m[4]
	var out []draft
	for _, item := range sc.named(cluster.ReferenceGrants) {
		object := parse(item.Raw)
		name, _ := at(object, "spec.to[0].name").(string)
		ns, _ := at(object, "spec.from[0].namespace").(string)
		if at(object, "spec.from[0].kind") != kind || at(object, "spec.from[1]") != nil || at(object, "spec.to[1]") != nil {
			continue
		}
		switch {
		case ns != from && (name == service || name == ""):
			out = append(out, draft{
				kind: Grant, title: fmt.Sprintf("write namespace %s in place of %s in from[0] of %s", from, ns, reference(item)),
				changes: []Change{changed(item, func(object tree) { set(object, "spec.from[0].namespace", from) })},
			})
		case ns == from && closest(name, []string{service}) != "":
			out = append(out, draft{
				kind: Grant, title: fmt.Sprintf("write %s in place of %s in to[0] of %s", service, name, reference(item)),
				changes: []Change{changed(item, func(object tree) { set(object, "spec.to[0].name", service) })},
			})
		}
	}
	name := free("allow-"+from+"-to-"+service, func(name string) bool {
		_, taken := sc.snap.Item(cluster.ReferenceGrants, namespace, name)
		return taken
	})
	spec := tree{
		"from": []any{tree{"group": cluster.HTTPRoutes.Group, "kind": kind, "namespace": from}},
		"to":   []any{tree{"group": "", "kind": "Service", "name": service}},
	}
	return append(out, draft{
		kind: Grant, title: fmt.Sprintf("let a %s of namespace %s send to Service %s in a new ReferenceGrant %s/%s", kind, from, service, namespace, name),
		changes: []Change{created(cluster.ReferenceGrants, namespace, name, spec)},
	})
}
