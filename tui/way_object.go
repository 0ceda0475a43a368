package tui

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// about is an object of the cluster that a row tells of, and a field of it. Which kind it
// is may be open between several that its name does not tell apart.
type about struct {
	kind            string
	namespace, name string
	field           string
}

func (a about) none() bool { return a.name == "" }

// String is how an object is called: AuthorizationPolicy default/allow-frontend.
func (a about) String() string {
	name := a.name
	if a.namespace != "" {
		name = a.namespace + "/" + a.name
	}
	return strings.TrimSpace(a.kind + " " + name)
}

// aboutOf reads the name of an object: "Kind namespace/name", or without a kind, which is
// then the one given. A field may have the key of a condition behind it.
func aboutOf(words, field, kind string) about {
	if k, name, ok := strings.Cut(words, " "); ok && k != "" && k[0] >= 'A' && k[0] <= 'Z' {
		kind, words = k, name
	}
	if kind == "" || words == "" || strings.Contains(words, " ") {
		return about{}
	}
	field, _, _ = strings.Cut(field, " ")
	a := about{kind: kind, name: words, field: field}
	if ns, name, ok := strings.Cut(words, "/"); ok {
		a.namespace, a.name = ns, name
	}
	return a
}

// policyKind is what the policies of a stage are.
func policyKind(stage string) string {
	switch diagnose.StageName(stage) {
	case "":
		return ""
	case diagnose.StageMTLS:
		return cluster.PeerAuthentications.Kind
	case diagnose.StageJWT:
		return cluster.RequestAuthentications.Kind
	case diagnose.StageNetworkPolicy:
		return cluster.NetworkPolicies.Kind
	case diagnose.StageRoute:
		return cluster.VirtualServices.Kind
	default: // DENY, ALLOW, CUSTOM, and what a data plane has of its own
		return cluster.AuthorizationPolicies.Kind
	}
}

// find looks an object up among those that were read. Kinds of several groups have one
// name, as Gateway does: the first that is there is meant.
func (a about) find(s *cluster.Snapshot) (cluster.Item, bool) {
	for _, r := range byKind()[a.kind] {
		if item, ok := s.Item(r, a.namespace, a.name); ok {
			return item, true
		}
	}
	return cluster.Item{}, false
}

// byKind are the resources whose objects are of a kind.
var byKind = sync.OnceValue(func() map[string][]cluster.Resource {
	out := map[string][]cluster.Resource{}
	for _, r := range cluster.Resources() {
		out[r.Kind] = append(out[r.Kind], r)
	}
	return out
})

// locate is aboutOf for words without a kind that may be of several: the first of which
// there is such an object.
func locate(s *cluster.Snapshot, words, field string, kinds ...string) about {
	for _, k := range kinds {
		a := aboutOf(words, field, k)
		if _, ok := a.find(s); ok {
			return a
		}
	}
	return aboutOf(words, field, kinds[0])
}

// policyKinds are what a policy without a kind before its name may be.
var policyKinds = []string{
	cluster.AuthorizationPolicies.Kind, cluster.PeerAuthentications.Kind, cluster.RequestAuthentications.Kind,
	cluster.NetworkPolicies.Kind, cluster.VirtualServices.Kind, cluster.DestinationRules.Kind,
}

// kindsOf are the kinds that a policy of a stage may have, its own first.
func kindsOf(stage string) []string {
	own := policyKind(stage)
	if own == "" {
		return policyKinds
	}
	return append([]string{own}, slices.DeleteFunc(slices.Clone(policyKinds), func(k string) bool { return k == own })...)
}

// object is what the selected row is about, or else what stands next before it, or else
// the Pod of the hop.
func (s *way) object(m *Model) about {
	d := &s.detail
	for i := d.rows.cursor; i >= 0 && i < len(d.shown); i-- {
		if r := &d.all[d.shown[i].row]; !r.about.none() {
			return r.about
		}
	}
	for _, p := range d.shown {
		if r := &d.all[p.row]; !r.about.none() {
			return r.about
		}
	}
	return s.pod(m)
}

// pod is the Pod of the selected hop.
func (s *way) pod(m *Model) about {
	h, _ := s.chosen(m)
	if h == nil || h.Network {
		return about{}
	}
	told := s.told(m).Hops[s.hop]
	if told.Namespace == "" || told.Name == "" {
		return about{}
	}
	return about{kind: cluster.Pods.Kind, namespace: told.Namespace, name: told.Name}
}

// reason is what decided the answer, where that is a policy.
func (s *way) reason(m *Model) about {
	if s.answer(m) == nil {
		return about{}
	}
	r := s.told(m).Reason
	field := r.Field
	if field == "" && r.Rule != nil {
		field = fmt.Sprintf("spec.rules[%d]", *r.Rule)
	}
	return aboutOf(r.Policy, field, policyKind(string(r.Stage)))
}
