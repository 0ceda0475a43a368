package fix

import (
	"fmt"
	"regexp"
	"sync"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// faulty is the route that answers with a fault, as the summary names it.
var faulty = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`VirtualService ([a-z0-9-]+)/([a-z0-9.-]+) (spec\.http\[\d+\])\): fault`)
})

// faults take a fault out of a route that somebody has put in to test what comes of it.
func (sc scene) faults() []draft {
	m := faulty().FindStringSubmatch(sc.answer.Summary)
	if m == nil {
		return nil
	}
	item, ok := sc.snap.Item(cluster.VirtualServices, m[1], m[2])
	if !ok || made(item) {
		return nil
	}
	return []draft{{
		kind: NoFault, title: fmt.Sprintf("take the fault out of %s of %s", m[3], reference(item)),
		changes: []Change{changed(item, func(object tree) { drop(object, m[3], "fault") })},
		danger:  "somebody has put it in to see what comes of it: a test that may still run",
	}}
}
