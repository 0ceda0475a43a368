package traffic

import (
	"strconv"
	"strings"
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/examples/grid"
)

// askFields changes every field of the cluster's objects and returns what turned the
// verdict; the summary has to name the object.
func (c *gridCluster) askFields(t *testing.T) []asked {
	t.Helper()
	var out []asked
	for _, o := range c.Objects {
		if o["kind"] == "ConfigMap" || grid.Name(o) == "istio-system/istiod" {
			continue // settings of the mesh, which are no object on the way
		}
		for _, e := range grid.Fields(o) {
			m := grid.Mutant{Of: grid.Reference(o), Edit: e}
			objects, err := m.Apply(c.Objects)
			if err != nil {
				t.Errorf("%s, %s: %s", c.Name, m.Title(), err)
				continue
			}
			d, err := c.answer(t, objects)
			if err != nil || d.Status.Verdict == diagnose.Allowed {
				continue
			}
			a := asked{Mutant: m, cluster: c.Name, summary: d.Status.Summary}
			if name := grid.Name(o); !strings.Contains(a.summary, name) {
				a.miss = "lacks " + strconv.Quote(name)
			}
			out = append(out, a)
		}
	}
	return out
}
