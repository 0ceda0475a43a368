package traffic

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
)

// askFields changes every field of the cluster's objects and returns what turned the
// verdict; the summary has to name the object.
func (c *gridCluster) askFields(t *testing.T) []asked {
	t.Helper()
	var out []asked
	for _, o := range c.objects {
		if o["kind"] == "ConfigMap" || objectName(o) == "istio-system/istiod" {
			continue // settings of the mesh, which are no object on the way
		}
		var edits []edit
		meta, _ := o["metadata"].(map[string]any)
		edits = fieldEdits(edits, "/metadata/labels", meta["labels"])
		edits = fieldEdits(edits, "/spec", o["spec"])
		for _, e := range edits {
			m := mutant{Of: reference(o), edit: e}
			objects, err := m.apply(c.objects)
			if err != nil {
				t.Errorf("%s, %s: %s", c.Name, m.title(), err)
				continue
			}
			d, err := c.answer(t, objects)
			if err != nil || d.Status.Verdict == diagnose.Allowed {
				continue
			}
			a := asked{mutant: m, cluster: c.Name, summary: d.Status.Summary}
			if name := objectName(o); !strings.Contains(a.summary, name) {
				a.miss = "lacks " + strconv.Quote(name)
			}
			out = append(out, a)
		}
	}
	return out
}

// fieldEdits adds the changes of a value and all that is in it.
func fieldEdits(out []edit, at string, v any) []edit {
	if at != "/spec" && at != "/metadata/labels" {
		out = append(out, edit{At: at})
	}
	switch v := v.(type) {
	case map[string]any:
		for _, k := range slices.Sorted(maps.Keys(v)) {
			out = fieldEdits(out, at+"/"+escape.Replace(k), v[k])
		}
	case []any:
		for i, e := range v {
			out = fieldEdits(out, at+"/"+strconv.Itoa(i), e)
		}
	case string:
		out = append(out, edit{At: at, To: v + "x"})
	case float64:
		out = append(out, edit{At: at, To: v + 1})
	}
	return out
}
