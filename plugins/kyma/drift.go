package kyma

import (
	"fmt"
	"slices"
	"strings"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/authz"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/mesh"
	"github.com/authz-doctor/kubectl-authz_doctor/plugins/kyma/apirule"
)

// drift is what is made of an APIRule and is not what it asks for, as far as it concerns
// the destination.
func (c *connection) drift() (diagnose.Remark, bool) {
	for _, ref := range refsOf(c.made) {
		r, ok := c.rule(ref)
		if !ok {
			continue
		}
		var words []string
		var objects []string
		field := ""
		for _, d := range c.differences(r, c.Destination.Namespace) {
			if !c.concerns(r, d) {
				continue
			}
			said, o := driftWords(r, d), driftObject(d)
			if o != "" {
				said = o + ": " + said
			}
			if words = append(words, said); len(words) == 1 {
				field = d.Field
			}
			if o != "" && !slices.Contains(objects, o) {
				objects = append(objects, o)
			}
		}
		if w := c.internal(ref); w != "" {
			words = append(words, w)
		}
		if len(words) > 0 {
			return diagnose.Remark{
				Kind: findingDrift, Objects: append([]string{named(ref)}, objects...), Field: field,
				Message: fmt.Sprintf("Of %s: %s.", named(ref), atMost(2, words)),
			}, true
		}
	}
	return diagnose.Remark{}, false
}

// differences are those between an APIRule that is carried out and what was read of what
// is made of it, in one namespace or in all. What may be where nobody looked is not
// missing.
func (w world) differences(r *apirule.APIRule, namespace string) []apirule.Difference {
	if _, stuck := notCarriedOut(r); stuck {
		return nil
	}
	found, err := apirule.Compare(r, w, w.policies(namespace), w.tokens(namespace))
	if err != nil || !found.Compared {
		return nil // a Service or a Gateway was not read, or has nothing that the controller could take
	}
	var labels apirule.Ref // the last object of which a label was told: the first says enough
	return slices.DeleteFunc(found.Differences, func(d apirule.Difference) bool {
		if strings.HasPrefix(d.Field, "metadata.labels[") {
			again := labels == d.Object
			labels = d.Object
			return again
		}
		if d.Drift != apirule.Missing {
			return false
		}
		resource := cluster.AuthorizationPolicies
		if d.Kind == "RequestAuthentication" {
			resource = cluster.RequestAuthentications
		}
		service, ok := serviceOf(r, d)
		return !ok || !w.read(resource, service.Namespace)
	})
}

func serviceOf(r *apirule.APIRule, d apirule.Difference) (apirule.Ref, bool) {
	if d.Rule < 0 || d.Rule >= len(r.Rules) {
		return apirule.Ref{}, false
	}
	return r.ServiceOf(&r.Rules[d.Rule])
}

// concerns reports whether a difference is about what attaches to the destination, or
// should.
func (c *connection) concerns(r *apirule.APIRule, d apirule.Difference) bool {
	if d.Kind == "AuthorizationPolicy" && d.Object.Name != "" {
		return slices.ContainsFunc(c.Policies, func(t authz.PolicyTrace) bool { return t.Policy.String() == d.Object.String() })
	}
	service, ok := serviceOf(r, d)
	if !ok {
		return d.Object.Namespace == c.Destination.Namespace
	}
	selector, ok := c.Selector(service)
	return ok && service.Namespace == c.Destination.Namespace && mesh.Selects(selector, c.Destination.Labels)
}

// driftWords say a difference and what becomes of it. The controller does not watch what
// it makes: it looks when the APIRule or its Service changes, and every so often
// (kyma-project/api-gateway, cmd/main.go, says 30 minutes, its documentation 60).
func driftWords(r *apirule.APIRule, d apirule.Difference) string {
	words := d.Words
	switch {
	case d.Drift == apirule.Missing:
		return words + "; the controller makes one when " + named(r.Ref) + " or its Service changes, and every 30 to 60 minutes"
	case d.Drift == apirule.Changed && !strings.HasSuffix(words, "the controller leaves it") && !strings.Contains(words, "the controller deletes"):
		return words + "; the controller writes it anew when the APIRule or its Service changes, and every 30 to 60 minutes: until then it counts as it stands"
	case strings.HasSuffix(words, "the controller leaves it"):
		return words
	}
	return words + " (within 30 to 60 minutes at the latest)"
}

func driftObject(d apirule.Difference) string {
	if d.Object.Name == "" {
		return ""
	}
	return d.Kind + " " + d.Object.String()
}

// internal tells of policies that admit callers inside the cluster, which two releases of
// the controller made and no other does.
func (c *connection) internal(of apirule.Ref) string {
	for _, p := range c.made {
		if o, ok := apirule.Recognise(p.object, nil); ok && p.of == of && o.Strategy == apirule.InCluster && o.Legacy && o.Index >= 0 {
			return fmt.Sprintf("AuthorizationPolicy %s admits callers inside the cluster; only the API Gateway of %s makes such a policy, and every later one deletes it", p.trace.Policy, apirule.Internal)
		}
	}
	return ""
}
