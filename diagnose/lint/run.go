package lint

import (
	"slices"
	"sort"
	"sync"

	securityv1 "istio.io/client-go/pkg/apis/security/v1"

	"github.com/authz-doctor/kubectl-authz_doctor/diagnose"
	"github.com/authz-doctor/kubectl-authz_doctor/diagnose/cluster"
)

// Run looks at the policies of a snapshot and returns what is wrong with them, sorted
// by object and by where it stands in it. What is suppressed is among the results.
func Run(s *cluster.Snapshot, o Options) []Result {
	w := newWorld(s, o)
	out := &results{where: o.Where}
	for _, p := range reported[*securityv1.AuthorizationPolicy](s, o) {
		w.authorizationPolicy(out.of(cluster.AuthorizationPolicies, p), p)
	}
	for _, p := range reported[*securityv1.RequestAuthentication](s, o) {
		w.requestAuthentication(out.of(cluster.RequestAuthentications, p), p)
	}
	for _, p := range reported[*securityv1.PeerAuthentication](s, o) {
		w.peerAuthentication(out.of(cluster.PeerAuthentications, p), p)
	}
	out.platforms(s, o)
	sort.Slice(out.all, func(i, j int) bool { return compare(out.all[i], out.all[j]) < 0 })
	var once []Result
	for i, r := range out.all {
		if i == 0 || compare(out.all[i-1], r) != 0 {
			once = append(once, r)
		}
	}
	return once
}

// Objects counts the policies that Run looks at.
func Objects(s *cluster.Snapshot, o Options) int {
	return len(reported[*securityv1.AuthorizationPolicy](s, o)) +
		len(reported[*securityv1.RequestAuthentication](s, o)) +
		len(reported[*securityv1.PeerAuthentication](s, o))
}

// reported lists what is reported on.
func reported[T cluster.Object](s *cluster.Snapshot, o Options) []T {
	all := cluster.List[T](s, o.Namespace)
	if len(o.Exclude) == 0 {
		return all
	}
	return slices.DeleteFunc(slices.Clone(all), func(object T) bool { return slices.Contains(o.Exclude, object.GetNamespace()) })
}

// results collects what is found.
type results struct {
	where func(r cluster.Resource, namespace, name, field string) (file string, line int)
	all   []Result
}

// reporter reports on one object.
type reporter struct {
	*results
	resource cluster.Resource
	object   cluster.Object
	ignore   map[string]string // the reason by the code
}

// of begins to report on an object.
func (out *results) of(r cluster.Resource, o cluster.Object) *reporter {
	rep := &reporter{results: out, resource: r, object: o}
	rep.readSuppressions()
	return rep
}

// kinds are the kinds of findings by their codes.
var kinds = sync.OnceValue(func() map[string]diagnose.FindingKind {
	out := map[string]diagnose.FindingKind{}
	for _, k := range diagnose.Catalogue() {
		out[k.Code] = k
	}
	return out
})

// at is a field, and the value in it that a result is about; without one -1.
type at struct {
	field string
	value int
}

// add reports a finding of the kind's own severity.
func (rep *reporter) add(code, field, message string) {
	rep.addAs(kinds()[code].Severity, code, at{field, -1}, message)
}

// addAs reports a finding.
func (rep *reporter) addAs(severity diagnose.Severity, code string, where at, message string) {
	k := kinds()[code]
	r := Result{
		Code: code, Severity: severity, Title: k.Title, Help: k.Help, Message: message, Field: where.field,
		Kind: rep.resource.Kind, Namespace: rep.object.GetNamespace(), Name: rep.object.GetName(),
		Suppressed: rep.ignore[code],
	}
	if rep.where != nil {
		r.File, r.Line = rep.where(rep.resource, r.Namespace, r.Name, where.path())
	}
	rep.all = append(rep.all, r)
}

// path leads to the value.
func (a at) path() string {
	if a.value < 0 {
		return a.field
	}
	return a.field + indexed(a.value)
}
